//! Eight quiet weeks of a shop, and eight in which things go wrong: what is told, how late, and what is told of nothing.
//!
//! Seeds may be named as arguments. It fails if something is not seen within two hours, is told more than once, or if
//! anything is told of nothing.

#![allow(clippy::print_stdout, reason = "what it finds is for people")]
#![allow(clippy::unwrap_used, reason = "laws of chance with constant parameters")]

mod incident;
mod judge;
mod run;
mod shop;

use std::process::ExitCode;

use estrella_drift::{format_hour, message};
use incident::{Injected, Kind};
use run::{Plan, START};
use shop::{Shop, Size};

const SEEDS: [u64; 3] = [1, 2, 3];
const SIZE: Size = Size { categories: 60, products: 40, brands: 300, sessions: 500.0 };
const QUIET_WEEKS: i64 = 8;
const WEEKS: i64 = 8;
const DAY: i64 = 24;
const WEEK: i64 = 7 * DAY;

/// Things go wrong one after the other, each at some hour of its week.
fn plan(seed: u64) -> Plan {
    let mut random = Shop::new(SIZE, seed ^ 0x5eed);
    let first = START + QUIET_WEEKS * WEEK;
    let mut at = |week: i64, kind: Kind| {
        let from = first + week * WEEK + random.below(5 * DAY);
        // One of the greatest three: of the others an hour of the night may have no row at all.
        Injected { kind, from, category: random.below(3) as usize }
    };
    let sale = Injected { kind: Kind::BlackFriday, from: first + 6 * WEEK + 4 * DAY, category: 0 };
    let injected = vec![
        at(0, Kind::Outage),
        at(1, Kind::PriceBug),
        at(2, Kind::CartLost),
        at(3, Kind::Bot),
        at(5, Kind::BrandFlood),
        sale,
    ];
    Plan { size: SIZE, seed, quiet_weeks: QUIET_WEEKS, weeks: WEEKS, inflation: 0.05, injected }
}

fn main() -> ExitCode {
    let named: Vec<u64> = std::env::args().skip(1).filter_map(|seed| seed.parse().ok()).collect();
    let is_verbose = std::env::args().any(|arg| arg == "--messages");
    let seeds = if named.is_empty() { SEEDS.to_vec() } else { named };
    let plans: Vec<Plan> = seeds.into_iter().map(plan).collect();
    let mut is_good = true;
    for pair in plans.chunks(2) {
        let outcomes = std::thread::scope(|scope| {
            let runs: Vec<_> = pair.iter().map(|plan| scope.spawn(|| plan.run())).collect();
            runs.into_iter().map(|run| run.join().unwrap()).collect::<Vec<_>>()
        });
        for (plan, outcome) in pair.iter().zip(outcomes) {
            is_good &= report(plan, &outcome, is_verbose);
        }
    }
    println!("{}", if is_good { "all goals are met" } else { "NOT all goals are met" });
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn report(plan: &Plan, outcome: &run::Outcome, is_verbose: bool) -> bool {
    let (lines, of_nothing) = judge::judge(plan, outcome);
    println!(
        "seed {}: {} events, {}-{} results an hour, state {} KiB",
        plan.seed,
        outcome.events,
        outcome.results.0,
        outcome.results.1,
        outcome.state_bytes / 1024
    );
    println!(
        "  {:<30} {:<21} {:<21} {:>7} {:>8}  recovery",
        "incident", "from", "seen at", "delay h", "messages"
    );
    for line in &lines {
        let injected = &line.injected;
        let seen = line.delay.map_or("-".to_owned(), |delay| format_hour(injected.from + delay));
        let recoveries: Vec<String> =
            line.recoveries.iter().map(|hours| format!("{hours} h after its end")).collect();
        println!(
            "  {:<30} {:<21} {:<21} {:>7} {:>8}  {}{}",
            injected.kind.name(),
            format_hour(injected.from),
            seen,
            line.delay.map_or("-".to_owned(), |delay| delay.to_string()),
            line.messages,
            recoveries.join(", "),
            if line.is_good() { "" } else { "  <-- MISSED" }
        );
    }
    let of_prices = |told: &&&run::Told| told.notice.incident.fingerprint.contains("price");
    println!(
        "  {:<30} {:<21} {:<21} {:>7} {:>8}",
        format!("prices rise {:.0} % a week", plan.inflation * 100.0),
        format_hour(plan.first_spoilt()),
        "-",
        "-",
        of_nothing.iter().filter(of_prices).count()
    );
    let quiet = of_nothing.iter().filter(|told| told.hour < plan.first_spoilt()).count();
    println!(
        "  false messages: {} in {} weeks, {quiet} in the {} weeks before them\n",
        of_nothing.len() - quiet,
        plan.weeks,
        plan.quiet_weeks
    );
    for told in &of_nothing {
        let worst = &told.notice.incident.worst[0];
        println!(
            "  FALSE {} {}: p {:.1e}, effect {:.2}",
            format_hour(told.hour),
            told.notice.kind.as_str(),
            worst.p_adjusted,
            worst.effect
        );
        println!("        {}", message(&told.notice, &estrella_drift::Place::default()).subject);
    }
    if is_verbose {
        outcome.told.iter().for_each(|told| {
            let place = estrella_drift::Place { lake: "lake".to_owned(), ..Default::default() };
            let message = message(&told.notice, &place);
            println!("---- {}\n{}", message.subject, message.body);
        });
    }
    of_nothing.len() == quiet && lines.iter().all(judge::Line::is_good)
}
