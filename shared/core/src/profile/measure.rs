//! From rows to their profile, in one pass.

use std::ops::Range;

use hashbrown::HashMap;
use xxhash_rust::xxh3::xxh3_64;

use super::histogram::bucket_of;
use super::{Distinct, HourProfile, Profile, Segment};
use crate::event::{EventColumns, EventType, MICROS_PER_DAY, MICROS_PER_HOUR, Text};

const MICROS_PER_SECOND: i64 = 1_000_000;
/// Bits of a bucket and of a type in the key by which the rows of an hour are counted.
const BUCKET_BITS: u32 = 10;
const TYPE_BITS: u32 = 2;

/// A text column as numbers: each different text has one, in the order of its first row.
struct Numbered {
    of_row: Vec<u32>,
    hashes: Vec<u64>,
    first_row: Vec<u32>,
}

impl Numbered {
    /// By the 64-bit hash of the texts; two of a million that share one are a chance in 10^7.
    fn of(texts: &Text, rows: usize) -> Self {
        let mut numbers = HashMap::new();
        let (mut hashes, mut first_row) = (Vec::new(), Vec::new());
        let of_row = (0..rows).map(|row| {
            let hash = xxh3_64(texts.get(row));
            *numbers.entry(hash).or_insert_with(|| {
                hashes.push(hash);
                first_row.push(row as u32);
                hashes.len() as u32 - 1
            })
        });
        let of_row = of_row.collect();
        Self { of_row, hashes, first_row }
    }

    fn len(&self) -> usize {
        self.hashes.len()
    }

    /// The text of a number.
    fn text<'t>(&self, number: usize, texts: &'t Text) -> &'t [u8] {
        texts.get(self.first_row[number] as usize)
    }

    /// The number of the empty text, which stands for null.
    fn empty(&self, texts: &Text) -> Option<u32> {
        (0..self.len()).find(|number| self.text(*number, texts).is_empty()).map(|number| number as u32)
    }

    /// The different texts but the empty one, counted.
    fn distinct(&self, empty: Option<u32>) -> Distinct {
        let hashes = (0..).zip(&self.hashes).filter(|(number, _)| Some(*number) != empty);
        Distinct::of_distinct_hashes(hashes.map(|(_, hash)| *hash))
    }
}

/// What an hour holds of a session so far.
#[derive(Clone, Copy, Default)]
struct Visit {
    counts: [u32; EventType::ALL.len()],
    first: i64,
    last: i64,
}

/// Measures rows, in any order.
pub(super) fn measure(rows: &EventColumns) -> Profile {
    let mut runs = runs_of_hours(rows);
    let hour_of_run = |run: &Range<usize>| hour_of(rows.event_time[run.start]);
    if !runs.is_sorted_by(|a, b| hour_of_run(a) < hour_of_run(b)) {
        // A session that an hour holds in two places is one. Row groups are sorted, so this is rare.
        runs.sort_by_key(hour_of_run);
        let mut sorted = EventColumns::default();
        runs.into_iter().for_each(|run| sorted.extend(rows, run));
        return measure(&sorted);
    }
    let sessions = Numbered::of(&rows.session, rows.len());
    let categories = Numbered::of(&rows.category_code, rows.len());
    let brands = Numbered::of(&rows.brand, rows.len());
    let no_category = categories.empty(&rows.category_code);
    let no_brand = brands.empty(&rows.brand);
    let mut pass = Pass {
        rows,
        visits: vec![Visit::default(); sessions.len()],
        brand_rows: vec![0; brands.len()],
        segments: vec![Segment::default(); categories.len()],
        keys: Vec::new(),
        met: Vec::new(),
        sessions,
        categories,
        brands,
        no_category,
        no_brand,
    };
    let hours = runs.into_iter().map(|run| (hour_of(rows.event_time[run.start]), pass.hour(run))).collect();
    Profile {
        hours,
        users: Distinct::of_longs(pass.users()),
        products: Distinct::of_longs(rows.product_id.iter().copied()),
        sessions: pass.sessions.distinct(None),
        brands: pass.brands.distinct(pass.no_brand),
        category_codes: pass.categories.distinct(pass.no_category),
    }
}

/// The rows by the hour that they share with their neighbours.
fn runs_of_hours(rows: &EventColumns) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = 0;
    for run in rows.event_time.chunk_by(|a, b| hour_of(*a) == hour_of(*b)) {
        runs.push(start..start + run.len());
        start += run.len();
    }
    runs
}

fn hour_of(time: i64) -> u8 {
    (time.rem_euclid(MICROS_PER_DAY) / MICROS_PER_HOUR) as u8
}

/// The rows, and room to count an hour in, which is empty between two hours.
struct Pass<'r> {
    rows: &'r EventColumns,
    sessions: Numbered,
    categories: Numbered,
    brands: Numbered,
    no_category: Option<u32>,
    no_brand: Option<u32>,
    visits: Vec<Visit>,
    brand_rows: Vec<u32>,
    segments: Vec<Segment>,
    keys: Vec<u32>,
    met: Vec<u32>,
}

impl Pass<'_> {
    /// The users: one of each session, and who else has rows in it.
    fn users(&self) -> impl Iterator<Item = i64> {
        let (sessions, users) = (&self.sessions, &self.rows.user_id);
        sessions.of_row.iter().zip(users).enumerate().filter_map(|(row, (session, user))| {
            let first = sessions.first_row[*session as usize] as usize;
            (first == row || users[first] != *user).then_some(*user)
        })
    }

    fn hour(&mut self, range: Range<usize>) -> HourProfile {
        let rows = self.rows;
        let mut hour = HourProfile { rows: range.len() as u64, ..HourProfile::default() };
        for row in range.clone() {
            let (kind, cents) = (rows.event_type[row], rows.price_cents[row]);
            let category = self.categories.of_row[row];
            let bucket = bucket_of(cents) as u32;
            self.keys.push((category << TYPE_BITS | kind as u32) << BUCKET_BITS | bucket);
            self.segments[category as usize].prices.add(cents);
            if kind == EventType::Purchase {
                hour.purchases_cents += i128::from(cents);
            }
        }
        hour.null_category_ids =
            rows.category_id[range.clone()].iter().filter(|id| id.is_none()).count() as u64;
        self.categories_of(&mut hour);
        self.brands_of(range.clone(), &mut hour);
        self.sessions_of(range, &mut hour);
        hour
    }

    /// Sorted, equal keys are neighbours: that is cheaper than a histogram per category.
    fn categories_of(&mut self, hour: &mut HourProfile) {
        self.keys.sort_unstable();
        for run in self.keys.chunk_by(|a, b| a == b) {
            let (key, count) = (run[0], run.len() as u64);
            let kind = (key >> BUCKET_BITS) as usize & (EventType::ALL.len() - 1);
            let segment = &mut self.segments[(key >> (BUCKET_BITS + TYPE_BITS)) as usize];
            segment.event_types[kind] += count;
            segment.prices.histogram.add((key & ((1 << BUCKET_BITS) - 1)) as i32, count);
        }
        let mut last = None;
        for key in self.keys.drain(..) {
            let category = key >> (BUCKET_BITS + TYPE_BITS);
            if last.replace(category) == Some(category) {
                continue;
            }
            let segment = std::mem::take(&mut self.segments[category as usize]);
            for (all, one) in hour.event_types.iter_mut().zip(segment.event_types) {
                *all += one;
            }
            hour.prices.merge(&segment.prices);
            if Some(category) == self.no_category {
                hour.null_category_codes = segment.rows();
            }
            let name = self.categories.text(category as usize, &self.rows.category_code);
            hour.categories.insert(String::from_utf8_lossy(name).into_owned(), segment);
        }
        hour.bound_categories();
    }

    fn brands_of(&mut self, range: Range<usize>, hour: &mut HourProfile) {
        for row in range {
            let brand = self.brands.of_row[row];
            let count = &mut self.brand_rows[brand as usize];
            if *count == 0 {
                self.met.push(brand);
            }
            *count += 1;
        }
        for brand in self.met.drain(..) {
            let count = u64::from(std::mem::take(&mut self.brand_rows[brand as usize]));
            if Some(brand) == self.no_brand {
                hour.null_brands = count;
            } else {
                let name = self.brands.text(brand as usize, &self.rows.brand);
                hour.brands.add(&String::from_utf8_lossy(name), count);
            }
        }
    }

    fn sessions_of(&mut self, range: Range<usize>, hour: &mut HourProfile) {
        for row in range {
            let (session, time) = (self.sessions.of_row[row], self.rows.event_time[row]);
            let visit = &mut self.visits[session as usize];
            if visit.counts == [0; EventType::ALL.len()] {
                (visit.first, visit.last) = (time, time);
                self.met.push(session);
            }
            visit.counts[self.rows.event_type[row] as usize] += 1;
            visit.first = visit.first.min(time);
            visit.last = visit.last.max(time);
        }
        for session in self.met.drain(..) {
            let visit = std::mem::take(&mut self.visits[session as usize]);
            hour.sessions.add(visit.counts.map(u64::from), (visit.last - visit.first) / MICROS_PER_SECOND);
        }
    }
}
