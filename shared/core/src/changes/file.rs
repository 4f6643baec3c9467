//! Names of change files.

use chrono::{NaiveDate, NaiveTime};

/// What the name of an object says, if it is one that AWS DMS gives: `.../schema/table/LOAD0000000A.csv` for a full
/// load, `.../schema/table/20240809-192717787.csv` for changes, with or without folders for the date before the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeFile {
    /// Schema and table in the source, as `schema.table`.
    pub source: String,
    /// What it holds.
    pub kind: Kind,
}

/// What a change file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The rows that the table had.
    FullLoad,
    /// Changes.
    Changes {
        /// The time in the name, in microseconds since the Unix epoch: when DMS began the file. It stands for the
        /// time of the changes when the rows have none.
        named_us: i64,
    },
}

const ENDINGS: [&str; 3] = [".csv", ".csv.gz", ".parquet"];

impl ChangeFile {
    /// Reads a key.
    pub fn parse(key: &str) -> Option<Self> {
        let mut parts = key.rsplit('/');
        let name = parts.next()?;
        let stem = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending))?;
        let kind = kind(stem)?;
        let mut folders: Vec<&str> = parts.collect();
        // A full load is never put under dates, and a schema is never a number.
        let dates = folders.iter().take_while(|folder| is_date_part(folder)).count();
        folders.drain(..dates);
        let (table, schema) = (folders.first()?, folders.get(1)?);
        (!table.is_empty() && !schema.is_empty()).then(|| Self { source: format!("{schema}.{table}"), kind })
    }
}

fn kind(stem: &str) -> Option<Kind> {
    if let Some(number) = stem.strip_prefix("LOAD") {
        let is_number = number.len() >= 5 && number.bytes().all(|b| b.is_ascii_hexdigit());
        return is_number.then_some(Kind::FullLoad);
    }
    let (date, time) = stem.split_once('-')?;
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if date.len() != 8 || !(9..=12).contains(&time.len()) || !digits(date) || !digits(time) {
        return None;
    }
    let date = NaiveDate::parse_from_str(date, "%Y%m%d").ok()?;
    let second = NaiveTime::parse_from_str(&time[..6], "%H%M%S").ok()?;
    let fraction: i64 = format!("{:0<6}", &time[6..]).parse().ok()?;
    Some(Kind::Changes { named_us: date.and_time(second).and_utc().timestamp_micros() + fraction })
}

/// `2024`, `08`, `2024-08-09`, `20240809`, `19`: what DMS makes of DatePartitionSequence and its delimiter.
fn is_date_part(folder: &str) -> bool {
    let digits = folder.bytes().filter(u8::is_ascii_digit).count();
    let others = folder.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'_'));
    others && matches!(digits, 2 | 4 | 6 | 8 | 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_dms_are_told_from_others() {
        let parse = |key: &str| ChangeFile::parse(key).map(|file| (file.source, file.kind));
        let changes = |named_us| Kind::Changes { named_us };
        let at = 1_723_231_637_787_000;
        for (key, source, kind) in [
            ("raw/dms/public/users/LOAD00000001.csv", "public.users", Kind::FullLoad),
            ("raw/sales/customers/LOAD0000000A.parquet", "sales.customers", Kind::FullLoad),
            ("raw/sales/customers/20240809-192717787.csv", "sales.customers", changes(at)),
            ("sales/customers/2024/08/09/20240809-192717787.csv.gz", "sales.customers", changes(at)),
            ("raw/sales/customers/2024-08-09/20240809-192717787.parquet", "sales.customers", changes(at)),
            ("raw/sales/customers/20240809/20240809-1927177870.csv", "sales.customers", changes(at)),
            ("data/dms/customers/LOAD00000001.csv", "dms.customers", Kind::FullLoad),
        ] {
            assert_eq!(parse(key), Some((source.to_owned(), kind)), "{key}");
        }
        for key in [
            "raw/2019-Oct.csv.gz",
            "raw/shop/events/20191001.csv",
            "raw/a/b/LOADING.csv",
            "raw/a/b/20241309-192717787.csv",
            "raw/a/b/20240809-252717787.csv",
            "20240809-192717787.csv",
            "b/20240809-192717787.csv",
            "raw/a/b/LOAD00000001.txt",
        ] {
            assert_eq!(parse(key), None, "{key}");
        }
    }
}
