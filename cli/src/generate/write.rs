//! One day's file: CSV lines, compressed, and given its name when complete.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::NaiveDate;
use flate2::{Compression, GzBuilder};
use uuid::fmt::Hyphenated;

use super::day::{Day, Event, Kind};
use super::plan::DayPlan;
use super::{Shop, prices};

const HEADER: &[u8] =
    b"event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n";
/// gzip's own default, so that the files are as large and as costly to read as those a shop would send. With
/// zlib-rs a row costs about 1.9 us at this level, 1.6 at level 4, and 0.9 at level 1, whose files are half as
/// large again.
const LEVEL: u32 = 6;
/// Lines gathered before they are compressed, in bytes.
const CHUNK_BYTES: usize = 256 << 10;
const WRITE_BUFFER_BYTES: usize = 256 << 10;

/// A finished file.
#[derive(Debug, Clone)]
pub(super) struct DayFile {
    pub(super) date: NaiveDate,
    pub(super) path: PathBuf,
    pub(super) rows: u64,
    pub(super) zero_prices: u64,
    /// Compressed size.
    pub(super) bytes: u64,
}

/// Writes `events-YYYY-MM-DD.csv.gz` into `folder`. The file appears under its name whole or not at all; what a
/// crash leaves has the same hidden name each time, so the next run writes over it.
pub(super) fn write(folder: &Path, shop: &Shop, plan: &DayPlan, day: &Day) -> anyhow::Result<DayFile> {
    let name = format!("events-{}.csv.gz", plan.date);
    let (path, partial) = (folder.join(&name), folder.join(format!(".{name}.partial")));
    let mut lines = Lines::new(shop, plan, day);
    let bytes = compress(&partial, &mut lines, day)
        .and_then(|bytes| fs::rename(&partial, &path).map(|()| bytes))
        .inspect_err(|_| {
            // The error in hand says more than one about tidying up after it.
            let _ = fs::remove_file(&partial);
        })
        .with_context(|| format!("cannot write {}", path.display()))?;
    let rows = day.events.len() as u64;
    Ok(DayFile { date: plan.date, path, rows, zero_prices: lines.zero_prices, bytes })
}

fn compress(path: &Path, lines: &mut Lines<'_>, day: &Day) -> io::Result<u64> {
    let file = BufWriter::with_capacity(WRITE_BUFFER_BYTES, File::create(path)?);
    // No time stamp: the bytes depend on the arguments alone.
    let mut gzip = GzBuilder::new().mtime(0).write(file, Compression::new(LEVEL));
    gzip.write_all(HEADER)?;
    for event in &day.events {
        lines.push(event);
        if lines.buffer.len() >= CHUNK_BYTES {
            gzip.write_all(&lines.buffer)?;
            lines.buffer.clear();
        }
    }
    gzip.write_all(&lines.buffer)?;
    let file = gzip.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok(file.metadata()?.len())
}

/// Turns events into lines, without allocating for each.
struct Lines<'a> {
    shop: &'a Shop,
    day: &'a Day,
    cents: Vec<u64>,
    /// The brand of a flood: no coined or known name has a digit, so no other day has it.
    new_brand: String,
    /// `YYYY-MM-DD HH:MM:SS UTC,` of `second`: many events share their second.
    time: Vec<u8>,
    second: u32,
    zero_prices: u64,
    buffer: Vec<u8>,
}

impl<'a> Lines<'a> {
    fn new(shop: &'a Shop, plan: &DayPlan, day: &'a Day) -> Self {
        Self {
            shop,
            day,
            cents: prices::of_day(shop, plan),
            new_brand: format!("nova-{}", plan.date.format("%Y%m%d")),
            time: format!("{} 00:00:00 UTC,", plan.date).into_bytes(),
            second: 0,
            zero_prices: 0,
            buffer: Vec::with_capacity(CHUNK_BYTES + 1_024),
        }
    }

    fn push(&mut self, event: &Event) {
        if event.second != self.second {
            self.set_time(event.second);
        }
        let (session, catalogue) = (&self.day.sessions[event.session as usize], &self.shop.catalogue);
        let cents = if event.zero_price { 0 } else { self.cents[event.product as usize] };
        self.zero_prices += u64::from(cents == 0);

        let line = &mut self.buffer;
        line.extend_from_slice(&self.time);
        line.extend_from_slice(match event.kind {
            Kind::View => b"view",
            Kind::Cart => b"cart",
            Kind::RemoveFromCart => b"remove_from_cart",
            Kind::Purchase => b"purchase",
        });
        line.extend_from_slice(catalogue.ids(event.product));
        line.extend_from_slice(match event.flooded {
            true => self.new_brand.as_bytes(),
            false => catalogue.brand(event.product),
        });
        line.push(b',');
        push_number(line, cents / 100);
        line.push(b'.');
        line.extend_from_slice(&two_digits((cents % 100) as u32));
        line.push(b',');
        push_number(line, session.user.into());
        line.push(b',');
        if !event.no_session {
            let mut text = [0; Hyphenated::LENGTH];
            line.extend_from_slice(session.id.hyphenated().encode_lower(&mut text).as_bytes());
        }
        line.push(b'\n');
    }

    fn set_time(&mut self, second: u32) {
        let start = self.time.len() - "HH:MM:SS UTC,".len();
        for (place, value) in [second / 3_600, second / 60 % 60, second % 60].into_iter().enumerate() {
            self.time[start + 3 * place..][..2].copy_from_slice(&two_digits(value));
        }
        self.second = second;
    }
}

/// The decimal digits of a number below 100.
fn two_digits(number: u32) -> [u8; 2] {
    [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]
}

/// Appends a number in decimal: formatting through `write!` costs several times as much, twice a row.
fn push_number(line: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    line.extend_from_slice(&digits[start..]);
}
