//! The Data Quality Definition Language.
