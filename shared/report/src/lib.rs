//! The lake's report: one HTML file that needs nothing but a browser.
//!
//! [`render`] is pure. The same data gives the same bytes; no clock, no environment, no files. What is shown is also
//! embedded once as JSON, in `<script type="application/json" id="data">`, so that programs read what people see.

mod bound;
mod chart;
mod format;
mod model;
mod page;
mod part;
mod section;
#[cfg(test)]
mod tests;

pub use bound::{MAX_BINS, MAX_HOURS, MAX_ITEMS, MAX_RESULTS, MAX_RUNS};
pub use model::*;

/// Makes the report's HTML, UTF-8.
///
/// The lists are put in order and bounded first (see [`MAX_HOURS`] and its neighbours), so that a lake of any age
/// gives a file that opens at once: 8 weeks of hours with 40 monitors and 30 rules are under 0.6 MB. A float that is
/// not finite is shown as unknown.
pub fn render(report: &Report) -> String {
    page::page(&bound::bounded(report))
}
