//! Filling facts in: what events left unknown and the shop's database knows by now.
//!
//! A fact is a function of its event and of what is known. So a fact file is written anew from its file of
//! `clean.events`, under a name that holds hashes of what was filled in: the same knowledge gives the same names, and
//! a file whose name would not change is left alone.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use estrella_core::event::UNKNOWN;
use estrella_core::star::Listed;
use estrella_lake::data::ParquetFile;
use estrella_lake::{Error, ErrorKind, NewFile, PlannedFile, Result};
use estrella_runtime::Deps;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use crate::enrich::{Filled, is_made_from, name_of, stem, write};

/// Columns that are read to fill others in.
pub(crate) const READ: [&str; 5] = ["session_id", "product_id", "category_id", "category_code", "brand"];

/// The columns of the facts that products fill in.
pub(crate) const LISTING: [&str; 3] = ["category_id", "category_name", "brand"];
/// Those that sessions fill in.
pub(crate) const SESSION: [&str; 2] = ["device_type", "source_channel"];
/// What stands in a name where nothing was filled in.
const NOTHING: &str = "0";

/// What the shop's database knows of sessions and products.
#[derive(Debug, Default)]
pub struct Known {
    words: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u16>,
    sessions: HashMap<u128, [u16; 2]>,
    products: HashMap<i64, Vec<Listed>>,
}

impl Known {
    /// Identifies a session in few bytes: millions of them are looked up.
    pub fn session_hash(session_id: &str) -> u128 {
        xxh3_128(session_id.as_bytes())
    }

    /// Adds a session's device and channel.
    ///
    /// # Errors
    /// `InvalidInput` if there are more different ones than 65,536, which are no devices and channels then.
    pub fn add_session(&mut self, session_id: &str, device: &str, channel: &str) -> Result<()> {
        let numbers = [self.number(device)?, self.number(channel)?];
        self.sessions.insert(Self::session_hash(session_id), numbers);
        Ok(())
    }

    /// Adds what a product was listed as.
    pub fn add_product(&mut self, product_id: i64, listed: Vec<Listed>) {
        self.products.insert(product_id, listed);
    }

    /// Forgets the sessions, which are of some dates; products are of all.
    pub fn clear_sessions(&mut self) {
        self.sessions.clear();
    }

    fn number(&mut self, word: &str) -> Result<u16> {
        if let Some(number) = self.numbers.get(word) {
            return Ok(*number);
        }
        let number = u16::try_from(self.words.len())
            .map_err(|_| Error::invalid("sessions have more devices and channels than can be"))?;
        let word: Arc<str> = word.into();
        self.words.push(Arc::clone(&word));
        self.numbers.insert(word, number);
        Ok(number)
    }

    fn session(&self, session_id: &str) -> Option<[&str; 2]> {
        let numbers = self.sessions.get(&Self::session_hash(session_id))?;
        Some(numbers.map(|number| &*self.words[usize::from(number)]))
    }

    fn product(&self, product_id: i64, time_us: i64) -> Option<&Listed> {
        Listed::at(self.products.get(&product_id)?, time_us)
    }
}

/// The fact file that a file of `clean.events` should have.
#[derive(Debug)]
pub enum Wanted {
    /// The one that it has.
    Same,
    /// Another one, which is written.
    New {
        /// The file.
        file: NewFile,
        /// Key of the one that it replaces.
        replaces: String,
        /// Whether category or brand of any row differ between the two. The dimensions count by these.
        listing_changed: bool,
    },
}

/// Writes the fact file of a file of `clean.events`, unless `facts`, the date's fact files, have it or know nothing of
/// the file yet.
///
/// # Errors
/// Those of the store.
pub async fn fill(source: &PlannedFile, facts: &[PlannedFile], known: &Known, deps: &Deps) -> Result<Wanted> {
    let (stem, date) = stem(source)?;
    let current = facts.iter().find(|fact| is_made_from(&fact.key, &stem));
    // The facts are behind. What they get will be looked at when they have it.
    let Some(current) = current else { return Ok(Wanted::Same) };
    let clean = ParquetFile::open(deps.lake.store(), &source.key).await?;
    let (mut listing, mut session) = (Digest::default(), Digest::default());
    let columns: Vec<&str> = READ.into_iter().chain(["event_time"]).collect();
    for group in 0..clean.groups() {
        let filled = filled(&clean.read(group, &columns).await?, known, &clean)?;
        listing.add(group, &filled, &LISTING);
        session.add(group, &filled, &SESSION);
    }
    let key = key(&stem, &listing, &session);
    if name_of(&key) == name_of(&current.key) {
        return Ok(Wanted::Same);
    }
    let listing_changed = listing_of(&key) != listing_of(&current.key);
    let file = match crate::new_file(&key, Some(date), deps).await {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let file = write(&clean, date, deps, |_, batch| filled(batch, known, &clean), &READ).await?;
            file.install(deps.lake.store(), &key, Some(date)).await?
        }
        written => written?,
    };
    Ok(Wanted::New { file, replaces: current.key.clone(), listing_changed })
}

/// The key of a fact file in which this was filled in.
pub(crate) fn key(stem: &str, listing: &Digest, session: &Digest) -> String {
    match (listing.finish(), session.finish()) {
        (None, None) => format!("{stem}.parquet"),
        (listing, session) => format!("{stem}.{}-{}.parquet", name(listing), name(session)),
    }
}

fn name(digest: Option<u64>) -> String {
    digest.map_or_else(|| NOTHING.to_owned(), |digest| format!("{digest:016x}"))
}

/// What stands in a key for the listings that were filled in.
fn listing_of(key: &str) -> &str {
    let filled = key.strip_suffix(".parquet").and_then(|stem| stem.rsplit('/').next()?.split_once('.'));
    filled.and_then(|(_, filled)| filled.split_once('-')).map_or(NOTHING, |(listing, _)| listing)
}

/// Sums up what was filled in; none if nothing was.
#[derive(Default)]
pub(crate) struct Digest {
    hash: Xxh3,
    any: bool,
}

impl Digest {
    pub(crate) fn add(&mut self, group: usize, filled: &Filled, names: &[&'static str]) {
        for name in names {
            let Some(array) = filled.get(name) else { continue };
            self.any = true;
            self.hash.update(format!("{group} {name}\n").as_bytes());
            match array.as_string_opt::<i32>() {
                Some(texts) => texts.iter().for_each(|text| {
                    self.hash.update(text.unwrap_or_default().as_bytes());
                    self.hash.update(b"\n");
                }),
                None => array.as_primitive::<Int64Type>().iter().for_each(|value| {
                    self.hash.update(&[value.is_some().into()]);
                    self.hash.update(&value.unwrap_or_default().to_le_bytes());
                }),
            }
        }
    }

    fn finish(&self) -> Option<u64> {
        self.any.then(|| self.hash.digest())
    }
}

/// The columns of a row group that are to be other than its events say. What an event says itself stands: it is of the
/// time of the event.
fn filled(batch: &RecordBatch, known: &Known, file: &ParquetFile) -> Result<Filled> {
    let texts = |name: &str| {
        let column = batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
        column.ok_or_else(|| Error::invalid(format!("column {name} is no text")).at(file.key()))
    };
    let longs = |name: &str| {
        let column = batch.column_by_name(name).and_then(|column| column.as_primitive_opt::<Int64Type>());
        column.ok_or_else(|| Error::invalid(format!("column {name} is no number")).at(file.key()))
    };
    let mut filled = Filled::new();
    let sessions = texts("session_id")?;
    if !known.sessions.is_empty() {
        let found: Vec<_> = sessions.iter().map(|id| known.session(id.unwrap_or_default())).collect();
        for (at, name) in SESSION.into_iter().enumerate() {
            let word = |words: &Option<[&str; 2]>| words.map_or(UNKNOWN, |words| words[at]).to_owned();
            if found.iter().any(|words| words.is_some_and(|words| words[at] != UNKNOWN)) {
                filled.insert(
                    name,
                    Arc::new(StringArray::from_iter_values(found.iter().map(word))) as ArrayRef,
                );
            }
        }
    }
    if known.products.is_empty() {
        return Ok(filled);
    }
    let (products, ids) = (longs("product_id")?, longs("category_id")?);
    let (codes, brands) = (texts("category_code")?, texts("brand")?);
    let times = batch.column_by_name("event_time");
    let times = times
        .and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>())
        .ok_or_else(|| Error::invalid("column event_time is no time").at(file.key()))?;
    let lacks = |row: usize| ids.is_null(row) || codes.value(row) == UNKNOWN || brands.value(row) == UNKNOWN;
    let listed =
        |row: usize| lacks(row).then(|| known.product(products.value(row), times.value(row))).flatten();
    let found: Vec<Option<&Listed>> = (0..batch.num_rows()).map(listed).collect();
    // The category of another listing would not go with the event's own.
    let goes_with = |row: usize, listed: &Listed| {
        ids.is_null(row) && (codes.value(row) == UNKNOWN || codes.value(row) == &*listed.category_code)
    };
    let category =
        |row: usize| found[row].filter(|listed| goes_with(row, listed)).and_then(|listed| listed.category_id);
    let same = |row: usize, listed: &Listed| ids.is_null(row) || listed.category_id == Some(ids.value(row));
    let code = |row: usize| match found[row] {
        Some(listed) if codes.value(row) == UNKNOWN && same(row, listed) => &*listed.category_code,
        _ => codes.value(row),
    };
    let brand = |row: usize| match found[row] {
        Some(listed) if brands.value(row) == UNKNOWN => &*listed.brand,
        _ => brands.value(row),
    };
    let rows = 0..batch.num_rows();
    if rows.clone().any(|row| category(row).is_some()) {
        let category = |row: usize| if ids.is_null(row) { category(row) } else { Some(ids.value(row)) };
        filled.insert("category_id", Arc::new(Int64Array::from_iter(rows.clone().map(category))));
    }
    if rows.clone().any(|row| code(row) != codes.value(row)) {
        filled.insert("category_name", Arc::new(StringArray::from_iter_values(rows.clone().map(code))));
    }
    if rows.clone().any(|row| brand(row) != brands.value(row)) {
        filled.insert("brand", Arc::new(StringArray::from_iter_values(rows.map(brand))));
    }
    Ok(filled)
}
