//! Gzip members.

use std::io::Read;

use flate2::Compression;
use flate2::bufread::GzEncoder;

/// The bytes as one gzip member.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut compressed = Vec::new();
    let read = GzEncoder::new(bytes, Compression::fast()).read_to_end(&mut compressed);
    assert!(read.is_ok(), "{read:?}");
    compressed
}
