//! Tests of the values of a column, all of a batch at once.

use arrow::{array::Array, buffer::BooleanBuffer};

use super::{Column, Values, ordered::Ordered, text::TextTest};
use crate::ast::Comparison;

/// A test and what it says of nulls.
#[derive(Debug, Clone)]
pub(crate) struct ValueTest {
    pub(crate) test: Test,
    pub(crate) nulls_pass: bool,
}

/// A test of values that are there.
#[derive(Debug, Clone)]
pub(crate) enum Test {
    Always(bool),
    Ints(Ordered<i64>),
    Decimals(Ordered<i128>),
    Floats(Comparison<f64>),
    Texts(TextTest),
    Bools { yes: bool, no: bool },
}

impl ValueTest {
    /// Which rows pass.
    pub(crate) fn passing(&self, column: &Column) -> BooleanBuffer {
        let present = self.test.passing(&column.values);
        match &column.nulls {
            None => present,
            Some(nulls) if self.nulls_pass => &present | &!nulls.inner(),
            Some(nulls) => &present & nulls.inner(),
        }
    }
}

impl Test {
    /// Which values pass; of nulls anything.
    fn passing(&self, values: &Values) -> BooleanBuffer {
        match (self, values) {
            (Self::Always(passes), _) => constant(*passes, values.len()),
            (Self::Ints(test), Values::Int(array)) => numbers(test, array.values()),
            (Self::Decimals(test), Values::Decimal(array)) => numbers(test, array.values()),
            (Self::Floats(test), Values::Float(array)) => {
                let values = array.values();
                BooleanBuffer::collect_bool(values.len(), |row| test.holds(&values[row]))
            }
            (Self::Bools { yes, no }, Values::Bool(array)) => match (yes, no) {
                (true, false) => array.values().clone(),
                (false, true) => !array.values(),
                (both, _) => constant(*both, array.len()),
            },
            (Self::Texts(test), Values::Text(array)) => {
                BooleanBuffer::collect_bool(array.len(), |row| test.passes(array.value(row)))
            }
            (Self::Texts(test), Values::Dictionary(dictionary, texts)) => {
                let keys = dictionary.keys().values();
                // A dictionary much greater than the batch is looked up, not gone through.
                if texts.len() > 2 * keys.len() {
                    let passes = |key: i32| {
                        usize::try_from(key)
                            .is_ok_and(|key| key < texts.len() && test.passes(texts.value(key)))
                    };
                    return BooleanBuffer::collect_bool(keys.len(), |row| passes(keys[row]));
                }
                let by_key: Vec<bool> = (0..texts.len()).map(|key| test.passes(texts.value(key))).collect();
                // The key of a null may be anything.
                BooleanBuffer::collect_bool(keys.len(), |row| {
                    by_key.get(keys[row] as usize).copied().unwrap_or_default()
                })
            }
            // Tests are made for the kind of the column.
            _ => constant(false, values.len()),
        }
    }
}

impl Values {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Bool(array) => array.len(),
            Self::Int(array) => array.len(),
            Self::Decimal(array) => array.len(),
            Self::Float(array) => array.len(),
            Self::Text(array) => array.len(),
            Self::Dictionary(array, _) => array.len(),
        }
    }
}

fn constant(value: bool, len: usize) -> BooleanBuffer {
    if value { BooleanBuffer::new_set(len) } else { BooleanBuffer::new_unset(len) }
}

/// The kind of test is looked at once, so that the loop is nothing but two comparisons.
fn numbers<T: Ord + Copy>(test: &Ordered<T>, values: &[T]) -> BooleanBuffer {
    match test {
        Ordered::Range { low, high, inside: true } => {
            BooleanBuffer::collect_bool(values.len(), |row| (*low <= values[row]) & (values[row] <= *high))
        }
        Ordered::Range { low, high, inside: false } => {
            BooleanBuffer::collect_bool(values.len(), |row| (values[row] < *low) | (*high < values[row]))
        }
        Ordered::Set { .. } => BooleanBuffer::collect_bool(values.len(), |row| test.contains(values[row])),
    }
}
