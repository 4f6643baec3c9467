//! Footers of Parquet files, looked at before they are read.
//!
//! The parquet crate makes room for as many elements as a list says it has. Where there is no such room the process ends,
//! and nobody can catch that. So what a footer says of its sizes is compared with its own size first, and what it says of
//! its types with those of the format: the crate reads a field as what it should be, whatever the footer says that it is.

use std::sync::Arc;

use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder as Builder,
};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ParquetMetaDataReader;
use parquet::file::reader::ChunkReader;

use super::thrift::is_footer;

/// Length of the footer and the mark, at the end of a file.
const TAIL_BYTES: usize = 8;

/// Longest footer. One of ten thousand row groups of sixteen columns has half of it.
const LONGEST_BYTES: usize = 64 << 20;

/// Opens a file for reading.
pub(super) fn open<R: ChunkReader + 'static>(source: R) -> Result<Builder<R>> {
    let wrong = |reason: &str| ParquetError::General(reason.to_owned());
    let before_tail = source.len().checked_sub(TAIL_BYTES as u64).ok_or_else(|| wrong("it is too short"))?;
    let tail = source.get_bytes(before_tail, TAIL_BYTES)?;
    let (length, mark) = tail.split_at(TAIL_BYTES / 2);
    if mark != b"PAR1" {
        return Err(wrong(
            "it does not end with the mark PAR1; it was cut, is still being written, or is encrypted",
        ));
    }
    let length = length.iter().rev().fold(0, |length, byte| length << 8 | usize::from(*byte));
    if length > LONGEST_BYTES {
        return Err(wrong("its footer is longer than 64 MiB"));
    }
    let start =
        before_tail.checked_sub(length as u64).ok_or_else(|| wrong("its footer is longer than it"))?;
    let footer = source.get_bytes(start, length)?;
    if !is_footer(&footer) {
        return Err(wrong("its footer is damaged, or says that it holds more than it does"));
    }
    let metadata = ParquetMetaDataReader::decode_metadata(&footer)?;
    let metadata = ArrowReaderMetadata::try_new(Arc::new(metadata), ArrowReaderOptions::default())?;
    Ok(Builder::new_with_metadata(source, metadata))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    /// 2^31 - 1 row groups used to end the process.
    #[test]
    fn a_list_that_is_too_long_is_an_error() {
        let footer = b"\x15\x02\x19\x0c\x16\x02\x19\xfc\xff\xff\xff\xff\x07\0";
        let file = [b"PAR1".as_slice(), footer, &(footer.len() as u32).to_le_bytes(), b"PAR1"].concat();
        let error = open(Bytes::from(file)).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("more than it does"), "{error}");
        for file in
            ["", "PAR1", "PAR1\u{7f}\u{7f}\u{7f}\u{7f}PAR1", "PAR1\u{7f}\0\0\0PAR1", "PAR1\0\0\0\0PARE"]
        {
            assert!(open(Bytes::from_static(file.as_bytes())).is_err(), "{file:?}");
        }
    }
}
