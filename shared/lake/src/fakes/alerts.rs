//! Alerts that are kept instead of sent.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use crate::error::Result;
use crate::ports::{Alert, Alerts};

/// Keeps every message.
#[derive(Debug, Default)]
pub struct RecordingAlerts(Mutex<Vec<Alert>>);

impl RecordingAlerts {
    /// Every message so far.
    pub fn sent(&self) -> Vec<Alert> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Alerts for RecordingAlerts {
    async fn publish(&self, alert: &Alert) -> Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(alert.clone());
        Ok(())
    }
}
