//! The lines that the functions have logged of an object.

use serde::Serialize;

use crate::pipeline::STAGES;

/// Where to look, and for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Logs {
    /// Log groups of the functions.
    pub groups: Vec<String>,
    /// Query for CloudWatch Logs Insights.
    pub query: String,
}

impl Logs {
    /// The lines with any of these ids: each has the key of the object or of a document, and that has the receipt's or
    /// the run's id in it.
    pub(super) fn of(environment: &str, ids: &[&str]) -> Self {
        let quoted =
            |id: &&str| format!("@message like \"{}\"", id.replace('\\', "\\\\").replace('"', "\\\""));
        let filter: Vec<String> = ids.iter().map(quoted).collect();
        Self {
            groups: STAGES.iter().map(|stage| format!("/estrella/{environment}/{stage}")).collect(),
            query: format!(
                "fields @timestamp, @log, @message | filter {} | sort @timestamp asc | limit 1000",
                filter.join(" or ")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        let logs = Logs::of("dev", &["0a", r#"raw/a"b\.csv"#]);
        assert_eq!(logs.groups[0], "/estrella/dev/extract");
        assert!(
            logs.query.contains(r#"filter @message like "0a" or @message like "raw/a\"b\\.csv" |"#),
            "{}",
            logs.query
        );
    }
}
