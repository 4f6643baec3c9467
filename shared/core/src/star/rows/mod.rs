//! Between rows and Arrow columns.

mod builder;
mod reader;

pub use builder::RowBuilder;
pub use reader::RowReader;
