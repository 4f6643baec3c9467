//! Metrics in CloudWatch's embedded metric format: a log line that CloudWatch reads numbers from.
//!
//! Format: AWS, "Specification: Embedded metric format", version of 2021.

use std::io::Write;

use serde_json::{Value, json};

use crate::{Counts, Deps};

/// Namespace of all metrics.
const NAMESPACE: &str = "Estrella";

/// Which figures of which function are metrics: those that an alarm or the dashboard shows. CloudWatch bills each for the
/// hour in which it comes, looked at or not; the others stand in the line, where the logs find them.
const PUBLISHED: [(&str, &[&str]); 2] = [
    ("extract", &["rows_in", "bytes", "refused_objects"]),
    ("load-facts", &["rows_in", "facts", "duplicates", "rejected", "blocked"]),
];

/// One call of a function.
pub(super) struct Call {
    pub(super) function: &'static str,
    pub(super) request_id: String,
    pub(super) execution: Option<String>,
    pub(super) cold_start: bool,
}

/// What it came to.
pub(super) struct Invocation<'a> {
    pub(super) call: &'a Call,
    pub(super) environment: &'a str,
    pub(super) counts: Counts,
    pub(super) duration_ms: f64,
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
    let Call { function, request_id, execution, cold_start } = invocation.call;
    let mut line = json!({
        "function": function,
        "environment": invocation.environment,
        "request_id": request_id,
        "execution": execution,
        "duration_ms": invocation.duration_ms,
        "cold_start": u8::from(*cold_start),
        "failed": u8::from(invocation.failed),
    });
    let published = PUBLISHED.iter().find(|(of, _)| of == function).map_or(&[][..], |(_, names)| names);
    let mut metrics = Vec::new();
    for (name, unit, value) in [
        ("rows_in", "Count", json!(rows_in)),
        ("facts", "Count", json!(facts)),
        ("duplicates", "Count", json!(duplicates)),
        ("rejected", "Count", json!(rejected)),
        ("blocked", "Count", json!(blocked)),
        ("refused_objects", "Count", json!(refused_objects)),
        ("bytes", "Bytes", json!(bytes)),
    ] {
        // Nothing is no event: alarms and sums take what is missing for zero.
        if published.contains(&name) && value != 0 {
            metrics.push(json!({"Name": name, "Unit": unit}));
        }
        line[name] = value;
    }
    if !metrics.is_empty() {
        let directive = json!({
            "Namespace": NAMESPACE,
            "Dimensions": [["function", "environment"]],
            "Metrics": metrics,
        });
        line["_aws"] = json!({"Timestamp": now_ms, "CloudWatchMetrics": [directive]});
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(function: &'static str, counts: Counts) -> Value {
        let call = Call { function, request_id: "r".into(), execution: Some("x".into()), cold_start: true };
        emf(&Invocation { call: &call, environment: "e", counts, duration_ms: 1.5, failed: false }, 3)
    }

    fn metrics(line: &Value) -> Vec<&str> {
        let metrics = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap().iter();
        metrics.map(|metric| metric["Name"].as_str().unwrap()).collect()
    }

    #[test]
    fn every_metric_that_is_declared_has_a_value() {
        let line = line("load-facts", Counts { rows_in: 7, blocked: 2, ..Counts::default() });
        assert_eq!(metrics(&line), ["rows_in", "blocked"], "what is not nothing");
        for name in metrics(&line) {
            assert!(line[name].is_number(), "{name}");
        }
        for dimension in line["_aws"]["CloudWatchMetrics"][0]["Dimensions"][0].as_array().unwrap() {
            assert!(line[dimension.as_str().unwrap()].is_string(), "{dimension}");
        }
        assert_eq!(
            (&line["rows_in"], &line["facts"], &line["cold_start"]),
            (&json!(7), &json!(0), &json!(1))
        );
        assert_eq!((&line["_aws"]["Timestamp"], &line["execution"]), (&json!(3), &json!("x")));
    }

    #[test]
    fn figures_that_nothing_shows_are_no_metrics() {
        let line = line("clean", Counts { rows_in: 7, duplicates: 1, ..Counts::default() });
        assert_eq!(line["_aws"], Value::Null, "{line}");
        assert_eq!(line["rows_in"], 7, "the logs have it");
    }
}
