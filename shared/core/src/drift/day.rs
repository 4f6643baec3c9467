//! What is compared.

use crate::event::EventType;

/// Measures of the rows of a batch, or of all batches of a day.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Day {
    /// Rows.
    pub rows: f64,
    /// Rows by event type, in the order of [`EventType::ALL`].
    pub event_types: [f64; EventType::ALL.len()],
    /// Rows without a brand.
    pub null_brands: f64,
    /// Rows without a category code.
    pub null_category_codes: f64,
    /// Median price, in the shop's currency; of several batches, their median weighted by rows.
    pub median_price: Option<f64>,
}

impl Day {
    /// Takes one measure of `ops.profiles` in, by its column, metric and segment. Others are passed over.
    pub fn set(&mut self, column: Option<&str>, metric: &str, segment: Option<&str>, value: f64) {
        match (column, metric, segment) {
            (None, "row_count", None) => self.rows = value,
            (Some("brand"), "null_count", None) => self.null_brands = value,
            (Some("category_code"), "null_count", None) => self.null_category_codes = value,
            (Some("price"), "median", None) => self.median_price = Some(value),
            (Some("event_type"), "row_count", Some(kind)) => {
                if let Some(at) = EventType::ALL.iter().position(|known| known.as_str() == kind) {
                    self.event_types[at] = value;
                }
            }
            _ => {}
        }
    }

    /// Adds the rows of another batch.
    pub fn merge(&mut self, other: &Self) {
        self.median_price = match (self.median_price, other.median_price) {
            (Some(mine), Some(theirs)) => {
                Some((mine * self.rows + theirs * other.rows) / (self.rows + other.rows).max(1.0))
            }
            (mine, theirs) => mine.or(theirs),
        };
        self.rows += other.rows;
        for (mine, theirs) in self.event_types.iter_mut().zip(other.event_types) {
            *mine += theirs;
        }
        self.null_brands += other.null_brands;
        self.null_category_codes += other.null_category_codes;
    }
}

/// One number of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Share of rows without a brand, 0 to 1.
    NullBrands,
    /// Share of rows without a category code, 0 to 1.
    NullCategoryCodes,
    /// Median price, in the shop's currency.
    MedianPrice,
}

impl Measure {
    /// All measures.
    pub const ALL: [Self; 3] = [Self::NullBrands, Self::NullCategoryCodes, Self::MedianPrice];

    /// The column that it is about.
    pub fn column(self) -> &'static str {
        match self {
            Self::NullBrands => "brand",
            Self::NullCategoryCodes => "category_code",
            Self::MedianPrice => "price",
        }
    }

    /// Its value; none of no rows.
    pub fn of(self, day: &Day) -> Option<f64> {
        let share = |rows: f64| (day.rows > 0.0).then(|| rows / day.rows);
        match self {
            Self::NullBrands => share(day.null_brands),
            Self::NullCategoryCodes => share(day.null_category_codes),
            Self::MedianPrice => day.median_price,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Prices, Profile, metrics};

    #[test]
    fn a_profile_comes_back_from_its_metrics() {
        let mut profile =
            Profile { rows: 4, event_types: [2, 1, 0, 1], null_brands: 3, ..Profile::default() };
        profile.prices = Prices::of(&[500, 500, 500, 500]);
        let mut day = Day::default();
        for metric in metrics(&profile) {
            day.set(metric.column, metric.name, metric.segment.as_deref(), metric.value);
        }
        assert_eq!((day.rows, day.event_types, day.null_brands), (4.0, [2.0, 1.0, 0.0, 1.0], 3.0));
        assert_eq!(day.median_price, Some(5.0));
        let mut both = day;
        both.merge(&day);
        assert_eq!((both.rows, both.median_price), (8.0, Some(5.0)));
        assert_eq!(Measure::NullBrands.of(&both), Some(0.75));
        assert_eq!(Measure::NullBrands.of(&Day::default()), None);
    }
}
