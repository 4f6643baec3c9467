//! Detect-drift: whether the hours that were loaded look like the same hours before, and who has to know.
//!
//! It reads `ops.profile_hours`, never the rows, so its cost follows the number of hours. An hour is judged when it is
//! over; what comes later makes it be judged again. What was told and what is open is in a chain of numbered
//! documents, see [`states`]: two that look at once cannot both tell the same.

mod blocked;
mod due;
mod hours;
mod outbox;
mod record;
mod stage;
pub mod states;

use std::collections::{BTreeMap, BTreeSet};

use estrella_contracts::keys;
use estrella_core::event::MICROS_PER_HOUR;
use estrella_core::schema::PROFILE_HOURS;
use estrella_drift::{HourVerdict, Outcome, Settings, evaluate, step, wanted_hours};
use estrella_lake::{Alert, Error, ErrorKind, Result};
use estrella_runtime::Deps;
use serde::{Deserialize, Serialize};

use due::Due;
use hours::{Cache, Hours};
use states::{Kept, States};

pub use stage::stage;

/// Hours that are judged in one step of the state.
const HOURS_AT_ONCE: usize = 24;
/// How often a step is begun anew when another one was quicker.
const MAX_ATTEMPTS: u32 = 10;

/// What a look at the monitors came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Looked {
    /// Hours that were judged.
    pub hours: u64,
    /// Of these, hours for which there was too little to compare with.
    pub learning: u64,
    /// Comparisons.
    pub compared: u64,
    /// Comparisons that are unlike before.
    pub breaches: u64,
    /// Subjects of the messages that were sent.
    pub told: Vec<String>,
}

/// Judges every hour that is over and was not judged with the rows it has now. Run again, it changes nothing.
///
/// # Errors
/// `Conflict` if others look all the time. `InvalidInput` if `ops.profile_hours` or the monitors' configuration cannot
/// be read; what was left to be told before, and what is held back, is told all the same. Else those of the stores.
pub async fn handle(deps: &Deps) -> Result<Looked> {
    let states = States::new(deps);
    let (mut looked, mut cache) = (Looked::default(), Cache::default());
    let mut monitors: Option<Settings> = None;
    let mut lost = 0;
    loop {
        let kept = states.newest().await?;
        let Some(kept) = outbox::deliver_stale(kept, &states, &mut looked, deps).await? else { continue };
        let mut next = kept.clone();
        let held_back = blocked::alert(&blocked::untold(&mut next, deps).await?, deps);
        let ended = if let Some(alert) = held_back {
            tell(alert, &kept, next, &states, &mut looked, deps).await.map(|()| false)
        } else {
            let monitors = match &monitors {
                Some(known) => known,
                None => &*monitors.insert(settings(deps).await?),
            };
            let due = Due::find(&kept, deps).await?;
            if due.is_nothing_new(&kept) && next.told_blocks == kept.told_blocks {
                return Ok(looked);
            }
            look(Step { kept, next, due }, &mut cache, monitors, &states, &mut looked, deps).await
        };
        match ended {
            Ok(true) => return Ok(looked),
            Ok(false) => {}
            Err(error) if error.kind() == ErrorKind::Conflict && lost < MAX_ATTEMPTS => lost += 1,
            Err(error) => return Err(error),
        }
    }
}

/// The monitors of the lake, or the built-in ones.
///
/// # Errors
/// `InvalidInput` naming the line that is wrong. Else those of the store.
pub async fn settings(deps: &Deps) -> Result<Settings> {
    let text = match deps.lake.store().get(keys::MONITORS).await {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Settings::default()),
        Err(error) => return Err(error),
    };
    let wrong = |e: String| Error::invalid(e).at(keys::MONITORS);
    let text = std::str::from_utf8(&text).map_err(|e| wrong(e.to_string()))?;
    Settings::parse(text).map_err(|e| wrong(e.to_string()))
}

/// Since when verdicts wait to be noted, in milliseconds since the Unix epoch; none if none do. Who has noted them, and died
/// before it said so, is known by the key of its commit: until then snapshots have to stay.
///
/// # Errors
/// `InvalidInput` if the state cannot be read. Else those of the store.
pub async fn undelivered_since_ms(deps: &Deps) -> Result<Option<i64>> {
    let kept = States::new(deps).newest().await?;
    Ok(kept.outbox.iter().map(|delivery| delivery.judged_at_ms).min())
}

/// One step of the state.
struct Step {
    kept: Kept,
    next: Kept,
    due: Due,
}

/// Tells of batches that are held back, by a step of its own: it needs nothing of what the monitors need.
async fn tell(
    alert: Alert,
    kept: &Kept,
    mut next: Kept,
    states: &States<'_>,
    looked: &mut Looked,
    deps: &Deps,
) -> Result<()> {
    let delivery = outbox::queue(&[], vec![alert], &mut next, deps);
    let next = written(kept, next, states).await?;
    match delivery {
        Some(id) => outbox::deliver(&id, next, states, looked, deps).await,
        None => Ok(()),
    }
}

/// The state that follows, as it stands now.
async fn written(kept: &Kept, next: Kept, states: &States<'_>) -> Result<Kept> {
    let next = states.follow(kept, next).await?;
    next.ok_or_else(|| Error::conflict("somebody else looked at the monitors").at(keys::MONITOR_STATES))
}

/// Judges the oldest hours that are due. Tells whether these were all.
async fn look(
    step: Step,
    cache: &mut Cache,
    settings: &Settings,
    states: &States<'_>,
    looked: &mut Looked,
    deps: &Deps,
) -> Result<bool> {
    let Step { kept, mut next, mut due } = step;
    let later = due.hours.split_off(&nth(&due.hours, HOURS_AT_ONCE));
    let (verdicts, notices) = judge(&due.hours, &mut next, cache, settings, deps).await?;
    due.note(&later, &mut next);
    let alerts = outbox::alerts(&notices, deps).await?;
    let delivery = outbox::queue(&verdicts, alerts, &mut next, deps);
    let next = written(&kept, next, states).await?;
    for verdict in &verdicts {
        looked.hours += 1;
        looked.learning += u64::from(verdict.reference_hours.is_empty());
        looked.compared += verdict.results.len() as u64;
        looked.breaches += verdict.results.iter().filter(|r| r.outcome == Outcome::Breach).count() as u64;
    }
    if let Some(id) = delivery {
        outbox::deliver(&id, next, states, looked, deps).await?;
    }
    Ok(later.is_empty())
}

/// The hour that is the `n`-th, or one after all.
fn nth(hours: &BTreeSet<i64>, n: usize) -> i64 {
    hours.iter().nth(n).copied().unwrap_or(i64::MAX)
}

/// Verdicts by hour, oldest first, and what has to be told.
async fn judge(
    due: &BTreeSet<i64>,
    next: &mut Kept,
    cache: &mut Cache,
    settings: &Settings,
    deps: &Deps,
) -> Result<(Vec<HourVerdict>, Vec<estrella_drift::Notice>)> {
    if let Some(table) = deps.lake.table_if_exists(&PROFILE_HOURS).await? {
        let hours = Hours::of(&table, deps);
        hours.read_judged(due, cache).await?;
        let wanted = due.iter().map(|&hour| (hour, wanted_hours(hour, settings)));
        hours.read_references(&wanted.collect(), &next.state, cache).await?;
    }
    let known = &cache.known;
    let (mut verdicts, mut notices) = (Vec::new(), Vec::new());
    for &hour in due {
        let current = known.get(&hour).cloned().unwrap_or_default();
        let verdict = evaluate(hour, &current, known, settings, &next.state);
        notices.extend(step(&mut next.state, &verdict, settings));
        next.judged.insert(hour, current.profile.rows);
        verdicts.push(verdict);
    }
    Ok((verdicts, notices))
}

/// Hours since the Unix epoch of a time in microseconds.
fn hour_of(micros: i64) -> i64 {
    micros.div_euclid(MICROS_PER_HOUR)
}

/// Rows by hour, as far as they were judged.
type Judged = BTreeMap<i64, u64>;
