//! Queries on the tiny lake.

use super::{super::open::OpenLake, tiny};
use crate::commands::query::{Format, QueryArgs, print};
use crate::{CliError, LakeArgs};

pub(super) async fn query(
    lake: &OpenLake,
    sql: &str,
    format: Format,
    limit: u32,
) -> Result<(String, bool), CliError> {
    let args =
        QueryArgs { sql: sql.to_owned(), format, limit, lake: LakeArgs { lake: lake.dir.clone().unwrap() } };
    let mut out = Vec::new();
    let cut = print(lake, &args, &mut out).await?;
    Ok((String::from_utf8(out).unwrap(), cut))
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_read_what_the_files_hold() {
    let dir = tempfile::tempdir().unwrap();
    let lake = tiny(dir.path()).await;
    let sql =
        "SELECT event_type, price, event_time, event_date, category_id FROM clean.events ORDER BY event_type";
    assert_eq!(
        query(&lake, sql, Format::Csv, 0).await.unwrap().0,
        "event_type,price,event_time,event_date,category_id\n\
         cart,123.45,2019-10-01T00:00:01.500Z,2019-10-01,2053013555631882655\n\
         purchase,123.45,2019-10-01T00:00:01.500Z,2019-10-01,2053013555631882655\n\
         view,123.45,2019-10-01T00:00:01.500Z,2019-10-01,2053013555631882655\n"
    );
    let (json, _) = query(&lake, "SELECT price, sum(price) AS s FROM events GROUP BY price", Format::Json, 0)
        .await
        .unwrap();
    assert_eq!(json, "[\n{\"price\":123.45,\"s\":\"370.35\"}\n]\n");
    let (text, cut) =
        query(&lake, "SELECT event_type FROM events ORDER BY 1", Format::Table, 2).await.unwrap();
    assert_eq!((text.as_str(), cut), (" event_type\n────────────\n cart\n purchase\n", true));
    assert!(!query(&lake, "SELECT event_type FROM events", Format::Table, 3).await.unwrap().1);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_resolve_where_polars_alone_would_not() {
    let dir = tempfile::tempdir().unwrap();
    let lake = tiny(dir.path()).await;
    for sql in [
        "WITH events AS (SELECT * FROM clean.events WHERE event_type = 'view') SELECT count(*) n FROM events",
        "SELECT count(*) n FROM events JOIN clean.rejected_events r ON r.line = events.user_id - 3 \
         WHERE clean.events.event_type = 'view'",
        "SELECT count(*) n FROM (SELECT clean.events.* FROM clean.events WHERE event_type = 'view') t",
        "SELECT count(*) n FROM rejected_events WHERE EXISTS \
         (SELECT 1 FROM clean.events WHERE events.user_id = rejected_events.line)",
    ] {
        assert_eq!(query(&lake, sql, Format::Csv, 0).await.unwrap().0, "n\n1\n", "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_table_has_its_columns() {
    let dir = tempfile::tempdir().unwrap();
    let lake = tiny(dir.path()).await;
    let (csv, _) = query(&lake, "SELECT time_key, hour_start FROM dim_time", Format::Csv, 0).await.unwrap();
    assert_eq!(csv, "time_key,hour_start\n");
    let (json, _) = query(&lake, "SELECT * FROM dim_time", Format::Json, 0).await.unwrap();
    assert_eq!(json, "[\n]\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_queries_name_the_tables() {
    let dir = tempfile::tempdir().unwrap();
    let lake = tiny(dir.path()).await;
    for sql in
        ["SELECT nope FROM events", "SELECT * FROM nope", "SELECT * FROM a.b", "SELEC", "SELECT * FROM runs"]
    {
        match query(&lake, sql, Format::Table, 1).await {
            Err(CliError::BadInput { hint: Some(hint), .. }) => {
                assert!(hint.contains("clean.events"), "{sql}")
            }
            other => panic!("{sql}: {other:?}"),
        }
    }
}
