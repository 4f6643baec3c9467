//! Alerts by SNS.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;
use estrella_lake::{Alert, Alerts, Error, Result};

use crate::error::mapped;

/// SNS refuses longer subjects, in characters.
const MAX_SUBJECT: usize = 100;

/// A topic. Its subscriptions can filter by the message attribute `severity`; what a message says is in the attribute
/// `details` for machines, as JSON, where there is such a form.
#[derive(Debug, Clone)]
pub struct SnsAlerts {
    client: Client,
    topic_arn: String,
}

impl SnsAlerts {
    /// Alerts to a topic.
    pub fn new(config: &SdkConfig, topic_arn: &str) -> Self {
        Self { client: Client::new(config), topic_arn: topic_arn.to_owned() }
    }
}

#[async_trait]
impl Alerts for SnsAlerts {
    async fn publish(&self, alert: &Alert) -> Result<()> {
        let attribute = |value: &str| {
            let text = MessageAttributeValue::builder().data_type("String").string_value(value).build();
            text.map_err(|e| Error::bug("build message attribute").because(e))
        };
        let details = alert.details.as_deref().map(attribute).transpose()?;
        let sending = self
            .client
            .publish()
            .topic_arn(&self.topic_arn)
            .subject(subject(&alert.subject))
            .message(&alert.body)
            .message_attributes("severity", attribute(alert.severity.as_str())?);
        let sending = match details {
            Some(details) => sending.message_attributes("details", details),
            None => sending,
        };
        sending.send().await.map_err(|e| mapped("publish alert", &self.topic_arn, e))?;
        Ok(())
    }
}

/// What SNS takes as a subject: printable ASCII, short.
fn subject(text: &str) -> String {
    text.chars().take(MAX_SUBJECT).map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_short_ascii() {
        assert_eq!(subject("refused: raw/März\n.csv"), "refused: raw/M?rz?.csv");
        assert_eq!(subject(&"x".repeat(300)).len(), 100);
    }
}
