//! What the user can ask for.

use std::path::PathBuf;

use chrono::NaiveDate;

use super::incident::Incident;

/// Write realistic synthetic shop events, one gzip CSV per day
#[derive(clap::Args, Debug, Clone)]
pub struct GenerateArgs {
    /// Rows over all files, duplicates included
    #[arg(long, value_name = "N")]
    pub rows: u64,

    /// Seed: the same arguments give the same bytes
    #[arg(long, value_name = "S", default_value_t = 42)]
    pub seed: u64,

    /// Folder for the files, created when missing
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,

    /// First day, YYYY-MM-DD
    #[arg(long, value_name = "DATE", default_value = "2019-10-01")]
    pub start: NaiveDate,

    /// Days from the first one; a day that gets no rows gets no file
    #[arg(long, value_name = "D", default_value_t = 30)]
    pub days: u32,

    /// Share of the shoppers' rows that repeat another row exactly, 0 to 0.5
    #[arg(long, value_name = "RATE", default_value_t = 0.001)]
    pub duplicates: f64,

    /// Something that goes wrong on one day, may be repeated: outage:DATE:HH-HH (no events from hour HH to
    /// before hour HH, UTC), `price-bug:DATE[:FACTOR]`, `brand-flood:DATE[:SHARE]` or `bot:DATE[:EVENTS]`
    #[arg(long = "incident", value_name = "SPEC")]
    pub incidents: Vec<Incident>,
}
