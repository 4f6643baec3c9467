//! Changes of the shop's database: from what extract landed to logs, and from logs to histories.

mod apply;
pub(crate) mod attributes;
mod files;
mod histories;
mod logs;
mod personal;

pub(crate) use apply::apply;
pub(crate) use attributes::{AttributeSource, Naming};
pub(crate) use histories::{Histories, histories};
pub(crate) use logs::{Log, Logs};
