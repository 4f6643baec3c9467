//! Bounds of one column from the statistics of its row groups.

use std::cmp::Ordering;

use iceberg::spec::{Datum, PrimitiveType};
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
}

impl Bounds {
    /// Widens the bounds by a row group that has at least one value.
    pub(super) fn add(&mut self, ty: &PrimitiveType, statistics: Option<&Statistics>) {
        // Minimum and maximum of the deprecated kind were compared as signed bytes, wrong for text.
        let usable = statistics.filter(|s| *ty != PrimitiveType::String || !s.is_min_max_deprecated());
        let lower = usable.and_then(Statistics::min_bytes_opt);
        let upper = usable.and_then(Statistics::max_bytes_opt);
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

    fn text(min: &[u8], max: &[u8], deprecated: bool) -> Statistics {
        let value = |bytes: &[u8]| Some(ByteArray::from(bytes.to_vec()));
        Statistics::byte_array(value(min), value(max), None, Some(0), deprecated)
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
    fn not_a_number_bounds_nothing() {
        let nan = Statistics::double(Some(f64::NAN), Some(1.0), None, Some(0), false);
        assert_eq!(bounds(PrimitiveType::Double, &[Some(nan)]), (None, Some(Datum::double(1.0))));
    }
}
