//! The number of distinct values.

use std::hash::{BuildHasherDefault, Hasher};

use datasketches::hll::{HllSketch, HllType, HllUnion};
use hashbrown::HashSet;

use super::Selection;

/// Up to here the count is exact.
const MOST_EXACT: usize = 65_536;
/// 16,384 registers: a relative standard error of about 0.8 %, 16 KiB.
const LG_REGISTERS: u8 = 14;
/// Values seen lately, which need no second look; a power of two.
const RECENT: usize = 1_024;

/// The values are hashes already.
#[derive(Debug, Clone, Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// Exact while small, then an Apache DataSketches HyperLogLog.
#[derive(Debug, Clone)]
pub(crate) struct Distinct {
    exact: HashSet<u64, BuildHasherDefault<AsIs>>,
    sketch: Option<HllSketch>,
    recent: Box<[u64]>,
}

impl Default for Distinct {
    fn default() -> Self {
        Self { exact: HashSet::default(), sketch: None, recent: vec![0; RECENT].into_boxed_slice() }
    }
}

impl Distinct {
    /// Counts the hashes of the selected values.
    pub(crate) fn update(&mut self, hashes: &[u64], selection: &Selection) {
        selection.for_each(|row| {
            let hash = hashes[row];
            let recent = &mut self.recent[hash as usize % RECENT];
            if *recent != hash || hash == 0 {
                *recent = hash;
                self.add(hash);
            }
        });
    }

    fn add(&mut self, hash: u64) {
        match &mut self.sketch {
            Some(sketch) => sketch.update(hash),
            None => {
                self.exact.insert(hash);
                if self.exact.len() > MOST_EXACT {
                    self.give_up();
                }
            }
        }
    }

    fn give_up(&mut self) {
        // The number of registers is one that the sketch takes; without a sketch the count stays exact.
        if let Ok(mut sketch) = HllSketch::new(LG_REGISTERS, HllType::Hll8) {
            for hash in std::mem::take(&mut self.exact) {
                sketch.update(hash);
            }
            self.sketch = Some(sketch);
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        if let Some(theirs) = &other.sketch {
            if self.sketch.is_none() {
                self.give_up();
            }
            if let (Some(mine), Ok(mut union)) = (&mut self.sketch, HllUnion::new(LG_REGISTERS)) {
                union.update(mine);
                union.update(theirs);
                *mine = union.to_sketch(HllType::Hll8);
            }
        }
        for hash in other.exact {
            self.add(hash);
        }
    }

    /// The count, and whether it is exact.
    pub(crate) fn count(&self) -> (f64, bool) {
        match &self.sketch {
            Some(sketch) => (sketch.estimate().round(), false),
            None => (self.exact.len() as f64, true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::hash::mix;
    use super::*;

    fn of(values: std::ops::Range<u64>) -> Distinct {
        let hashes: Vec<u64> = values.map(mix).collect();
        let mut distinct = Distinct::default();
        distinct.update(&hashes, &Selection::All(hashes.len()));
        distinct.update(&hashes, &Selection::All(hashes.len()));
        distinct
    }

    #[test]
    fn counts_are_exact_while_small_and_close_when_not() {
        assert_eq!(of(0..65_536).count(), (65_536.0, true));
        let (count, is_exact) = of(0..300_000).count();
        assert!(!is_exact && (count / 300_000.0 - 1.0).abs() < 0.03, "{count}");
    }

    #[test]
    fn merged_counts_are_counts_of_the_union() {
        for (left, right, union) in [
            (0..50_000, 25_000..60_000, 60_000.0),
            (0..200_000, 10..20, 200_000.0),
            (10..20, 0..200_000, 200_000.0),
        ] {
            let mut merged = of(left);
            merged.merge(of(right));
            let (count, is_exact) = merged.count();
            assert!((count / union - 1.0).abs() < if is_exact { 1e-12 } else { 0.03 }, "{count} {union}");
        }
    }
}
