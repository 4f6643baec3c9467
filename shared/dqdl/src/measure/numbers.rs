//! Sum, mean, deviation and extremes of a column of numbers.

use super::Selection;
use crate::rows::{Column, Values};

/// Sums of whole and decimal numbers are exact; the deviation merges by Chan, Golub and LeVeque (1979).
#[derive(Debug, Clone, Default)]
pub(crate) struct Numbers {
    pub(crate) count: u64,
    sum: Sum,
    /// Sum of the squared distances from the mean.
    squares: f64,
    /// Least and greatest.
    extremes: Option<(f64, f64)>,
}

#[derive(Debug, Clone, Copy, Default)]
enum Sum {
    #[default]
    Nothing,
    /// Of numbers without their decimal points.
    Whole(i128, u32),
    Float(f64),
}

impl Sum {
    fn value(self) -> f64 {
        match self {
            Self::Nothing => 0.0,
            Self::Whole(sum, scale) => sum as f64 / 10f64.powi(scale as i32),
            Self::Float(sum) => sum,
        }
    }
}

impl Numbers {
    /// Measures the selected values; decimals have `scale` digits after the point.
    pub(crate) fn update(&mut self, column: &Column, scale: u32, selection: &Selection) {
        let part = match &column.values {
            Values::Int(array) => whole(array.values(), 0, selection, i128::from, |v| v as f64),
            Values::Decimal(array) => whole(array.values(), scale, selection, |v| v, |v| v as f64),
            Values::Float(array) => floats(array.values(), selection),
            _ => return,
        };
        self.merge(&part);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        if self.count > 0 {
            let (mine, theirs) = (self.count as f64, other.count as f64);
            let distance = other.sum.value() / theirs - self.sum.value() / mine;
            self.squares += distance * distance * mine * theirs / (mine + theirs);
        }
        self.squares += other.squares;
        self.count += other.count;
        self.sum = match (self.sum, other.sum) {
            (Sum::Whole(mine, scale), Sum::Whole(theirs, _)) if mine.checked_add(theirs).is_some() => {
                Sum::Whole(mine + theirs, scale)
            }
            (Sum::Nothing, theirs) => theirs,
            (mine, Sum::Nothing) => mine,
            (mine, theirs) => Sum::Float(mine.value() + theirs.value()),
        };
        self.extremes = match (self.extremes, other.extremes) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (mine, theirs) => mine.or(theirs),
        };
    }

    /// The sum; none of no numbers.
    pub(crate) fn sum(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum.value())
    }

    /// The mean; none of no numbers.
    pub(crate) fn mean(&self) -> Option<f64> {
        self.sum().map(|sum| sum / self.count as f64)
    }

    /// The population standard deviation; none of no numbers.
    pub(crate) fn deviation(&self) -> Option<f64> {
        (self.count > 0).then(|| (self.squares / self.count as f64).sqrt())
    }

    /// The least and the greatest number.
    pub(crate) fn extremes(&self) -> Option<(f64, f64)> {
        self.extremes
    }
}

/// Two passes over a batch that is in the cache: the second needs the mean.
#[inline]
fn whole<T: Copy + Ord>(
    values: &[T],
    scale: u32,
    selection: &Selection,
    wide: impl Fn(T) -> i128,
    float: impl Fn(T) -> f64,
) -> Numbers {
    let count = selection.count() as u64;
    let mut sum = 0i128;
    let mut extremes: Option<(T, T)> = None;
    selection.for_each_run(|start, end| {
        let run = &values[start..end];
        let (mut least, mut greatest) = extremes.unwrap_or((run[0], run[0]));
        for &value in run {
            sum = sum.wrapping_add(wide(value));
            least = least.min(value);
            greatest = greatest.max(value);
        }
        extremes = Some((least, greatest));
    });
    if count == 0 {
        return Numbers::default();
    }
    let unit = 10f64.powi(scale as i32);
    let reach =
        extremes.map_or(0, |(least, greatest)| wide(least).unsigned_abs().max(wide(greatest).unsigned_abs()));
    let is_exact = reach.checked_mul(u128::from(count)).is_some_and(|most| most <= i128::MAX.unsigned_abs());
    let sum = if is_exact {
        Sum::Whole(sum, scale)
    } else {
        let mut sum = 0.0;
        selection.for_each(|row| sum += float(values[row]));
        Sum::Float(sum / unit)
    };
    let mean = sum.value() * unit / count as f64;
    let squares = if reach <= i64::MAX.unsigned_abs().into() {
        // Converting 64 bits is one instruction, converting 128 a function.
        squares(values, selection, mean, |value| wide(value) as i64 as f64)
    } else {
        squares(values, selection, mean, &float)
    };
    let extremes = extremes.map(|(least, greatest)| (float(least) / unit, float(greatest) / unit));
    Numbers { count, sum, squares: squares / (unit * unit), extremes }
}

fn squares<T: Copy>(values: &[T], selection: &Selection, mean: f64, float: impl Fn(T) -> f64) -> f64 {
    let mut squares = 0.0;
    selection.for_each_run(|start, end| {
        for &value in &values[start..end] {
            let distance = float(value) - mean;
            squares += distance * distance;
        }
    });
    squares
}

fn floats(values: &[f64], selection: &Selection) -> Numbers {
    let count = selection.count() as u64;
    if count == 0 {
        return Numbers::default();
    }
    let mut sum = 0.0;
    let (mut least, mut greatest) = (f64::INFINITY, f64::NEG_INFINITY);
    selection.for_each(|row| {
        sum += values[row];
        least = least.min(values[row]);
        greatest = greatest.max(values[row]);
    });
    let mean = sum / count as f64;
    let mut squares = 0.0;
    selection.for_each(|row| squares += (values[row] - mean) * (values[row] - mean));
    Numbers { count, sum: Sum::Float(sum), squares, extremes: Some((least, greatest)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, Decimal128Array};
    use std::sync::Arc;

    #[test]
    fn sums_beyond_128_bits_are_floats() {
        let huge = 10i128.pow(38) - 1;
        let array = Decimal128Array::from(vec![huge, huge, huge]).with_precision_and_scale(38, 0).unwrap();
        let column = Column::of(&(Arc::new(array) as ArrayRef)).unwrap();
        let mut numbers = Numbers::default();
        numbers.update(&column, 0, &Selection::All(1));
        assert_eq!(numbers.sum(), Some(1e38));
        numbers.update(&column, 0, &Selection::All(1));
        numbers.update(&column, 0, &Selection::All(3));
        assert!((numbers.sum().unwrap() / 5e38 - 1.0).abs() < 1e-12);
        assert!((numbers.mean().unwrap() / 1e38 - 1.0).abs() < 1e-12);
    }
}
