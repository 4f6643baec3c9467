//! Removal of rows that nothing refers to, and keys that come back.

use rand::Rng;
use rand::rngs::SmallRng;
use rand::seq::IteratorRandom;

use super::super::tables::{BRANDS, CATEGORIES, EVENTS, Op, PRODUCTS, SESSIONS, USERS};
use super::Planner;

/// Places in a list that fulfil a condition, one of them by chance.
fn draw<T>(list: impl Iterator<Item = T>, free: impl Fn(&T) -> bool, rng: &mut SmallRng) -> Option<usize> {
    list.enumerate().filter(|(_, item)| free(item)).map(|(index, _)| index).choose(rng)
}

impl Planner<'_> {
    pub(super) fn remove_something(&mut self) {
        match self.rng.random_range(0..6) {
            0 => _ = self.remove_user(),
            1 => _ = self.remove_brand(),
            2 => self.remove_category(),
            3 => _ = self.remove_product(),
            4 => self.remove_session(),
            _ => self.remove_event(),
        }
    }

    /// A row goes, and another one with its key comes in the same transaction.
    pub(super) fn replace_something(&mut self) {
        match self.rng.random_range(0..3) {
            0 => {
                if let Some(id) = self.remove_user() {
                    self.shop.users.push(super::User { id, sessions: 0 });
                    self.insert_user(id);
                }
            }
            1 => {
                if let Some(id) = self.remove_brand() {
                    self.shop.brands.push(id);
                    self.insert_brand(id);
                }
            }
            _ => {
                if let Some(id) = self.remove_product() {
                    self.insert_product(id);
                }
            }
        }
    }

    fn remove_user(&mut self) -> Option<i64> {
        let index = draw(self.shop.users.iter(), |user| user.sessions == 0, self.rng)?;
        let id = self.shop.users.remove(index).id;
        self.push(&USERS, Op::Delete, id, Vec::new());
        Some(id)
    }

    fn remove_brand(&mut self) -> Option<i64> {
        let index = draw(self.shop.brands.iter(), |&&id| self.shop.is_brand_free(id), self.rng)?;
        let id = self.shop.brands.remove(index);
        self.push(&BRANDS, Op::Delete, id, Vec::new());
        Some(id)
    }

    fn remove_category(&mut self) {
        let free = draw(self.shop.categories.iter(), |c| self.shop.is_category_free(c.id), self.rng);
        if let Some(index) = free {
            let id = self.shop.categories.remove(index).id;
            self.push(&CATEGORIES, Op::Delete, id, Vec::new());
        }
    }

    fn remove_product(&mut self) -> Option<i64> {
        let index = draw(self.shop.products.iter(), |product| product.events == 0, self.rng)?;
        let id = self.shop.products.remove(index).id;
        self.push(&PRODUCTS, Op::Delete, id, Vec::new());
        Some(id)
    }

    fn remove_session(&mut self) {
        let free = draw(self.shop.sessions.iter(), |session| session.events == 0, self.rng);
        let Some(session) = free.and_then(|index| self.shop.sessions.remove(index)) else { return };
        if let Some(user) = self.shop.users.iter_mut().find(|user| user.id == session.user) {
            user.sessions -= 1;
        }
        self.push(&SESSIONS, Op::Delete, session.id, Vec::new());
    }

    fn remove_event(&mut self) {
        let index = draw(self.shop.events.iter(), |_| true, self.rng);
        if let Some(event) = index.and_then(|index| self.shop.remove_event(index)) {
            self.push(&EVENTS, Op::Delete, event.id, Vec::new());
        }
    }
}
