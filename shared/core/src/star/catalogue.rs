//! What brands and categories were called, and when.

use std::collections::HashMap;
use std::sync::Arc;

use crate::changes::{ALWAYS, Version};
use crate::event::UNKNOWN;

/// Categories above one another; a tree that is deeper, or a circle, ends here.
const MAX_DEPTH: usize = 16;

/// All versions of all brands and categories, which are few enough to be held: some hundred bytes each.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    brands: HashMap<i64, Vec<Named>>,
    categories: HashMap<i64, Vec<Named>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Named {
    valid_from: i64,
    valid_to: Option<i64>,
    name: Box<str>,
    parent_id: Option<i64>,
}

/// What a product was listed as, from some instant on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// From when on, in microseconds since the Unix epoch; until the next one begins.
    pub from: i64,
    /// Category.
    pub category_id: Option<i64>,
    /// Dotted category code, or unknown.
    pub category_code: Arc<str>,
    /// Brand, or unknown.
    pub brand: Arc<str>,
}

/// A version of a category with its whole code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryVersion {
    /// From when on, in microseconds since the Unix epoch.
    pub valid_from: i64,
    /// Until when, not included; none for the current version.
    pub valid_to: Option<i64>,
    /// Category that it is part of.
    pub parent_id: Option<i64>,
    /// Dotted code.
    pub code: Box<str>,
}

impl Catalogue {
    /// Adds the versions of a brand, oldest first. `name` reads one's name.
    pub fn add_brand(
        &mut self,
        brand_id: i64,
        versions: &[Version],
        name: impl Fn(&Version) -> Option<&str>,
    ) {
        let named = |version| Named::of(version, name(version), None);
        self.brands.insert(brand_id, versions.iter().map(named).collect());
    }

    /// Adds the versions of a category, oldest first. `name` reads one's name and parent.
    pub fn add_category(
        &mut self,
        category_id: i64,
        versions: &[Version],
        name: impl Fn(&Version) -> (Option<&str>, Option<i64>),
    ) {
        let named = |version| {
            let (name, parent_id) = name(version);
            Named::of(version, name, parent_id)
        };
        self.categories.insert(category_id, versions.iter().map(named).collect());
    }

    /// Name of a brand at an instant, or its last one before that: a brand that was deleted keeps its name.
    pub fn brand_at(&self, brand_id: i64, time_us: i64) -> Option<&str> {
        Some(&at(self.brands.get(&brand_id)?, time_us)?.name)
    }

    /// Dotted code of a category at an instant, the last known names where something was deleted.
    pub fn category_at(&self, category_id: i64, time_us: i64) -> Option<String> {
        let mut parts: Vec<&str> = Vec::new();
        let mut next = Some(category_id);
        while let Some(id) = next.filter(|_| parts.len() < MAX_DEPTH) {
            let Some(named) = self.categories.get(&id).and_then(|versions| at(versions, time_us)) else {
                break;
            };
            parts.push(&named.name);
            next = named.parent_id;
        }
        parts.reverse();
        (!parts.is_empty()).then(|| parts.join("."))
    }

    /// What a product was listed as over time, from its versions, oldest first. `of` reads category and brand of one.
    pub fn listed(
        &self,
        versions: &[Version],
        of: impl Fn(&Version) -> (Option<i64>, Option<i64>),
    ) -> Vec<Listed> {
        let mut listed: Vec<Listed> = Vec::new();
        for version in versions {
            let (category_id, brand_id) = of(version);
            let own = Named::of(version, None, category_id);
            let mut turns = self.turns(&own, category_id);
            let brands = brand_id.and_then(|id| self.brands.get(&id)).map(Vec::as_slice).unwrap_or_default();
            turns.extend(brands.iter().map(|brand| brand.valid_from).filter(|time| version.holds_at(*time)));
            turns.sort_unstable();
            for from in turns {
                let code = category_id.and_then(|id| self.category_at(id, from));
                let brand = brand_id.and_then(|id| self.brand_at(id, from));
                let next = Listed {
                    from,
                    category_id,
                    category_code: code.as_deref().unwrap_or(UNKNOWN).into(),
                    brand: brand.unwrap_or(UNKNOWN).into(),
                };
                if listed.last().is_none_or(|last| !last.is_same(&next)) {
                    listed.push(next);
                }
            }
        }
        listed
    }

    /// The categories, ascending.
    pub fn category_ids(&self) -> Vec<i64> {
        let mut ids: Vec<i64> = self.categories.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// The versions of a category's whole code: it changes when a category above it does.
    pub fn category_versions(&self, category_id: i64) -> Vec<CategoryVersion> {
        let mut found: Vec<CategoryVersion> = Vec::new();
        for own in self.categories.get(&category_id).map(Vec::as_slice).unwrap_or_default() {
            let first = found.len();
            for valid_from in self.turns(own, own.parent_id) {
                // By the version at hand: one that was overwritten in the same instant is found by no time.
                let above = own.parent_id.and_then(|parent| self.category_at(parent, valid_from));
                let code =
                    above.map_or_else(|| own.name.to_string(), |above| format!("{above}.{}", own.name));
                if let Some(last) = found[first..].last_mut() {
                    if *last.code == code {
                        continue;
                    }
                    last.valid_to = Some(valid_from);
                }
                let (valid_to, parent_id) = (own.valid_to, own.parent_id);
                found.push(CategoryVersion { valid_from, valid_to, parent_id, code: code.into() });
            }
        }
        found
    }

    /// When a version of a category began, and when something above it changed while it held; ascending.
    fn turns(&self, own: &Named, parent_id: Option<i64>) -> Vec<i64> {
        let mut turns = vec![own.valid_from];
        let mut level = vec![parent_id];
        for _ in 0..MAX_DEPTH {
            let mut above = Vec::new();
            for id in level.into_iter().flatten() {
                for version in self.categories.get(&id).map(Vec::as_slice).unwrap_or_default() {
                    turns.push(version.valid_from);
                    if !above.contains(&version.parent_id) {
                        above.push(version.parent_id);
                    }
                }
            }
            level = above;
        }
        let holds = |time: &i64| *time >= own.valid_from && own.valid_to.is_none_or(|end| *time < end);
        let first = own.valid_from;
        turns.retain(|time| *time == first || holds(time));
        turns.sort_unstable();
        turns.dedup();
        turns
    }
}

impl Listed {
    /// What holds at an instant; before the first one that is the first.
    pub fn at(listed: &[Self], time_us: i64) -> Option<&Self> {
        let after = listed.partition_point(|listed| listed.from <= time_us);
        listed.get(after.saturating_sub(1))
    }

    fn is_same(&self, other: &Self) -> bool {
        self.category_id == other.category_id
            && self.category_code == other.category_code
            && self.brand == other.brand
    }
}

impl Named {
    fn of(version: &Version, name: Option<&str>, parent_id: Option<i64>) -> Self {
        let Version { valid_from, valid_to, .. } = *version;
        Self { valid_from, valid_to, name: name.unwrap_or(UNKNOWN).into(), parent_id }
    }
}

/// The last version that began before an instant or at it. Before the first one that is the first: what was inserted
/// in the instant of an event is stamped after it.
fn at(versions: &[Named], time_us: i64) -> Option<&Named> {
    let after = versions.partition_point(|version| version.valid_from <= time_us.max(ALWAYS));
    versions.get(after.saturating_sub(1))
}
