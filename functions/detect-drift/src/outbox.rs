//! Telling and noting what came of a look, so that a crash at any point neither loses it nor, but for a crash between
//! sending and noting that it was sent, tells it twice.

use estrella_core::event::{MICROS_PER_HOUR, date_of};
use estrella_core::schema::FACT_USER_EVENTS;
use estrella_drift::{HourVerdict, Message, Notice, Place, message};
use estrella_lake::{Alert, Error, Result};
use estrella_runtime::Deps;

use crate::states::{Delivery, Kept, States};
use crate::{Looked, record};

/// From this age on whoever queued a delivery is not about to carry it out any more.
const STALE_MS: i64 = 5 * 60 * 1000;
/// Files that a message names.
const MAX_FILES: usize = 3;

/// Queues messages and verdicts in the state that is about to be written, and names them; none if there are none.
pub(crate) fn queue(
    verdicts: &[HourVerdict],
    alerts: Vec<Alert>,
    next: &mut Kept,
    deps: &Deps,
) -> Option<String> {
    if verdicts.is_empty() && alerts.is_empty() {
        return None;
    }
    let now_ms = deps.lake.clock().now_ms();
    let hours: Vec<i64> = verdicts.iter().map(|verdict| verdict.hour).collect();
    let id = record::id(next.number, &hours);
    next.outbox.push(Delivery {
        id: id.clone(),
        judged_at_ms: now_ms,
        queued_at_ms: now_ms,
        alerts,
        verdicts: verdicts.to_vec(),
    });
    Some(id)
}

/// Notices in words.
pub(crate) async fn alerts(notices: &[Notice], deps: &Deps) -> Result<Vec<Alert>> {
    let mut alerts = Vec::with_capacity(notices.len());
    for notice in notices {
        alerts.push(alert(notice, deps).await?);
    }
    Ok(alerts)
}

async fn alert(notice: &Notice, deps: &Deps) -> Result<Alert> {
    let place = Place {
        lake: deps.location(),
        files: files(notice.incident.opened_hour, deps).await?,
        report: deps.config.report_url.clone(),
    };
    let Message { severity, subject, body, json } = message(notice, &place);
    let severity = match severity {
        estrella_drift::Severity::Warning => estrella_lake::Severity::Warning,
        estrella_drift::Severity::Critical => estrella_lake::Severity::Critical,
    };
    Ok(Alert { severity, subject, body, details: Some(json.to_string()) })
}

/// Where rows of the hour's date are.
async fn files(hour: i64, deps: &Deps) -> Result<Vec<String>> {
    let Some(facts) = deps.lake.table_if_exists(&FACT_USER_EVENTS).await? else { return Ok(Vec::new()) };
    let files = facts.plan_partition(date_of(hour * MICROS_PER_HOUR)).await?;
    Ok(files.into_iter().take(MAX_FILES).map(|file| file.location).collect())
}

/// Carries out what was queued long ago; none if the state is another one afterwards.
pub(crate) async fn deliver_stale(
    kept: Kept,
    states: &States<'_>,
    looked: &mut Looked,
    deps: &Deps,
) -> Result<Option<Kept>> {
    let now_ms = deps.lake.clock().now_ms();
    let stale = kept.outbox.iter().find(|delivery| now_ms - delivery.queued_at_ms >= STALE_MS);
    let Some(id) = stale.map(|delivery| delivery.id.clone()) else { return Ok(Some(kept)) };
    // Taken over by one only: to all others it looks as if it was queued just now.
    let mut taken = kept.clone();
    taken.outbox.iter_mut().filter(|queued| queued.id == id).for_each(|queued| queued.queued_at_ms = now_ms);
    if let Some(taken) = states.follow(&kept, taken).await? {
        deliver(&id, taken, states, looked, deps).await?;
    }
    Ok(None)
}

/// Sends and notes one delivery, and takes it out of the state.
pub(crate) async fn deliver(
    id: &str,
    kept: Kept,
    states: &States<'_>,
    looked: &mut Looked,
    deps: &Deps,
) -> Result<()> {
    let delivery = kept.outbox.into_iter().find(|delivery| delivery.id == id);
    let delivery = delivery.ok_or_else(|| Error::bug("delivery is not in the state").at(id))?;
    record::commit(&delivery, deps).await?;
    for alert in &delivery.alerts {
        deps.alerts.publish(alert).await?;
        looked.told.push(alert.subject.clone());
    }
    states
        .change(|next| {
            next.outbox.retain(|queued| queued.id != id);
            Ok(())
        })
        .await
}
