//! From values to places.

/// An axis from zero to a round number, with round numbers in between.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axis {
    /// Round numbers, ascending; the first is 0 and the last is not below the greatest value.
    pub(crate) ticks: Vec<f64>,
}

impl Axis {
    /// An axis for values up to `max` with about `wanted` steps; from 0 to 1 if there is nothing to show.
    pub(crate) fn up_to(max: f64, wanted: usize) -> Self {
        // Far beyond what anything counts, and steps are still numbers.
        let max = if max.is_finite() && max > 0.0 { max.clamp(1e-12, 1e300) } else { 1.0 };
        let rough = max / wanted.max(1) as f64;
        let power = 10f64.powi(rough.log10().floor() as i32);
        let step =
            [1.0, 2.0, 2.5, 5.0, 10.0].map(|round| round * power).into_iter().find(|step| *step >= rough);
        let step = step.unwrap_or(power * 10.0);
        let steps = (max / step - 1e-9).ceil().max(1.0) as usize;
        Self { ticks: (0..=steps).map(|i| i as f64 * step).collect() }
    }

    /// An axis that ends at a value, as tight as can be.
    pub(crate) fn of(max: f64) -> Self {
        Self { ticks: vec![0.0, if max.is_finite() && max > 0.0 { max } else { 1.0 }] }
    }

    /// The greatest value that it shows.
    pub(crate) fn top(&self) -> f64 {
        self.ticks.last().copied().unwrap_or(1.0)
    }

    /// Where a value is, 0 at the bottom and 1 at the top; what is beyond stays at the end.
    pub(crate) fn place(&self, value: f64) -> f64 {
        fraction(value, self.top())
    }
}

/// A part of a whole, from 0 to 1; 0 if that is not a number.
pub(crate) fn fraction(part: f64, whole: f64) -> f64 {
    let place = part / whole;
    if place.is_nan() { 0.0 } else { place.clamp(0.0, 1.0) }
}

/// A number for an attribute, two decimals at most; one that is not finite is 0.
pub(crate) fn number(value: f64) -> String {
    let value = if value.is_finite() { value } else { 0.0 };
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A fraction for an attribute, in percent.
pub(crate) fn percent(fraction: f64) -> String {
    format!("{}%", number(fraction * 100.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ticks_are_round() {
        assert_eq!(Axis::up_to(6_180.0, 4).ticks, [0.0, 2_000.0, 4_000.0, 6_000.0, 8_000.0]);
        assert_eq!(Axis::up_to(1.0, 4).ticks, [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(Axis::up_to(5.0, 1).ticks, [0.0, 5.0]);
    }

    #[test]
    fn there_is_an_axis_for_nothing() {
        for max in [0.0, -3.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Axis::up_to(max, 4).top(), 1.0, "{max}");
        }
        assert_eq!(Axis::up_to(2.0, 0).top(), 2.0);
        assert_eq!([0.0, f64::NAN, 7.0].map(|max| Axis::of(max).top()), [1.0, 1.0, 7.0]);
    }

    #[test]
    fn places_of_what_is_no_number_are_at_the_bottom() {
        let axis = Axis::up_to(10.0, 4);
        assert_eq!(axis.place(f64::NAN), 0.0);
        assert_eq!(axis.place(f64::INFINITY), 1.0);
        assert_eq!(axis.place(-1.0), 0.0);
        assert_eq!(fraction(0.0, 0.0), 0.0);
        assert_eq!(fraction(1.0, 0.0), 1.0);
    }

    #[test]
    fn attributes_are_numbers() {
        assert_eq!(number(f64::NAN), "0");
        assert_eq!(number(f64::INFINITY), "0");
        assert_eq!(number(-0.001), "0");
        assert_eq!(number(12.345), "12.35");
        assert_eq!(number(100.0), "100");
        assert_eq!(percent(0.125), "12.5%");
    }

    proptest! {
        #[test]
        fn an_axis_holds_its_values(max in prop::num::f64::ANY, wanted in 0usize..12) {
            let axis = Axis::up_to(max, wanted);
            prop_assert!(axis.ticks.len() >= 2 && axis.ticks.len() <= wanted.max(1) + 1);
            prop_assert_eq!(axis.ticks[0], 0.0);
            prop_assert!(axis.ticks.is_sorted_by(|a, b| a < b) && axis.top().is_finite());
            if (1e-12..1e300).contains(&max) {
                prop_assert!(axis.top() >= max * (1.0 - 1e-9) && axis.top() <= max * 10.0);
            }
        }

        #[test]
        fn order_is_kept(max in 1e-9f64..1e12, a in prop::num::f64::ANY, b in prop::num::f64::ANY) {
            let axis = Axis::up_to(max, 4);
            for value in [a, b] {
                prop_assert!((0.0..=1.0).contains(&axis.place(value)));
                prop_assert!(number(value).parse::<f64>().unwrap().is_finite());
            }
            if a <= b {
                prop_assert!(axis.place(a) <= axis.place(b));
            }
        }
    }
}
