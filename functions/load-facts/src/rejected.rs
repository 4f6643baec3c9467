//! Refused rows, and those set aside by rules, into their tables.

use std::collections::BTreeMap;

use estrella_contracts::JudgedRun;
use estrella_core::schema::{QUARANTINED_EVENTS, REJECTED_EVENTS, TableSchema};
use estrella_lake::data::{DataFileWriter, ParquetFile};
use estrella_lake::{Commit, ErrorKind, NewFile, Operation, Result};
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
    append(&REJECTED_EVENTS, vec![file], run, deps).await
}

/// Appends the rows that check-quality has set aside of the batches that are loaded.
pub(crate) async fn commit_quarantined(run: &JudgedRun, deps: &Deps) -> Result<()> {
    let mut files = Vec::new();
    for batch in run.batches.iter().filter(|batch| !batch.is_blocked()) {
        if let Some(key) = &batch.cleaned.quarantine {
            files.push(crate::new_file(key, None, deps).await?);
        }
    }
    if files.is_empty() {
        return Ok(());
    }
    append(&QUARANTINED_EVENTS, files, run, deps).await
}

async fn append(
    table: &'static TableSchema,
    files: Vec<NewFile>,
    run: &JudgedRun,
    deps: &Deps,
) -> Result<()> {
    let commit = Commit {
        key: run.plan.run_id.clone(),
        operation: Operation::Append(files),
        base: None,
        properties: BTreeMap::new(),
    };
    deps.lake.commit(table, commit).await?;
    Ok(())
}
