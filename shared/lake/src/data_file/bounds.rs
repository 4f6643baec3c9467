//! Bounds of one column from the statistics of its row groups.

use std::cmp::Ordering;

use iceberg::spec::{Datum, PrimitiveLiteral, PrimitiveType};
use parquet::file::statistics::Statistics;

/// Lower and upper bound of all values, as far as every row group with values states them.
///
/// Inexact statistics are welcome: a writer may cut a long minimum short and round a maximum up, and the
/// result still bounds every value, which is all that Iceberg asks for.
#[derive(Debug, Default)]
pub(super) struct Bounds {
    lower: Option<Datum>,
    upper: Option<Datum>,
    lower_unknown: bool,
    upper_unknown: bool,
    /// A minimum was cut short, or a maximum rounded up, so the values themselves may lie further inside.
    is_cut: bool,
}

impl Bounds {
    /// Widens the bounds by a row group that has at least one value.
    pub(super) fn add(&mut self, ty: &PrimitiveType, statistics: Option<&Statistics>) {
        // Minimum and maximum of the deprecated kind were compared as signed bytes, wrong for text.
        let usable = statistics.filter(|s| *ty != PrimitiveType::String || !s.is_min_max_deprecated());
        let lower = usable.and_then(Statistics::min_bytes_opt);
        let upper = usable.and_then(Statistics::max_bytes_opt);
        self.is_cut |= usable.is_some_and(|s| !s.min_is_exact() || !s.max_is_exact());
        let big_endian = matches!(usable, Some(Statistics::ByteArray(_) | Statistics::FixedLenByteArray(_)));
        match lower.map(|bytes| lower_bytes(ty, bytes)).and_then(|bytes| datum(ty, bytes, big_endian)) {
            Some(value) if !self.lower_unknown => widen(&mut self.lower, value, Ordering::Less),
            _ => self.lower_unknown = true,
        }
        match upper.and_then(|bytes| datum(ty, bytes, big_endian)) {
            Some(value) if !self.upper_unknown => widen(&mut self.upper, value, Ordering::Greater),
            _ => self.upper_unknown = true,
        }
    }

    pub(super) fn lower(&self) -> Option<Datum> {
        self.lower.clone().filter(|_| !self.lower_unknown)
    }

    pub(super) fn upper(&self) -> Option<Datum> {
        self.upper.clone().filter(|_| !self.upper_unknown)
    }

    /// Whether a lower bound is one of these values, as far as they are known.
    pub(super) fn are_above(&self, lower: &Datum) -> bool {
        self.lower().is_none_or(|own| {
            let is_longer = || text(lower).zip(text(&own)).is_some_and(|(a, b)| a.starts_with(b));
            lower.partial_cmp(&own) != Some(Ordering::Greater) || (self.is_cut && is_longer())
        })
    }

    /// Whether an upper bound is one of these values, as far as they are known.
    pub(super) fn are_below(&self, upper: &Datum) -> bool {
        self.upper().is_none_or(|own| {
            // Only the last character of a maximum that was cut is another than the value's.
            let is_inside = || text(upper).zip(text(&own)).is_some_and(|(a, b)| a >= all_but_last(b));
            upper.partial_cmp(&own) != Some(Ordering::Less) || (self.is_cut && is_inside())
        })
    }
}

/// Of anything else nobody cuts bounds.
fn text(datum: &Datum) -> Option<&str> {
    match datum.literal() {
        PrimitiveLiteral::String(text) => Some(text),
        _ => None,
    }
}

fn all_but_last(text: &str) -> &str {
    text.char_indices().next_back().map_or(text, |(last, _)| &text[..last])
}

fn widen(bound: &mut Option<Datum>, value: Datum, direction: Ordering) {
    if bound.as_ref().is_none_or(|old| value.partial_cmp(old) == Some(direction)) {
        *bound = Some(value);
    }
}

/// A minimum cut inside a character is a bound up to the last whole character. A maximum is not.
fn lower_bytes<'a>(ty: &PrimitiveType, bytes: &'a [u8]) -> &'a [u8] {
    match std::str::from_utf8(bytes) {
        Err(error) if *ty == PrimitiveType::String => &bytes[..error.valid_up_to()],
        _ => bytes,
    }
}

/// Parquet stores numbers little-endian but decimals in byte arrays big-endian; Iceberg wants decimals
/// big-endian throughout (<https://iceberg.apache.org/spec/#binary-single-value-serialization>).
fn datum(ty: &PrimitiveType, bytes: &[u8], big_endian: bool) -> Option<Datum> {
    let reversed: Vec<u8>;
    let bytes = if matches!(ty, PrimitiveType::Decimal { .. }) && !big_endian {
        reversed = bytes.iter().rev().copied().collect();
        &reversed
    } else {
        bytes
    };
    Datum::try_from_bytes(bytes, ty.clone()).ok().filter(|datum| !datum.is_nan())
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::data_type::{ByteArray, FixedLenByteArray};
    use parquet::file::statistics::ValueStatistics;

    fn text(min: &[u8], max: &[u8], deprecated: bool) -> Statistics {
        let value = |bytes: &[u8]| Some(ByteArray::from(bytes.to_vec()));
        Statistics::byte_array(value(min), value(max), None, Some(0), deprecated)
    }

    fn added(ty: PrimitiveType, statistics: &Statistics) -> Bounds {
        let mut bounds = Bounds::default();
        bounds.add(&ty, Some(statistics));
        bounds
    }

    fn bounds(ty: PrimitiveType, groups: &[Option<Statistics>]) -> (Option<Datum>, Option<Datum>) {
        let mut bounds = Bounds::default();
        for group in groups {
            bounds.add(&ty, group.as_ref());
        }
        (bounds.lower(), bounds.upper())
    }

    #[test]
    fn row_groups_widen_and_a_silent_one_voids() {
        let a = Some(Statistics::int64(Some(5), Some(9), None, Some(0), false));
        let b = Some(Statistics::int64(Some(-1), Some(3), None, Some(0), false));
        let both = bounds(PrimitiveType::Long, &[a.clone(), b]);
        assert_eq!(both, (Some(Datum::long(-1)), Some(Datum::long(9))));
        assert_eq!(bounds(PrimitiveType::Long, &[a.clone(), None]), (None, None));
        assert_eq!(bounds(PrimitiveType::Long, &[None, a]), (None, None));
    }

    #[test]
    fn decimals_are_read_in_either_storage() {
        let ty = PrimitiveType::Decimal { precision: 12, scale: 2 };
        let wanted = |v: i64| Some(Datum::try_from_bytes(&v.to_be_bytes(), ty.clone()).unwrap());
        let int = Statistics::int64(Some(-250), Some(70_000), None, Some(0), false);
        assert_eq!(bounds(ty.clone(), &[Some(int)]), (wanted(-250), wanted(70_000)));
        let fixed = |v: i64| Some(FixedLenByteArray::from(v.to_be_bytes()[2..].to_vec()));
        let fixed = Statistics::fixed_len_byte_array(fixed(-250), fixed(70_000), None, Some(0), false);
        assert_eq!(bounds(ty.clone(), &[Some(fixed)]), (wanted(-250), wanted(70_000)));
    }

    #[test]
    fn text_bounds_survive_a_cut_but_not_the_deprecated_order() {
        let cut = "é".as_bytes()[..1].to_vec();
        let (lower, upper) = bounds(PrimitiveType::String, &[Some(text(&cut, &cut, false))]);
        assert_eq!((lower, upper), (Some(Datum::string("")), None));
        assert_eq!(bounds(PrimitiveType::String, &[Some(text(b"a", b"b", true))]), (None, None));
    }

    #[test]
    fn what_lies_around_is_a_bound() {
        let numbers = added(PrimitiveType::Long, &Statistics::int64(Some(5), Some(9), None, Some(0), false));
        let lower = [4, 5, 6].map(|n| numbers.are_above(&Datum::long(n)));
        let upper = [8, 9, 10].map(|n| numbers.are_below(&Datum::long(n)));
        assert_eq!((lower, upper), ([true, true, false], [false, true, true]));
    }

    #[test]
    fn a_bound_may_be_longer_than_one_that_was_cut() {
        let whole = Statistics::from(ValueStatistics::new(
            Some(ByteArray::from("ab")),
            Some(ByteArray::from("yz")),
            None,
            Some(0),
            false,
        ));
        let cut = Statistics::from(
            ValueStatistics::new(
                Some(ByteArray::from("ab")),
                Some(ByteArray::from("yz")),
                None,
                Some(0),
                false,
            )
            .with_min_is_exact(false)
            .with_max_is_exact(false),
        );
        for (statistics, is_cut) in [(whole, false), (cut, true)] {
            let bounds = added(PrimitiveType::String, &statistics);
            assert!(bounds.are_above(&Datum::string("a")) && bounds.are_below(&Datum::string("z")));
            assert_eq!(bounds.are_above(&Datum::string("abc")), is_cut);
            assert_eq!(bounds.are_below(&Datum::string("yyy")), is_cut);
            assert!(!bounds.are_above(&Datum::string("b")) && !bounds.are_below(&Datum::string("x")));
        }
    }

    #[test]
    fn not_a_number_bounds_nothing() {
        let nan = Statistics::double(Some(f64::NAN), Some(1.0), None, Some(0), false);
        assert_eq!(bounds(PrimitiveType::Double, &[Some(nan)]), (None, Some(Datum::double(1.0))));
    }
}
