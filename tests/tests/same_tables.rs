//! However the events come, they make the same tables, row for row; and coming again they change none.

use estrella_tests::cli::DONE;
use estrella_tests::events::{csv, disguised_csv, generated, gzip, gzip_members};
use estrella_tests::lake::{Lake, STAR, Star};

const ROWS: u32 = 20_000;

fn rows() -> Vec<String> {
    generated(ROWS, 3, 7)
}

fn star_of(files: &[(&str, Vec<u8>)]) -> Star {
    let lake = Lake::default();
    for (name, bytes) in files {
        lake.load(name, bytes);
    }
    lake.star()
}

fn whole() -> Star {
    star_of(&[("all.csv", csv(&rows()).into())])
}

#[test]
fn twice_changes_no_table() {
    let lake = Lake::default();
    let first = lake.load("all.csv", csv(&rows()));
    let (before, star) = (lake.snapshots(), lake.star());
    assert!(STAR.iter().all(|table| before.contains_key(*table)), "{before:?}");
    assert!(!star.rows("model.fact_user_events").is_empty());
    assert_ne!(first["loaded"], serde_json::json!([]));

    lake.load("all.csv", csv(&rows()));
    assert_eq!(lake.snapshots(), before, "the same file");
}

/// The same rows under another name, and as other bytes, are new objects whose rows are all there already.
#[test]
fn known_rows_in_a_new_file_are_duplicates() {
    let lake = Lake::default();
    let first = lake.load("all.csv", csv(&rows()));
    let star = lake.star();
    for (name, bytes) in
        [("copy.csv", csv(&rows()).into_bytes()), ("again.csv.gz", gzip(csv(&rows()).as_bytes()))]
    {
        let again = lake.load(name, bytes);
        lake.star().assert_same(&star, name);
        let loaded = &again["loaded"][0];
        assert_eq!(loaded["facts"], 0, "{name}");
        assert_eq!(
            loaded["duplicates"].as_u64().unwrap() + loaded["rejected"].as_u64().unwrap(),
            first["loaded"][0]["rows_in"].as_u64().unwrap(),
            "{name}"
        );
    }
}

#[test]
fn halves_in_the_other_order() {
    let rows = rows();
    let (first, second) = rows.split_at(rows.len() / 2);
    let halves = star_of(&[("second.csv", csv(second).into()), ("first.csv", csv(first).into())]);
    halves.assert_same(&whole(), "halves in the other order");
}

/// Files that share rows, cut across the days.
#[test]
fn overlapping_files() {
    let rows = rows();
    let third = rows.len() / 3;
    let interleaved: Vec<String> = rows.iter().step_by(2).cloned().collect();
    let files = [
        ("tail.csv", csv(&rows[third..]).into_bytes()),
        ("even.csv", csv(&interleaved).into()),
        ("head.csv", csv(&rows[..2 * third]).into()),
    ];
    star_of(&files).assert_same(&whole(), "one after the other");

    let lake = Lake::default();
    let paths = files.map(|(name, bytes)| lake.write(name, bytes));
    lake.run(&[&paths[0], &paths[1], &paths[2]]).expect(DONE);
    lake.star().assert_same(&whole(), "all in one run");
}

#[test]
fn other_spellings() {
    let (rows, whole) = (rows(), whole());
    let text = csv(&rows);
    for (name, bytes) in [
        ("plain.csv.gz", gzip(text.as_bytes())),
        ("members.csv.gz", gzip_members(text.as_bytes(), 100_003)),
        ("no ending", gzip(text.as_bytes())),
        ("named.gz.csv", text.trim_end().as_bytes().to_vec()),
        ("disguised.csv", disguised_csv(&rows).into_bytes()),
    ] {
        star_of(&[(name, bytes)]).assert_same(&whole, name);
    }
}

/// Late rows of a day that is loaded, an earlier day, and a later one.
#[test]
fn late_files() {
    let rows = rows();
    let day = |n: &str| rows.iter().filter(|row| row.starts_with(n)).cloned().collect::<Vec<_>>();
    let (first, second, third) = (day("2019-10-01"), day("2019-10-02"), day("2019-10-03"));
    assert!([&first, &second, &third].iter().all(|day| day.len() > 1_000));
    let late = star_of(&[
        ("second.csv", csv(&second[..second.len() / 2]).into()),
        ("third.csv", csv(&third).into()),
        ("first.csv", csv(&first).into()),
        ("late.csv", csv(&second[second.len() / 2..]).into()),
    ]);
    late.assert_same(&whole(), "late files");
}
