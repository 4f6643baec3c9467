//! The messages of a transaction become rows.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use pgwire_replication::Lsn;

use super::buffers::{Part, Parts};
use super::layout::{Layout, Op, Place};
use super::names::unix_us;
use super::pgoutput::{Message, Old, Relation, Value, decode};
use crate::{Error, Result};

/// The tables as the server described them last.
#[derive(Debug, Default)]
pub(super) struct Layouts(HashMap<u32, Arc<Layout>>);

impl Layouts {
    /// Notes a description. The server repeats it at will: the rows of a table whose columns have not changed
    /// stay in one file.
    fn set(&mut self, relation: Relation) -> Result<()> {
        let id = relation.id;
        let layout = Layout::new(relation)?;
        if self.0.get(&id).is_none_or(|known| **known != layout) {
            self.0.insert(id, Arc::new(layout));
        }
        Ok(())
    }

    fn of(&self, relation: u32) -> Result<&Arc<Layout>> {
        let unknown =
            || Error::protocol(format!("a row of relation {relation}"), "the server did not describe it");
        self.0.get(&relation).ok_or_else(unknown)
    }
}

/// A transaction that is being received. The server sends it only when it is committed.
#[derive(Debug)]
pub(super) struct Transaction {
    place: Place,
    pub(super) parts: Parts,
}

impl Transaction {
    /// `commit_us` in PostgreSQL's epoch.
    pub(super) fn begin(commit: Lsn, commit_us: i64) -> Result<Self> {
        Ok(Self { place: Place::new(commit, unix_us(commit_us))?, parts: Parts::default() })
    }

    /// Takes one message.
    pub(super) fn take(&mut self, layouts: &mut Layouts, data: Bytes) -> Result<()> {
        match decode(data)? {
            Message::Relation(relation) => layouts.set(relation),
            Message::Insert { relation, new } => self.push(layouts.of(relation)?, Op::Insert, &new),
            Message::Update { relation, old, new } => self.update(layouts.of(relation)?, old, new),
            Message::Delete { relation, old: Old::Key(old) | Old::Row(old) } => {
                self.delete(layouts.of(relation)?, &old)
            }
            Message::Truncate { relations } => match relations.first() {
                Some(&first) => {
                    Err(Error::Truncated { table: layouts.of(first)?.name(), lsn: self.place.commit })
                }
                None => Ok(()),
            },
            Message::Other => Ok(()),
        }
    }

    /// A row whose key has changed is another row to whoever reads by key: the old one goes, the new one comes.
    fn update(&mut self, layout: &Arc<Layout>, old: Option<Old>, new: Vec<Value>) -> Result<()> {
        match old {
            None => self.push(layout, Op::Update, &new),
            Some(Old::Key(key)) => {
                self.delete(layout, &key)?;
                self.push(layout, Op::Insert, &new)
            }
            Some(Old::Row(old)) => {
                let kept = new.into_iter().zip(old);
                let new: Vec<_> =
                    kept.map(|(new, old)| if new == Value::Unchanged { old } else { new }).collect();
                self.push(layout, Op::Update, &new)
            }
        }
    }

    fn delete(&mut self, layout: &Arc<Layout>, old: &[Value]) -> Result<()> {
        let columns = layout.columns().iter();
        let key: Vec<_> = old
            .iter()
            .zip(columns.map(|column| column.key))
            .map(|(value, key)| if key { value.clone() } else { Value::Null })
            .collect();
        self.push(layout, Op::Delete, &key)
    }

    fn push(&mut self, layout: &Arc<Layout>, op: Op, values: &[Value]) -> Result<()> {
        if let Some((_, column)) = values.iter().zip(layout.columns()).find(|(v, _)| **v == Value::Unchanged)
        {
            let (table, column) = (layout.name(), column.name.clone());
            return Err(Error::UnchangedToast { table, column, lsn: self.place.commit });
        }
        self.place.ordinal += 1;
        let part: &mut Part = self.parts.of(layout, self.place.commit_us);
        let texts = values.iter().map(|value| match value {
            Value::Text(text) => Some(text.as_str()),
            Value::Null | Value::Unchanged => None,
        });
        part.push(op, texts, &self.place)
    }
}

#[cfg(test)]
#[path = "transaction_tests.rs"]
mod tests;
