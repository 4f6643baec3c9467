//! From the changes of one row to its versions.

use std::collections::{HashMap, HashSet};

use super::{Change, Op, Value};

/// Valid from the beginning, as far as is known: 1970-01-01, in microseconds since the Unix epoch.
pub const ALWAYS: i64 = 0;

/// A state of a row and when it held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// From when on, in microseconds since the Unix epoch.
    pub valid_from: i64,
    /// Until when, not included; none for the current one. Equal to `valid_from` if it was overwritten in the same
    /// instant.
    pub valid_to: Option<i64>,
    /// The columns that are no part of the key, in the order of the mapping. Columns without history have their
    /// latest value in all versions.
    pub values: Box<[Value]>,
}

impl Version {
    /// Whether it held at an instant.
    pub fn holds_at(&self, time_us: i64) -> bool {
        self.valid_from <= time_us && self.valid_to.is_none_or(|end| time_us < end)
    }
}

/// The versions of one row, oldest first. The result depends on the set of changes alone: their order in the slice
/// and repetitions do not matter. `has_history` tells for each column whether a change of it makes a new version.
///
/// - A full load says nothing of the time before it: a row that begins with one was always so.
/// - A state equal to the one before it makes no version.
/// - A deletion closes a version; what comes after it is a new one.
/// - Commit times never run backwards: one that does is taken for the greatest before it.
pub fn history(mut changes: Vec<Change>, has_history: &[bool]) -> Vec<Version> {
    if changes.len() > 1 {
        changes.sort_by_cached_key(Change::order);
        // One that was read twice, not one that was delivered twice.
        changes.dedup();
    }
    let mut versions: Vec<Version> = Vec::new();
    let mut latest: Option<Box<[Value]>> = None;
    let mut is_open = false;
    let mut now = ALWAYS;
    for change in without_repetitions(changes) {
        now = now.max(change.time_us.unwrap_or(ALWAYS));
        if change.op == Op::Delete {
            if is_open && let Some(last) = versions.last_mut() {
                last.valid_to = Some(now);
            }
            is_open = false;
            continue;
        }
        let same = |last: &Version| same_state(&last.values, &change.values, has_history);
        if !(is_open && versions.last().is_some_and(same)) {
            if is_open && let Some(last) = versions.last_mut() {
                last.valid_to = Some(now);
            }
            let always = versions.is_empty() && change.op == Op::Load;
            let valid_from = if always { ALWAYS } else { now };
            versions.push(Version { valid_from, valid_to: None, values: change.values.clone() });
            is_open = true;
        }
        latest = Some(change.values);
    }
    if let Some(latest) = latest {
        for version in &mut versions {
            for (column, value) in version.values.iter_mut().enumerate() {
                if !has_history[column] {
                    *value = latest[column].clone();
                }
            }
        }
    }
    versions
}

fn same_state(a: &[Value], b: &[Value], has_history: &[bool]) -> bool {
    a.iter().zip(b).zip(has_history).all(|((a, b), has_history)| !has_history || a == b)
}

/// Drops changes that were delivered before. With a sequence they are told by it. Without one, a change is the same as
/// another if time, kind and values are equal and both are the n-th of these in their file: what a file repeats on
/// purpose stays, what a second file repeats of the first goes.
fn without_repetitions(sorted: Vec<Change>) -> impl Iterator<Item = Change> {
    let mut sequences = HashSet::new();
    type InFile = (Option<i64>, Op, Box<[Value]>, Box<str>);
    let mut in_file: HashMap<InFile, u32> = HashMap::new();
    let mut seen = HashSet::new();
    let single = sorted.len() == 1;
    sorted.into_iter().filter(move |change| {
        if single {
            return true;
        }
        if let Some(sequence) = &change.sequence {
            return sequences.insert(sequence.clone());
        }
        let (time, op, values) = (change.time_us, change.op, change.values.clone());
        let nth = in_file.entry((time, op, values.clone(), change.object.clone())).or_default();
        *nth += 1;
        seen.insert((time, op, values, *nth))
    })
}
