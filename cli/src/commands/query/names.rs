//! Which tables a query names.
//!
//! polars looks at the first part of a name only, and at tables before common table expressions. So every table is
//! given to polars under its full name as one quoted word, which nothing else can be called, and keeps the name
//! that the query has for it as an alias: `FROM model.dim_users` becomes `FROM "model.dim_users" AS "dim_users"`.

use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;

use estrella_core::schema::{TableSchema, find_table};
use sqlparser::ast::{
    Expr, Ident, ObjectName, ObjectNamePart, Query, Select, SelectItem, SelectItemQualifiedWildcardKind,
    Statement, TableAlias, TableFactor, VisitMut, VisitorMut,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::{Parser, ParserOptions};

use crate::CliError;

#[cfg(test)]
mod tests;

/// A query that polars can run once the tables are registered under their full names.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) sql: String,
    /// Each once, by full name.
    pub(super) tables: Vec<Relation>,
}

/// A table, or the view of its current versions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Relation {
    pub(super) table: &'static TableSchema,
    pub(super) only_current: bool,
}

/// What the name of a view has after that of its table.
const CURRENT: &str = "_current";
/// The column that tells current versions.
pub(super) const IS_CURRENT: &str = "is_current";

impl Relation {
    fn find(name: &str) -> Option<Self> {
        if let Some(table) = find_table(name) {
            return Some(Self { table, only_current: false });
        }
        let table = find_table(name.strip_suffix(CURRENT)?)?;
        table.position(IS_CURRENT).map(|_| Self { table, only_current: true })
    }

    pub(super) fn full_name(&self) -> String {
        format!("{}{}", self.table.full_name(), if self.only_current { CURRENT } else { "" })
    }
}

/// Finds the tables of a query and rewrites their names.
pub(super) fn resolve(sql: &str) -> Result<Resolved, CliError> {
    // As polars parses it.
    let options = ParserOptions { trailing_commas: true, ..ParserOptions::default() };
    let parser = Parser::new(&GenericDialect).with_options(options).try_with_sql(sql);
    let mut statements =
        parser.and_then(|mut parser| parser.parse_statements()).map_err(CliError::bad_input)?;
    let [statement @ (Statement::Query(_) | Statement::Explain { .. })] = statements.as_mut_slice() else {
        let hint = "tables change only through estrella run and estrella rollback";
        return Err(CliError::bad_input("the query has to be one SELECT statement").with_hint(hint));
    };
    let mut resolver = Resolver::default();
    if let ControlFlow::Break(unknown) = statement.visit(&mut resolver) {
        return Err(CliError::bad_input(format!("no table is named {unknown}")));
    }
    Ok(Resolved { sql: statement.to_string(), tables: resolver.tables.into_values().collect() })
}

#[derive(Default)]
struct Resolver {
    tables: BTreeMap<String, Relation>,
    scopes: Vec<Scope>,
}

/// The common table expressions of a query. Each is visible to those after it and to the query's body.
#[derive(Default)]
struct Scope {
    pending: VecDeque<String>,
    visible: Vec<String>,
}

impl Resolver {
    fn table(&self, name: &ObjectName) -> Option<Relation> {
        let parts: Option<Vec<_>> = name.0.iter().map(|part| Some(part.as_ident()?.value.as_str())).collect();
        match parts?.as_slice() {
            [name] if self.scopes.iter().any(|scope| scope.visible.iter().any(|visible| visible == name)) => {
                None
            }
            [name] => Relation::find(&name.to_ascii_lowercase()),
            [namespace, name] => Relation::find(&format!("{namespace}.{name}").to_ascii_lowercase()),
            _ => None,
        }
    }
}

impl VisitorMut for Resolver {
    /// A name with a namespace that is no table. Plain names may be more than tables; polars knows.
    type Break = ObjectName;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<ObjectName> {
        let ctes = query.with.iter().flat_map(|with| &with.cte_tables);
        let pending = ctes.map(|cte| cte.alias.name.value.clone()).collect();
        self.scopes.push(Scope { pending, visible: Vec::new() });
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &mut Query) -> ControlFlow<ObjectName> {
        self.scopes.pop();
        // The first queries inside of a query are its common table expressions, in order.
        if let Some(outer) = self.scopes.last_mut() {
            outer.visible.extend(outer.pending.pop_front());
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<ObjectName> {
        for item in &mut select.projection {
            if let SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) = item
            {
                // model.dim_users.*
                if name.0.len() == 2 && self.table(name).is_some() {
                    name.0.remove(0);
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<ObjectName> {
        let TableFactor::Table { name, alias, args: None, .. } = factor else {
            return ControlFlow::Continue(());
        };
        if let Some(table) = self.table(name) {
            let short = name.0.last().and_then(ObjectNamePart::as_ident);
            let short = short.map_or(table.table.name, |ident| &ident.value);
            alias.get_or_insert_with(|| TableAlias {
                explicit: true,
                name: Ident::with_quote('"', short),
                columns: Vec::new(),
                at: None,
            });
            *name = ObjectName::from(vec![Ident::with_quote('"', table.full_name())]);
            self.tables.insert(table.full_name(), table);
        } else if name.0.len() > 1 {
            return ControlFlow::Break(name.clone());
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<ObjectName> {
        if let Expr::CompoundIdentifier(parts) = expr
            && let [namespace, table, _, ..] = parts.as_slice()
            && self.table(&ObjectName::from(vec![namespace.clone(), table.clone()])).is_some()
        {
            // model.dim_users.user_id
            parts.remove(0);
        }
        ControlFlow::Continue(())
    }
}
