//! The next transaction of the shop.

mod catalogue;
mod removal;
mod visit;

use rand::Rng;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;

use super::names;
use super::shop::{Shop, User};
use super::tables::{Change, Op, Set, Table, USERS};

/// What a shop opens with.
const FIRST_CATEGORIES: usize = 8;
const FIRST_BRANDS: usize = 6;
const FIRST_PRODUCTS: usize = 24;
const FIRST_USERS: usize = 12;

/// Of those who change their address, so many notice a slip and change it again at once.
const SECOND_THOUGHTS: f64 = 0.3;

/// Plans transactions: changes that the schema allows, noted in the shop as if they were done.
pub(super) struct Planner<'a> {
    shop: &'a mut Shop,
    rng: &'a mut SmallRng,
    changes: Vec<Change>,
}

/// The changes of the next transaction, at least one.
pub(super) fn transaction(shop: &mut Shop, rng: &mut SmallRng) -> Vec<Change> {
    let mut planner = Planner { shop, rng, changes: Vec::new() };
    if !planner.opening() {
        // Not everything can be done at any time: there may be nothing to remove.
        while planner.changes.is_empty() {
            planner.business();
        }
    }
    planner.changes
}

impl Planner<'_> {
    /// Fills the shop before anybody comes. Whether there was something to fill.
    fn opening(&mut self) -> bool {
        if self.shop.categories.len() < FIRST_CATEGORIES {
            self.add_category();
        } else if self.shop.brands.len() < FIRST_BRANDS {
            self.add_brand();
        } else if self.shop.products.len() < FIRST_PRODUCTS {
            (0..4).for_each(|_| self.add_product());
        } else if self.shop.users.len() < FIRST_USERS {
            self.add_user();
        }
        !self.changes.is_empty()
    }

    fn business(&mut self) {
        match self.rng.random_range(0..100) {
            0..35 => self.visit(),
            35..60 => self.go_on(),
            60..67 => self.add_user(),
            67..71 => self.extend_catalogue(),
            71..78 => self.change_price(),
            78..81 => self.restock(),
            81..85 => self.change_email(),
            85..87 => self.rename_user(),
            87..90 => self.rename_brand(),
            90..92 => self.move_category(),
            92..94 => self.rename_category(),
            94..96 => self.sort_product(),
            96..98 => self.remove_something(),
            _ => self.replace_something(),
        }
    }

    fn push(&mut self, table: &'static Table, op: Op, key: impl ToString, set: Vec<(&'static str, Set)>) {
        self.changes.push(Change { table, op, key: key.to_string(), set });
    }

    fn add_user(&mut self) {
        self.shop.last_user += 1;
        let id = self.shop.last_user;
        self.shop.users.push(User { id, sessions: 0 });
        self.insert_user(id);
    }

    fn insert_user(&mut self, id: i64) {
        let (name, email) = (names::name(self.rng), names::email(id, self.rng));
        let set = vec![("name", Set::text(name)), ("email", Set::text(email)), ("created_at", Set::Now)];
        self.push(&USERS, Op::Insert, id, set);
    }

    fn change_email(&mut self) {
        let Some(id) = self.shop.users.choose(self.rng).map(|user| user.id) else { return };
        let times = if self.rng.random_bool(SECOND_THOUGHTS) { 2 } else { 1 };
        for _ in 0..times {
            let email = names::email(id, self.rng);
            self.push(&USERS, Op::Update, id, vec![("email", Set::text(email))]);
        }
    }

    fn rename_user(&mut self) {
        let Some(id) = self.shop.users.choose(self.rng).map(|user| user.id) else { return };
        let name = names::name(self.rng);
        self.push(&USERS, Op::Update, id, vec![("name", Set::text(name))]);
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
