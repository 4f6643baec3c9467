//! The shop's PostgreSQL, the only crate that speaks to it: [`simulator`] writes a shop's changes to it, and
//! [`capture`] carries its changes into files of the form that AWS DMS writes to S3.
//!
//! Connections are not encrypted; a URL that asks for TLS is refused. AWS DMS is what captures a database in
//! production; this stands in for it on a laptop, in tests, and beside a server that is reached through a tunnel.

pub mod capture;
mod error;
mod server;
pub mod simulator;

pub use error::{Error, Result};
pub use server::Server;
