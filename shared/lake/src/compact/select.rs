//! Which files are put together.

use std::collections::BTreeMap;

use crate::table::PlannedFile;

/// When files are put together, and how large they get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compaction {
    /// Size that a file gets at most, in bytes. One of less than half of it is small.
    pub target_bytes: u64,
    /// Small files that a partition has to have, so that it is worth the work; 2 or more.
    pub min_files: usize,
    /// Bytes that are written at most in one call; the rest is left to the next.
    pub max_bytes: u64,
    /// Rows of a row group that is written anew.
    pub group_rows: usize,
}

/// Files of one partition that become one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) date: Option<i32>,
    pub(super) files: Vec<PlannedFile>,
}

/// The units of a table, by partition and time.
pub(super) fn units(files: Vec<PlannedFile>, rules: &Compaction) -> Vec<Unit> {
    let mut partitions: BTreeMap<Option<i32>, Vec<PlannedFile>> = BTreeMap::new();
    for file in files.into_iter().filter(|file| file.size_bytes < rules.target_bytes / 2) {
        partitions.entry(file.partition_date).or_default().push(file);
    }
    let mut units = Vec::new();
    let mut left_bytes = rules.max_bytes;
    for (date, mut small) in partitions {
        if small.len() < rules.min_files.max(2) {
            continue;
        }
        // Neighbours in time: the fewer files have an hour, the fewer are read for it.
        small.sort_by(|a, b| (a.event_time_us, &a.key).cmp(&(b.event_time_us, &b.key)));
        let mut open: (u64, Vec<PlannedFile>) = Default::default();
        for file in small {
            if open.0 + file.size_bytes > rules.target_bytes {
                close(&mut open, date, &mut left_bytes, &mut units);
            }
            open.0 += file.size_bytes;
            open.1.push(file);
        }
        close(&mut open, date, &mut left_bytes, &mut units);
    }
    units
}

fn close(open: &mut (u64, Vec<PlannedFile>), date: Option<i32>, left_bytes: &mut u64, units: &mut Vec<Unit>) {
    let (bytes, files) = std::mem::take(open);
    if files.len() > 1 && bytes <= *left_bytes {
        *left_bytes -= bytes;
        units.push(Unit { date, files });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Compaction = Compaction { target_bytes: 100, min_files: 3, max_bytes: 1000, group_rows: 10 };

    fn file(date: i32, time: i64, size_bytes: u64) -> PlannedFile {
        let key = format!("{date}/{time}");
        let (location, event_time_us) = (format!("memory:///{key}"), Some((time, time)));
        PlannedFile { key, location, size_bytes, rows: 1, partition_date: Some(date), event_time_us }
    }

    fn times(rules: &Compaction, files: Vec<PlannedFile>) -> Vec<Vec<i64>> {
        let of = |unit: &Unit| unit.files.iter().filter_map(|file| Some(file.event_time_us?.0)).collect();
        units(files, rules).iter().map(of).collect()
    }

    #[test]
    fn only_partitions_with_enough_small_files_are_worth_it() {
        assert!(
            times(&RULES, vec![file(1, 1, 10), file(1, 2, 10), file(2, 3, 10), file(2, 4, 10)]).is_empty()
        );
        assert!(times(&RULES, (0..9).map(|n| file(1, n, 50)).collect()).is_empty(), "half is not small");
        assert_eq!(times(&RULES, (0..4).rev().map(|n| file(1, n, 20)).collect()), [[0, 1, 2, 3]]);
    }

    #[test]
    fn a_unit_is_not_larger_than_a_file_should_be() {
        let files = (0..6).map(|n| file(1, n, 40)).collect();
        assert_eq!(times(&RULES, files), [[0, 1], [2, 3], [4, 5]]);
        let files = (0..3).map(|n| file(1, n, 49)).collect();
        assert_eq!(times(&RULES, files), [[0, 1]], "one alone is left as it is");
    }

    #[test]
    fn a_call_writes_so_much_and_no_more() {
        let files = || (0..6).map(|n| file(1, n, 40)).collect();
        let rules = |max_bytes| Compaction { max_bytes, ..RULES };
        assert_eq!(times(&rules(170), files()), [[0, 1], [2, 3]]);
        assert!(times(&rules(79), files()).is_empty());
    }
}
