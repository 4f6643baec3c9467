//! Refused rows into their table.

use std::collections::BTreeMap;

use estrella_contracts::JudgedRun;
use estrella_core::schema::REJECTED_EVENTS;
use estrella_lake::data::{DataFileWriter, ParquetFile};
use estrella_lake::{Commit, ErrorKind, Operation, Result};
use estrella_runtime::Deps;

/// Appends the refused rows of a run, its objects' files put together into one.
pub(crate) async fn commit(run: &JudgedRun, deps: &Deps) -> Result<()> {
    if run.plan.rejected.is_empty() {
        return Ok(());
    }
    let store = deps.lake.store();
    let key = format!("clean/rejected_events/data/{}.parquet", run.plan.run_id);
    let file = match crate::new_file(&key, None, deps).await {
        // A run that was cut short has written it already, and may have cleared what it was made from.
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let mut writer = DataFileWriter::create(&REJECTED_EVENTS, &deps.scratch)?;
            for rejected in &run.plan.rejected {
                let landed = ParquetFile::open(store, &rejected.part.key).await?;
                for group in 0..landed.groups() {
                    writer.write(&landed.read_all(&REJECTED_EVENTS, group).await?)?;
                }
            }
            writer.finish()?.install(store, &key, None).await?
        }
        Err(error) => return Err(error),
    };
    let commit = Commit {
        key: run.plan.run_id.clone(),
        operation: Operation::Append(vec![file]),
        base: None,
        properties: BTreeMap::new(),
    };
    deps.lake.commit(&REJECTED_EVENTS, commit).await?;
    Ok(())
}
