//! What the read facts add up to.

use std::path::Path;

use estrella_core::star::{Aggregate, Events, Listing, ListingKey, Visit, VisitKey, VisitRef};
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
            }
            add_visits(&events, &mut visits)?;
            count += events.len() as u64;
        }
        Ok(Self { listings: listings.finish()?, visits: visits.finish()?, events: count, times })
    }
}

/// Adds up the visits of a batch by the position of their session, and looks up each of them once: a session's events
/// come close together.
fn add_visits(events: &Events, visits: &mut Groups<VisitKey, Visit>) -> Result<()> {
    let mut of_batch: Vec<Option<(VisitRef<'_>, Visit)>> = vec![None; events.sessions().distinct().len()];
    for (row, event) in events.iter().enumerate() {
        match &mut of_batch[events.sessions().position(row)] {
            Some((key, visit)) if key.user_id == event.user_id => visit.add(&event),
            // A session of several users is a visit of each.
            Some(_) => visits.merge(VisitRef::from(&event), Visit::of(&event))?,
            none => *none = Some((VisitRef::from(&event), Visit::of(&event))),
        }
    }
    of_batch.into_iter().flatten().try_for_each(|(key, visit)| visits.merge(key, visit))
}
