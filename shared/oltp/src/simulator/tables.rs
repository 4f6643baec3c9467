//! The tables of the schema, as far as statements are made from them.

use std::fmt::Write;

/// A table; its first column is its key.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: &'static str,
    /// Names and types.
    pub(super) columns: &'static [(&'static str, &'static str)],
}

pub(super) static USERS: Table = Table {
    name: "users",
    columns: &[("user_id", "bigint"), ("name", "text"), ("email", "text"), ("created_at", "timestamptz")],
};
pub(super) static BRANDS: Table =
    Table { name: "brands", columns: &[("brand_id", "bigint"), ("name", "text")] };
pub(super) static CATEGORIES: Table = Table {
    name: "categories",
    columns: &[("category_id", "bigint"), ("parent_id", "bigint"), ("name", "text")],
};
pub(super) static PRODUCTS: Table = Table {
    name: "products",
    columns: &[
        ("product_id", "bigint"),
        ("brand_id", "bigint"),
        ("category_id", "bigint"),
        ("price", "numeric"),
        ("stock", "integer"),
    ],
};
pub(super) static SESSIONS: Table = Table {
    name: "sessions",
    columns: &[
        ("session_id", "uuid"),
        ("user_id", "bigint"),
        ("device_type", "text"),
        ("channel", "text"),
        ("started_at", "timestamptz"),
    ],
};
pub(super) static EVENTS: Table = Table {
    name: "events",
    columns: &[
        ("event_id", "uuid"),
        ("session_id", "uuid"),
        ("user_id", "bigint"),
        ("product_id", "bigint"),
        ("event_type", "event_type"),
        ("event_time", "timestamptz"),
        ("price", "numeric"),
    ],
};
pub(super) static ALL: [&Table; 6] = [&USERS, &BRANDS, &CATEGORIES, &PRODUCTS, &SESSIONS, &EVENTS];

/// What is done to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Op {
    Insert,
    Update,
    Delete,
}

/// What a column is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Set {
    To(Option<String>),
    /// More by so much, or less.
    Add(i64),
    /// The server's clock.
    Now,
}

impl Set {
    pub(super) fn text(value: impl ToString) -> Self {
        Self::To(Some(value.to_string()))
    }
}

/// A change of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) table: &'static Table,
    pub(super) op: Op,
    pub(super) key: String,
    /// Columns other than the key.
    pub(super) set: Vec<(&'static str, Set)>,
}

impl Change {
    /// The statement. It answers with the row, every value as text: of a deletion, with the key alone.
    pub(super) fn sql(&self) -> String {
        let (key, name) = (self.table.columns[0], self.table.name);
        let mut sql = String::new();
        let mut parameter = 1;
        let mut values = Vec::new();
        for (column, set) in &self.set {
            parameter += usize::from(*set != Set::Now);
            let cast = format!("${parameter}::text::{}", self.table.type_of(column));
            values.push(match set {
                Set::Now => "clock_timestamp()".to_owned(),
                Set::To(_) => cast,
                Set::Add(_) => format!("{column} + {cast}"),
            });
        }
        let columns: Vec<_> = self.set.iter().map(|(column, _)| *column).collect();
        let done = match self.op {
            Op::Insert => {
                let (mut names, mut all) = (vec![key.0], vec![format!("$1::text::{}", key.1)]);
                names.extend(columns);
                all.extend(values);
                write!(sql, "INSERT INTO {name} ({}) VALUES ({})", names.join(", "), all.join(", "))
            }
            Op::Update => {
                let pairs: Vec<_> =
                    columns.iter().zip(values).map(|(column, value)| format!("{column} = {value}")).collect();
                write!(sql, "UPDATE {name} SET {} WHERE {} = $1::text::{}", pairs.join(", "), key.0, key.1)
            }
            Op::Delete => write!(sql, "DELETE FROM {name} WHERE {} = $1::text::{}", key.0, key.1),
        };
        debug_assert!(done.is_ok(), "a string takes everything");
        sql + " RETURNING " + &self.table.returning(self.op)
    }

    /// The values of the statement's parameters.
    pub(super) fn parameters(&self) -> Vec<Option<String>> {
        let set = self.set.iter().filter_map(|(_, set)| match set {
            Set::To(text) => Some(text.clone()),
            Set::Add(more) => Some(Some(more.to_string())),
            Set::Now => None,
        });
        std::iter::once(Some(self.key.clone())).chain(set).collect()
    }

    /// Names of the columns that the statement answers with.
    pub(super) fn returned(&self) -> impl Iterator<Item = &'static str> {
        let count = if self.op == Op::Delete { 1 } else { self.table.columns.len() };
        self.table.columns.iter().take(count).map(|(name, _)| *name)
    }
}

impl Table {
    fn type_of(&self, column: &str) -> &'static str {
        let found = self.columns.iter().find(|(name, _)| *name == column);
        debug_assert!(found.is_some(), "{}.{column} is not in the schema", self.name);
        found.map_or("text", |(_, kind)| kind)
    }

    fn returning(&self, op: Op) -> String {
        let count = if op == Op::Delete { 1 } else { self.columns.len() };
        let texts = self.columns.iter().take(count).map(|(name, kind)| match *kind {
            "timestamptz" => format!("to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"),
            _ => format!("{name}::text"),
        });
        texts.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(op: Op, set: Vec<(&'static str, Set)>) -> Change {
        Change { table: &PRODUCTS, op, key: "7".into(), set }
    }

    #[test]
    fn statements_bind_values_in_order() {
        let insert = change(Op::Insert, vec![("brand_id", Set::To(None)), ("price", Set::text("1.50"))]);
        assert!(insert.sql().starts_with(
            "INSERT INTO products (product_id, brand_id, price) \
             VALUES ($1::text::bigint, $2::text::bigint, $3::text::numeric) RETURNING product_id::text, "
        ));
        assert_eq!(insert.parameters(), [Some("7".into()), None, Some("1.50".into())]);

        let update = change(Op::Update, vec![("stock", Set::Add(-1))]);
        assert!(update.sql().starts_with(
            "UPDATE products SET stock = stock + $2::text::integer WHERE product_id = $1::text::bigint RETURNING"
        ));
        assert_eq!(update.parameters(), [Some("7".into()), Some("-1".into())]);

        let delete = change(Op::Delete, Vec::new());
        let expected = "DELETE FROM products WHERE product_id = $1::text::bigint RETURNING product_id::text";
        assert_eq!(delete.sql(), expected);
        assert_eq!(delete.returned().collect::<Vec<_>>(), ["product_id"]);
    }

    #[test]
    fn the_servers_clock_takes_no_parameter() {
        let set = vec![("started_at", Set::Now), ("channel", Set::text("x"))];
        let insert = Change { table: &SESSIONS, op: Op::Insert, key: "k".into(), set };
        assert!(insert.sql().contains("VALUES ($1::text::uuid, clock_timestamp(), $2::text::text)"));
        assert_eq!(insert.parameters().len(), 2);
    }
}
