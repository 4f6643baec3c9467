//! Where alerts go when no topic is there.

use async_trait::async_trait;
use estrella_lake::{Alert, Alerts, Error, Result, Severity};

/// Refuses every alert: the function was not meant to send any.
#[derive(Debug, Clone, Copy)]
pub struct NoAlerts;

#[async_trait]
impl Alerts for NoAlerts {
    async fn publish(&self, alert: &Alert) -> Result<()> {
        Err(Error::bug("there is no topic for alerts").at(&alert.subject))
    }
}

/// Writes alerts to the log, for runs that a human watches.
#[derive(Debug, Clone, Copy)]
pub struct LoggedAlerts;

#[async_trait]
impl Alerts for LoggedAlerts {
    async fn publish(&self, alert: &Alert) -> Result<()> {
        match alert.severity {
            Severity::Info => tracing::info!(body = alert.body, "{}", alert.subject),
            _ => tracing::warn!(body = alert.body, "{}", alert.subject),
        }
        Ok(())
    }
}
