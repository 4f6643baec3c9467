//! What the user can ask for.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::builder::ArgPredicate;

use super::incident::Incident;

/// Write realistic synthetic shop events, one gzip CSV per day
#[derive(clap::Args, Debug, Clone)]
pub struct GenerateArgs {
    /// Rows over all files, duplicates included
    // With --oltp there are no files: the value is then never read.
    #[arg(
        long,
        value_name = "N",
        required = false,
        required_unless_present = "oltp",
        conflicts_with = "oltp"
    )]
    #[arg(default_value_if("oltp", ArgPredicate::IsPresent, "1"))]
    pub rows: u64,

    /// Seed: the same arguments give the same bytes, or the same statements
    #[arg(long, value_name = "S", default_value_t = 42)]
    pub seed: u64,

    /// Folder for the files, created when missing
    #[arg(
        long,
        value_name = "DIR",
        required = false,
        required_unless_present = "oltp",
        conflicts_with = "oltp"
    )]
    #[arg(default_value_if("oltp", ArgPredicate::IsPresent, "."))]
    pub out: PathBuf,

    /// First day, YYYY-MM-DD
    #[arg(long, value_name = "DATE", conflicts_with = "oltp", default_value = "2019-10-01")]
    pub start: NaiveDate,

    /// Days from the first one; a day that gets no rows gets no file
    #[arg(long, value_name = "D", conflicts_with = "oltp", default_value_t = 30)]
    pub days: u32,

    /// Share of the shoppers' rows that repeat another row exactly, 0 to 0.5
    #[arg(long, value_name = "RATE", conflicts_with = "oltp", default_value_t = 0.001)]
    pub duplicates: f64,

    /// Something that goes wrong on one day, may be repeated: outage:DATE:HH-HH (no events from hour HH to
    /// before hour HH, UTC), `price-bug:DATE[:FACTOR]`, `brand-flood:DATE[:SHARE]` or `bot:DATE[:EVENTS]`
    #[arg(long = "incident", value_name = "SPEC", conflicts_with = "oltp")]
    pub incidents: Vec<Incident>,
}
