//! `estrella cost`

use std::fmt::Write;

use estrella_cost::{Estimate, GlueJob, Line, Prices, Workload, glue_month, month};
use serde::Serialize;

use crate::output::{Fit, count, grid};
use crate::{CliError, Exit, Output};

pub(crate) const ABOUT: &str = "\
Estimate what a month costs on AWS, line by line, beside the same load by an hourly job of AWS Glue.

From measured CPU, counted requests and state transitions, and a price list with a date (us-east-1, without free \
    allowances): one file an hour, facts every hour, dimensions every day, as the template deploys it. Not in it: the \
    replication of a database (DMS), queries (Athena), and what readers fetch.";

/// Estimate what a month costs on AWS
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  estrella cost --events-per-month 66600000
  estrella cost --events-per-month 66600000 --months-before 12 --glue-minutes 3
  estrella cost --events-per-month 66600000 --json")]
pub struct CostArgs {
    /// Events of a month
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=1_000_000_000_000))]
    pub events_per_month: u64,
    /// Months that are in the lake already, each with as many events
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=1200))]
    pub months_before: u32,
    /// Minutes that a run of the Glue job takes, its start not counted; Glue bills at least one
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub glue_minutes: u32,
    /// DPUs of the Glue job; two are the fewest
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub glue_dpus: u32,
    /// Print one object, with the price list
    #[arg(long)]
    pub json: bool,
}

/// What a month costs, and what it is made of.
#[derive(Debug, Clone, Serialize)]
pub struct Cost {
    /// What was asked for.
    pub workload: Workload,
    /// The bill.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// US dollars that the same month costs more with one more month in the lake.
    pub further_month_usd: f64,
    /// The Glue job.
    pub glue: Glue,
    /// The price list.
    pub prices: Prices,
}

/// The Glue job, in the place of functions and state machines.
#[derive(Debug, Clone, Serialize)]
pub struct Glue {
    /// How it runs.
    #[serde(flatten)]
    pub job: GlueJob,
    /// US dollars for its runs.
    pub job_usd: f64,
    /// US dollars with what both need: storage, requests, key, alarms.
    pub total_usd: f64,
}

pub(crate) fn run(args: &CostArgs, out: &mut Output) -> Result<Exit, CliError> {
    let prices = Prices::built_in().map_err(CliError::fault)?;
    let cost = cost(args, prices);
    if args.json {
        out.json(&cost)?
    } else {
        out.text(&text(&cost))?
    }
    Ok(Exit::Done)
}

fn cost(args: &CostArgs, prices: Prices) -> Cost {
    let workload = Workload { events_per_month: args.events_per_month, months_before: args.months_before };
    let later = Workload { months_before: workload.months_before + 1, ..workload };
    let estimate = month(&workload, &prices);
    let job = GlueJob { dpus: args.glue_dpus, seconds: f64::from(args.glue_minutes) * 60.0 };
    let job_usd = glue_month(&job, &prices);
    let glue = Glue { job, job_usd, total_usd: estimate.total_usd - estimate.compute_usd + job_usd };
    let further_month_usd = month(&later, &prices).total_usd - estimate.total_usd;
    Cost { workload, estimate, further_month_usd, glue, prices }
}

fn text(cost: &Cost) -> String {
    let Cost { estimate, glue, prices, workload, .. } = cost;
    let rows = estimate.lines.iter().map(cells);
    let total =
        vec!["total".to_owned(), String::new(), String::new(), String::new(), usd(estimate.total_usd)];
    let header = ["item", "quantity", "of", "price, USD", "USD"];
    let mut text =
        grid(Fit::Wide, &header, &["quantity", "price, USD", "USD"], rows.chain(std::iter::once(total)));
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "\n{} events a month, in a file an hour; {} months in the lake before. Each month more adds {} USD.\n\
         Glue: an hourly job of {} DPUs that takes {} min is {} USD in the place of {} for functions and state \
         machines, so {} in all.\n\
         Prices of {} for {}, without free allowances; pages and dates in --json.\n",
        count(workload.events_per_month),
        workload.months_before,
        usd(cost.further_month_usd),
        glue.job.dpus,
        glue.job.seconds / 60.0,
        usd(glue.job_usd),
        usd(estimate.compute_usd),
        usd(glue.total_usd),
        prices.as_of,
        prices.region,
    );
    text
}

fn cells(line: &Line) -> Vec<String> {
    // A fraction is shown where it is most of the quantity.
    let quantity = match line.quantity {
        small if small < 100.0 => format!("{small:.2}"),
        large => count(large.round() as u64),
    };
    let price = match line.price_per {
        1 => line.price_usd.to_string(),
        per => format!("{} per {}", line.price_usd, count(per)),
    };
    vec![line.item.to_owned(), quantity, line.unit.clone(), price, usd(line.usd)]
}

fn usd(usd: f64) -> String {
    format!("{usd:.2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(events_per_month: u64, glue_minutes: u32) -> Cost {
        let args = CostArgs { events_per_month, months_before: 0, glue_minutes, glue_dpus: 2, json: false };
        cost(&args, Prices::built_in().unwrap())
    }

    #[test]
    fn a_glue_job_takes_the_place_of_what_computes() {
        let cost = of(66_600_000, 3);
        let rest: f64 = cost.estimate.lines.iter().filter(|line| !line.is_compute).map(|line| line.usd).sum();
        assert!((cost.glue.total_usd - rest - 3.0 * of(1, 1).glue.job_usd).abs() < 1e-9);
        assert!(cost.further_month_usd > 0.0);
    }

    #[test]
    fn every_line_and_the_date_are_shown() {
        let cost = of(66_600_000, 1);
        let text = text(&cost);
        for line in &cost.estimate.lines {
            assert!(text.contains(line.item), "{text}");
        }
        assert!(text.contains(&cost.prices.as_of) && text.contains("66,600,000 events"), "{text}");
        assert!(text.contains(&usd(cost.estimate.total_usd)), "{text}");
    }
}
