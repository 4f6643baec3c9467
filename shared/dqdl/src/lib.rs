//! The Data Quality Definition Language.

mod ast;
mod parse;
mod reference;

pub use ast::*;
pub use parse::{ParseError, parse};

#[cfg(test)]
mod tests;
