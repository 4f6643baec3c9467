//! Hashes of values. A single whole number, date or instant has a hash of its own; of other values two have the same
//! with a probability of 2^-64, of a million distinct ones any two with 3e-8.

use arrow::{array::ArrayRef, error::ArrowError};
use xxhash_rust::xxh3::xxh3_64;

use crate::rows::{Column, Values};

/// Stands for null beside values in other columns.
const NULL: u64 = 0x9E37_79B9_7F4A_7C15;

/// The hashes of rows that rules compare with other tables; none for a row with a null. Types of one kind, such as 32
/// and 64 bits, hash alike; decimals of unequal scales do not.
///
/// # Errors
/// If a column is of a type that rules cannot look into.
pub fn hash_rows(columns: &[ArrayRef]) -> Result<Vec<Option<u64>>, ArrowError> {
    let columns = columns.iter().map(Column::of).collect::<Result<Vec<_>, _>>()?;
    let hashes = hash_columns(&columns.iter().collect::<Vec<_>>());
    let is_whole =
        |row: usize| columns.iter().all(|column| column.nulls.as_ref().is_none_or(|n| n.is_valid(row)));
    Ok(hashes.into_iter().enumerate().map(|(row, hash)| is_whole(row).then_some(hash)).collect())
}

/// The hash of each row over several columns.
pub(crate) fn hash_columns(columns: &[&Column]) -> Vec<u64> {
    let Some((first, others)) = columns.split_first() else { return Vec::new() };
    let mut hashes = hash_column(first);
    if !others.is_empty() {
        replace_nulls(&mut hashes, first);
    }
    for column in others {
        let mut next = hash_column(column);
        replace_nulls(&mut next, column);
        for (hash, next) in hashes.iter_mut().zip(next) {
            // Not commutative, so that (a, b) is not (b, a).
            *hash = mix(hash.wrapping_mul(NULL) ^ next);
        }
    }
    hashes
}

fn replace_nulls(hashes: &mut [u64], column: &Column) {
    if let Some(nulls) = &column.nulls {
        for (hash, is_valid) in hashes.iter_mut().zip(nulls) {
            if !is_valid {
                *hash = NULL;
            }
        }
    }
}

/// The hash of each value; of nulls anything.
pub(crate) fn hash_column(column: &Column) -> Vec<u64> {
    match &column.values {
        Values::Int(array) => array.values().iter().map(|value| mix(value.cast_unsigned())).collect(),
        Values::Decimal(array) => array.values().iter().map(|value| decimal(*value)).collect(),
        Values::Float(array) => array.values().iter().map(|value| mix(bits(*value))).collect(),
        Values::Bool(array) => array.values().iter().map(|value| mix(u64::from(value))).collect(),
        Values::Text(array) => {
            let (offsets, bytes) = (array.value_offsets(), array.value_data());
            offsets.windows(2).map(|ends| xxh3_64(&bytes[ends[0] as usize..ends[1] as usize])).collect()
        }
        Values::Dictionary(dictionary, texts) => {
            let by_key: Vec<u64> =
                texts.iter().map(|text| xxh3_64(text.unwrap_or_default().as_bytes())).collect();
            let keys = dictionary.keys().values().iter();
            keys.map(|key| by_key.get(*key as usize).copied().unwrap_or(NULL)).collect()
        }
    }
}

fn decimal(value: i128) -> u64 {
    match i64::try_from(value) {
        Ok(small) => mix(small.cast_unsigned()),
        Err(_) => xxh3_64(&value.to_le_bytes()),
    }
}

/// Equal floats have equal bits: zero has no sign and all that are no number are one.
fn bits(value: f64) -> u64 {
    if value == 0.0 {
        0
    } else if value.is_nan() {
        f64::NAN.to_bits()
    } else {
        value.to_bits()
    }
}

/// The finalizer of MurmurHash3 (Appleby, 2011): a bijection, so that unequal numbers stay unequal.
#[inline]
pub(crate) fn mix(mut hash: u64) -> u64 {
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{DictionaryArray, Int32Array, Int64Array, StringArray};
    use std::sync::Arc;

    #[test]
    fn equal_values_hash_alike_however_they_are_stored() {
        let texts = StringArray::from(vec![Some("a"), None, Some("b")]);
        let dictionary: DictionaryArray<arrow::datatypes::Int32Type> =
            vec![Some("a"), None, Some("b")].into_iter().collect();
        let hashes = |array: ArrayRef| hash_rows(&[array]).unwrap();
        assert_eq!(hashes(Arc::new(texts.clone())), hashes(Arc::new(dictionary)));
        let (narrow, wide) = (Int32Array::from(vec![1, -2, 3]), Int64Array::from(vec![1, -2, 3]));
        assert_eq!(hashes(Arc::new(narrow)), hashes(Arc::new(wide.clone())));
        let both = hash_rows(&[Arc::new(wide.clone()), Arc::new(texts.clone())]).unwrap();
        let swapped = hash_rows(&[Arc::new(texts), Arc::new(wide)]).unwrap();
        assert!(both[0].is_some() && both[1].is_none());
        assert_ne!(both[0], swapped[0]);
    }
}
