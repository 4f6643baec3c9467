//! A settings file laid over other settings.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::Error};

use super::{Calendar, Monitor, Rule, Settings, SettingsError};
use crate::verdict::Severity;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    table: Option<String>,
    #[serde(default)]
    reference: Reference,
    #[serde(default)]
    alerting: Alerting,
    #[serde(default)]
    monitors: BTreeMap<Monitor, Changes>,
    #[serde(default)]
    calendar: Vec<Calendar>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Reference {
    weeks: Option<Count>,
    least_weeks: Option<Count>,
    days: Option<Count>,
    least_days: Option<Count>,
    least_whole_days: Option<Count>,
    price_categories: Option<Count>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Alerting {
    hard_rows: Option<Positive>,
    fails_below: Option<Share>,
    cooldown_hours: Option<Count>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Changes {
    enabled: Option<bool>,
    floor: Option<Positive>,
    p: Option<Share>,
    min_rows: Option<Positive>,
    severity: Option<Severity>,
    critical: Option<Positive>,
    noise: Option<Positive>,
}

/// From 1 to 1000.
struct Count(u32);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let count = i64::deserialize(deserializer)?;
        let valid = u32::try_from(count).ok().filter(|count| (1..=1000).contains(count));
        valid.map(Self).ok_or_else(|| D::Error::custom(format!("{count} must be from 1 to 1000")))
    }
}

/// Zero or more.
struct Positive(f64);

impl<'de> Deserialize<'de> for Positive {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        let valid = number >= 0.0 && number.is_finite();
        valid.then_some(Self(number)).ok_or_else(|| D::Error::custom(format!("{number} must be 0 or more")))
    }
}

/// Between 0 and 1.
struct Share(f64);

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let share = f64::deserialize(deserializer)?;
        let valid = share > 0.0 && share < 1.0;
        valid
            .then_some(Self(share))
            .ok_or_else(|| D::Error::custom(format!("{share} must be between 0 and 1")))
    }
}

/// Lays what a file names over settings.
pub(super) fn overlay(settings: &mut Settings, toml: &str) -> Result<(), SettingsError> {
    let file: File = toml::from_str(toml).map_err(|error| SettingsError::of(&error, toml))?;
    let set = |to: &mut u32, count: Option<Count>| *to = count.map_or(*to, |Count(count)| count);
    set(&mut settings.weeks, file.reference.weeks);
    set(&mut settings.least_weeks, file.reference.least_weeks);
    set(&mut settings.days, file.reference.days);
    set(&mut settings.least_days, file.reference.least_days);
    set(&mut settings.least_whole_days, file.reference.least_whole_days);
    if let Some(Count(categories)) = file.reference.price_categories {
        settings.price_categories = categories as usize;
    }
    if let Some(table) = file.table {
        settings.table = table;
    }
    if let Some(Positive(rows)) = file.alerting.hard_rows {
        settings.hard_rows = rows;
    }
    if let Some(Share(share)) = file.alerting.fails_below {
        settings.fails_below = share;
    }
    if let Some(Count(hours)) = file.alerting.cooldown_hours {
        settings.cooldown_hours = i64::from(hours);
    }
    for (monitor, changes) in file.monitors {
        changes.apply(settings.monitors.entry(monitor).or_default());
    }
    settings.calendar.extend(file.calendar);
    Ok(())
}

impl Changes {
    fn apply(self, rule: &mut Rule) {
        rule.enabled = self.enabled.unwrap_or(rule.enabled);
        rule.floor = self.floor.map_or(rule.floor, |Positive(floor)| floor);
        rule.p = self.p.map_or(rule.p, |Share(p)| p);
        rule.min_rows = self.min_rows.map_or(rule.min_rows, |Positive(rows)| rows);
        rule.severity = self.severity.unwrap_or(rule.severity);
        rule.critical = self.critical.map(|Positive(effect)| effect).or(rule.critical);
        rule.noise = self.noise.map_or(rule.noise, |Positive(noise)| noise);
    }
}
