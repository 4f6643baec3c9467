use rand::SeedableRng;
use std::collections::{HashMap, HashSet};

use super::super::tables::ALL;
use super::*;

fn plans(seed: u64, count: usize) -> (Vec<Vec<Change>>, Shop) {
    let (mut shop, mut rng) = (Shop::default(), SmallRng::seed_from_u64(seed));
    let plans = (0..count).map(|_| transaction(&mut shop, &mut rng)).collect();
    (plans, shop)
}

#[test]
fn the_same_seed_gives_the_same_changes() {
    assert_eq!(plans(1, 500).0, plans(1, 500).0);
    assert_ne!(plans(1, 500).0, plans(2, 500).0);
}

#[test]
fn rows_are_changed_only_while_they_are_there() {
    let mut there: HashSet<(&str, String)> = HashSet::new();
    for change in plans(3, 5_000).0.into_iter().flatten() {
        let row = (change.table.name, change.key);
        match change.op {
            Op::Insert => assert!(there.insert(row.clone()), "{row:?} is there already"),
            Op::Update => assert!(there.contains(&row), "{row:?} is not there"),
            Op::Delete => assert!(there.remove(&row), "{row:?} is not there"),
        }
    }
}

#[test]
fn everything_happens() {
    let (plans, shop) = plans(4, 5_000);
    let mut seen: HashMap<(&str, Op), u32> = HashMap::new();
    for change in plans.iter().flatten() {
        *seen.entry((change.table.name, change.op)).or_default() += 1;
    }
    for table in ALL {
        assert!(seen.contains_key(&(table.name, Op::Insert)), "no {} are added", table.name);
        assert!(seen.contains_key(&(table.name, Op::Delete)), "no {} are removed", table.name);
    }
    for table in ["users", "brands", "categories", "products"] {
        assert!(seen.contains_key(&(table, Op::Update)), "no {table} are changed");
    }
    let back =
        |plan: &Vec<Change>| plan.iter().any(|change| plan.iter().any(|other| replaces(change, other)));
    assert!(plans.iter().any(back), "no key comes back");
    assert!(
        shop.categories.iter().all(|category| category.parent.is_none_or(|p| !shop.is_below(p, category.id)))
    );
}

fn replaces(new: &Change, old: &Change) -> bool {
    new.op == Op::Insert && old.op == Op::Delete && (new.table, &new.key) == (old.table, &old.key)
}
