//! Time ranges that more than one row group has rows in.

use std::ops::RangeInclusive;

const MICROS_PER_SECOND: i64 = 1_000_000;

/// A time range with the whole of its first and its last second. One event may come by two roads that tell its time more or
/// less exactly: files have whole seconds where the shop's database has microseconds. Its second is the same.
pub(crate) fn in_whole_seconds(times: &RangeInclusive<i64>) -> RangeInclusive<i64> {
    let begin = |time: i64| time.div_euclid(MICROS_PER_SECOND).saturating_mul(MICROS_PER_SECOND);
    begin(*times.start())..=begin(*times.end()).saturating_add(MICROS_PER_SECOND - 1)
}

/// For each of `groups` the parts of its range that meet another of `groups` or any of `others`, merged and
/// ascending.
pub(crate) fn contested(
    groups: &[RangeInclusive<i64>],
    others: &[RangeInclusive<i64>],
) -> Vec<Vec<RangeInclusive<i64>>> {
    let common = |a: &RangeInclusive<i64>, b: &RangeInclusive<i64>| {
        let (start, end) = (*a.start().max(b.start()), *a.end().min(b.end()));
        (start <= end).then_some(start..=end)
    };
    let of_group = |(at, group): (usize, &RangeInclusive<i64>)| {
        let siblings = groups.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, range)| range);
        merged(siblings.chain(others).filter_map(|other| common(group, other)).collect())
    };
    groups.iter().enumerate().map(of_group).collect()
}

fn merged(mut ranges: Vec<RangeInclusive<i64>>) -> Vec<RangeInclusive<i64>> {
    ranges.sort_by_key(|range| *range.start());
    let mut merged: Vec<RangeInclusive<i64>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start() <= last.end() => *last = *last.start()..=*last.end().max(range.end()),
            _ => merged.push(range),
        }
    }
    merged
}

/// Whether a time is in one of merged, ascending ranges.
pub(crate) fn contains(ranges: &[RangeInclusive<i64>], time: i64) -> bool {
    let after = ranges.partition_point(|range| *range.start() <= time);
    after.checked_sub(1).is_some_and(|at| ranges[at].contains(&time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_common_times_are_contested() {
        let groups = [0..=10, 10..=20, 21..=30, 25..=26];
        let expected = vec![vec![10..=10], vec![10..=10], vec![25..=26, 29..=30], vec![25..=26]];
        assert_eq!(contested(&groups, &[29..=40]), expected);
        assert_eq!(contested(&[0..=5], &[]), vec![vec![]]);
        assert_eq!(contested(&[0..=50], &[0..=5, 3..=9, 20..=21]), vec![vec![0..=9, 20..=21]]);
    }

    #[test]
    fn ranges_meet_in_a_second_and_not_beside_it() {
        let ranges = |ranges: &[RangeInclusive<i64>]| ranges.iter().map(in_whole_seconds).collect::<Vec<_>>();
        let whole = [0..=5_000_000, 6_000_000..=9_000_000];
        assert_eq!(contested(&ranges(&whole), &[]), vec![vec![], vec![]]);
        let fifth = vec![5_000_000..=5_999_999];
        let exact = [0..=5_000_000, 5_123_000..=8_123_000];
        assert_eq!(contested(&ranges(&exact), &[]), vec![fifth.clone(), fifth.clone()]);
        let before = ranges(&[5_999_999..=6_000_000]);
        assert_eq!(contested(&ranges(&exact[..1]), &before), vec![fifth]);
        // Before 1970, and where nothing is known.
        assert_eq!(in_whole_seconds(&(-1..=-1)), -1_000_000..=-1);
        assert_eq!(in_whole_seconds(&(i64::MIN..=i64::MAX)), i64::MIN..=i64::MAX);
    }

    #[test]
    fn containment_looks_at_the_right_range() {
        let ranges = [0..=9, 20..=21];
        for (time, inside) in [(-1, false), (0, true), (9, true), (10, false), (20, true), (22, false)] {
            assert_eq!(contains(&ranges, time), inside, "{time}");
        }
    }
}
