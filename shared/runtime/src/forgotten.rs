//! Who was erased.

use std::collections::HashSet;

use estrella_core::schema::FORGOTTEN_USERS;
use estrella_core::star::RowReader;
use estrella_lake::data::ParquetFile;
use estrella_lake::{Error, Result};

use crate::Deps;

/// The users whose data was erased. Most lakes have no such table.
///
/// # Errors
/// Those of store and catalog.
pub async fn forgotten_users(deps: &Deps) -> Result<HashSet<i64>> {
    let mut users = HashSet::new();
    let Some(table) = deps.lake.table_if_exists(&FORGOTTEN_USERS).await? else { return Ok(users) };
    for planned in table.plan(None).await? {
        let file = ParquetFile::open(deps.lake.store(), &planned.key).await?;
        for group in 0..file.groups() {
            let batch = file.read(group, &["user_id"]).await?;
            let ids = RowReader::new(&FORGOTTEN_USERS, &batch).longs("user_id");
            let ids = ids.map_err(|e| Error::invalid("rows cannot be read").at(file.key()).because(e))?;
            users.extend(ids.iter());
        }
    }
    Ok(users)
}
