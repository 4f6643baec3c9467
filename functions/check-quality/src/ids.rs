//! Whether identities repeat.

use arrow::array::AsArray;
use estrella_core::event::parse_event_id;
use estrella_lake::data::ParquetFile;
use estrella_lake::{Error, Result};
use hashbrown::HashSet;

/// Rows whose event_id another row of the files has too, but for one of each.
///
/// The low halves are sorted first: 8 bytes a row instead of 16 and slack. Two different ids with equal halves
/// are one chance in 10^7 for two million rows, so only then whole ids are compared.
pub(crate) async fn repeated(files: &[ParquetFile]) -> Result<u64> {
    let mut halves = Vec::new();
    each(files, |id| halves.push(id as u64)).await?;
    halves.sort_unstable();
    let suspects: HashSet<u64> =
        halves.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    if suspects.is_empty() {
        return Ok(0);
    }
    let (mut whole, mut repeats) = (HashSet::new(), 0);
    each(files, |id| {
        if suspects.contains(&(id as u64)) && !whole.insert(id) {
            repeats += 1;
        }
    })
    .await?;
    Ok(repeats)
}

async fn each(files: &[ParquetFile], mut visit: impl FnMut(u128)) -> Result<()> {
    for file in files {
        for group in 0..file.groups() {
            let batch = file.read(group, &["event_id"]).await?;
            let bad = || Error::invalid("event_id is not 32 hex digits").at(file.key());
            let ids = batch.column(0).as_string_opt::<i32>().ok_or_else(bad)?;
            for id in ids {
                visit(id.and_then(parse_event_id).ok_or_else(bad)?);
            }
        }
    }
    Ok(())
}
