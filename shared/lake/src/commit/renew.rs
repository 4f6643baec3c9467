//! Files that a commit finds rather than writes.
//!
//! Names of files are made from inputs, so a call that is repeated finds the files of the one before, of a minute or of a
//! week ago. What nobody names for so long may be on its way out ([`Lake::expire`], [`Lake::remove_orphans`]). So an old
//! file is named only if the table that is swapped names it already: then nobody removes it without another swap. Else
//! it is copied under a name that nobody knows.

use std::sync::Arc;

use estrella_core::schema::TableSchema;
use futures::{StreamExt, TryStreamExt, stream};
use iceberg::spec::DataFile;
use uuid::Uuid;

use super::NewFile;
use crate::data_file::data_file;
use crate::error::{Error, ErrorKind, Result};
use crate::lake::Lake;
use crate::named::Named;
use crate::ports::ObjectStore;
use crate::table::Table;

/// Files older than this are not new, in milliseconds. What removes files has to leave those alone that are younger than
/// twice this, so that a commit has as much time as this from its look at the file to its swap.
pub(crate) const NEW_FOR_MS: i64 = 12 * 60 * 60 * 1000;
/// Ages that are asked for at the same time.
const AT_ONCE: usize = 16;

/// The files of a commit that are not new, by their places in it.
pub(super) struct Old(Vec<usize>);

impl Old {
    /// Asks for the ages of a commit's files. `Conflict` if one is gone.
    pub(super) async fn of(lake: &Lake, schema: &TableSchema, files: &[NewFile]) -> Result<Self> {
        let new_since_ms = lake.clock().now_ms() - NEW_FOR_MS;
        let keys: Vec<String> = files.iter().map(|file| file.key.clone()).collect();
        let ages = stream::iter(keys).map(|key| modified_ms(lake.store.clone(), schema.full_name(), key));
        let ages: Vec<i64> = ages.buffered(AT_ONCE).try_collect().await?;
        let is_old = |(_, modified_ms): &(usize, i64)| *modified_ms < new_since_ms;
        Ok(Self(ages.into_iter().enumerate().filter(is_old).map(|(at, _)| at).collect()))
    }

    /// Gives those that the table does not name a new name, and tells whether there were any.
    pub(super) async fn renew(
        &mut self,
        lake: &Lake,
        table: &Table,
        files: &mut [NewFile],
        entries: &mut [DataFile],
    ) -> Result<bool> {
        if self.0.is_empty() {
            return Ok(false);
        }
        let named = Named::by(table).await?;
        let (kept, renewed): (Vec<usize>, _) =
            std::mem::take(&mut self.0).into_iter().partition(|at| named.contains(&files[*at].key));
        for &at in &renewed {
            let file = &mut files[at];
            let (folder, name) = file.key.rsplit_once('/').unwrap_or_default();
            // The name stays: facts are told by it.
            let key = format!("{folder}/{}/{name}", Uuid::new_v4().simple());
            match lake.store.copy_if_absent(&file.key, &key).await {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    return Err(gone(&table.schema.full_name(), &file.key, error));
                }
                copied => copied?,
            };
            file.key = key;
            entries[at] = data_file(table.schema, file, lake.store.location(&file.key))?;
        }
        self.0 = kept;
        Ok(!renewed.is_empty())
    }
}

async fn modified_ms(store: Arc<dyn ObjectStore>, table: String, key: String) -> Result<i64> {
    let modified_ms = store.modified_ms(&key).await;
    modified_ms
        .map_err(|error| if error.kind() == ErrorKind::NotFound { gone(&table, &key, error) } else { error })
}

fn gone(table: &str, key: &str, error: Error) -> Error {
    Error::conflict(format!("file to commit is gone: {key}")).at(table).because(error)
}
