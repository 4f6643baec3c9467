//! The lake's report.
