//! What the rows of a dimension get from the shop's database.

use std::vec::IntoIter;

use estrella_core::changes::{Role, SourceTable, Value, Version};
use estrella_core::event::UNKNOWN;
use estrella_core::star::{Attributes, Catalogue, SessionId};
use estrella_lake::{Error, Result};

use super::{Histories, Log, Logs};
use crate::build::Build;

/// A row's key and its versions.
pub(crate) type Attributed<K> = (K, Vec<Attributes>);

/// Rows of a dimension, as the shop's database has them, by ascending key.
pub(crate) struct AttributeSource<K> {
    rows: Rows<K>,
    peeked: Option<Attributed<K>>,
}

enum Rows<K> {
    None,
    Held(IntoIter<Attributed<K>>),
    Read(Box<dyn FnMut() -> Result<Option<Attributed<K>>> + Send>),
}

impl<K: Ord> AttributeSource<K> {
    pub(crate) fn none() -> Self {
        Self { rows: Rows::None, peeked: None }
    }

    fn held(rows: Vec<Attributed<K>>) -> Self {
        Self { rows: Rows::Held(rows.into_iter()), peeked: None }
    }

    fn read(next: impl FnMut() -> Result<Option<Attributed<K>>> + Send + 'static) -> Self {
        Self { rows: Rows::Read(Box::new(next)), peeked: None }
    }

    /// The key of the next row.
    pub(crate) fn peek(&mut self) -> Result<Option<&K>> {
        if self.peeked.is_none() {
            self.peeked = match &mut self.rows {
                Rows::None => None,
                Rows::Held(rows) => rows.next(),
                Rows::Read(next) => next()?,
            };
        }
        Ok(self.peeked.as_ref().map(|(key, _)| key))
    }

    /// The versions of a row, if it comes next.
    pub(crate) fn take_if(&mut self, key: &K) -> Result<Option<Vec<Attributes>>> {
        Ok(match self.peek()? {
            Some(next) if next == key => self.peeked.take().map(|(_, versions)| versions),
            _ => None,
        })
    }
}

/// Brands and categories with all their names, and what else is read with them.
pub(crate) struct Naming {
    pub(crate) catalogue: Catalogue,
    brands: Vec<Attributed<Box<str>>>,
}

impl Naming {
    /// Reads the logs of brands and categories.
    pub(crate) async fn read(logs: &Logs, build: &Build<'_>) -> Result<Self> {
        let mut naming = Self { catalogue: Catalogue::default(), brands: Vec::new() };
        if let Some(log) = logs.of(Role::Brands) {
            naming.read_brands(log, build).await?;
        }
        if let Some(log) = logs.of(Role::Categories) {
            let (name, parent) = (position(&log.source, "name"), position(&log.source, "parent_id"));
            let mut rows = build.histories(log).await?;
            while let Some((key, versions)) = rows.next()? {
                naming.catalogue.add_category(id(&key)?, &versions, |version| {
                    (text(version, name), long(version, parent))
                });
            }
        }
        Ok(naming)
    }

    async fn read_brands(&mut self, log: &Log, build: &Build<'_>) -> Result<()> {
        let name = position(&log.source, "name");
        let mut rows = build.histories(log).await?;
        while let Some((key, versions)) = rows.next()? {
            let brand_id = id(&key)?;
            for (n, version) in versions.iter().enumerate() {
                let attributes = Attributes::of(version, n + 1, [Value::Long(brand_id)].into());
                self.brands.push((text(version, name).unwrap_or(UNKNOWN).into(), vec![attributes]));
            }
            self.catalogue.add_brand(brand_id, &versions, |version| text(version, name));
        }
        // One name may have been that of several brands, and of one brand several times.
        self.brands.sort_by(|a, b| (&a.0, a.1[0].value(0)).cmp(&(&b.0, b.1[0].value(0))));
        self.brands.dedup_by(|next, before| {
            let same = next.0 == before.0;
            if same {
                before.1.append(&mut next.1);
            }
            same
        });
        Ok(())
    }

    pub(crate) fn brands(&mut self) -> AttributeSource<Box<str>> {
        AttributeSource::held(std::mem::take(&mut self.brands))
    }

    pub(crate) fn categories(&self) -> AttributeSource<i64> {
        let versions = |category_id: i64| {
            let versions = self.catalogue.category_versions(category_id);
            let attributes = versions.into_iter().enumerate().map(|(n, version)| Attributes {
                number: i32::try_from(n + 1).unwrap_or(i32::MAX),
                valid_from: version.valid_from,
                valid_to: version.valid_to,
                values: Some([maybe(version.parent_id), Value::Text(version.code)].into()),
            });
            (category_id, attributes.collect())
        };
        AttributeSource::held(self.catalogue.category_ids().into_iter().map(versions).collect())
    }

    /// Products, with the names that brand and category had when a version ended.
    pub(crate) fn products(&self, log: &Log, mut rows: Histories) -> AttributeSource<i64> {
        let at = |name| position(&log.source, name);
        let (category, brand, price, stock) = (at("category_id"), at("brand_id"), at("price"), at("stock"));
        let catalogue = self.catalogue.clone();
        AttributeSource::read(move || {
            let Some((key, versions)) = rows.next()? else { return Ok(None) };
            let attributes = versions.iter().enumerate().map(|(n, version)| {
                let end = version.valid_to.map_or(i64::MAX, |end| (end - 1).max(version.valid_from));
                let code = long(version, category).and_then(|id| catalogue.category_at(id, end));
                let name = long(version, brand).and_then(|id| catalogue.brand_at(id, end));
                let values = [
                    value(version, category),
                    Value::Text(code.as_deref().unwrap_or(UNKNOWN).into()),
                    value(version, brand),
                    Value::Text(name.unwrap_or(UNKNOWN).into()),
                    value(version, price),
                    value(version, stock),
                ];
                Attributes::of(version, n + 1, values.into())
            });
            Ok(Some((id(&key)?, attributes.collect())))
        })
    }
}

/// Users.
pub(crate) fn users(log: &Log, mut rows: Histories) -> AttributeSource<i64> {
    let columns = ["name", "email", "created_at"].map(|name| position(&log.source, name));
    AttributeSource::read(move || {
        let Some((key, versions)) = rows.next()? else { return Ok(None) };
        let attributes = |(n, version): (usize, &Version)| {
            Attributes::of(version, n + 1, columns.map(|column| value(version, column)).into())
        };
        Ok(Some((id(&key)?, versions.iter().enumerate().map(attributes).collect())))
    })
}

/// Sessions, each as it was last: a visit keeps its device when its row is deleted.
pub(crate) fn sessions(log: &Log, mut rows: Histories) -> AttributeSource<SessionId> {
    let columns = ["device_type", "channel"].map(|name| position(&log.source, name));
    AttributeSource::read(move || {
        let Some((key, versions)) = rows.next()? else { return Ok(None) };
        let session_id = key.first().and_then(Value::text).unwrap_or_default().into();
        let last = versions.last().map(|version| {
            let values = columns.map(|column| value(version, column)).into();
            Attributes { values: Some(values), ..Attributes::UNKNOWN }
        });
        Ok(Some((session_id, last.into_iter().collect())))
    })
}

/// Where a column stands among those that are no part of the key.
pub(crate) fn position(table: &SourceTable, name: &str) -> Option<usize> {
    table.value_position(name)
}

/// A version's value; null where the source has no such column.
pub(crate) fn value(version: &Version, position: Option<usize>) -> Value {
    position.and_then(|at| version.values.get(at)).cloned().unwrap_or(Value::Null)
}

pub(crate) fn text(version: &Version, position: Option<usize>) -> Option<&str> {
    version.values.get(position?)?.text()
}

pub(crate) fn long(version: &Version, position: Option<usize>) -> Option<i64> {
    version.values.get(position?)?.long()
}

fn maybe(id: Option<i64>) -> Value {
    id.map_or(Value::Null, Value::Long)
}

pub(crate) fn id(key: &[Value]) -> Result<i64> {
    let id = key.first().and_then(Value::long);
    id.ok_or_else(|| Error::invalid("key of a table of the star is no 64-bit integer"))
}
