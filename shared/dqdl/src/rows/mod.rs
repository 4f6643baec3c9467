//! Rows: columns in a few forms, tests of their values, filters.

mod column;
mod compile;
mod filter;
mod instant;
mod ordered;
mod row_test;
mod text;
mod value_test;

pub(crate) use column::{Column, Kind, Values};
pub(crate) use compile::{compile, compile_filter_literal, compile_like};
pub(crate) use filter::RowFilter;
pub(crate) use row_test::RowTest;
pub(crate) use text::characters;
pub(crate) use value_test::ValueTest;
