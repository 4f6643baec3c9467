//! Which files a snapshot takes away.

use std::collections::BTreeSet;

use iceberg::spec::{ManifestEntry, ManifestFile, PartitionSpec};

use super::write::partition_spec;
use crate::error::{Error, Result};
use crate::manifest::{may_contain, partition_date};
use crate::ports::ObjectStore;
use crate::schema::field_id;
use crate::table::Table;

/// What a snapshot takes away.
pub(super) enum Removal<'a> {
    Nothing,
    /// The files of these days since the Unix epoch.
    Partitions(&'a BTreeSet<i32>),
    /// The files with these keys, all of them.
    Files(&'a BTreeSet<&'a str>),
    Everything,
}

/// Tells the files that go from those that stay.
pub(super) struct Matcher<'a> {
    pub(super) store: &'a dyn ObjectStore,
    pub(super) table: &'a Table,
    pub(super) removal: &'a Removal<'a>,
}

impl Matcher<'_> {
    pub(super) fn may_touch(&self, manifest: &ManifestFile) -> Result<bool> {
        Ok(match self.removal {
            Removal::Nothing => false,
            Removal::Everything => true,
            Removal::Files(keys) => !keys.is_empty(),
            Removal::Partitions(dates) => {
                may_contain(manifest, self.spec(manifest)?, self.source_id()?, dates.iter())
            }
        })
    }

    pub(super) fn matches(&self, manifest: &ManifestFile, entry: &ManifestEntry) -> Result<bool> {
        Ok(match self.removal {
            Removal::Nothing => false,
            Removal::Everything => true,
            // Keys, not locations: other engines write the same place in other ways.
            Removal::Files(keys) => keys.contains(self.store.key_of(entry.file_path())?.as_str()),
            Removal::Partitions(dates) => {
                let date = partition_date(entry.data_file(), self.spec(manifest)?, self.source_id()?);
                let date =
                    date.ok_or_else(|| Error::invalid("file without a partition").at(entry.file_path()))?;
                dates.contains(&date)
            }
        })
    }

    fn spec(&self, manifest: &ManifestFile) -> Result<&PartitionSpec> {
        partition_spec(self.table, manifest.partition_spec_id)
    }

    fn source_id(&self) -> Result<i32> {
        field_id(self.table.schema, self.table.schema.partition.unwrap_or_default())
    }
}
