//! Alerts that are kept instead of sent.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use crate::error::Result;
use crate::ports::Alerts;

/// Keeps every message.
#[derive(Debug, Default)]
pub struct RecordingAlerts(Mutex<Vec<(String, String)>>);

impl RecordingAlerts {
    /// Subject and body of every message so far.
    pub fn sent(&self) -> Vec<(String, String)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Alerts for RecordingAlerts {
    async fn publish(&self, subject: &str, body: &str) -> Result<()> {
        let message = (subject.to_owned(), body.to_owned());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(message);
        Ok(())
    }
}
