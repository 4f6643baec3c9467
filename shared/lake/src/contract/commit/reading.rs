//! What readers see.

use estrella_core::schema::DIM_SESSIONS;
use iceberg::expr::Reference;
use iceberg::spec::Datum;

use super::Case;
use crate::commit::Operation;
use crate::contract::expect_error;
use crate::error::{ErrorKind, Result};
use crate::lake::Lake;

const DAY_US: i64 = 86_400_000_000;

pub(super) async fn plans_prune_by_partition_and_bounds(lake: &Lake) -> Result<()> {
    let case = Case::events(lake, "prune");
    case.append("early", 700, &[10, 20, 15]).await?;
    case.append("late", 700, &[40, 30]).await?;
    case.append("next", 701, &[10]).await?;
    let table = lake.table(case.table).await?;
    let day = table.plan_partition(700).await?;
    let times: Vec<_> = day.iter().map(|file| file.event_time_us).collect();
    let at = |n: i64| 700 * DAY_US + n;
    assert_eq!(times, [Some((at(10), at(20))), Some((at(30), at(40)))]);
    assert_eq!(day.iter().map(|file| file.rows).collect::<Vec<_>>(), [3, 2]);
    for file in &day {
        assert_eq!(lake.store().size_bytes(&file.key).await?, file.size_bytes);
        assert_eq!(lake.store().location(&file.key), file.location);
        assert_eq!(file.partition_date, Some(700));
    }
    let date = || Reference::new("event_date").equal_to(Datum::date(700));
    let keys = async |filter| -> Result<Vec<String>> {
        Ok(table.plan(Some(filter)).await?.into_iter().map(|file| file.key).collect())
    };
    assert_eq!(keys(date()).await?, [day[0].key.clone(), day[1].key.clone()]);
    let since = Reference::new("event_time").greater_than(Datum::timestamptz_micros(at(20)));
    assert_eq!(keys(date().and(since)).await?, [day[1].key.clone()]);
    let price = Datum::decimal_from_str("0.35")?;
    let costly = Reference::new("price").greater_than_or_equal_to(price);
    assert_eq!(keys(date().and(costly)).await?, [day[1].key.clone()], "decimal bounds");
    let none = Reference::new("user_id").less_than(Datum::long(10));
    assert!(keys(date().and(none)).await?.is_empty());
    let null = Reference::new("category_id").is_null();
    assert_eq!(keys(date().and(null)).await?, [day[0].key.clone()], "null counts");
    assert!(table.plan_partition(799).await?.is_empty());
    Ok(())
}

pub(super) async fn the_newest_is_found(lake: &Lake) -> Result<()> {
    let case = Case::events(lake, "newest");
    for (name, date) in [("a", 1_702), ("b", 1_700), ("c", 1_701)] {
        case.append(name, date, &[10, 20]).await?;
    }
    let table = lake.table(case.table).await?;
    let newest = table.newest_files(2).await?;
    let dates: Vec<_> = newest.iter().map(|file| file.partition_date).collect();
    assert_eq!(dates, [Some(1_701), Some(1_700)], "by commit");
    let all = table.plan(None).await?;
    assert_eq!(table.newest_files(usize::MAX).await?.len(), all.len());
    let last = all.iter().filter_map(|file| Some(file.event_time_us?.1)).max();
    assert_eq!((table.latest_event_time_us().await?, last), (Some(1_702 * DAY_US + 20), last), "by event");
    let operation = Operation::OverwritePartitions { dates: [1_702].into(), files: Vec::new() };
    lake.commit(case.table, case.commit("gone", operation)).await?;
    let table = lake.table(case.table).await?;
    assert_eq!(table.latest_event_time_us().await?, Some(1_701 * DAY_US + 20));
    assert_eq!(lake.table(&DIM_SESSIONS).await?.latest_event_time_us().await?, None);
    Ok(())
}

pub(super) async fn readers_keep_what_they_loaded(lake: &Lake) -> Result<()> {
    let case = Case::events(lake, "reader");
    case.append("a", 800, &[1]).await?;
    let loaded = lake.table(case.table).await?;
    let before = loaded.plan_partition(800).await?;
    let dates = [800].into();
    let files = vec![case.file("b", 800, &[2]).await?];
    lake.commit(case.table, case.commit("b", Operation::OverwritePartitions { dates, files })).await?;
    assert_eq!(loaded.plan_partition(800).await?, before);
    assert_eq!(case.rows(800).await?, ["2"]);
    Ok(())
}

pub(super) async fn wrong_files_are_refused(lake: &Lake) -> Result<()> {
    let case = Case::events(lake, "wrong");
    let head = lake.table(case.table).await?.snapshot_id();
    let good = case.file("a", 900, &[1]).await?;
    let mut other_day = good.clone();
    other_day.partition_date = Some(901);
    let mut no_day = good.clone();
    no_day.partition_date = None;
    let mut other_table = case.file("b", 900, &[1]).await?;
    let sessions = Case { lake, table: &DIM_SESSIONS, name: "wrong" };
    other_table.metadata = sessions.file("c", None, &[1]).await?.metadata;
    let bad = [vec![other_day], vec![no_day], vec![other_table], vec![good.clone(), good]];
    for (n, files) in bad.into_iter().enumerate() {
        let commit = case.commit(&n.to_string(), Operation::Append(files));
        expect_error(lake.commit(case.table, commit).await, ErrorKind::InvalidInput);
    }
    assert_eq!(lake.table(case.table).await?.snapshot_id(), head);
    Ok(())
}
