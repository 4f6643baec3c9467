//! Any bytes are rows or a typed error: the decoder never panics, never hangs, and accounts for every row.
#![no_main]

use bytes::Bytes;
use estrella_core::decode::{DecodeReport, Decoded, Format, Stopped, decode_parquet, decode_text, sniff};
use estrella_core::event::{Rules, SOURCE_COLUMNS};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(format) = sniff(&bytes[..bytes.len().min(64)]) {
        decode(bytes, format);
    }
    // A fuzzer takes long to find the nine names; the rows behind them are what matters.
    let text = [SOURCE_COLUMNS.join(",").as_bytes(), b"\n", bytes].concat();
    decode(&text, Format::Csv);
});

fn decode(bytes: &[u8], format: Format) {
    let mut rows = 0;
    let sink = |decoded: Decoded| {
        rows += decoded.rows();
        Ok::<(), ()>(())
    };
    let rules = Rules::default();
    let report = match format {
        Format::Parquet => decode_parquet(Bytes::copy_from_slice(bytes), &rules, 1, sink),
        text => decode_text(bytes, text, &rules, 1, sink),
    };
    match report {
        Ok(DecodeReport { rows: reported, .. }) => assert_eq!(reported, rows),
        Err(Stopped::Decode(error)) => {
            assert!(error.is_invalid_input() && !error.to_string().is_empty(), "{error}")
        }
        Err(Stopped::Sink(())) => unreachable!("the sink never fails"),
    }
}
