//! Histories, against a plain replay of what really happened.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::changes::{ALWAYS, Change, Op, Value, Version, history};

/// A column with history and one without.
const HAS_HISTORY: [bool; 2] = [true, false];

fn change(
    op: Op,
    time_us: Option<i64>,
    sequence: Option<String>,
    place: (&str, i64),
    values: [i64; 2],
) -> Change {
    let values = match op {
        Op::Delete => [Value::Null, Value::Null],
        _ => values.map(Value::Long),
    };
    let (object, row) = place;
    Change {
        op,
        time_us,
        sequence: sequence.map(Into::into),
        object: object.into(),
        row,
        values: values.into(),
    }
}

/// From when until when a version held, and its state.
type Held = (i64, Option<i64>, i64);

fn states(versions: &[Version]) -> Vec<Held> {
    versions.iter().map(|v| (v.valid_from, v.valid_to, v.values[0].long().unwrap())).collect()
}

#[test]
fn inserted_updated_deleted_and_inserted_in_one_instant() {
    let at = Some(5);
    let step = |row: i64, op, state: i64| change(op, at, None, ("b/20240809-192717787.csv", row), [state, 0]);
    let log =
        [step(1, Op::Insert, 1), step(2, Op::Update, 2), step(3, Op::Delete, 2), step(4, Op::Insert, 3)];
    let expected = [(5, Some(5), 1), (5, Some(5), 2), (5, None, 3)];
    assert_eq!(states(&history(log.to_vec(), &HAS_HISTORY)), expected);
    let mut shuffled = [log.clone(), log].concat();
    shuffled.reverse();
    assert_eq!(states(&history(shuffled, &HAS_HISTORY)), expected);
}

#[test]
fn a_full_load_was_always_so_and_a_second_one_changes_nothing() {
    let load = |time, object, state| change(Op::Load, time, None, (object, 1), [state, 0]);
    let first = load(None, "a/LOAD00000001.csv", 1);
    assert_eq!(states(&history(vec![first.clone()], &HAS_HISTORY)), [(ALWAYS, None, 1)]);
    let update = change(Op::Update, Some(50), None, ("a/20240809-192717787.csv", 1), [2, 0]);
    let expected = [(ALWAYS, Some(50), 1), (50, None, 2)];
    assert_eq!(states(&history(vec![update.clone(), first.clone()], &HAS_HISTORY)), expected);
    // Loaded again later, in the same state and in another.
    let again = load(Some(70), "a/LOAD00000002.csv", 2);
    let log = vec![again, update.clone(), first.clone()];
    assert_eq!(states(&history(log, &HAS_HISTORY)), expected);
    let log = vec![load(Some(70), "a/LOAD00000002.csv", 3), update, first];
    assert_eq!(
        states(&history(log, &HAS_HISTORY)),
        [(ALWAYS, Some(50), 1), (50, Some(70), 2), (70, None, 3)]
    );
}

#[test]
fn a_column_without_history_makes_no_version() {
    let step = |time, state| change(Op::Update, Some(time), None, ("f", time), state);
    let versions = history(vec![step(1, [7, 1]), step(2, [7, 2]), step(3, [8, 3])], &HAS_HISTORY);
    assert_eq!(states(&versions), [(1, Some(3), 7), (3, None, 8)]);
    assert!(versions.iter().all(|version| version.values[1] == Value::Long(3)));
}

#[test]
fn a_late_deletion_parts_what_was_one_version() {
    let step = |op, time| change(op, Some(time), None, ("f", time), [7, 0]);
    let log = vec![step(Op::Insert, 1), step(Op::Insert, 9)];
    assert_eq!(states(&history(log.clone(), &HAS_HISTORY)), [(1, None, 7)]);
    let late = [log, vec![step(Op::Delete, 5)]].concat();
    assert_eq!(states(&history(late, &HAS_HISTORY)), [(1, Some(5), 7), (9, None, 7)]);
}

#[test]
fn clocks_that_run_backwards_make_no_version_end_before_it_begins() {
    let step = |time, sequence: &str, state| {
        change(Op::Update, Some(time), Some(sequence.to_owned()), ("f", 1), [state, 0])
    };
    let versions = history(vec![step(20, "2", 2), step(10, "3", 3), step(5, "1", 1)], &HAS_HISTORY);
    assert_eq!(states(&versions), [(5, Some(20), 1), (20, Some(20), 2), (20, None, 3)]);
}

/// What happens to a row: the state that it is given or none when it is deleted, how long after the last change, and
/// whether a new file begins with it.
type Step = (Option<i64>, i64, bool);

/// The changes as files have them, and the versions that a plain replay gives.
fn replay(steps: &[Step], with_sequence: bool) -> (Vec<Change>, Vec<Held>) {
    let (mut time, mut file, mut row) = (100, 0, 0);
    let (mut changes, mut versions) = (Vec::new(), Vec::<Held>::new());
    let mut open = false;
    for (n, (state, pause, new_file)) in steps.iter().enumerate() {
        if *new_file {
            // Without a sequence one instant cannot be told apart over two files.
            (file, row, time) = (file + 1, 0, time + 1);
        }
        (time, row) = (time + pause, row + 1);
        let op = match (state, open) {
            (None, _) => Op::Delete,
            (Some(_), true) => Op::Update,
            (Some(_), false) => Op::Insert,
        };
        let sequence = with_sequence.then(|| format!("{n:05}"));
        let object = format!("t/{file:05}.csv");
        changes.push(change(op, Some(time), sequence, (&object, row), [state.unwrap_or_default(), 0]));
        let same = open && versions.last().is_some_and(|last| Some(last.2) == *state);
        if !same && open {
            versions.last_mut().unwrap().1 = Some(time);
        }
        match state {
            Some(state) if !same => versions.push((time, None, *state)),
            _ => {}
        }
        open = state.is_some();
    }
    (changes, versions)
}

proptest! {
    /// Whatever order changes come in and however often, the history is that of a plain replay.
    #[test]
    fn a_history_depends_on_the_set_of_changes_alone(
        steps in vec((proptest::option::weighted(0.8, 0..3i64), 0..3i64, any::<bool>()), 0..20),
        with_sequence: bool,
        shuffle in vec(any::<u64>(), 60),
        repeated in vec(0..20usize, 0..20),
    ) {
        let (changes, expected) = replay(&steps, with_sequence);
        prop_assert_eq!(states(&history(changes.clone(), &HAS_HISTORY)), expected.clone());
        let mut all = changes.clone();
        // Delivered again: read twice, or, whole files of it, under a later name.
        all.extend(repeated.iter().filter_map(|at| changes.get(*at).cloned()));
        if let Some(first) = repeated.first() {
            let object = format!("t/{first:05}.csv");
            let again = changes.iter().filter(|change| *change.object == *object).cloned();
            all.extend(again.map(|change| Change { object: format!("t/9{first:05}.csv").into(), ..change }));
        }
        let mut order: Vec<(u64, Change)> = shuffle.into_iter().cycle().zip(all).collect();
        order.sort_by_key(|(key, _)| *key);
        let shuffled = order.into_iter().map(|(_, change)| change).collect();
        prop_assert_eq!(states(&history(shuffled, &HAS_HISTORY)), expected);
    }
}
