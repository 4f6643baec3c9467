//! Which call fails, and how.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Error, ErrorKind};

/// A kind of call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Op {
    /// `get`, `get_range`, `size_bytes` and `modified_ms` of a store.
    Read,
    /// `put_if_absent`, `put_file_if_absent` and `copy_if_absent` of a store.
    Write,
    /// `list` and `list_page` of a store.
    List,
    /// `delete` of a store.
    Delete,
    /// `head` and `tables` of a catalog.
    Head,
    /// `create` of a catalog.
    Create,
    /// `swap` of a catalog.
    Swap,
}

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails and has done nothing.
    Before(ErrorKind),
    /// It succeeds, but the answer is an error: to the caller the outcome is unknown.
    After(ErrorKind),
    /// Somebody else was faster: `Swap::Conflict` of a catalog, `Unavailable` of a store.
    Conflict,
}

/// A schedule of faults. Clones share it, so that a store and a catalog can follow one schedule.
#[derive(Debug, Clone)]
pub struct Faults(Arc<Mutex<Calls>>);

#[derive(Debug)]
struct Calls {
    schedule: Schedule,
    made: BTreeMap<Op, u64>,
}

#[derive(Debug)]
enum Schedule {
    Script(VecDeque<(Op, Fault)>),
    Seeded { state: u64, per_mille: u64 },
    Crash { calls_left: u64, last_has_effect: bool },
}

impl Faults {
    /// No fault at all: what is called is only counted.
    pub fn none() -> Self {
        Self::script([])
    }

    /// Each entry hits the next call of its kind, in this order; then no more faults.
    pub fn script(faults: impl IntoIterator<Item = (Op, Fault)>) -> Self {
        Self::new(Schedule::Script(faults.into_iter().collect()))
    }

    /// Any call fails with a chance of `per_mille` in 1000, in any way; equal seeds fail equally.
    pub fn seeded(seed: u64, per_mille: u64) -> Self {
        Self::new(Schedule::Seeded { state: seed, per_mille })
    }

    /// The process dies: this many calls succeed, then none does.
    pub fn crash_after(calls: u64) -> Self {
        Self::new(Schedule::Crash { calls_left: calls, last_has_effect: false })
    }

    /// As [`crash_after`](Self::crash_after), but the call in which the process dies takes effect.
    pub fn crash_in(calls: u64) -> Self {
        Self::new(Schedule::Crash { calls_left: calls, last_has_effect: true })
    }

    fn new(schedule: Schedule) -> Self {
        Self(Arc::new(Mutex::new(Calls { schedule, made: BTreeMap::new() })))
    }

    /// The calls made so far, by kind, those that failed among them.
    pub fn made(&self) -> BTreeMap<Op, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).made.clone()
    }

    pub(super) fn next(&self, op: Op) -> Option<Fault> {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *calls.made.entry(op).or_default() += 1;
        match &mut calls.schedule {
            Schedule::Script(script) => {
                script.pop_front_if(|(planned, _)| *planned == op).map(|(_, fault)| fault)
            }
            Schedule::Seeded { state, per_mille } => {
                (split_mix(state) % 1000 < *per_mille).then(|| any_fault(split_mix(state)))
            }
            Schedule::Crash { calls_left: 0, last_has_effect } => {
                let fault = if std::mem::take(last_has_effect) { Fault::After } else { Fault::Before };
                Some(fault(ErrorKind::Unavailable))
            }
            Schedule::Crash { calls_left, .. } => {
                *calls_left -= 1;
                None
            }
        }
    }
}

pub(super) fn injected(kind: ErrorKind, op: Op) -> Error {
    Error::new(kind, format!("injected fault of {op:?}"))
}

fn any_fault(chance: u64) -> Fault {
    match chance % 5 {
        0 => Fault::Before(ErrorKind::Unavailable),
        1 | 2 => Fault::After(ErrorKind::Unavailable),
        3 => Fault::Before(ErrorKind::Throttled),
        _ => Fault::Conflict,
    }
}

/// `SplitMix64` (<https://prng.di.unimi.it/splitmix64.c>): good enough for tests, and the same everywhere.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
