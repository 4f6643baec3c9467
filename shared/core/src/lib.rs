//! The rules of the business, and nothing else: no AWS, no clock, no environment, no async.

pub mod changes;
pub mod checks;
pub mod decode;
pub mod event;
pub mod landing;
pub mod privacy;
pub mod profile;
pub mod schema;
pub mod star;
