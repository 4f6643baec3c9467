//! Tests of the language as a whole.

mod documented;
mod fixture;
mod judging;
mod malformed;
mod merging;
mod printing;
mod row_level;
mod shipped;
mod speed;
