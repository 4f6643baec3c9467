//! The dimensions of the star: what events add up to.
//!
//! Every aggregate merges: events may come in any order and be split in any way, and the rows are the same.
//! So a part of the facts can be aggregated alone, spilled, and merged with rows of earlier runs.

mod activity;
mod aggregate;
mod attributes;
mod brand;
mod calendar;
mod catalogue;
mod category;
mod events;
mod fact;
mod key;
mod listing;
mod product;
mod rows;
mod session;
mod session_row;
mod user;
mod visit;

#[cfg(test)]
mod tests;

pub use activity::Activity;
pub use aggregate::{Aggregate, Merge, Row};
pub use attributes::Attributes;
pub use brand::Brand;
pub use calendar::calendar;
pub use catalogue::{Catalogue, CategoryVersion, Listed};
pub use category::Category;
pub use events::{EVENT_COLUMNS, Event, Events, Words};
pub use fact::fact_column;
pub use key::{SessionId, SortKey};
pub use listing::{Listing, ListingKey};
pub use product::Product;
pub use rows::{RowBuilder, RowReader};
pub use session::Session;
pub use user::User;
pub use visit::{Visit, VisitKey, VisitRef};
