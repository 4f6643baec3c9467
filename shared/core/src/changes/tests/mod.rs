//! Change files, histories, and what they must not depend on.

mod files;
mod histories;
mod mappings;
