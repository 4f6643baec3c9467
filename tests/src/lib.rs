//! What the end-to-end tests share: the built binary, the files it is fed, and the state of a lake.
//!
//! The tests drive `estrella` as its users do, through its command line; those that read a lake with other
//! engines are in `tests/python`.

pub mod cli;
pub mod events;
pub mod lake;
