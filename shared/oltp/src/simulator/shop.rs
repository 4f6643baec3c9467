//! What the simulator knows of the shop: as much as it needs to make changes that the schema allows.

use std::collections::VecDeque;

use tokio_postgres::Client;
use uuid::Uuid;

use crate::{Error, Result};

/// Sessions that may go on.
const OPEN_SESSIONS: usize = 64;
/// Events that may still be removed.
const RECENT_EVENTS: usize = 128;

#[derive(Debug, Clone, Default)]
pub(super) struct Shop {
    pub(super) users: Vec<User>,
    pub(super) brands: Vec<i64>,
    pub(super) categories: Vec<Category>,
    pub(super) products: Vec<Product>,
    pub(super) sessions: VecDeque<Session>,
    pub(super) events: VecDeque<Event>,
    /// The greatest ids ever given out.
    pub(super) last_user: i64,
    pub(super) last_brand: i64,
    pub(super) last_category: i64,
    pub(super) last_product: i64,
}

#[derive(Debug, Clone)]
pub(super) struct User {
    pub(super) id: i64,
    pub(super) sessions: i64,
}

#[derive(Debug, Clone)]
pub(super) struct Category {
    pub(super) id: i64,
    pub(super) parent: Option<i64>,
}

#[derive(Debug, Clone)]
pub(super) struct Product {
    pub(super) id: i64,
    pub(super) brand: Option<i64>,
    pub(super) category: Option<i64>,
    pub(super) cents: i64,
    pub(super) stock: i64,
    pub(super) events: i64,
}

#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) id: Uuid,
    pub(super) user: i64,
    pub(super) events: i64,
    /// Products.
    pub(super) cart: Vec<i64>,
}

#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) id: Uuid,
    pub(super) session: Uuid,
    pub(super) product: i64,
}

impl Shop {
    /// Reads what there is, so that a later run goes on where an earlier one ended.
    pub(super) async fn read(client: &Client) -> Result<Self> {
        let mut shop = Self::default();
        let rows = |table: &'static str, sql: &'static str| async move {
            client.query(sql, &[]).await.map_err(Error::database(format!("cannot read {table}")))
        };
        let sql = "SELECT user_id, (SELECT count(*) FROM sessions s WHERE s.user_id = u.user_id) \
                   FROM users u ORDER BY 1";
        for row in rows("users", sql).await? {
            shop.users.push(User { id: row.get(0), sessions: row.get(1) });
        }
        shop.brands = rows("brands", "SELECT brand_id FROM brands ORDER BY 1")
            .await?
            .iter()
            .map(|row| row.get(0))
            .collect();
        for row in rows("categories", "SELECT category_id, parent_id FROM categories ORDER BY 1").await? {
            shop.categories.push(Category { id: row.get(0), parent: row.get(1) });
        }
        let sql = "SELECT product_id, brand_id, category_id, (price * 100)::bigint, stock::bigint, \
                   (SELECT count(*) FROM events e WHERE e.product_id = p.product_id) FROM products p ORDER BY 1";
        for row in rows("products", sql).await? {
            shop.products.push(Product {
                id: row.get(0),
                brand: row.get(1),
                category: row.get(2),
                cents: row.get(3),
                stock: row.get(4),
                events: row.get(5),
            });
        }
        shop.last_user = shop.users.last().map_or(0, |user| user.id);
        shop.last_brand = shop.brands.last().copied().unwrap_or_default();
        shop.last_category = shop.categories.last().map_or(0, |category| category.id);
        shop.last_product = shop.products.last().map_or(0, |product| product.id);
        Ok(shop)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.users.is_empty()
            && self.brands.is_empty()
            && self.categories.is_empty()
            && self.products.is_empty()
    }

    pub(super) fn product(&mut self, id: i64) -> Option<&mut Product> {
        self.products.iter_mut().find(|product| product.id == id)
    }

    pub(super) fn open_session(&mut self, session: Session) {
        if let Some(user) = self.users.iter_mut().find(|user| user.id == session.user) {
            user.sessions += 1;
        }
        self.sessions.push_back(session);
        if self.sessions.len() > OPEN_SESSIONS {
            self.sessions.pop_front();
        }
    }

    pub(super) fn add_event(&mut self, event: Event) {
        self.count(&event, 1);
        self.events.push_back(event);
        if self.events.len() > RECENT_EVENTS {
            self.events.pop_front();
        }
    }

    pub(super) fn remove_event(&mut self, index: usize) -> Option<Event> {
        let event = self.events.remove(index)?;
        self.count(&event, -1);
        Some(event)
    }

    fn count(&mut self, event: &Event, more: i64) {
        if let Some(product) = self.product(event.product) {
            product.events += more;
        }
        if let Some(session) = self.sessions.iter_mut().find(|session| session.id == event.session) {
            session.events += more;
        }
    }

    /// Whether `category` is `ancestor` or lies below it.
    pub(super) fn is_below(&self, category: i64, ancestor: i64) -> bool {
        let mut next = Some(category);
        // A tree has no path longer than the number of its nodes.
        for _ in 0..=self.categories.len() {
            match next {
                Some(id) if id == ancestor => return true,
                Some(id) => next = self.categories.iter().find(|c| c.id == id).and_then(|c| c.parent),
                None => return false,
            }
        }
        true
    }

    pub(super) fn is_category_free(&self, id: i64) -> bool {
        self.categories.iter().all(|category| category.parent != Some(id))
            && self.products.iter().all(|product| product.category != Some(id))
    }

    pub(super) fn is_brand_free(&self, id: i64) -> bool {
        self.products.iter().all(|product| product.brand != Some(id))
    }
}
