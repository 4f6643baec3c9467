//! Tests on lakes in memory.

mod faults;
mod foreign;
mod loads;
mod shop;
