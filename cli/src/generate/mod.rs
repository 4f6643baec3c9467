//! Synthetic shop events with the profile of the public REES46 "eCommerce behavior data".
//!
//! One gzip CSV per day, the same bytes for the same arguments: every random draw comes from a stream
//! keyed by the seed and by what it is for (see `sampling`), never from a generator that threads share.
//! The bytes also rest on the platform's `exp` and on 64-bit `SmallRng`, so compare them on one platform.

mod args;
mod catalogue;
mod categories;
mod day;
mod incident;
mod names;
mod plan;
mod prices;
mod sampling;
mod session;
#[cfg(test)]
mod tests;
mod users;
mod write;

use std::num::NonZero;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, panic, thread};

use anyhow::Context;
use serde::Serialize;

pub use args::GenerateArgs;
pub use incident::{Incident, IncidentError};

use catalogue::Catalogue;
use day::Day;
use plan::DayPlan;
use users::Users;
use write::DayFile;

/// What a run wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Rows over all files, without the header lines.
    pub rows: u64,
    /// The files, by date.
    pub files: Vec<PathBuf>,
    /// Rows that repeat another row in all columns; part of `rows`.
    pub duplicates: u64,
    /// Rows with the price 0.00; part of `rows`.
    pub zero_prices: u64,
    /// Compressed size of the files in bytes.
    pub bytes: u64,
}

/// Everything that stays the same from day to day.
struct Shop {
    seed: u64,
    catalogue: Catalogue,
    users: Users,
}

/// Writes the events that `args` ask for, on as many threads as the machine offers.
///
/// # Errors
/// When an argument is out of its range, when the incidents leave no room for the rows, or when a file
/// cannot be written. Files finished before an error stay; none is ever left half written.
pub fn generate(args: &GenerateArgs) -> anyhow::Result<Report> {
    generate_on(args, thread::available_parallelism().map_or(1, NonZero::get))
}

fn generate_on(args: &GenerateArgs, threads: usize) -> anyhow::Result<Report> {
    let plans = plan::plan(args)?;
    let shop = Shop {
        seed: args.seed,
        catalogue: Catalogue::new(args.rows, args.seed)?,
        users: Users::new(args.rows, args.seed)?,
    };
    fs::create_dir_all(&args.out).with_context(|| format!("cannot create {}", args.out.display()))?;

    let next = AtomicUsize::new(0);
    let work = || -> anyhow::Result<Vec<DayFile>> {
        let mut written = Vec::new();
        while let Some(plan) = plans.get(next.fetch_add(1, Ordering::Relaxed)) {
            let file = write_day(&shop, plan, args);
            if file.is_err() {
                // The run has failed: let the other workers finish their day and stop.
                next.store(plans.len(), Ordering::Relaxed);
            }
            written.push(file?);
        }
        Ok(written)
    };
    let results: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.clamp(1, plans.len().max(1))).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|w| w.join().unwrap_or_else(|cause| panic::resume_unwind(cause))).collect()
    });
    let mut files: Vec<DayFile> = results.into_iter().collect::<anyhow::Result<Vec<_>>>()?.concat();
    files.sort_by_key(|file| file.date);
    Ok(report(files, &plans))
}

fn write_day(shop: &Shop, plan: &DayPlan, args: &GenerateArgs) -> anyhow::Result<DayFile> {
    let day = Day::new(shop, plan)?;
    write::write(&args.out, shop, plan, &day)
}

fn report(files: Vec<DayFile>, plans: &[DayPlan]) -> Report {
    Report {
        rows: files.iter().map(|file| file.rows).sum(),
        duplicates: plans.iter().map(|plan| plan.duplicates as u64).sum(),
        zero_prices: files.iter().map(|file| file.zero_prices).sum(),
        bytes: files.iter().map(|file| file.bytes).sum(),
        files: files.into_iter().map(|file| file.path).collect(),
    }
}
