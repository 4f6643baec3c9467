//! What the shop's database says of a row of a dimension.

use std::fmt::Debug;

use xxhash_rust::xxh3::xxh3_64;

use super::{Activity, RowBuilder};
use crate::changes::{ALWAYS, Value, Version};

/// A version of a row, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attributes {
    /// Number among the versions of the row, counted from 1.
    pub number: i32,
    /// From when on, in microseconds since the Unix epoch.
    pub valid_from: i64,
    /// Until when, not included; none for the current version.
    pub valid_to: Option<i64>,
    /// The dimension's attributes in the order of its columns; none if the shop's database never had the row.
    pub values: Option<Box<[Value]>>,
}

impl Attributes {
    /// Known from events alone: one version that always held.
    pub const UNKNOWN: Self = Self { number: 1, valid_from: ALWAYS, valid_to: None, values: None };

    /// A version of a source's row. `number` counts from 1.
    pub fn of(version: &Version, number: usize, values: Box<[Value]>) -> Self {
        let number = i32::try_from(number).unwrap_or(i32::MAX);
        Self { number, valid_from: version.valid_from, valid_to: version.valid_to, values: Some(values) }
    }

    /// Whether it holds now.
    pub fn is_current(&self) -> bool {
        self.valid_to.is_none()
    }

    /// One of the attributes, if the shop's database has the row.
    pub fn value(&self, position: usize) -> Option<&Value> {
        self.values.as_ref()?.get(position)
    }

    /// Appends version, validity and whether the shop's database has the row, which come after the key.
    pub(super) fn write_validity(&self, to: &mut RowBuilder) {
        self.write_span(to);
        to.boolean(self.values.is_some());
    }

    /// Appends version and validity.
    pub fn write_span(&self, to: &mut RowBuilder) {
        to.int(self.number);
        to.time(self.valid_from);
        to.optional_time(self.valid_to);
        to.boolean(self.is_current());
    }

    /// Appends an attribute, or null where it is not known.
    pub(super) fn write(&self, position: usize, to: &mut RowBuilder) {
        self.value(position).unwrap_or(&Value::Null).write(to);
    }

    /// The surrogate key: 63 bits of XXH3-64 of table, key and number of the version. The same history has the same
    /// keys, however often it is built.
    pub fn surrogate(&self, table: &str, key: &impl Debug) -> i64 {
        let text = format!("{table}\n{key:?}\n{}", self.number);
        (xxh3_64(text.as_bytes()) >> 1).cast_signed()
    }
}

/// Appends first and last time of what happened, or nulls.
pub(super) fn write_times(activity: Option<&Activity>, to: &mut RowBuilder) {
    to.optional_time(activity.map(|activity| activity.first_at));
    to.optional_time(activity.map(|activity| activity.last_at));
}

/// Appends the counts by type, or zeros.
pub(super) fn write_counts(activity: Option<&Activity>, to: &mut RowBuilder) {
    to.counts(&activity.map(|activity| activity.counts).unwrap_or_default());
}

/// Appends what was bought for, or zero.
pub(super) fn write_purchases(activity: Option<&Activity>, to: &mut RowBuilder) {
    to.decimal(activity.map(|activity| activity.purchases_cents).unwrap_or_default());
}
