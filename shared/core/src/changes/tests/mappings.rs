//! Mappings, right and wrong.

use crate::changes::{Mapping, Role};
use crate::schema::{ColumnType, find_table};

#[test]
fn the_shop_has_six_tables() {
    let mapping = Mapping::default();
    let names: Vec<_> = mapping.tables().iter().map(|table| table.source.as_str()).collect();
    assert_eq!(
        names,
        [
            "public.users",
            "public.brands",
            "public.categories",
            "public.products",
            "public.sessions",
            "public.events"
        ]
    );
    let users = mapping.of_role(Role::Users).unwrap();
    let log: Vec<_> = users.tables.log.unwrap().columns.iter().map(|column| column.name).collect();
    assert_eq!(log[..4], ["user_id", "name_token", "email_token", "created_at"]);
    let personal: Vec<_> = users.tables.personal.unwrap().columns.iter().map(|column| column.name).collect();
    assert_eq!(personal, ["user_id", "name", "email", "name_token", "email_token"]);
    assert!(mapping.of_role(Role::Events).unwrap().tables.log.is_none());
}

#[test]
fn a_table_can_be_added_and_one_be_replaced() {
    let mapping = Mapping::parse(
        r#"{"timestamp_column": "ts", "tables": [
            {"source": "erp.depots", "name": "depots", "key": ["depot", "site"], "columns": [
                {"name": "site", "type": "int"},
                {"name": "depot", "source": "dpt", "type": "string"},
                {"name": "area", "type": "decimal(9,3)"}]},
            {"source": "shop.brand", "name": "brands", "role": "brands", "key": ["brand_id"], "columns": [
                {"name": "brand_id", "type": "long"}, {"name": "name", "type": "string"}]}]}"#,
    )
    .unwrap();
    assert_eq!(mapping.tables().len(), 7);
    assert!(mapping.of_source("public.brands").is_none());
    let depots = mapping.of_source("erp.depots").unwrap();
    assert_eq!((depots.key.as_slice(), depots.timestamp_column.as_str()), ([1, 0].as_slice(), "ts"));
    let dim = find_table("model.dim_depots").unwrap();
    let columns: Vec<_> = dim.columns.iter().map(|column| column.name).collect();
    assert_eq!(
        columns,
        ["depots_key", "version", "valid_from", "valid_to", "is_current", "site", "depot", "area"]
    );
    assert_eq!(dim.columns[7].ty, ColumnType::Decimal { precision: 9, scale: 3 });
}

#[test]
fn a_wrong_mapping_names_the_table_and_the_reason() {
    let table = |fields: &str| {
        let text = format!(r#"{{"tables": [{{"source": "a.b", "name": "t", {fields}}}]}}"#);
        Mapping::parse(&text).unwrap_err().to_string()
    };
    let columns = r#""columns": [{"name": "id", "type": "long"}]"#;
    for (fields, reason) in [
        (format!(r#""key": [], {columns}"#), "no key"),
        (format!(r#""key": ["x"], {columns}"#), "x is no column"),
        (
            r#""key": ["id"], "columns": [{"name": "id", "type": "double"}]"#.to_owned(),
            "cannot be part of the key",
        ),
        (r#""key": ["id"], "columns": [{"name": "id", "type": "decimal(40,2)"}]"#.to_owned(), "is no type"),
        (
            r#""key": ["id"], "columns": [{"name": "id", "type": "long", "personal": true}]"#.to_owned(),
            "is no string",
        ),
        (
            r#""key": ["id"], "columns": [{"name": "change_op", "type": "long"}]"#.to_owned(),
            "cannot be the name",
        ),
        (format!(r#""role": "brands", "key": ["id"], {columns}"#), "wants a column brand_id"),
        (r#""key": ["id"], "columns": [{"name": "id", "type": "long"}, {"name": "version", "type": "int"}]"#.to_owned(), "column version twice"),
        (
            r#""key": ["id"], "columns": [{"name": "id", "type": "long"}, {"name": "a", "type": "string", "personal": true},
                {"name": "a_token", "type": "string"}]"#.to_owned(),
            "column a_token twice",
        ),
        (format!(r#""rôle": "x", "key": ["id"], {columns}"#), "unknown field"),
    ] {
        let error = table(&fields);
        assert!(error.contains(reason), "{fields}: {error}");
    }
    let time = r#"{"tables": [{"source": "a.b", "name": "time", "key": ["id"],
        "columns": [{"name": "id", "type": "long"}]}]}"#;
    assert!(Mapping::parse(time).unwrap_err().to_string().contains("another table's name"));
    let twice = r#"{"tables": [{"source": "public.users", "name": "t", "key": ["id"],
        "columns": [{"name": "id", "type": "long"}]}]}"#;
    assert!(Mapping::parse(twice).unwrap_err().to_string().contains("same source"));
}
