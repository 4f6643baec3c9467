//! Removing files that nobody names: of commits that were lost, and of calls that were killed.

use estrella_core::schema::TableSchema;

use crate::commit::NEW_FOR_MS;
use crate::error::{Error, Result};
use crate::lake::Lake;
use crate::named::Named;
use crate::verify::Orphans;

/// What is younger than this may be about to be named, in milliseconds.
pub const MIN_GRACE_MS: i64 = 2 * NEW_FOR_MS;

impl Lake {
    /// Removes the files under a table's `data/` and `metadata/` that are older than `grace_ms` milliseconds and that
    /// neither a retained snapshot nor the log of metadata names. Commits never name an old file that was not named
    /// before, so what nobody names now stays so, and no writer is in danger.
    ///
    /// The listing is read page by page; held are hashes of the names that the table knows.
    ///
    /// # Errors
    /// `InvalidInput` for less grace than [`MIN_GRACE_MS`]. Else those of the stores; what was removed stays so.
    pub async fn remove_orphans(&self, schema: &'static TableSchema, grace_ms: i64) -> Result<Orphans> {
        if grace_ms < MIN_GRACE_MS {
            return Err(Error::invalid(format!("orphans are to be kept {MIN_GRACE_MS} ms or longer")));
        }
        let before_ms = self.clock().now_ms() - grace_ms;
        let mut removed = Orphans::default();
        let mut named: Option<Named> = None;
        for part in ["data", "metadata"] {
            let prefix = format!("{}/{}/{part}/", schema.namespace, schema.name);
            let mut after: Option<String> = None;
            loop {
                let page = self.store.list_page(&prefix, after.as_deref()).await?;
                for object in page.objects.iter().filter(|object| object.modified_ms < before_ms) {
                    let named = match &mut named {
                        Some(named) => named,
                        // Read only if there is anything old, and after it was listed.
                        None => match self.table_if_exists(schema).await? {
                            Some(table) => named.insert(Named::by(&table).await?),
                            // Whoever makes it has lost everything, or nothing yet.
                            None => return Ok(removed),
                        },
                    };
                    if !named.contains(&object.key) {
                        self.store.delete(&object.key).await?;
                        removed.files += 1;
                        removed.size_bytes += object.size_bytes;
                    }
                }
                match page.objects.into_iter().next_back() {
                    Some(last) if page.has_more => after = Some(last.key),
                    _ => break,
                }
            }
        }
        Ok(removed)
    }
}
