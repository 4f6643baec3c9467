//! The tables in the lake that a table of the source comes to.

use super::Role;
use super::mapping::SourceColumn;
use crate::schema::ColumnType::{Long, String as Text, Timestamptz};
use crate::schema::{Column, IS_CURRENT, TableSchema, VALID_FROM, VALID_TO, VERSION, optional, required};

/// What a log has besides the columns of the source.
pub const CHANGE_COLUMNS: [&str; 5] =
    ["change_op", "change_time", "change_seq", "change_object", "change_row"];
/// The token of a personal column has its name with this at the end.
pub const TOKEN_SUFFIX: &str = "_token";

/// The tables of one table of the source.
#[derive(Debug, Clone, Copy)]
pub struct Tables {
    /// Its changes as they are landed, personal columns in clear; private to the pipeline.
    pub landed: &'static TableSchema,
    /// Every change of it. None for events, which are facts.
    pub log: Option<&'static TableSchema>,
    /// Personal values and their tokens, if it has such columns.
    pub personal: Option<&'static TableSchema>,
    /// The dimension of a table that has no role in the star.
    pub dimension: Option<&'static TableSchema>,
}

impl Tables {
    /// Definitions live as long as the program: they are made once per mapping, and a mapping is read once per run.
    pub(super) fn of(name: &str, role: Role, columns: &[SourceColumn], key: &[usize]) -> Self {
        let name = leaked(name);
        let landed: Vec<Column> =
            columns.iter().enumerate().map(|(at, c)| plain(c, key.contains(&at))).collect();
        let logged: Vec<Column> =
            columns.iter().enumerate().map(|(at, c)| logged(c, key.contains(&at))).collect();
        let keys: &'static [&'static str] = leak(key.iter().map(|at| logged[*at].name).collect());
        let table = |namespace, name, doc: String, columns, key| {
            let table =
                TableSchema { namespace, name, doc: leaked(&doc), columns, key, partition: None, sort: &[] };
            &*Box::leak(Box::new(table))
        };
        let is_log = role != Role::Events;
        let personal = is_log.then(|| personal_columns(columns, key)).flatten();
        let dimension = (role == Role::Other).then(|| {
            let source = name;
            let name = leaked(&format!("dim_{name}"));
            let columns = leak(dimension_columns(name, &logged));
            let doc = format!("Every version of every row of {source} in the shop's database");
            table("model", name, doc, columns, leak(vec![columns[0].name]))
        });
        Self {
            landed: table("landed", name, String::new(), leak([landed, change_columns()].concat()), keys),
            log: is_log.then(|| {
                let doc = format!("Every change of {name} in the shop's database, as it came");
                table("changes", name, doc, leak([logged, change_columns()].concat()), &[])
            }),
            personal: personal.map(|columns| {
                let doc = format!("Personal values of {name} in clear, and the tokens that stand for them");
                table("restricted", leaked(&format!("{name}_pii")), doc, leak(columns), &[])
            }),
            dimension,
        }
    }
}

fn change_columns() -> Vec<Column> {
    vec![
        required(
            "change_op",
            Text,
            "L there when the table was loaded whole, I inserted, U updated, D deleted",
        ),
        optional(
            "change_time",
            Timestamptz,
            "When it was committed, UTC; null for a full load without times",
        ),
        optional("change_seq", Text, "The source's own sequence of changes"),
        required("change_object", Text, "Object that the change came in"),
        required("change_row", Long, "Line or row in the object, counted from 1"),
    ]
}

fn plain(column: &SourceColumn, is_key: bool) -> Column {
    Column { name: leaked(&column.name), ty: column.ty(), required: is_key, doc: doc(column) }
}

fn logged(column: &SourceColumn, is_key: bool) -> Column {
    if !column.personal {
        return plain(column, is_key);
    }
    let doc = leaked(&format!("Token of {}: equal values have equal tokens", column.name));
    Column { name: leaked(&format!("{}{TOKEN_SUFFIX}", column.name)), ty: Text, required: false, doc }
}

fn personal_columns(columns: &[SourceColumn], key: &[usize]) -> Option<Vec<Column>> {
    let personal: Vec<_> = columns.iter().filter(|column| column.personal).collect();
    if personal.is_empty() {
        return None;
    }
    let keys = key.iter().map(|at| plain(&columns[*at], true));
    let clear = personal.iter().map(|column| plain(column, false));
    let tokens = personal.iter().map(|column| logged(column, false));
    Some(keys.chain(clear).chain(tokens).collect())
}

/// Surrogate key and validity, and then the columns of the source.
fn dimension_columns(name: &str, logged: &[Column]) -> Vec<Column> {
    let key = leaked(&format!("{}_key", name.trim_start_matches("dim_")));
    let mut columns = vec![required(key, Long, "Surrogate key: a hash of the row's key and version")];
    columns.extend([VERSION, VALID_FROM, VALID_TO, IS_CURRENT]);
    columns.extend(logged.iter().copied());
    columns
}

fn doc(column: &SourceColumn) -> &'static str {
    if column.doc.is_empty() { "As in the shop's database" } else { leaked(&column.doc) }
}

fn leaked(text: &str) -> &'static str {
    Box::leak(text.into())
}

fn leak<T>(items: Vec<T>) -> &'static [T] {
    Box::leak(items.into_boxed_slice())
}
