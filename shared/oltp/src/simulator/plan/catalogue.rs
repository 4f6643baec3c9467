//! Products, brands and categories.

use rand::Rng;
use rand::seq::IndexedRandom;

use super::super::names;
use super::super::shop::{Category, Product};
use super::super::tables::{BRANDS, CATEGORIES, Op, PRODUCTS, Set};
use super::{Planner, SECOND_THOUGHTS};

const CENTS: std::ops::RangeInclusive<i64> = 99..=250_000;
const STOCK: std::ops::RangeInclusive<i64> = 0..=20;
const NO_BRAND: f64 = 0.12;
const NO_CATEGORY: f64 = 0.1;
const AT_THE_TOP: f64 = 0.3;
/// Of the new products, so many come with a brand or a category of their own.
const NEW_AROUND: f64 = 0.3;

/// Cents as the database writes a price.
pub(super) fn price(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn optional(id: Option<i64>) -> Set {
    Set::To(id.map(|id| id.to_string()))
}

impl Planner<'_> {
    pub(super) fn add_brand(&mut self) {
        self.shop.last_brand += 1;
        let id = self.shop.last_brand;
        self.shop.brands.push(id);
        self.insert_brand(id);
    }

    pub(super) fn insert_brand(&mut self, id: i64) {
        let name = names::name(self.rng);
        self.push(&BRANDS, Op::Insert, id, vec![("name", Set::text(name))]);
    }

    pub(super) fn add_category(&mut self) {
        let parent = match self.rng.random_bool(AT_THE_TOP) {
            true => None,
            false => self.shop.categories.choose(self.rng).map(|category| category.id),
        };
        self.shop.last_category += 1;
        let id = self.shop.last_category;
        self.shop.categories.push(Category { id, parent });
        let set = vec![("parent_id", optional(parent)), ("name", Set::text(names::category(self.rng)))];
        self.push(&CATEGORIES, Op::Insert, id, set);
    }

    pub(super) fn extend_catalogue(&mut self) {
        if self.rng.random_bool(NEW_AROUND) {
            self.add_brand();
        }
        if self.rng.random_bool(NEW_AROUND) {
            self.add_category();
        }
        self.add_product();
    }

    pub(super) fn add_product(&mut self) {
        self.shop.last_product += 1;
        let id = self.shop.last_product;
        self.insert_product(id);
    }

    pub(super) fn insert_product(&mut self, id: i64) {
        let (brand, category) = (self.draw_brand(), self.draw_category());
        let (cents, stock) = (self.rng.random_range(CENTS), self.rng.random_range(STOCK));
        self.shop.products.push(Product { id, brand, category, cents, stock, events: 0 });
        let set = vec![
            ("brand_id", optional(brand)),
            ("category_id", optional(category)),
            ("price", Set::text(price(cents))),
            ("stock", Set::text(stock)),
        ];
        self.push(&PRODUCTS, Op::Insert, id, set);
    }

    pub(super) fn change_price(&mut self) {
        let Some(index) = self.draw_product() else { return };
        let times = if self.rng.random_bool(SECOND_THOUGHTS) { 2 } else { 1 };
        for _ in 0..times {
            let cents = self.rng.random_range(CENTS);
            self.shop.products[index].cents = cents;
            self.update_product(index, "price", Set::text(price(cents)));
        }
    }

    pub(super) fn restock(&mut self) {
        let Some(index) = self.draw_product() else { return };
        let more = self.rng.random_range(1..=20);
        self.shop.products[index].stock += more;
        self.update_product(index, "stock", Set::Add(more));
    }

    /// Another brand, another category, or none.
    pub(super) fn sort_product(&mut self) {
        let Some(index) = self.draw_product() else { return };
        if self.rng.random_bool(0.5) {
            let brand = self.draw_brand();
            self.shop.products[index].brand = brand;
            self.update_product(index, "brand_id", optional(brand));
        } else {
            let category = self.draw_category();
            self.shop.products[index].category = category;
            self.update_product(index, "category_id", optional(category));
        }
    }

    pub(super) fn rename_brand(&mut self) {
        let Some(id) = self.shop.brands.choose(self.rng).copied() else { return };
        let name = names::name(self.rng);
        self.push(&BRANDS, Op::Update, id, vec![("name", Set::text(name))]);
    }

    pub(super) fn rename_category(&mut self) {
        let Some(id) = self.shop.categories.choose(self.rng).map(|category| category.id) else { return };
        let name = names::category(self.rng);
        self.push(&CATEGORIES, Op::Update, id, vec![("name", Set::text(name))]);
    }

    /// Under another category that does not lie below it, or to the top.
    pub(super) fn move_category(&mut self) {
        let Some(id) = self.shop.categories.choose(self.rng).map(|category| category.id) else { return };
        let drawn = self.shop.categories.choose(self.rng).map(|category| category.id);
        let parent = drawn.filter(|&parent| !self.shop.is_below(parent, id));
        if let Some(category) = self.shop.categories.iter_mut().find(|category| category.id == id) {
            category.parent = parent;
        }
        self.push(&CATEGORIES, Op::Update, id, vec![("parent_id", optional(parent))]);
    }

    fn update_product(&mut self, index: usize, column: &'static str, set: Set) {
        self.push(&PRODUCTS, Op::Update, self.shop.products[index].id, vec![(column, set)]);
    }

    fn draw_product(&mut self) -> Option<usize> {
        let count = self.shop.products.len();
        (count > 0).then(|| self.rng.random_range(0..count))
    }

    fn draw_brand(&mut self) -> Option<i64> {
        if self.rng.random_bool(NO_BRAND) { None } else { self.shop.brands.choose(self.rng).copied() }
    }

    fn draw_category(&mut self) -> Option<i64> {
        if self.rng.random_bool(NO_CATEGORY) {
            return None;
        }
        self.shop.categories.choose(self.rng).map(|category| category.id)
    }
}
