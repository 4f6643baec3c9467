//! Alerts by SNS.

use std::borrow::Cow;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;
use estrella_lake::{Alert, Alerts, Error, Result};

use crate::error::mapped;

/// SNS refuses longer subjects, in characters.
const MAX_SUBJECT: usize = 100;
/// SNS refuses larger messages, in bytes, with names, types and values of their attributes. Whether the subject counts it does
/// not say.
const MAX_BYTES: usize = 262_144;
/// How a body ends that was too large.
const CUT: &str = "\nThe rest of this message was cut off: it was larger than SNS takes.\n";

/// For filters of subscriptions.
const SEVERITY: &str = "severity";
/// For machines.
const DETAILS: &str = "details";
/// Type of both attributes.
const STRING: &str = "String";

/// A topic. Its subscriptions can filter by the message attribute `severity`; what a message says is in the attribute
/// `details` for machines, as JSON, where there is such a form and it is not too large.
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
            let text = MessageAttributeValue::builder().data_type(STRING).string_value(value).build();
            text.map_err(|e| Error::bug("build message attribute").because(e))
        };
        let (body, details) = fitting(alert);
        let details = details.map(attribute).transpose()?;
        let sending = self
            .client
            .publish()
            .topic_arn(&self.topic_arn)
            .subject(subject(&alert.subject))
            .message(body)
            .message_attributes(SEVERITY, attribute(alert.severity.as_str())?);
        let sending = match details {
            Some(details) => sending.message_attributes(DETAILS, details),
            None => sending,
        };
        sending.send().await.map_err(|e| mapped("publish alert", &self.topic_arn, e))?;
        Ok(())
    }
}

/// Body and details as far as SNS takes them: a message that it refuses would be sent again and again. Details go first, for
/// the body says the same.
fn fitting(alert: &Alert) -> (Cow<'_, str>, Option<&str>) {
    let room = MAX_BYTES - MAX_SUBJECT - attribute_bytes(SEVERITY, alert.severity.as_str());
    let body = alert.body.as_str();
    if body.len() > room {
        let kept = &body[..body.floor_char_boundary(room - CUT.len())];
        return (Cow::Owned(format!("{kept}{CUT}")), None);
    }
    let fits = |details: &&str| body.len() + attribute_bytes(DETAILS, details) <= room;
    (Cow::Borrowed(body), alert.details.as_deref().filter(fits))
}

fn attribute_bytes(name: &str, value: &str) -> usize {
    name.len() + STRING.len() + value.len()
}

/// What SNS takes as a subject: printable ASCII, short.
fn subject(text: &str) -> String {
    text.chars().take(MAX_SUBJECT).map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect()
}

#[cfg(test)]
mod tests {
    use estrella_lake::Severity;

    use super::*;

    /// A message as large as told, and its size as SNS counts it.
    fn sent(body: &str, details: Option<usize>) -> (String, Option<String>, usize) {
        let alert = Alert {
            severity: Severity::Critical,
            subject: "x".repeat(300),
            body: body.to_owned(),
            details: details.map(|bytes| "d".repeat(bytes)),
        };
        let (body, details) = fitting(&alert);
        let mut bytes = subject(&alert.subject).len() + body.len() + "severityStringcritical".len();
        bytes += details.map_or(0, |details| "detailsString".len() + details.len());
        (body.into_owned(), details.map(str::to_owned), bytes)
    }

    #[test]
    fn what_sns_takes_is_sent_as_it_is() {
        let (body, details, _) = sent("text", Some(1_000));
        assert_eq!((body.as_str(), details), ("text", Some("d".repeat(1_000))));
        let most = MAX_BYTES - MAX_SUBJECT - "severityStringcritical".len() - "detailsString".len() - 4;
        let (body, details, bytes) = sent("text", Some(most));
        assert_eq!((body.as_str(), details.is_some(), bytes), ("text", true, MAX_BYTES));
    }

    #[test]
    fn of_what_is_too_large_details_go_first_and_then_the_end_of_the_body() {
        let (body, details, _) = sent("text", Some(MAX_BYTES));
        assert_eq!((body.as_str(), details), ("text", None), "details alone are too large");
        let half = "b".repeat(MAX_BYTES / 2);
        let (body, details, _) = sent(&half, Some(MAX_BYTES / 2));
        assert!(body == half && details.is_none(), "each of both would fit");
        // Letters of two and three bytes, so that a cut meets one of them inside.
        for letters in ["ä", "…", "x…", "ä…"] {
            let long = letters.repeat(MAX_BYTES);
            let (body, details, bytes) = sent(&long, Some(10));
            let kept = body.strip_suffix(CUT).unwrap();
            assert!(long.starts_with(kept) && details.is_none(), "{letters}");
            assert!((MAX_BYTES - 3..=MAX_BYTES).contains(&bytes), "{letters}: {bytes}");
        }
    }

    #[test]
    fn subjects_are_short_ascii() {
        assert_eq!(subject("refused: raw/März\n.csv"), "refused: raw/M?rz?.csv");
        assert_eq!(subject(&"x".repeat(300)).len(), 100);
    }
}
