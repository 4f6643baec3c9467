//! Tests of whole numbers: every comparison with any number is a range or a set of them.

use crate::ast::{Comparison, Op};

/// A number between whole ones: the greatest whole number not above it, and whether it is equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bound {
    pub(crate) floor: i128,
    pub(crate) exact: bool,
}

impl Bound {
    /// The greatest whole number below.
    fn below(self) -> i128 {
        if self.exact { self.floor - 1 } else { self.floor }
    }

    /// The least whole number above.
    fn above(self) -> i128 {
        self.floor + 1
    }

    /// The least whole number not below.
    fn ceil(self) -> i128 {
        if self.exact { self.floor } else { self.floor + 1 }
    }
}

/// A set of whole numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ordered<T> {
    /// From low to high, both included, or all others.
    Range { low: T, high: T, inside: bool },
    /// Those, or all others; sorted.
    Set { values: Vec<T>, inside: bool },
}

impl Ordered<i128> {
    /// The numbers that fulfil a comparison; `between` with its ends if `inclusive`.
    pub(crate) fn of(comparison: &Comparison<Bound>, inclusive: bool) -> Self {
        // Far from the ends, so that sums of bounds stay numbers.
        const LEAST: i128 = i128::MIN / 2;
        const GREATEST: i128 = i128::MAX / 2;
        let range = |low, high, inside| Self::Range { low, high, inside };
        match comparison {
            Comparison::Compare(Op::Equal, bound) if !bound.exact => range(1, 0, true),
            Comparison::Compare(Op::NotEqual, bound) if !bound.exact => range(1, 0, false),
            Comparison::Compare(Op::Equal, bound) => range(bound.floor, bound.floor, true),
            Comparison::Compare(Op::NotEqual, bound) => range(bound.floor, bound.floor, false),
            Comparison::Compare(Op::Less, bound) => range(LEAST, bound.below(), true),
            Comparison::Compare(Op::LessOrEqual, bound) => range(LEAST, bound.floor, true),
            Comparison::Compare(Op::Greater, bound) => range(bound.above(), GREATEST, true),
            Comparison::Compare(Op::GreaterOrEqual, bound) => range(bound.ceil(), GREATEST, true),
            Comparison::Between { low, high, negated } if inclusive => {
                range(low.ceil(), high.floor, !negated)
            }
            Comparison::Between { low, high, negated } => range(low.above(), high.below(), !negated),
            Comparison::In { values, negated } => {
                let mut values: Vec<_> =
                    values.iter().filter(|value| value.exact).map(|value| value.floor).collect();
                values.sort_unstable();
                values.dedup();
                Self::Set { values, inside: !negated }
            }
        }
    }

    /// The same set among numbers of 64 bits.
    pub(crate) fn narrow(&self) -> Ordered<i64> {
        match self {
            Self::Range { low, high, inside } => {
                let (least, greatest) = (i128::from(i64::MIN), i128::from(i64::MAX));
                let is_empty = low > high || *low > greatest || *high < least;
                let clamped = |number: i128| number.clamp(least, greatest) as i64;
                let (low, high) = if is_empty { (1, 0) } else { (clamped(*low), clamped(*high)) };
                Ordered::Range { low, high, inside: *inside }
            }
            Self::Set { values, inside } => {
                let values = values.iter().filter_map(|value| i64::try_from(*value).ok()).collect();
                Ordered::Set { values, inside: *inside }
            }
        }
    }
}

impl<T: Ord + Copy> Ordered<T> {
    #[inline]
    pub(crate) fn contains(&self, number: T) -> bool {
        match self {
            Self::Range { low, high, inside } => ((*low <= number) & (number <= *high)) == *inside,
            Self::Set { values, inside } if values.len() <= 8 => values.contains(&number) == *inside,
            Self::Set { values, inside } => values.binary_search(&number).is_ok() == *inside,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ast::Number;
    use proptest::prelude::*;

    proptest! {
        /// Comparing whole numbers by ranges is comparing decimals.
        #[test]
        fn ranges_are_comparisons(tenths in -50i128..50, other in -50i128..50, value in -6i128..6) {
            let bound = |tenths: i128| {
                let (floor, exact) = Number { digits: tenths, scale: 1 }.at_scale(0).unwrap();
                Bound { floor, exact }
            };
            let holds = |comparison: Comparison<i128>, inclusive| {
                let bounds = comparison.try_map(|tenths| Ok::<_, ()>(bound(*tenths))).unwrap();
                let wide = Ordered::of(&bounds, inclusive);
                assert_eq!(wide.contains(value), wide.narrow().contains(value as i64));
                wide.contains(value)
            };
            for op in [Op::Equal, Op::NotEqual, Op::Less, Op::LessOrEqual, Op::Greater, Op::GreaterOrEqual] {
                prop_assert_eq!(holds(Comparison::Compare(op, tenths), false), op.holds(&(value * 10), &tenths));
            }
            for negated in [false, true] {
                let between = Comparison::Between { low: tenths, high: other, negated };
                prop_assert_eq!(holds(between.clone(), false), between.holds(&(value * 10)));
                let within = tenths <= value * 10 && value * 10 <= other;
                prop_assert_eq!(holds(between, true), within != negated);
                let set = Comparison::In { values: vec![tenths, other], negated };
                prop_assert_eq!(holds(set.clone(), false), set.holds(&(value * 10)));
            }
        }
    }

    #[test]
    fn numbers_beyond_64_bits_are_in_no_column() {
        let above = Comparison::Compare(Op::Greater, Bound { floor: 1 << 80, exact: true });
        assert!(!Ordered::of(&above, false).narrow().contains(i64::MAX));
        let below = Comparison::Compare(Op::Less, Bound { floor: 1 << 80, exact: true });
        assert!(Ordered::of(&below, false).narrow().contains(i64::MAX));
    }
}
