//! The row rules: from nine texts to a typed event or the reasons against it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use super::id::{EventIdHasher, parse_own_id};
use super::number::{parse_cents, parse_id};
use super::time::parse_time;
use super::{EventColumns, EventType, Reason, Reasons, RejectedRow};

/// What an operator may set about the row rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Accepted event_time, in microseconds since the Unix epoch.
    pub event_time_window: Range<i64>,
    /// Users that were erased: what arrives of them is refused, and not a word of it kept.
    pub forgotten: Arc<HashSet<i64>>,
}

impl Default for Rules {
    /// From 2000-01-01 to 2100-01-01: what no clock of a living shop shows is a broken clock.
    fn default() -> Self {
        Self { event_time_window: 946_684_800_000_000..4_102_444_800_000_000, forgotten: Arc::default() }
    }
}

impl Rules {
    /// Whether a field of a record is the number of somebody who was erased, in whatever column.
    fn is_forgotten_in(&self, record: &[u8]) -> bool {
        let is_forgotten = |field: &[u8]| {
            let field = field.trim_ascii();
            let field = field.strip_prefix(b"\"").unwrap_or(field);
            parse_id(field.strip_suffix(b"\"").unwrap_or(field))
                .is_some_and(|id| self.forgotten.contains(&id))
        };
        !self.forgotten.is_empty() && record.split(|byte| b",\n;\t".contains(byte)).any(is_forgotten)
    }
}

/// The nine fields of a row as text, in the order of [`super::SOURCE_COLUMNS`]; empty is null.
pub type SourceRow<'a> = [&'a [u8]; 9];

/// Applies the row rules.
#[derive(Debug)]
pub struct RowParser {
    rules: Rules,
    hasher: EventIdHasher,
    last_time: (Vec<u8>, i64),
}

impl RowParser {
    /// A parser with these rules.
    pub fn new(rules: Rules) -> Self {
        Self { rules, hasher: EventIdHasher::default(), last_time: (Vec::new(), 0) }
    }

    /// Appends the row to `events`, or to `rejected` with every reason. `raw` is only called for the latter. `own_id` is
    /// what the source calls the event; where that is empty or there is none, its fields identify it.
    pub fn parse<'r>(
        &mut self,
        row: &SourceRow<'_>,
        own_id: Option<&[u8]>,
        line: u64,
        raw: impl FnOnce() -> Cow<'r, [u8]>,
        events: &mut EventColumns,
        rejected: &mut Vec<RejectedRow>,
    ) {
        let [time, kind, product, category, code, brand, price, user, session] = *row;
        let mut reasons = Reasons::default();

        let time = self.time(time, &mut reasons);
        let kind = required(
            kind,
            EventType::parse,
            Reason::MissingEventType,
            Reason::UnknownEventType,
            &mut reasons,
        );
        let product =
            required(product, parse_id, Reason::MissingProductId, Reason::BadProductId, &mut reasons);
        let user = required(user, parse_id, Reason::MissingUserId, Reason::BadUserId, &mut reasons);
        let price = required(price, parse_cents, Reason::MissingPrice, Reason::BadPrice, &mut reasons);
        if price.is_some_and(|cents| cents <= 0) {
            reasons.add(Reason::PriceNotPositive);
        }
        let category = if category.is_empty() { Some(None) } else { parse_id(category).map(Some) };
        if category.is_none() {
            reasons.add(Reason::BadCategoryId);
        }
        if session.is_empty() {
            reasons.add(Reason::MissingUserSession);
        }
        for (text, reason) in
            [(session, Reason::BadUserSession), (code, Reason::BadCategoryCode), (brand, Reason::BadBrand)]
        {
            if !text.is_ascii() && std::str::from_utf8(text).is_err() {
                reasons.add(reason);
            }
        }

        if user.is_some_and(|user| self.rules.forgotten.contains(&user)) {
            let reasons = Reason::ForgottenUser.into();
            rejected.push(RejectedRow { line, reasons, raw: String::new() });
            return;
        }
        let own_id = own_id.filter(|text| !text.is_empty()).map(parse_own_id);
        if own_id == Some(None) {
            reasons.add(Reason::BadEventId);
        }

        match (time, kind, product, user, price, category) {
            (Some(time), Some(kind), Some(product), Some(user), Some(price), Some(category))
                if reasons.is_empty() =>
            {
                let id = own_id.flatten().unwrap_or_else(|| {
                    self.hasher.hash(time, kind, product, category, code, brand, price, user, session)
                });
                events.event_id.push(id);
                events.event_time.push(time);
                events.event_type.push(kind);
                events.user_id.push(user);
                events.product_id.push(product);
                events.price_cents.push(price);
                events.category_id.push(category);
                events.session.push(session);
                events.category_code.push(code);
                events.brand.push(brand);
            }
            // Whose it is was looked at above.
            _ if user.is_some() => rejected.push(refused(line, reasons, &raw())),
            _ => rejected.push(self.reject(line, reasons, &raw())),
        }
    }

    /// A record that is no event. Nothing is kept of one that may be of somebody who was erased.
    pub(crate) fn reject(&self, line: u64, reasons: impl Into<Reasons>, record: &[u8]) -> RejectedRow {
        if self.rules.is_forgotten_in(record) {
            return RejectedRow { line, reasons: Reason::ForgottenUser.into(), raw: String::new() };
        }
        refused(line, reasons.into(), record)
    }

    /// Neighbouring rows mostly share their second, so the last text is remembered.
    fn time(&mut self, text: &[u8], reasons: &mut Reasons) -> Option<i64> {
        if text == self.last_time.0 && !text.is_empty() {
            return Some(self.last_time.1);
        }
        let micros = required(text, parse_time, Reason::MissingEventTime, Reason::BadEventTime, reasons)?;
        if !self.rules.event_time_window.contains(&micros) {
            reasons.add(Reason::EventTimeOutOfWindow);
            return None;
        }
        self.last_time.0.clear();
        self.last_time.0.extend_from_slice(text);
        self.last_time.1 = micros;
        Some(micros)
    }
}

fn required<T>(
    text: &[u8],
    parse: impl FnOnce(&[u8]) -> Option<T>,
    missing: Reason,
    bad: Reason,
    reasons: &mut Reasons,
) -> Option<T> {
    let value = if text.is_empty() { None } else { parse(text) };
    if value.is_none() {
        reasons.add(if text.is_empty() { missing } else { bad });
    }
    value
}

fn refused(line: u64, reasons: Reasons, record: &[u8]) -> RejectedRow {
    RejectedRow { line, reasons, raw: String::from_utf8_lossy(record).into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(row: [&str; 9]) -> (EventColumns, Vec<RejectedRow>) {
        let (mut events, mut rejected) = (EventColumns::default(), Vec::new());
        let raw = row.join(",");
        RowParser::new(Rules::default()).parse(
            &row.map(str::as_bytes),
            None,
            7,
            || raw.as_bytes().into(),
            &mut events,
            &mut rejected,
        );
        (events, rejected)
    }

    const GOLDEN: &str = "11134afbc70aca951eb313fe060b3960";
    const GOOD: [&str; 9] = [
        "2019-10-01 00:00:00 UTC",
        "view",
        "44600062",
        "2103807459595387724",
        "",
        "shiseido",
        "35.79",
        "541312140",
        "72d76fde-8bb3-4e00-8c23-a032dfed738c",
    ];

    #[test]
    fn the_documented_hash_is_what_is_computed() {
        // Computed with Python's xxhash from the byte layout in the documentation of EventIdHasher.
        let (events, rejected) = parse(GOOD);
        assert!(rejected.is_empty());
        assert_eq!(format!("{:032x}", events.event_id[0]), GOLDEN);
        let mut other = GOOD;
        (other[0], other[6]) = ("1569888000", "35.790");
        assert_eq!(parse(other).0.event_id, events.event_id, "spelling does not matter");
        for (field, value) in [
            (0, "1569888001"),
            (1, "cart"),
            (2, "1"),
            (3, ""),
            (4, "a"),
            (5, ""),
            (6, "1"),
            (7, "1"),
            (8, "x"),
        ] {
            let mut other = GOOD;
            other[field] = value;
            assert_ne!(parse(other).0.event_id, events.event_id, "field {field} matters");
        }
    }

    #[test]
    fn every_reason_is_given() {
        let (events, rejected) = parse(["", "click", "x", "2.10381E+18", "", "", "-1", "", ""]);
        assert!(events.is_empty());
        assert_eq!(
            rejected[0].reasons.to_string(),
            "bad_category_id,bad_product_id,missing_event_time,missing_user_id,missing_user_session,\
             price_not_positive,unknown_event_type"
        );
        assert_eq!((rejected[0].line, rejected[0].raw.as_str()), (7, ",click,x,2.10381E+18,,,-1,,"));
    }

    #[test]
    fn of_somebody_who_was_erased_no_word_is_kept_whatever_is_wrong_with_the_record() {
        let rules = Rules { forgotten: Arc::new(HashSet::from([541_312_140])), ..Rules::default() };
        let parser = RowParser::new(rules);
        for (record, is_kept) in [
            ("2019-10-01 00:00:00 UTC,view,541312140", false),
            ("I;\"541312140\";Zoe", false),
            ("U,72d76fde,s1, 541312140 ,2", false),
            ("2019-10-01 00:00:00 UTC,view,5413121401", true),
            ("", true),
        ] {
            let row = parser.reject(3, Reason::UnparsableRow, record.as_bytes());
            let reason = if is_kept { "unparsable_row" } else { "forgotten_user" };
            let raw = if is_kept { record } else { "" };
            assert_eq!((row.line, row.reasons.to_string().as_str(), row.raw.as_str()), (3, reason, raw));
        }
    }

    #[test]
    fn the_window_is_half_open() {
        let mut row = GOOD;
        row[0] = "2100-01-01 00:00:00 UTC";
        assert_eq!(parse(row).1[0].reasons.to_string(), "event_time_out_of_window");
        row[0] = "2000-01-01 00:00:00 UTC";
        assert!(parse(row).1.is_empty());
    }
}
