//! What compaction and the removal of orphans leave.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::TimestampMicrosecondType;
use bytes::Bytes;

use super::Case;
use crate::commit::{Base, Commit, NEW_FOR_MS, Operation};
use crate::compact::{Compacted, Compaction};
use crate::contract::{expect_error, first_column};
use crate::data::ParquetFile;
use crate::error::{Error, ErrorKind, Result};
use crate::fakes::ManualClock;
use crate::lake::Lake;
use crate::orphans::MIN_GRACE_MS;
use crate::table::Table;
use crate::verify::Orphans;

const RULES: Compaction =
    Compaction { target_bytes: 1 << 20, min_files: 3, max_bytes: 8 << 20, group_rows: 4 };

async fn compact(case: &Case<'_>, days: &[i32], scratch: &Path) -> Result<Compacted> {
    let is_free = |day: Option<i32>| day.is_some_and(|day| days.contains(&day));
    case.lake.compact(case.table, &RULES, scratch, &is_free).await
}

/// The times of a day in the order in which a reader finds them, file by file.
async fn times(case: &Case<'_>, day: i32) -> Result<Vec<Vec<i64>>> {
    let mut files = Vec::new();
    for planned in case.lake.table(case.table).await?.plan_partition(day).await? {
        let (mut times, file) = (Vec::new(), ParquetFile::open(case.lake.store(), &planned.key).await?);
        for group in 0..file.groups() {
            let batch = file.read(group, &["event_time"]).await?;
            times.extend(batch.column(0).as_primitive::<TimestampMicrosecondType>().values());
        }
        files.push(times);
    }
    Ok(files)
}

pub(super) async fn compaction_keeps_rows_and_order(lake: &Lake) -> Result<()> {
    let scratch = std::env::temp_dir().join(format!("estrella-contract-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(&scratch).map_err(|error| Error::io("create folder", &scratch, error))?;
    let case = Case::events(lake, "compact");
    // One after the other, one over all of them, equal times; and a day with too few files.
    let files: [(&str, i32, &[i32]); 6] = [
        ("a", 950, &[1, 2, 3, 4, 5]),
        ("b", 950, &[6, 7]),
        ("c", 950, &[0, 4, 9]),
        ("d", 950, &[9, 9, 30]),
        ("e", 951, &[1]),
        ("f", 951, &[2]),
    ];
    for (name, day, numbers) in files {
        case.append(name, day, numbers).await?;
    }
    let before = lake.table(case.table).await?;
    let old = before.plan_partition(950).await?;
    let (rows, others) = (case.rows(950).await?, case.rows(951).await?);
    assert_eq!(compact(&case, &[951], &scratch).await?, Compacted::default());
    assert_eq!(compact(&case, &[950, 951], &scratch).await?, Compacted { files_before: 4, files_after: 1 });

    let after = lake.table(case.table).await?;
    assert_eq!((case.rows(950).await?, case.rows(951).await?), (rows.clone(), others));
    let times = times(&case, 950).await?;
    assert_eq!(times.len(), 1);
    assert_eq!(times[0].len(), rows.len());
    assert!(times[0].is_sorted(), "{times:?}");
    assert_eq!(
        first_column(&**lake.store(), &old).await?,
        rows,
        "readers of older snapshots find their files"
    );
    assert_eq!(compact(&case, &[950, 951], &scratch).await?, Compacted::default(), "nothing is left to do");
    assert_eq!(lake.table(case.table).await?.snapshot_id(), after.snapshot_id());
    std::fs::remove_dir_all(&scratch).map_err(|error| Error::io("remove folder", &scratch, error))?;
    followers_have_nothing_to_do(&case, &before, &after).await
}

/// A compaction is not in the way of what was read before it, even when that snapshot has expired.
async fn followers_have_nothing_to_do(case: &Case<'_>, before: &Table, after: &Table) -> Result<()> {
    let rows = before.snapshot_id();
    assert_eq!(after.rows_snapshot_id(), rows);
    let operations = |table: &Table| {
        let newer = table.ancestors_after(rows).unwrap_or_default();
        newer.into_iter().map(|snapshot| snapshot.operation).collect::<Vec<_>>()
    };
    assert_eq!(operations(after), ["replace"]);
    case.lake.expire(case.table, crate::Keep::NOTHING_MORE).await?;
    assert_eq!(operations(&case.lake.table(case.table).await?), ["replace"]);
    let operation = Operation::Append(vec![case.file("g", 950, &[40]).await?]);
    let base = Some(Base { snapshot_id: rows, partitions: None });
    case.lake.commit(case.table, Commit { base, ..case.commit("g", operation) }).await?;
    assert_eq!(operations(&case.lake.table(case.table).await?), ["replace", "append"]);
    Ok(())
}

/// Whoever adds to a partition while it is compacted goes first; the same goes for whoever takes a file out.
pub(super) async fn compaction_gives_way(lake: &Lake) -> Result<()> {
    let case = Case::events(lake, "gives-way");
    for name in ["a", "b"] {
        case.append(name, 960, &[1]).await?;
    }
    let planned = lake.table(case.table).await?;
    let removed: Vec<String> = planned.plan_partition(960).await?.into_iter().map(|file| file.key).collect();
    let compaction = async |days: Option<BTreeSet<i32>>| -> Result<Commit> {
        let operation = Operation::Compact {
            removed: removed.clone(),
            added: vec![case.file("ab", 960, &[1, 1]).await?],
        };
        let base = Some(Base { snapshot_id: planned.snapshot_id(), partitions: days });
        Ok(Commit { base, ..case.commit("compact", operation) })
    };
    let of_day = compaction(Some(BTreeSet::from([960]))).await?;
    case.append("c", 960, &[2]).await?;
    expect_error(lake.commit(case.table, of_day.clone()).await, ErrorKind::Conflict);
    lake.commit(case.table, Commit { base: None, ..of_day.clone() }).await?;
    assert_eq!(case.rows(960).await?, ["1", "1", "2"]);
    let again = Commit { key: "gives-way/again".to_owned(), base: None, ..of_day };
    expect_error(lake.commit(case.table, again).await, ErrorKind::Conflict);
    Ok(())
}

/// The same lake, so much later.
fn later(lake: &Lake, ms: i64) -> Lake {
    let clock = ManualClock::new(lake.clock().now_ms() + ms);
    Lake::new(lake.store().clone(), lake.catalog().clone(), Arc::new(clock))
}

pub(super) async fn only_old_files_that_nobody_names_are_orphans(lake: &Lake) -> Result<()> {
    let case = Case::events(lake, "orphans");
    case.append("named", 970, &[1]).await?;
    let before = lake.table(case.table).await?;
    let (rows, files) = (case.rows(970).await?, before.plan(None).await?);
    let lost = case.file("lost", 970, &[2]).await?;
    let other = ["clean/events/other/x", "clean/events2/data/x"];
    for key in other {
        lake.store().put_if_absent(key, Bytes::from_static(b"x")).await?;
    }
    expect_error(lake.remove_orphans(case.table, MIN_GRACE_MS - 1).await, ErrorKind::InvalidInput);
    assert_eq!(lake.remove_orphans(case.table, MIN_GRACE_MS).await?, Orphans::default(), "all are young");

    let later = later(lake, 2 * MIN_GRACE_MS);
    let removed = later.remove_orphans(case.table, MIN_GRACE_MS).await?;
    assert!(removed.files > 0 && removed.size_bytes >= lost.size_bytes, "{removed:?}");
    expect_error(lake.store().get(&lost.key).await, ErrorKind::NotFound);
    for key in other {
        lake.store().get(key).await?;
    }
    assert_eq!(case.rows(970).await?, rows);
    assert_eq!(lake.table(case.table).await?.plan(None).await?, files);
    for snapshot in before.history() {
        before.added_files(snapshot.snapshot_id).await?;
    }
    assert_eq!(later.remove_orphans(case.table, MIN_GRACE_MS).await?, Orphans::default());
    let verified = lake.verify(case.table).await?.unwrap_or_default();
    assert_eq!(verified.findings, [], "all that is named is there");
    Ok(())
}

/// A call that is repeated after days finds its file while that is about to be removed.
pub(super) async fn an_old_file_is_named_under_another_name(lake: &Lake) -> Result<()> {
    let case = Case::events(lake, "old");
    let file = case.file("x", 980, &[1]).await?;
    let later = later(lake, 2 * NEW_FOR_MS);
    let commit = case.commit("x", Operation::Append(vec![file.clone()]));
    later.commit(case.table, commit.clone()).await?;
    let planned = lake.table(case.table).await?.plan_partition(980).await?;
    let name = |key: &str| key.rsplit('/').next().map(str::to_owned);
    assert_eq!(planned.iter().map(|file| name(&file.key)).collect::<Vec<_>>(), [name(&file.key)]);
    assert_ne!(planned[0].key, file.key);
    lake.store().delete(&file.key).await?;
    assert_eq!(case.rows(980).await?, ["1"]);
    later.commit(case.table, commit).await?;
    assert_eq!(case.rows(980).await?, ["1"], "it is still one commit");

    // What the table names cannot go without another swap, so it keeps its name.
    let named = crate::NewFile { key: planned[0].key.clone(), ..file.clone() };
    let again = Operation::OverwritePartitions { dates: BTreeSet::from([980]), files: vec![named] };
    later.commit(case.table, case.commit("again", again)).await?;
    assert_eq!(lake.table(case.table).await?.plan_partition(980).await?, planned);

    let gone = case.commit("gone", Operation::Append(vec![file]));
    expect_error(later.commit(case.table, gone).await, ErrorKind::Conflict);
    Ok(())
}
