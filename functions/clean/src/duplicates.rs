//! Which rows of a batch are there already, in the batch or in the table.

use std::ops::RangeInclusive;

use estrella_lake::Result;
use hashbrown::HashMap;

use crate::contested::{contains, contested};
use crate::groups::Group;

/// Where a contested event was seen first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// In no row that is kept so far.
    NotYet,
    /// In a row of the batch that is kept.
    InBatch,
    /// In the table.
    InTable,
}

/// The contested events of a batch. Memory follows their number, not the size of the day.
#[derive(Debug)]
pub(crate) struct Duplicates {
    contested: HashMap<(String, usize), Vec<RangeInclusive<i64>>>,
    events: HashMap<u128, Seen>,
}

impl Duplicates {
    /// Compares the batch's row groups with each other and with those of the table.
    pub(crate) async fn find(landed: &[Group], existing: &[Group]) -> Result<Self> {
        let ranges = |groups: &[Group]| groups.iter().map(Group::seconds).collect::<Vec<_>>();
        let contested = contested(&ranges(landed), &ranges(existing));

        let mut events = HashMap::new();
        for (group, ranges) in landed.iter().zip(&contested) {
            if ranges.is_empty() {
                continue;
            }
            let ids = group.identities(|time| contains(ranges, time)).await?;
            events.extend(ids.into_iter().flatten().map(|id| (id, Seen::NotYet)));
        }
        for group in existing {
            for id in group.identities(|_| true).await?.into_iter().flatten() {
                if let Some(seen) = events.get_mut(&id) {
                    *seen = Seen::InTable;
                }
            }
        }
        let contested = landed.iter().map(address).zip(contested).collect();
        Ok(Self { contested, events })
    }

    /// The rows of a group to keep; none if that is all of them. Asked once per group, in order: the first row
    /// of several equal ones stays.
    pub(crate) async fn keep(&mut self, group: &Group) -> Result<Option<Vec<bool>>> {
        let Some(ranges) = self.contested.get(&address(group)).filter(|ranges| !ranges.is_empty()) else {
            return Ok(None);
        };
        let mut keep = Vec::with_capacity(group.rows());
        for id in group.identities(|time| contains(ranges, time)).await? {
            keep.push(match id.and_then(|id| self.events.get_mut(&id)) {
                None => true,
                Some(seen) => {
                    let first = *seen == Seen::NotYet;
                    if first {
                        *seen = Seen::InBatch;
                    }
                    first
                }
            });
        }
        Ok(keep.contains(&false).then_some(keep))
    }
}

fn address(group: &Group) -> (String, usize) {
    (group.file.key().to_owned(), group.index)
}
