//! Event files as CSV.

use std::collections::HashSet;
use std::sync::Arc;

use estrella_core::decode::{DecodeError, Decoded, Format, decode_text, sniff};
use estrella_core::event::{EventColumns, Reason, RejectedRow, Rules, SOURCE_COLUMNS};
use estrella_core::landing::{DayBuffers, Limits, RowGroup};

use crate::gzip;
use crate::refused::{checked, lines};

/// A user that was erased.
const FORGOTTEN: i64 = 7;

/// What decimal(12,2) holds, in hundredths.
const MOST_CENTS: i64 = 999_999_999_999;

/// Any bytes are rows, accepted or refused, or an object that is refused whole. Every row is accounted for, up to its
/// landing, and compression changes nothing.
pub fn events(bytes: &[u8]) {
    match sniff(&bytes[..bytes.len().min(64)]) {
        Ok(Format::Parquet) | Err(_) => {}
        Ok(format) => drop(decode(bytes, format)),
    }
    // The nine names take long to guess; the rows behind them are what matters.
    let text = [SOURCE_COLUMNS.join(",").as_bytes(), b"\n", bytes].concat();
    let plain = decode(&text, Format::Csv);
    if let Ok(rows) = &plain
        && !bytes.contains(&b'"')
    {
        let is_row = |line: &&[u8]| !matches!(*line, b"" | b"\r");
        assert_eq!(rows.count(), bytes.split(|byte| *byte == b'\n').filter(is_row).count());
    }
    assert_eq!(plain, decode(&gzip(&text), Format::CsvGzip), "compressed");
}

#[derive(Debug, PartialEq)]
struct Rows {
    events: Vec<u128>,
    rejected: Vec<RejectedRow>,
}

impl Rows {
    fn count(&self) -> usize {
        self.events.len() + self.rejected.len()
    }
}

fn decode(bytes: &[u8], format: Format) -> Result<Rows, DecodeError> {
    let rules = Rules { forgotten: Arc::new(HashSet::from([FORGOTTEN])), ..Rules::default() };
    let mut events = EventColumns::default();
    let mut rejected = Vec::new();
    let sink = |mut decoded: Decoded| {
        events.extend(&decoded.events, 0..decoded.events.len());
        rejected.append(&mut decoded.rejected);
        Ok::<(), String>(())
    };
    // What stands in a compressed file has lines that its bytes do not tell.
    let lines = if format == Format::Csv { lines(bytes) } else { u64::MAX };
    let report = decode_text(bytes, format, &rules, 1, sink).map_err(|stopped| checked(stopped, lines))?;
    assert_eq!(report.rows, (events.len() + rejected.len()) as u64, "every row is accounted for");
    accepted(&events, &rules);
    refused(&rejected, lines);
    landed(&events);
    Ok(Rows { events: events.event_id, rejected })
}

fn accepted(events: &EventColumns, rules: &Rules) {
    for row in 0..events.len() {
        assert!(rules.event_time_window.contains(&events.event_time[row]));
        assert!((1..=MOST_CENTS).contains(&events.price_cents[row]));
        assert_ne!(events.user_id[row], FORGOTTEN);
        assert!(!events.session.get(row).is_empty());
        for text in [&events.session, &events.category_code, &events.brand] {
            assert!(std::str::from_utf8(text.get(row)).is_ok());
        }
    }
}

fn refused(rejected: &[RejectedRow], lines: u64) {
    assert!(rejected.is_sorted_by(|a, b| a.line < b.line), "in the order of the object");
    for row in rejected {
        assert!((1..=lines).contains(&row.line), "line {}", row.line);
        assert!(!row.reasons.is_empty(), "line {} has no reason", row.line);
        let is_forgotten = row.reasons.iter().any(|reason| reason == Reason::ForgottenUser);
        assert!(!is_forgotten || row.raw.is_empty(), "not a word of an erased user is kept");
    }
}

/// Row groups so small that there are many.
const LIMITS: Limits = Limits { group_rows: 3, buffer_bytes: 400 };

fn landed(events: &EventColumns) {
    let mut rows = 0;
    let mut land = |date, events: EventColumns| {
        let group = RowGroup::build(date, events).map_err(|error| error.to_string())?;
        rows += group.batch.num_rows() as u64 + group.duplicates;
        Ok::<(), String>(())
    };
    let mut days = DayBuffers::new(LIMITS);
    let landed = days.add(events, &mut land).and_then(|()| days.finish(&mut land));
    assert_eq!((landed, rows), (Ok(()), events.len() as u64), "every event is landed or a duplicate");
}
