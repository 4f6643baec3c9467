//! Whole hours against whole histories.

mod calendar;
mod monitors;
mod reference;
mod shop;
