//! Metrics in CloudWatch's embedded metric format: a log line that CloudWatch reads numbers from.
//!
//! Format: AWS, "Specification: Embedded metric format", version of 2021.

use std::io::Write;

use serde_json::{Value, json};

use crate::{Counts, Deps};

/// Namespace of all metrics.
const NAMESPACE: &str = "Estrella";

pub(super) struct Invocation<'a> {
    pub(super) function: &'a str,
    pub(super) environment: &'a str,
    pub(super) counts: Counts,
    pub(super) duration_ms: f64,
    pub(super) cold_start: bool,
    pub(super) failed: bool,
}

/// Writes the line. Metrics that cannot be written are no reason to fail.
pub(super) fn publish(invocation: &Invocation<'_>, deps: &Deps) {
    let line = emf(invocation, deps.lake.clock().now_ms());
    if let Err(error) = writeln!(std::io::stdout().lock(), "{line}") {
        tracing::warn!(%error, "metrics cannot be written");
    }
}

fn emf(invocation: &Invocation<'_>, now_ms: i64) -> Value {
    let Counts { rows_in, facts, duplicates, rejected, blocked, refused_objects, bytes } = invocation.counts;
    let mut line = json!({
        "function": invocation.function,
        "environment": invocation.environment,
        "_aws": {"Timestamp": now_ms},
    });
    let mut metrics = Vec::new();
    for (name, unit, value) in [
        ("rows_in", "Count", json!(rows_in)),
        ("facts", "Count", json!(facts)),
        ("duplicates", "Count", json!(duplicates)),
        ("rejected", "Count", json!(rejected)),
        ("blocked", "Count", json!(blocked)),
        ("refused_objects", "Count", json!(refused_objects)),
        ("bytes", "Bytes", json!(bytes)),
        ("duration_ms", "Milliseconds", json!(invocation.duration_ms)),
        ("cold_start", "Count", json!(u8::from(invocation.cold_start))),
        ("failed", "Count", json!(u8::from(invocation.failed))),
    ] {
        metrics.push(json!({"Name": name, "Unit": unit}));
        line[name] = value;
    }
    line["_aws"]["CloudWatchMetrics"] = json!([{
        "Namespace": NAMESPACE,
        "Dimensions": [["function", "environment"]],
        "Metrics": metrics,
    }]);
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_that_is_declared_has_a_value() {
        let counts = Counts { rows_in: 7, blocked: 2, ..Counts::default() };
        let line = emf(
            &Invocation {
                function: "f",
                environment: "e",
                counts,
                duration_ms: 1.5,
                cold_start: true,
                failed: false,
            },
            3,
        );
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        let metrics = directive["Metrics"].as_array().unwrap();
        assert_eq!(metrics.len(), 10);
        for metric in metrics {
            assert!(line[metric["Name"].as_str().unwrap()].is_number(), "{metric}");
        }
        for dimension in directive["Dimensions"][0].as_array().unwrap() {
            assert!(line[dimension.as_str().unwrap()].is_string(), "{dimension}");
        }
        assert_eq!(
            (&line["rows_in"], &line["blocked"], &line["cold_start"]),
            (&json!(7), &json!(2), &json!(1))
        );
        assert_eq!(line["_aws"]["Timestamp"], 3);
    }
}
