//! Every file that the fuzzer starts from, and every one that it has found, through the target that it belongs to.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use estrella_core::changes::Mapping;
use estrella_core::decode::{Decoded, decode_parquet};
use estrella_core::event::Rules;
use estrella_drift::Settings;
use estrella_properties::TARGETS;

#[test]
fn the_corpus_holds() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for (name, target) in TARGETS {
        let mut files: Vec<_> =
            fs::read_dir(corpus.join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert!(files.len() >= 5, "{name} has {} files", files.len());
        for file in files {
            // Which file it was stands before what a failing property says.
            eprintln!("{}", file.display());
            target(&fs::read(&file).unwrap());
        }
    }
}

#[test]
fn every_folder_of_the_corpus_has_a_target() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let mut folders: Vec<_> = fs::read_dir(corpus)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort();
    assert_eq!(folders, TARGETS.map(|(name, _)| name));
}

/// To refuse everything would break no property.
#[test]
fn files_in_order_are_read() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/parquet");
    for (name, rows, accepted) in
        [("texts.parquet", 2, 1), ("dictionaries.parquet", 2, 1), ("types.parquet", 1, 1)]
    {
        let file = Bytes::from(fs::read(corpus.join(name)).unwrap());
        let mut events = 0;
        let sink = |decoded: Decoded| {
            events += decoded.events.len();
            Ok::<(), String>(())
        };
        let report = decode_parquet(file, &Rules::default(), 1, sink).unwrap();
        assert_eq!((report.rows, events), (rows, accepted), "{name}");
    }
}

/// Neither would refusing all settings.
#[test]
fn settings_in_order_are_read() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/settings");
    let text = |name: &str| fs::read_to_string(corpus.join(name)).unwrap();
    for name in ["stores.json", "headerless.json"] {
        Mapping::parse(&text(name)).unwrap();
    }
    assert_eq!(Settings::parse(&text("sale.toml")).unwrap().calendar.len(), 1);
}
