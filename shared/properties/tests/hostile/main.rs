//! Input that means harm: typed errors that say where and why, in time.

mod files;
mod messages;
mod rules;
