//! Tests of the language as a whole.

mod documented;
mod malformed;
mod printing;
