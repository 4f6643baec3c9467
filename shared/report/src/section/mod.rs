//! The sections, in the order in which somebody who was woken wants to read them.

pub(crate) mod distributions;
pub(crate) mod funnel;
pub(crate) mod incidents;
pub(crate) mod monitors;
pub(crate) mod rejected;
pub(crate) mod rules;
pub(crate) mod runs;
pub(crate) mod summary;
pub(crate) mod tables;
pub(crate) mod volume;
