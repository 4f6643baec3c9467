//! The decoder on any bytes, and on any rows however they are written down.

use bytes::Bytes;
use estrella_core::decode::{DecodeError, DecodeReport, Format, Stopped, decode_parquet, decode_text, sniff};
use estrella_core::event::{EventColumns, RejectedRow, Rules, SOURCE_COLUMNS};
use estrella_tests::events::{gzip, gzip_members};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// What came out, in a form that compares.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    events: Vec<u128>,
    brands: Vec<String>,
    rejected: Vec<(String, String)>,
    lines: Vec<u64>,
    rows: u64,
}

type Decoded = Result<Outcome, DecodeError>;

fn decode(bytes: &[u8]) -> Decoded {
    let format = sniff(&bytes[..bytes.len().min(64)])?;
    decode_as(bytes, format)
}

fn decode_as(bytes: &[u8], format: Format) -> Decoded {
    let (mut events, mut rejected) = (EventColumns::default(), Vec::<RejectedRow>::new());
    let sink = |mut decoded: estrella_core::decode::Decoded| {
        let rows = decoded.events.len();
        events.extend(&decoded.events, 0..rows);
        rejected.append(&mut decoded.rejected);
        Ok::<(), String>(())
    };
    let rules = Rules::default();
    let report = match format {
        Format::Parquet => decode_parquet(Bytes::copy_from_slice(bytes), &rules, 2, sink),
        text => decode_text(bytes, text, &rules, 2, sink),
    };
    let DecodeReport { rows, .. } = report.map_err(|stopped| match stopped {
        Stopped::Decode(error) => error,
        Stopped::Sink(error) => panic!("the sink never fails: {error}"),
    })?;
    assert_eq!(rows, (events.len() + rejected.len()) as u64, "every row is accounted for");
    Ok(Outcome {
        rows,
        brands: (0..events.len())
            .map(|row| String::from_utf8(events.brand.get(row).to_vec()).unwrap())
            .collect(),
        events: events.event_id,
        lines: rejected.iter().map(|row| row.line).collect(),
        rejected: rejected.into_iter().map(|row| (row.reasons.to_string(), row.raw)).collect(),
    })
}

/// A field of a row: plausible, odd, or with everything in it that CSV has to quote.
fn field(plausible: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop_oneof![
        8 => select(plausible).prop_map(str::to_owned),
        1 => Just(String::new()),
        1 => vec(select(vec!["a", "é", ",", "\"", "\n", "\r\n", " ", "0", "-", "."]), 0..6).prop_map(|parts| parts.concat()),
    ]
}

fn row() -> impl Strategy<Value = Vec<String>> {
    let fields: [&'static [&'static str]; 9] = [
        &["2019-10-01 00:00:00 UTC", "2019-10-31T23:59:59Z", "1569888001"],
        &["view", "cart", "purchase", "remove_from_cart"],
        &["44600062", "1"],
        &["2103807459595387724", ""],
        &["electronics.smartphone", ""],
        &["apple", "samsung", "dr. \"o\"", "a,b"],
        &["35.79", "0.00", "1"],
        &["541312140"],
        &["72d76fde-8bb3-4e00-8c23-a032dfed738c"],
    ];
    fields.map(field).into_iter().collect::<Vec<_>>()
}

/// Writes one field as RFC 4180 has it.
fn quoted(field: &str, always: bool) -> String {
    // A bare carriage return at the end would be taken for half of a line end.
    if always || field.contains(['"', ',', '\n', '\r']) || field.starts_with(' ') {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[derive(Debug)]
struct Notation {
    order: Vec<usize>,
    line_end: &'static str,
    always_quote: bool,
    byte_order_mark: bool,
    final_line_end: bool,
}

fn notation() -> impl Strategy<Value = Notation> {
    let order = Just((0..9).collect::<Vec<usize>>()).prop_shuffle();
    (order, select(vec!["\n", "\r\n"]), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(order, line_end, always_quote, byte_order_mark, final_line_end)| Notation {
            order,
            line_end,
            always_quote,
            byte_order_mark,
            final_line_end,
        },
    )
}

fn write(rows: &[Vec<String>], notation: &Notation) -> Vec<u8> {
    let line = |fields: &[String]| {
        let fields = notation.order.iter().map(|at| quoted(&fields[*at], notation.always_quote));
        fields.collect::<Vec<_>>().join(",")
    };
    let header: Vec<String> = SOURCE_COLUMNS.map(str::to_owned).to_vec();
    let lines: Vec<String> = std::iter::once(&header).chain(rows).map(|row| line(row)).collect();
    let mut text = if notation.byte_order_mark { "\u{feff}".to_owned() } else { String::new() };
    text += &lines.join(notation.line_end);
    if notation.final_line_end {
        text += notation.line_end;
    }
    text.into_bytes()
}

/// What the rows come to, told by the row parser alone.
fn expected(rows: &[Vec<String>]) -> (Vec<u128>, Vec<String>, Vec<String>) {
    let (mut events, mut rejected) = (EventColumns::default(), Vec::new());
    let mut parser = estrella_core::event::RowParser::new(Rules::default());
    for row in rows {
        let fields: Vec<&[u8]> = row.iter().map(|field| field.as_bytes()).collect();
        parser.parse(
            &fields.try_into().unwrap(),
            None,
            1,
            || b"".as_slice().into(),
            &mut events,
            &mut rejected,
        );
    }
    let brands =
        (0..events.len()).map(|row| String::from_utf8(events.brand.get(row).to_vec()).unwrap()).collect();
    (events.event_id, brands, rejected.into_iter().map(|row| row.reasons.to_string()).collect())
}

proptest! {
    // Failures are shrunk and printed; a file beside the source would be one more thing to keep.
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_rows_or_a_typed_error(bytes in vec(any::<u8>(), 0..2_000)) {
        // The outcome does not matter; that there is one does.
        let _ = decode(&bytes);
        for format in [Format::Csv, Format::CsvGzip, Format::Parquet] {
            let _ = decode_as(&bytes, format);
        }
    }

    #[test]
    fn any_bytes_after_a_header_are_rows_or_a_typed_error(
        bytes in vec(prop_oneof![any::<u8>(), select(b",\"\n\r0 ".to_vec())], 0..2_000),
    ) {
        let text = [SOURCE_COLUMNS.join(",").as_bytes(), b"\n", &bytes].concat();
        let plain = decode(&text);
        prop_assert!(plain.is_ok(), "{plain:?}");
        prop_assert_eq!(plain, decode(&gzip(&text)));
    }

    #[test]
    fn any_bytes_in_a_gzip_member_decode_as_they_do_bare(bytes in vec(any::<u8>(), 0..2_000)) {
        prop_assert_eq!(decode_as(&gzip(&bytes), Format::CsvGzip), decode_as(&bytes, Format::Csv));
    }

    #[test]
    fn a_cut_gzip_file_never_passes_for_whole(rows in vec(row(), 1..50), notation in notation(), cut in 0.0..1.0) {
        let whole = gzip(&write(&rows, &notation));
        let length = (whole.len() as f64 * cut) as usize;
        prop_assert!(decode_as(&whole[..length], Format::CsvGzip).is_err());
    }

    #[test]
    fn what_is_written_is_read(rows in vec(row(), 1..50), notation in notation()) {
        let found = decode(&write(&rows, &notation)).unwrap();
        let (events, brands, reasons) = expected(&rows);
        prop_assert_eq!(found.rows, rows.len() as u64);
        prop_assert_eq!(found.events, events);
        prop_assert_eq!(found.brands, brands);
        prop_assert_eq!(found.rejected.into_iter().map(|(reasons, _)| reasons).collect::<Vec<_>>(), reasons);
    }

    #[test]
    fn members_do_not_matter(rows in vec(row(), 1..50), notation in notation(), piece in 1usize..5_000) {
        let text = write(&rows, &notation);
        let pieces = gzip_members(&text, piece.max(text.len() / 50).max(1));
        prop_assert_eq!(decode(&pieces), decode(&text));
    }

    #[test]
    fn a_damaged_parquet_file_is_an_error_or_rows(
        rows in vec(row(), 1..20),
        damages in vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut file = parquet_of(&rows);
        for (at, byte) in damages {
            let at = at.index(file.len());
            file[at] = byte;
        }
        let _ = decode_as(&file, Format::Parquet);
    }

    #[test]
    fn parquet_says_what_csv_says(rows in vec(row(), 1..50)) {
        let found = decode(&parquet_of(&rows)).unwrap();
        let (events, brands, reasons) = expected(&rows);
        prop_assert_eq!((found.events, found.brands), (events, brands));
        prop_assert_eq!(found.rejected.into_iter().map(|(reasons, _)| reasons).collect::<Vec<_>>(), reasons);
    }
}

/// A Parquet file of text columns.
fn parquet_of(rows: &[Vec<String>]) -> Vec<u8> {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, RecordBatch, StringArray};
    use parquet::arrow::ArrowWriter;

    let columns = SOURCE_COLUMNS.iter().enumerate().map(|(at, name)| {
        let values = rows.iter().map(|row| Some(row[at].as_str()).filter(|text| !text.is_empty()));
        (*name, Arc::new(StringArray::from_iter(values)) as ArrayRef, true)
    });
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    file
}

/// Rows longer than a block of the reader, so that cuts fall into quotes.
#[test]
fn large_quoted_fields_cross_blocks() {
    let brand = format!("{}\n{}", "x".repeat(30_000), "y".repeat(30_000));
    let rows: Vec<Vec<String>> = (0..200)
        .map(|user| {
            let user = user.to_string();
            ["1569888001", "view", "1", "", "", &brand, "1.00", &user, "s"].map(str::to_owned).to_vec()
        })
        .collect();
    let notation = Notation {
        order: (0..9).collect(),
        line_end: "\r\n",
        always_quote: false,
        byte_order_mark: false,
        final_line_end: true,
    };
    let text = write(&rows, &notation);
    assert!(text.len() > 10 << 20);
    let found = decode(&text).unwrap();
    assert_eq!((found.events, found.rejected.len()), (expected(&rows).0, 0));
    assert!(found.brands.iter().all(|found| *found == brand));
}
