//! Files that are not what they should be: exit code 2, a message that says which file and why, bounded memory,
//! and an untouched lake.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use estrella_tests::cli::{BAD_INPUT, DONE};
use estrella_tests::events::{HEADER, csv, generated, gzip, write_repeated};
use estrella_tests::lake::Lake;
use flate2::Compression;
use flate2::write::GzEncoder;

/// What a refused file may cost at most. A good file of this size takes as much.
const MOST_MEMORY_BYTES: u64 = 256 << 20;

/// Feeds the file to a lake that is new and to one that has rows.
#[track_caller]
fn assert_refused(name: &str, reasons: &[&str], write: impl FnOnce(&Path)) {
    let lake = Lake::default();
    let bad = lake.input(name);
    write(&bad);
    for loaded in [false, true] {
        if loaded {
            lake.load("good.csv", csv(&generated(500, 1, 1)));
        }
        let before = lake.snapshots();
        let refused = lake.run(&[&bad]).expect(BAD_INPUT);
        assert!(refused.stderr.contains(name), "the file is named: {}", refused.stderr);
        for reason in reasons {
            assert!(refused.stderr.contains(reason), "{reason:?} is not in: {}", refused.stderr);
        }
        assert!(refused.peak_bytes < MOST_MEMORY_BYTES, "{} MiB", refused.peak_bytes >> 20);
        assert_eq!(lake.snapshots(), before, "the lake is untouched");
        if !loaded {
            assert!(before.is_empty());
        }
    }
}

#[track_caller]
fn assert_text_refused(name: &str, reasons: &[&str], text: &str) {
    assert_refused(name, reasons, |path| std::fs::write(path, text).unwrap());
}

fn write_to(path: &Path) -> BufWriter<File> {
    BufWriter::new(File::create(path).unwrap())
}

#[test]
fn a_gzip_file_cut_in_half() {
    let whole = gzip(csv(&generated(20_000, 2, 2)).as_bytes());
    assert_refused("cut.csv.gz", &["line ", "gzip", "cut"], |path| {
        std::fs::write(path, &whole[..whole.len() / 2]).unwrap()
    });
}

#[test]
fn a_gzip_file_with_a_flipped_bit() {
    let mut damaged = gzip(csv(&generated(20_000, 2, 2)).as_bytes());
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x10;
    assert_refused("damaged.csv.gz", &["gzip"], |path| std::fs::write(path, &damaged).unwrap());
}

#[test]
fn an_html_page_named_csv() {
    assert_text_refused("page.csv", &["HTML"], "<!DOCTYPE html>\n<html><body>404</body></html>\n");
}

#[test]
fn an_empty_file() {
    assert_text_refused("empty.csv", &["empty"], "");
}

#[test]
fn an_empty_gzip_file() {
    assert_refused("empty.csv.gz", &["empty"], |path| std::fs::write(path, gzip(b"")).unwrap());
}

#[test]
fn one_line_of_200_mb() {
    assert_refused("long.csv", &["line 2", "longer than"], |path| {
        let mut file = write_to(path);
        file.write_all(HEADER.as_bytes()).and_then(|()| file.write_all(b"\n")).unwrap();
        write_repeated(&mut file, b'x', 200_000_000);
        file.flush().unwrap();
    });
}

#[test]
fn one_first_line_of_200_mb() {
    assert_refused("long.csv", &["line 1", "longer than"], |path| {
        let mut file = write_to(path);
        write_repeated(&mut file, b'x', 200_000_000);
        file.flush().unwrap();
    });
}

#[test]
fn a_gzip_bomb_of_one_gigabyte_of_zeros() {
    assert_refused("bomb.csv.gz", &["line 1", "longer than"], |path| {
        let mut gzip = GzEncoder::new(write_to(path), Compression::fast());
        write_repeated(&mut gzip, 0, 1_000_000_000);
        gzip.finish().and_then(|mut file| file.flush()).unwrap();
    });
}

#[test]
fn a_gzip_bomb_behind_a_good_header() {
    assert_refused("bomb.csv.gz", &["line 2", "longer than"], |path| {
        let mut gzip = GzEncoder::new(write_to(path), Compression::fast());
        gzip.write_all(HEADER.as_bytes()).and_then(|()| gzip.write_all(b"\n")).unwrap();
        write_repeated(&mut gzip, 0, 1_000_000_000);
        gzip.finish().and_then(|mut file| file.flush()).unwrap();
    });
}

#[test]
fn a_file_without_a_header() {
    assert_text_refused(
        "headerless.csv",
        &["line 1", "no header"],
        &(generated(100, 1, 3).join("\n") + "\n"),
    );
}

#[test]
fn a_missing_column() {
    let header = HEADER.replace("price,", "");
    assert_text_refused("columns.csv", &["missing columns: price"], &format!("{header}\n"));
}

#[test]
fn a_column_that_stands_twice() {
    assert_text_refused("columns.csv", &["brand stands twice"], &format!("{HEADER},brand\n"));
}

#[test]
fn a_parquet_file_cut_in_half() {
    assert_refused("cut.parquet", &["parquet"], |path| std::fs::write(path, b"PAR1 and then some").unwrap());
}

#[test]
fn a_zip_archive_named_gz() {
    assert_refused("archive.csv.gz", &["zip"], |path| std::fs::write(path, b"PK\x03\x04rest").unwrap());
}

#[test]
fn a_folder_without_files() {
    assert_refused("folder", &["no event file"], |path| std::fs::create_dir(path).unwrap());
}

#[test]
fn a_path_that_does_not_exist() {
    assert_refused("missing.csv", &["no event file"], |_| ());
}

/// A refused object does not keep the others from loading, and the exit code tells of it all the same.
#[test]
fn a_bad_file_among_good_ones() {
    let rows = generated(1_000, 1, 4);
    let alone = Lake::default();
    alone.load("good.csv", csv(&rows));

    let lake = Lake::default();
    let good = lake.write("good.csv", csv(&rows));
    let bad = lake.write("page.csv", "<html>");
    let ended = lake.run(&[&bad, &good]).expect(BAD_INPUT);
    assert!(ended.stderr.contains("page.csv") && !ended.stderr.contains("good.csv"), "{}", ended.stderr);
    lake.star().assert_same(&alone.star(), "beside a bad file");

    // Mended, it loads.
    lake.write("page.csv", csv(&generated(500, 1, 5)));
    lake.run(&[&bad, &good]).expect(DONE);
}
