//! The contract of commits: what holds on every store with every catalog.

mod changes;
mod compacting;
mod concurrency;
mod expiring;
mod reading;

use std::collections::BTreeMap;

use estrella_core::schema::{CLEAN_EVENTS, TableSchema};

use super::rows::{first_column, write_rows};
use crate::commit::{Base, Commit, NewFile, Operation};
use crate::error::Result;
use crate::lake::Lake;

/// Checks a lake that has no tables yet.
pub async fn commit_contract(lake: Lake) -> Result<()> {
    concurrency::creation_is_a_race_without_losers(&lake).await?;
    changes::append_is_idempotent(&lake).await?;
    changes::empty_commits_carry_properties(&lake).await?;
    changes::overwrite_replaces_partitions_only(&lake).await?;
    changes::rewrite_keeps_rows_and_refuses_gone_files(&lake).await?;
    changes::replace_all_replaces_all(&lake).await?;
    changes::rollback_moves_the_head(&lake).await?;
    changes::many_small_manifests_are_merged(&lake).await?;
    concurrency::a_stale_base_conflicts(&lake).await?;
    concurrency::writers_lose_nothing(&lake).await?;
    reading::plans_prune_by_partition_and_bounds(&lake).await?;
    reading::the_newest_is_found(&lake).await?;
    reading::readers_keep_what_they_loaded(&lake).await?;
    reading::wrong_files_are_refused(&lake).await?;
    expiring::only_what_nobody_names_goes(&lake).await?;
    expiring::what_was_the_head_lately_stays(&lake).await?;
    compacting::compaction_keeps_rows_and_order(&lake).await?;
    compacting::compaction_gives_way(&lake).await?;
    compacting::only_old_files_that_nobody_names_are_orphans(&lake).await?;
    compacting::an_old_file_is_named_under_another_name(&lake).await
}

/// One table and one day per case, so that the cases do not meet.
struct Case<'a> {
    lake: &'a Lake,
    table: &'static TableSchema,
    name: &'static str,
}

impl<'a> Case<'a> {
    fn events(lake: &'a Lake, name: &'static str) -> Self {
        Self { lake, table: &CLEAN_EVENTS, name }
    }

    async fn file(&self, name: &str, date: impl Into<Option<i32>>, numbers: &[i32]) -> Result<NewFile> {
        let name = format!("{}-{name}", self.name);
        write_rows(&**self.lake.store(), self.table, &name, date.into(), numbers).await
    }

    fn commit(&self, key: &str, operation: Operation) -> Commit {
        let key = format!("{}/{key}", self.name);
        Commit { key, operation, base: None, properties: BTreeMap::new() }
    }

    /// Appends one file of some numbers, and returns the snapshot.
    async fn append(&self, name: &str, date: i32, numbers: &[i32]) -> Result<i64> {
        let files = vec![self.file(name, date, numbers).await?];
        let outcome = self.lake.commit(self.table, self.commit(name, Operation::Append(files))).await?;
        Ok(outcome.snapshot_id())
    }

    /// The first column of a day, sorted as text.
    async fn rows(&self, date: i32) -> Result<Vec<String>> {
        let files = self.lake.table(self.table).await?.plan_partition(date).await?;
        first_column(&**self.lake.store(), &files).await
    }

    /// What is read now, for a commit that depends on it.
    async fn base(&self, dates: impl IntoIterator<Item = i32>) -> Result<Option<Base>> {
        let snapshot_id = self.lake.table(self.table).await?.snapshot_id();
        Ok(Some(Base { snapshot_id, partitions: Some(dates.into_iter().collect()) }))
    }
}
