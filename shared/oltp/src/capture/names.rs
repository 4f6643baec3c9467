//! Names of files, and the number that orders changes.

use chrono::{DateTime, Utc};
use pgwire_replication::Lsn;

use crate::{Error, Result};

/// Microseconds from the Unix epoch to PostgreSQL's, 2000-01-01.
const POSTGRES_EPOCH_US: i64 = 946_684_800_000_000;
/// Where the files of a full load wait until the slot that continues them exists. Readers of Hive-like folders
/// skip names with an underscore, and filters by `.csv` skip these files too.
const STAGING: &str = "_loading/";
const STAGED_SUFFIX: &str = ".part";

/// Name of the `number`-th file of a table's full loads, from 1.
pub(super) fn load_file(number: u32) -> String {
    format!("LOAD{number:08X}.csv")
}

/// The number of a load file, if its key ends like one.
pub(super) fn load_number(key: &str) -> Option<u32> {
    let name = key.rsplit('/').next()?;
    let digits = name.strip_prefix("LOAD")?.strip_suffix(".csv")?;
    (digits.len() == 8).then(|| u32::from_str_radix(digits, 16).ok())?
}

/// Name of a file of changes whose first transaction was committed at `unix_ms`, in UTC.
pub(super) fn change_file(unix_ms: i64) -> Result<String> {
    Ok(time(unix_ms.saturating_mul(1_000))?.format("%Y%m%d-%H%M%S%3f.csv").to_string())
}

/// The prefix of all staged files of a slot.
pub(super) fn staging(prefix: &str, slot: &str) -> String {
    format!("{prefix}{STAGING}{slot}/")
}

/// Where a load file waits before it gets its name.
pub(super) fn staged(prefix: &str, slot: &str, path: &str) -> String {
    format!("{}{path}{STAGED_SUFFIX}", staging(prefix, slot))
}

/// The key that a staged file gets in the end.
pub(super) fn unstaged(prefix: &str, slot: &str, key: &str) -> Option<String> {
    let path = key.strip_prefix(&staging(prefix, slot))?.strip_suffix(STAGED_SUFFIX)?;
    Some(format!("{prefix}{path}"))
}

/// The place of a change among all: 20 digits for the commit, 15 for the change in its transaction, from 1. Rows
/// of a full load have 0. 35 digits, so that the order of the texts is the order of the changes.
pub(super) fn change_seq(commit: Lsn, ordinal: u64) -> String {
    format!("{:020}{ordinal:015}", commit.0)
}

/// Microseconds of PostgreSQL's epoch as microseconds of Unix's.
pub(super) fn unix_us(postgres_us: i64) -> i64 {
    postgres_us.saturating_add(POSTGRES_EPOCH_US)
}

/// A time in the form of the files, `YYYY-MM-DD HH:MM:SS.ffffff` in UTC.
pub(super) fn time_text(unix_us: i64) -> Result<String> {
    Ok(time(unix_us)?.format("%Y-%m-%d %H:%M:%S%.6f").to_string())
}

fn time(unix_us: i64) -> Result<DateTime<Utc>> {
    let time = DateTime::from_timestamp_micros(unix_us);
    time.ok_or_else(|| Error::protocol(format!("a commit time of {unix_us} us"), "it is out of range"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_files_are_counted_in_hexadecimal() {
        assert_eq!([1, 10, 255].map(load_file), ["LOAD00000001.csv", "LOAD0000000A.csv", "LOAD000000FF.csv"]);
        assert_eq!(load_number("p/public/users/LOAD0000000A.csv"), Some(10));
        for other in ["20240101-000000000.csv", "LOAD1.csv", "LOAD0000000G.csv", "LOAD00000001.csv.gz"] {
            assert_eq!(load_number(other), None, "{other}");
        }
    }

    #[test]
    fn change_files_carry_their_time_to_the_millisecond() {
        assert_eq!(change_file(1_709_210_096_007).unwrap(), "20240229-123456007.csv");
        assert!(change_file(i64::MAX).is_err());
    }

    #[test]
    fn a_staged_file_finds_its_name_again() {
        let key = staged("raw/", "slot", "public/users/LOAD00000001.csv");
        assert_eq!(key, "raw/_loading/slot/public/users/LOAD00000001.csv.part");
        assert_eq!(unstaged("raw/", "slot", &key).as_deref(), Some("raw/public/users/LOAD00000001.csv"));
        assert_eq!(unstaged("raw/", "slot2", &key), None);
        assert_eq!(unstaged("raw/", "slot", "raw/public/users/LOAD00000001.csv"), None);
    }

    #[test]
    fn the_order_of_changes_is_the_order_of_texts() {
        let of = |lsn, ordinal| change_seq(Lsn(lsn), ordinal);
        assert_eq!(of(26_000_000, 3), "00000000000026000000000000000000003");
        assert_eq!(of(u64::MAX, 1).len(), 35);
        assert!([of(9, 0), of(9, 1), of(9, 10), of(10, 1), of(100, 0)].is_sorted());
    }

    #[test]
    fn times_are_written_in_utc_with_six_digits() {
        assert_eq!(time_text(unix_us(0)).unwrap(), "2000-01-01 00:00:00.000000");
        assert_eq!(time_text(unix_us(1_000_001)).unwrap(), "2000-01-01 00:00:01.000001");
    }
}
