//! Event and change files as Parquet.

use bytes::Bytes;
use estrella_core::changes::{ChangeDecoder, Mapping, decode_changes};
use estrella_core::decode::{Decoded, Records, decode_parquet};
use estrella_core::event::Rules;

use crate::changes::CHANGES;
use crate::refused::checked;

/// Any bytes are rows or an object that is refused whole; every row is accounted for.
pub fn parquet(bytes: &[u8]) {
    let bytes = Bytes::copy_from_slice(bytes);
    let mut rows = 0;
    let sink = |decoded: Decoded| {
        rows += decoded.rows();
        Ok::<(), String>(())
    };
    match decode_parquet(bytes.clone(), &Rules::default(), 1, sink) {
        Ok(report) => assert_eq!(report.rows, rows, "every row is accounted for"),
        Err(stopped) => drop(checked(stopped, u64::MAX)),
    }
    for table in Mapping::default().tables() {
        let decoder = ChangeDecoder { table, kind: CHANGES, object: "x" };
        let records: Records<&[u8], Bytes> = Records::Parquet(bytes.clone());
        let mut rows = 0;
        let decoded = decode_changes(records, &decoder, |built| {
            rows += built.finish().map_err(|error| error.to_string())?.num_rows() as u64;
            Ok::<(), String>(())
        });
        match decoded {
            Ok(report) => assert_eq!(report.rows, rows, "every row is accounted for"),
            Err(stopped) => drop(checked(stopped, u64::MAX)),
        }
    }
}
