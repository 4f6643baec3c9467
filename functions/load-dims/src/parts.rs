//! What the read facts add up to.

use std::path::Path;

use estrella_core::star::{Listing, ListingKey, Visit, VisitKey, VisitRef};
use estrella_lake::Result;

use crate::Sizes;
use crate::facts::Facts;
use crate::groups::Groups;
use crate::listings::Listings;
use crate::runs::Runs;

/// What the read facts add up to. All dimensions are made from listings and visits: two look-ups per event.
pub(crate) struct Parts {
    pub(crate) listings: Runs<ListingKey, Listing>,
    pub(crate) visits: Runs<VisitKey, Visit>,
    pub(crate) events: u64,
    /// First and last time, in microseconds since the Unix epoch.
    pub(crate) times: Option<(i64, i64)>,
}

impl Parts {
    /// Reads all of the facts.
    pub(crate) async fn of(mut facts: Facts, sizes: Sizes, scratch: &Path) -> Result<Self> {
        let mut listings = Listings::new(sizes, scratch);
        let mut visits = Groups::new(sizes.visits, sizes, scratch);
        let (mut count, mut times) = (0, None);
        while let Some(events) = facts.next().await? {
            listings.add(&events)?;
            for event in events.iter() {
                let (first, last) = times.unwrap_or((event.event_time, event.event_time));
                times = Some((first.min(event.event_time), last.max(event.event_time)));
                visits.add(VisitRef::from(&event), &event)?;
            }
            count += events.len() as u64;
        }
        Ok(Self { listings: listings.finish()?, visits: visits.finish()?, events: count, times })
    }
}
