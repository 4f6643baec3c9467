//! Names in queries.

use super::*;

fn check(sql: &str, expected: &str, tables: &[&str]) {
    let resolved = resolve(sql).unwrap();
    assert_eq!(resolved.sql, expected);
    assert_eq!(resolved.tables.iter().map(|table| table.full_name()).collect::<Vec<_>>(), tables);
}

#[test]
fn tables_have_two_names() {
    let expected = r#"SELECT user_id FROM "model.dim_users" AS "dim_users""#;
    check("select user_id from dim_users", expected, &["model.dim_users"]);
    check("select user_id from model.dim_users;", expected, &["model.dim_users"]);
    check(r#"select user_id from "model"."dim_users""#, expected, &["model.dim_users"]);
    assert_eq!(resolve("SELECT 1 FROM Model.Runs").unwrap_err().to_string(), "no table is named Model.Runs");
    check("SELECT 1 FROM Ops.Runs", r#"SELECT 1 FROM "ops.runs" AS "Runs""#, &["ops.runs"]);
}

#[test]
fn dimensions_with_history_have_a_view_of_what_is_current() {
    let expected = r#"SELECT user_id FROM "model.dim_users_current" AS "dim_users_current""#;
    check("SELECT user_id FROM dim_users_current", expected, &["model.dim_users_current"]);
    check("SELECT 1 FROM dim_time_current", "SELECT 1 FROM dim_time_current", &[]);
}

#[test]
fn aliases_stay() {
    check(
        "SELECT f.price FROM fact_user_events AS f JOIN model.dim_users u ON f.user_id = u.user_id",
        "SELECT f.price FROM \"model.fact_user_events\" AS f JOIN \"model.dim_users\" u ON f.user_id = u.user_id",
        &["model.dim_users", "model.fact_user_events"],
    );
}

#[test]
fn columns_lose_the_namespace() {
    check(
        "SELECT model.dim_users.user_id, model.dim_users.*, dim_users.view_count FROM model.dim_users \
         WHERE model.dim_users.view_count > 1",
        "SELECT dim_users.user_id, dim_users.*, dim_users.view_count FROM \"model.dim_users\" AS \"dim_users\" \
         WHERE dim_users.view_count > 1",
        &["model.dim_users"],
    );
}

#[test]
fn common_table_expressions_hide_tables_where_they_are_visible() {
    check(
        "WITH events AS (SELECT * FROM events), runs AS (SELECT * FROM events) SELECT * FROM runs, events",
        "WITH events AS (SELECT * FROM \"clean.events\" AS \"events\"), runs AS (SELECT * FROM events) \
         SELECT * FROM runs, events",
        &["clean.events"],
    );
    check(
        "WITH events AS (SELECT 1 AS a) SELECT * FROM clean.events WHERE x IN (SELECT a FROM events)",
        "WITH events AS (SELECT 1 AS a) SELECT * FROM \"clean.events\" AS \"events\" \
         WHERE x IN (SELECT a FROM events)",
        &["clean.events"],
    );
    check(
        "SELECT * FROM (WITH runs AS (SELECT 1 AS a) SELECT * FROM runs) t JOIN runs ON true",
        "SELECT * FROM (WITH runs AS (SELECT 1 AS a) SELECT * FROM runs) t \
         JOIN \"ops.runs\" AS \"runs\" ON true",
        &["ops.runs"],
    );
}

#[test]
fn subqueries_and_unions_are_searched() {
    check(
        "SELECT 1 FROM dim_users WHERE EXISTS (SELECT 1 FROM ops.runs) UNION ALL SELECT 1 FROM dim_time",
        "SELECT 1 FROM \"model.dim_users\" AS \"dim_users\" WHERE EXISTS \
         (SELECT 1 FROM \"ops.runs\" AS \"runs\") UNION ALL SELECT 1 FROM \"model.dim_time\" AS \"dim_time\"",
        &["model.dim_time", "model.dim_users", "ops.runs"],
    );
}

#[test]
fn only_one_select_is_run() {
    for sql in ["DELETE FROM dim_users", "SELECT 1; SELECT 2", "", "SELEC 1", "DROP TABLE dim_users"] {
        assert_eq!(resolve(sql).unwrap_err().exit(), crate::Exit::BadInput, "{sql}");
    }
}
