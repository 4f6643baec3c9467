//! What a month costs on AWS, from what was measured and counted and from a dated price list; beside it, the same by an
//! hourly job of AWS Glue.

mod glue;
mod month;
mod prices;
#[cfg(test)]
mod tests;
pub mod usage;

pub use glue::{GlueJob, glue_month};
pub use month::{Estimate, Line, Workload, month};
pub use prices::{Price, Prices, PricesError};
