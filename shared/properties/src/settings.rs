//! What a lake is configured with: the mapping of the shop's database, and the monitors.

use std::collections::HashSet;

use estrella_core::changes::{Mapping, MappingError, Role, SourceTable};
use estrella_drift::{Monitor, Settings};

/// Any text is a mapping and settings of monitors, or errors that say what is wrong. What is made of a mapping has names of
/// its own that are plain, and keys among its columns; what is read of settings is within its range.
pub fn settings(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Mapping::parse(text) {
        Ok(mapping) => mapped(&mapping),
        Err(MappingError::Unreadable(reason)) => assert!(reason.contains("line"), "{reason}"),
        Err(MappingError::Table { table, reason }) => assert!(!reason.is_empty(), "{table}"),
    }
    match Settings::parse(text) {
        Ok(settings) => watched(&settings),
        Err(error) => {
            let lines = text.split('\n').count();
            assert!((1..=lines).contains(&error.line), "{error}, of {lines} lines");
            assert!(!error.key.is_empty() && !error.reason.is_empty(), "{error}");
        }
    }
}

fn mapped(mapping: &Mapping) {
    let mut names = HashSet::new();
    for table in mapping.more_tables() {
        assert!(names.insert(table.full_name()), "{} stands twice", table.full_name());
        let is_plain = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        assert!(is_plain(table.namespace) && is_plain(table.name), "{:?}", table.full_name());
        let columns: HashSet<&str> = table.columns.iter().map(|column| column.name).collect();
        assert_eq!(columns.len(), table.columns.len(), "{:?}", table.columns);
        assert!(table.key.iter().chain(table.sort).all(|name| columns.contains(name)), "{table:?}");
    }
    mapping.tables().iter().for_each(|table| keyed(table, mapping));
}

fn keyed(table: &SourceTable, mapping: &Mapping) {
    let found = mapping.of_source(&table.source).map(|found| &found.name);
    assert_eq!(found, Some(&table.name));
    assert!(table.role == Role::Other || mapping.of_role(table.role).is_some());
    assert!(!table.key.is_empty() && table.key.iter().all(|at| *at < table.columns.len()), "{table:?}");
    assert_eq!(table.key.len() + table.value_columns().count(), table.columns.len());
    assert_eq!(table.has_history().len(), table.value_columns().count());
}

fn watched(settings: &Settings) {
    let counts = [settings.weeks, settings.least_weeks, settings.days, settings.least_days];
    assert!(counts.into_iter().all(|count| (1..=1000).contains(&count)), "{settings:?}");
    for monitor in Monitor::ALL {
        let rule = settings.rule(monitor);
        let at_least_0 = [Some(rule.floor), Some(rule.min_rows), Some(rule.noise), rule.critical];
        assert!(at_least_0.into_iter().flatten().all(|value| value >= 0.0), "{rule:?}");
        assert!(rule.p > 0.0 && rule.p < 1.0, "{rule:?}");
    }
    for entry in &settings.calendar {
        assert!(entry.from < entry.to, "{entry:?}");
    }
}
