//! Listings in memory, by numbers instead of texts.

use std::path::Path;

use estrella_core::star::{Aggregate, Event, Events, Listing, ListingKey};
use estrella_lake::Result;
use hashbrown::HashMap;

use crate::Sizes;
use crate::runs::Runs;

/// Events whose listings are looked up together.
const BLOCK: usize = 64;
/// Distinct texts that are numbered before numbering begins anew.
const MAX_NAMES: usize = 1 << 16;

/// What events add up to by product, category and brand. Events are added under numbers of their texts, which
/// takes no look at a text. When there are too many listings or texts, they become a sorted run on disk.
pub(crate) struct Listings {
    aggregates: HashMap<Numbered, Listing>,
    limit: usize,
    names: Names,
    runs: Runs<ListingKey, Listing>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Numbered {
    product_id: i64,
    category_id: Option<i64>,
    category_code: u32,
    brand: u32,
}

/// The fields of a [`ListingKey`], which sort and serialize as it does.
type Named<'a> = (i64, Option<i64>, &'a str, &'a str);

impl Listings {
    pub(crate) fn new(sizes: Sizes, scratch: &Path) -> Self {
        let (limit, runs) = (sizes.listings, Runs::new(sizes.runs, scratch));
        Self { aggregates: HashMap::with_capacity(limit), limit, names: Names::default(), runs }
    }

    /// Adds a batch of events.
    pub(crate) fn add(&mut self, events: &Events) -> Result<()> {
        let (codes, brands) = (events.category_codes(), events.brands());
        if self.names.texts.len() + codes.distinct().len() + brands.distinct().len() > MAX_NAMES {
            self.spill()?;
            self.names = Names::default();
        }
        let code_numbers: Vec<u32> = codes.distinct().map(|code| self.names.number(code)).collect();
        let brand_numbers: Vec<u32> = brands.distinct().map(|brand| self.names.number(brand)).collect();
        let key = |(row, event): (usize, Event<'_>)| Numbered {
            product_id: event.product_id,
            category_id: event.category_id,
            category_code: code_numbers[codes.position(row)],
            brand: brand_numbers[brands.position(row)],
        };
        let keys: Vec<Numbered> = events.iter().enumerate().map(key).collect();
        for (at, block) in keys.chunks(BLOCK).enumerate() {
            // Most of the time goes into waiting for memory. Look-ups that need nothing of each other wait together.
            let known = block.iter().filter(|key| self.aggregates.contains_key(*key)).count();
            if self.aggregates.len() + block.len() - known > self.limit {
                self.spill()?;
            }
            for (row, key) in (at * BLOCK..).zip(block) {
                let event = events.event(row);
                match self.aggregates.get_mut(key) {
                    Some(listing) => listing.add(&event),
                    None => drop(self.aggregates.insert(*key, Listing::of(&event))),
                }
            }
        }
        Ok(())
    }

    /// Everything as runs.
    pub(crate) fn finish(mut self) -> Result<Runs<ListingKey, Listing>> {
        self.spill()?;
        Ok(self.runs)
    }

    fn spill(&mut self) -> Result<()> {
        if self.aggregates.is_empty() {
            return Ok(());
        }
        let named = |(key, listing)| (self.names.named(key), listing);
        let mut sorted: Vec<(Named<'_>, &Listing)> = self.aggregates.iter().map(named).collect();
        sorted.sort_unstable_by_key(|(key, _)| *key);
        self.runs.write(sorted.into_iter())?;
        self.aggregates.clear();
        Ok(())
    }
}

/// Numbers texts.
#[derive(Default)]
struct Names {
    numbers: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
}

impl Names {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        // The caller keeps them far below 2^32.
        let number = self.texts.len() as u32;
        self.texts.push(text.into());
        self.numbers.insert(text.into(), number);
        number
    }

    fn named(&self, key: &Numbered) -> Named<'_> {
        let text = |number: u32| &*self.texts[number as usize];
        (key.product_id, key.category_id, text(key.category_code), text(key.brand))
    }
}
