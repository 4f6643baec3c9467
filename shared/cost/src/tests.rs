//! The model is held to the definitions that are deployed.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::usage::{self, Stage};
use crate::{GlueJob, Prices, Workload, glue_month, month};

const TEMPLATE: &str = include_str!("../../../infra/template.yaml");
const FACTS: &str = include_str!("../../../infra/facts.asl.json");
const DIMS: &str = include_str!("../../../infra/dims.asl.json");
const WINDOW: &str = include_str!("../../../infra/window.asl.json");

/// The workload that the promise is about.
const USUAL: Workload = Workload { events_per_month: 66_600_000, months_before: 0 };

/// Transitions from start to end: a state each, one for the start, and one for each turn of a map. Of choices `taken` are
/// the ways that an ordinary run takes, the others take their default.
fn transitions(machine: &Value, taken: &[&str]) -> u64 {
    let mut at = machine["StartAt"].as_str().unwrap();
    let mut count = 1;
    loop {
        let state = &machine["States"][at];
        count += 1;
        if state["Type"] == "Map" {
            count += transitions(&state["ItemProcessor"], taken);
        }
        if state["End"] == true || state["Type"] == "Succeed" {
            return count;
        }
        assert_ne!(state["Type"], "Fail", "an ordinary run does not fail: {at}");
        let ways = state["Choices"].as_array().into_iter().flatten().map(|choice| &choice["Next"]);
        let way = ways.filter_map(Value::as_str).find(|next| taken.contains(next));
        at = way.or(state["Next"].as_str()).or(state["Default"].as_str()).unwrap();
    }
}

#[test]
fn transitions_are_those_of_the_machines() {
    let machine = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(transitions(&machine(FACTS), &["PublishResult"]), usage::FACTS_TRANSITIONS);
    assert_eq!(transitions(&machine(DIMS), &[]), usage::DIMS_TRANSITIONS);
    assert_eq!(transitions(&machine(WINDOW), &[]), usage::WINDOW_TRANSITIONS);
}

/// The part of the template that defines one resource or parameter.
fn part(name: &str) -> &'static str {
    let (_, after) = TEMPLATE.split_once(&format!("\n  {name}:")).unwrap_or_else(|| panic!("no {name}"));
    let ends = after.match_indices("\n  ").find(|(at, _)| !after[at + 3..].starts_with([' ', '#']));
    &after[..ends.map_or(after.len(), |(at, _)| at)]
}

fn number_after(text: &str, word: &str) -> Option<u32> {
    let (_, after) = text.split_once(word)?;
    after.trim_start().split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[test]
fn sizes_are_those_of_the_functions() {
    let resource = |name: &str| -> String {
        name.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
    };
    for Stage { name, memory_mib, disk_mib, .. } in
        usage::HOURLY.iter().chain(&usage::DAILY).chain([&usage::EXTRACT])
    {
        let function = part(&resource(name));
        assert!(function.contains("AWS::Serverless::Function"), "{name}");
        let memory = match function.split_once("MemorySize: !Ref ") {
            Some((_, parameter)) => number_after(part(parameter.lines().next().unwrap()), "Default:"),
            None => number_after(function, "MemorySize:").or(number_after(part_of_globals(), "MemorySize:")),
        };
        assert_eq!(memory, Some(*memory_mib), "memory of {name}");
        let disk = number_after(function, "EphemeralStorage: { Size:").unwrap_or(512);
        assert_eq!(disk, *disk_mib, "disk of {name}");
    }
    assert!(part_of_globals().contains("Architectures: [arm64]"));
}

fn part_of_globals() -> &'static str {
    TEMPLATE.split_once("\nGlobals:").unwrap().1.split_once("\nResources:").unwrap().0
}

#[test]
fn what_stands_idle_is_counted() {
    let of_type = |kind: &str| TEMPLATE.matches(&format!("Type: {kind}\n")).count() as u64;
    // Without those that only a replicated database has.
    let conditional =
        TEMPLATE.matches("Type: AWS::CloudWatch::Alarm\n    Condition: Replicated").count() as u64;
    assert_eq!(of_type("AWS::CloudWatch::Alarm") - conditional, usage::ALARMS);
    for (kind, count) in [
        ("AWS::CloudWatch::Dashboard", 1),
        ("AWS::KMS::Key", 1),
        ("AWS::SecretsManager::Secret", 1),
        ("AWS::Scheduler::Schedule", 2),
    ] {
        assert_eq!(of_type(kind), count, "{kind}");
    }
    let schedules: BTreeSet<&str> =
        TEMPLATE.lines().filter_map(|line| line.trim().strip_prefix("ScheduleExpression: ")).collect();
    assert_eq!(schedules, BTreeSet::from(["cron(10 * * * ? *)", "cron(20 3 * * ? *)"]), "hourly and daily");
    let snapshot_days = number_after(part("KeepSnapshotDays"), "Default:").map(f64::from);
    assert_eq!(snapshot_days, Some(usage::SNAPSHOT_DAYS));
    let old_days = number_after(TEMPLATE, "NoncurrentVersionExpiration: { NoncurrentDays:").map(f64::from);
    assert_eq!(old_days, Some(usage::OLD_VERSION_DAYS));
}

#[test]
fn the_usual_month_costs_less_than_promised() {
    let estimate = month(&USUAL, &Prices::built_in().unwrap());
    assert!(estimate.total_usd < 12.0, "{estimate:#?}");
    let sum: f64 = estimate.lines.iter().map(|line| line.usd).sum();
    assert!((sum - estimate.total_usd).abs() < 1e-9);
    for line in &estimate.lines {
        let usd = line.quantity * line.price_usd / line.price_per as f64;
        assert!(line.usd > 0.0 && (usd - line.usd).abs() < 1e-9, "{line:?}");
    }
}

#[test]
fn more_events_and_a_longer_history_cost_more() {
    let prices = Prices::built_in().unwrap();
    let total = |events_per_month, months_before| {
        month(&Workload { events_per_month, months_before }, &prices).total_usd
    };
    assert!(total(666_000_000, 0) > total(66_600_000, 0));
    assert!(total(66_600_000, 12) > total(66_600_000, 0));
    // What stands idle is paid for without one event.
    assert!(total(0, 0) > 5.0);
}

#[test]
fn glue_bills_a_minute_and_two_dpus_at_least() {
    let prices = Prices::built_in().unwrap();
    let usd = |dpus, seconds| glue_month(&GlueJob { dpus, seconds }, &prices);
    // 730 runs of two DPUs for a minute at 0.44 an hour.
    assert!((usd(1, 5.0) - 10.706_666).abs() < 1e-3);
    assert_eq!(usd(1, 5.0), glue_month(&GlueJob::default(), &prices));
    assert!((usd(4, 120.0) / usd(2, 60.0) - 4.0).abs() < 1e-9);
}

#[test]
fn prices_have_a_page_and_a_unit() {
    let text = include_str!("prices.toml");
    let list: toml::Table = toml::from_str(text).unwrap();
    let prices: Vec<_> = list.values().filter_map(toml::Value::as_table).collect();
    assert_eq!(prices.len(), 19);
    for price in prices {
        assert!(price["page"].as_str().unwrap().starts_with("https://aws.amazon.com/"), "{price:?}");
        assert!(
            price["usd"].as_float().unwrap() > 0.0 && price["per"].as_integer().unwrap() > 0,
            "{price:?}"
        );
    }
    assert!(Prices::parse(&text.replace("usd = 0.44", "euro = 0.44")).is_err());
    assert!(Prices::parse(&text.replace("[trace]", "[traces]")).is_err());
}
