//! Event and change files.

use std::time::{Duration, Instant};

use bytes::Bytes;
use estrella_core::changes::{ChangeDecoder, Kind, Mapping, decode_changes};
use estrella_core::decode::{
    DecodeError, DecodeErrorKind, Decoded, Format, MAX_RECORD_BYTES, Records, Stopped, decode_text,
};
use estrella_core::event::{Rules, SOURCE_COLUMNS};
use estrella_properties::gzip;

const ROW: [&str; 9] = ["2019-10-01 00:00:00 UTC", "view", "1", "2", "a.b", "x", "1.00", "3", "s"];

/// Number of events, and lines and reasons of refused rows.
type Outcome = Result<(usize, Vec<(u64, String)>), DecodeError>;

fn decode_as(bytes: &[u8], format: Format) -> Outcome {
    let (mut events, mut rejected) = (0, Vec::new());
    let sink = |decoded: Decoded| {
        events += decoded.events.len();
        rejected.extend(decoded.rejected.iter().map(|row| (row.line, row.reasons.to_string())));
        Ok::<(), String>(())
    };
    match decode_text(bytes, format, &Rules::default(), 1, sink) {
        Ok(_) => Ok((events, rejected)),
        Err(Stopped::Decode(error)) => Err(error),
        Err(Stopped::Sink(error)) => panic!("{error}"),
    }
}

fn decode(rows: &str) -> Outcome {
    decode_as(format!("{}\n{rows}", SOURCE_COLUMNS.join(",")).as_bytes(), Format::Csv)
}

/// The reason against the row with one field replaced; empty if there is none.
fn reason(field: usize, value: &str) -> String {
    let mut row = ROW;
    row[field] = value;
    let (events, mut rejected) = decode(&row.join(",")).unwrap();
    assert_eq!(events + rejected.len(), 1);
    rejected.pop().map_or_else(String::new, |(line, reason)| {
        assert_eq!(line, 2);
        reason
    })
}

#[test]
fn absurd_dates_are_refused_with_their_row() {
    for (time, expected) in [
        ("0000-00-00 00:00:00 UTC", "bad_event_time"),
        ("0000-01-01 00:00:00 UTC", "event_time_out_of_window"),
        ("9999-12-31 23:59:59 UTC", "event_time_out_of_window"),
        ("2019-02-29 00:00:00 UTC", "bad_event_time"),
        ("2019-10-01 24:00:00 UTC", "bad_event_time"),
        ("2019-10-01T00:00:00+99:99", "bad_event_time"),
        ("9999-12-31T23:59:59Z", "event_time_out_of_window"),
        ("+262142-12-31T23:59:59Z", "bad_event_time"),
        ("-262143-01-01T00:00:00Z", "bad_event_time"),
        ("1969-12-31T23:59:59Z", "event_time_out_of_window"),
        ("9223372036854775807", "bad_event_time"),
        ("-1", "bad_event_time"),
        (&"9".repeat(100_000), "bad_event_time"),
        (&format!("2019-10-01T00:00:00.{}Z", "9".repeat(100_000)), ""),
    ] {
        assert_eq!(reason(0, time), expected, "{:.40}", time);
    }
}

#[test]
fn gigantic_numbers_are_refused_with_their_row() {
    let nines = "9".repeat(100_000);
    for (field, value, expected) in [
        (2, "9223372036854775808", "bad_product_id"),
        (2, "-9223372036854775809", "bad_product_id"),
        (2, nines.as_str(), "bad_product_id"),
        (3, &nines, "bad_category_id"),
        (7, "1e400", "bad_user_id"),
        (7, "Infinity", "bad_user_id"),
        (6, "10000000000.00", "bad_price"),
        (6, "9999999999.999", "bad_price"),
        (6, &nines, "bad_price"),
        (6, "1e308", "bad_price"),
        (6, "NaN", "bad_price"),
        (6, "-9999999999.99", "price_not_positive"),
        (6, "9999999999.99", ""),
    ] {
        assert_eq!(reason(field, value), expected, "{:.40}", value);
    }
}

#[test]
fn nul_bytes_are_text_where_text_is_and_nothing_else() {
    assert_eq!(reason(5, "a\0b"), "");
    assert_eq!(reason(8, "\0"), "");
    assert_eq!(reason(2, "1\0"), "bad_product_id");
    assert_eq!(reason(0, "\0"), "bad_event_time");
    assert_eq!(decode("\0\n").unwrap().1, [(2, "unparsable_row".to_owned())]);
}

#[test]
fn ten_thousand_columns_are_rows_or_a_reason() {
    let more: Vec<String> = (0..10_000).map(|n| format!("c{n}")).collect();
    let header = format!("{},{}\n", SOURCE_COLUMNS.join(","), more.join(","));
    let row = ROW.join(",") + &",x".repeat(10_000) + "\n";
    assert_eq!(decode_as((header.clone() + &row).as_bytes(), Format::Csv), Ok((1, Vec::new())));
    let narrow = decode_as((header + &ROW.join(",")).as_bytes(), Format::Csv);
    assert_eq!(narrow, Ok((0, vec![(2, "unparsable_row".to_owned())])));
    assert_eq!(decode(&row).unwrap(), (0, vec![(2, "unparsable_row".to_owned())]));
    let none = decode_as((more.join(",") + "\n").as_bytes(), Format::Csv).unwrap_err();
    assert_eq!(none.line, Some(1));
    assert!(none.to_string().len() < 500, "{none}");

    let error = changes(&(more.join(",") + "\n")).unwrap_err();
    assert_eq!(error.line, Some(1));
    assert!(matches!(error.kind, DecodeErrorKind::WrongWidth { found: 10_000, .. }), "{error}");
}

/// Changes of the shop's brands.
fn changes(text: &str) -> Result<u64, DecodeError> {
    let mapping = Mapping::default();
    let table = mapping.of_source("public.brands").unwrap();
    let decoder = ChangeDecoder { table, kind: Kind::Changes { named_us: 0 }, object: "x" };
    let records: Records<_, Bytes> = Records::Text(text.as_bytes(), Format::Csv);
    match decode_changes(records, &decoder, |rows| rows.finish().map(drop)) {
        Ok(report) => Ok(report.rows),
        Err(Stopped::Decode(error)) => Err(error),
        Err(Stopped::Sink(error)) => panic!("{error}"),
    }
}

#[test]
fn a_change_that_cannot_be_read_is_shown_with_its_line() {
    let rows = |id: &str, time: &str| format!("Op,brand_id,name,commit_time\nI,1,x,\nU,{id},x,{time}\n");
    assert_eq!(changes(&rows("2", "2024-08-09 19:27:18")), Ok(2));
    let nines = "9".repeat(100_000);
    for (text, reason) in [
        (rows(&nines, ""), "column brand_id cannot be \"999"),
        (rows("1\0", ""), "column brand_id cannot be \"1\\0\""),
        (rows("2", "0000-00-00 00:00:00"), "column commit_time cannot be"),
        (rows("2", "+999999-01-01 00:00:00"), "column commit_time cannot be"),
    ] {
        let error = changes(&text).unwrap_err();
        assert_eq!(error.line, Some(3), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
        assert!(error.to_string().len() < 500, "{} bytes", error.to_string().len());
    }
}

#[test]
fn a_gzip_file_that_is_cut_anywhere_is_refused() {
    let text = format!("{}\n{}\n", SOURCE_COLUMNS.join(","), ROW.join(","));
    let whole = gzip(text.as_bytes());
    assert_eq!(decode_as(&whole, Format::CsvGzip), Ok((1, Vec::new())));
    for length in 1..whole.len() {
        let error = decode_as(&whole[..length], Format::CsvGzip).unwrap_err();
        assert!(error.is_invalid_input(), "{length}: {error}");
        assert!(matches!(error.kind, DecodeErrorKind::Truncated), "{length}: {error}");
    }
}

#[test]
fn a_gzip_header_without_an_end_is_refused() {
    let mut bytes = b"\x1f\x8b\x08\x18\0\0\0\0\0\xff".to_vec();
    bytes.resize(1 << 20, b'x');
    let error = decode_as(&bytes, Format::CsvGzip).unwrap_err();
    assert!(error.is_invalid_input(), "{error}");
}

/// Each line is the start of a record that runs to the end, so each start used to be scanned to the end: a quarter of an
/// hour for this MiB.
#[test]
fn quotes_that_open_on_every_line_are_read_in_time() {
    let started = Instant::now();
    let lines = "x\",\"\n".repeat((900 << 10) / 5);
    for end in ["x\"y\n", "x"] {
        let (events, rejected) = decode(&format!("{lines}{end}")).unwrap();
        assert_eq!(events, 0);
        assert!(!rejected.is_empty());
    }
    let error = decode(&lines.repeat(4)).unwrap_err();
    assert_eq!(error.kind, DecodeErrorKind::RecordTooLong { limit_bytes: MAX_RECORD_BYTES });
    assert!(started.elapsed() < Duration::from_secs(120), "{:?}", started.elapsed());
}
