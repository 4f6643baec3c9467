//! A story: objects, and what happens to them, drawn from a seed.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::changes::FILES;
use crate::rows::{bad, events};

/// What may be said of a batch: that the shipped rules are good enough, that it is welcome whatever is refused of it, or
/// that a human has to look at it.
pub(crate) const RULES: [Option<&str>; 3] =
    [None, Some("Rules = [ RowCount > 0 ]"), Some("Rules = [ RowCount > 1000 ]")];

/// Everything that happens to a lake, in words that can be cut down and told again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Story {
    /// Objects that lie in the raw bucket from the beginning; the shop hears of one when it is extracted.
    pub(crate) objects: Vec<Object>,
    pub(crate) steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Object {
    /// A file of events.
    Events { good: Range<u32>, refused: Range<u32> },
    /// A change file of the shop's database, by its number.
    Changes(usize),
}

/// Processes that are started at once, and the time until the next step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Step {
    pub(crate) at_once: Vec<Process>,
    /// Whose turn it is, call by call.
    pub(crate) turns: u64,
    pub(crate) minutes_after: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Process {
    pub(crate) task: Task,
    pub(crate) mishap: Mishap,
    /// How far its clock is ahead of the others'.
    #[serde(default)]
    pub(crate) hours_ahead: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Task {
    /// S3 tells of an object, for the first time or again.
    Extract(usize),
    /// The hourly run: facts, and a look at the monitors.
    Facts,
    /// The daily run.
    Dims,
    Maintain,
    /// A human decides of a batch that is held back, if there is one.
    Decide {
        batch: usize,
        discard: bool,
    },
    /// A human takes a table of the star back by so many snapshots.
    Rollback {
        table: usize,
        back: usize,
    },
    /// A human writes other rules, by their number.
    Rules(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mishap {
    None,
    /// The process dies after so many calls.
    Crash(u64),
    /// As [`Crash`](Self::Crash), but the call in which it dies takes effect.
    CrashAfterEffect(u64),
    /// Of 1000 calls so many are throttled, time out with or without effect, or meet another writer.
    Faults {
        per_mille: u64,
        seed: u64,
    },
}

impl Object {
    pub(crate) fn is_of_changes(&self) -> bool {
        matches!(self, Self::Changes(_))
    }

    /// Name and rows of a change file.
    pub(crate) fn changes(&self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Changes(file) => Some(FILES[*file]),
            Self::Events { .. } => None,
        }
    }

    /// Rows of a file of events; none of a change file.
    pub(crate) fn rows(&self) -> Vec<String> {
        match self {
            Self::Events { good, refused } => [events(good.clone()), bad(refused.clone())].concat(),
            Self::Changes(_) => Vec::new(),
        }
    }
}

/// Numbers from a seed (`SplitMix64`, <https://prng.di.unimi.it/splitmix64.c>).
#[derive(Debug, Clone)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to `n` - 1.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

impl Story {
    pub(crate) fn of(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let mut objects = (0..2 + dice.below(4)).map(|_| object(&mut dice)).collect::<Vec<_>>();
        if dice.below(3) == 0 {
            let files = (0..1 + dice.below(4)).map(|_| dice.below(FILES.len() as u64) as usize);
            objects.extend(files.collect::<BTreeSet<_>>().into_iter().map(Object::Changes));
        }
        let steps = (0..3 + dice.below(6)).map(|_| step(objects.len() as u64, &mut dice)).collect();
        Self { objects, steps }
    }

    /// Every story that is this one without something, the greatest cuts first.
    pub(crate) fn cuts(&self) -> Vec<Self> {
        let mut cuts = Vec::new();
        let mut cut = |change: &dyn Fn(&mut Self)| {
            let mut story = self.clone();
            change(&mut story);
            if story != *self {
                cuts.push(story);
            }
        };
        for at in 0..self.steps.len() {
            cut(&|story| {
                story.steps.remove(at);
            });
        }
        for (at, step) in self.steps.iter().enumerate() {
            for process in 0..step.at_once.len() {
                cut(&|story| {
                    story.steps[at].at_once.remove(process);
                });
                cut(&|story| story.steps[at].at_once[process].mishap = Mishap::None);
                cut(&|story| story.steps[at].at_once[process].hours_ahead = 0);
            }
            cut(&|story| story.steps[at].minutes_after = 0);
        }
        for object in 0..self.objects.len() {
            cut(&|story| {
                if let Object::Events { refused, .. } = &mut story.objects[object] {
                    refused.end = refused.start;
                }
            });
        }
        cuts
    }
}

/// Objects overlap, as files do that are sent again with more rows. Of most less than a fifth is refused; the gate holds the
/// others back.
fn object(dice: &mut Dice) -> Object {
    let mut range = |within: u64, least: u64, most: u64| {
        let start = dice.below(within) as u32;
        start..start + (least + dice.below(most - least + 1)) as u32
    };
    let good = range(40, 12, 30);
    let refused = if range(8, 1, 1).start == 0 { range(6, 8, 20) } else { range(6, 0, 2) };
    Object::Events { good, refused }
}

fn step(objects: u64, dice: &mut Dice) -> Step {
    let count = [1, 1, 2, 2, 2, 3][dice.below(6) as usize];
    let process = |dice: &mut Dice| {
        let (task, mishap) = (task(objects, dice), mishap(dice));
        Process { task, mishap, hours_ahead: [0, 0, 0, 1][dice.below(4) as usize] }
    };
    let at_once = (0..count).map(|_| process(dice)).collect();
    let minutes_after = [0, 1, 60, 60, 600, 60 * 24 * 9][dice.below(6) as usize];
    Step { at_once, turns: dice.next(), minutes_after }
}

fn task(objects: u64, dice: &mut Dice) -> Task {
    match dice.below(20) {
        0..=5 => Task::Extract(dice.below(objects) as usize),
        6..=9 => Task::Facts,
        10 | 11 => Task::Dims,
        12..=14 => Task::Maintain,
        15 | 16 => Task::Decide { batch: dice.below(3) as usize, discard: dice.below(3) == 0 },
        17 | 18 => Task::Rules(dice.below(RULES.len() as u64) as usize),
        _ => Task::Rollback { table: dice.below(3) as usize, back: 1 + dice.below(2) as usize },
    }
}

fn mishap(dice: &mut Dice) -> Mishap {
    // As many calls as a run makes, the first ones more often.
    let calls = |dice: &mut Dice| {
        let most = 1 + dice.below(400);
        dice.below(most)
    };
    match dice.below(10) {
        0..=4 => Mishap::None,
        5 | 6 => Mishap::Crash(calls(dice)),
        7 | 8 => Mishap::CrashAfterEffect(calls(dice)),
        _ => Mishap::Faults { per_mille: 5 + dice.below(30), seed: dice.next() },
    }
}
