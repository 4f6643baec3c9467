//! What the dimensions should be, worked out naively from all events at once.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;

use super::Owned;
use crate::event::EventType;
use crate::star::{Activity, Brand, Category, Product, Session, SessionId, User};

fn grouped<K: Ord + Hash>(events: &[Owned], key: impl Fn(&Owned) -> Option<K>) -> BTreeMap<K, Vec<&Owned>> {
    let mut groups: BTreeMap<K, Vec<&Owned>> = BTreeMap::new();
    for event in events {
        if let Some(key) = key(event) {
            groups.entry(key).or_default().push(event);
        }
    }
    groups
}

fn first(events: &[&Owned], types: &[EventType]) -> Option<i64> {
    events.iter().filter(|e| types.contains(&e.event_type)).map(|e| e.event_time).min()
}

fn activity(events: &[&Owned]) -> Activity {
    let count = |t: EventType| events.iter().filter(|e| e.event_type == t).count() as u64;
    let bought = events.iter().filter(|e| e.event_type == EventType::Purchase);
    Activity {
        first_at: first(events, &EventType::ALL).unwrap(),
        last_at: events.iter().map(|e| e.event_time).max().unwrap(),
        counts: EventType::ALL.map(count),
        purchases_cents: bought.map(|e| e.price_cents).sum(),
    }
}

pub(super) fn users(events: &[Owned]) -> BTreeMap<i64, User> {
    let user = |events: Vec<&Owned>| {
        let sessions: BTreeSet<_> = events.iter().map(|e| &e.session_id).collect();
        User { activity: activity(&events), sessions: sessions.len() as u64 }
    };
    grouped(events, |e| Some(e.user_id)).into_iter().map(|(key, events)| (key, user(events))).collect()
}

pub(super) fn products(events: &[Owned]) -> BTreeMap<i64, Product> {
    let product = |events: Vec<&Owned>| {
        let state = |e: &&&Owned| {
            (e.event_time, e.price_cents, e.category_id, e.category_code.clone(), e.brand.clone())
        };
        let latest = events.iter().max_by_key(state).unwrap();
        Product {
            price_cents: latest.price_cents,
            category_id: latest.category_id,
            category_code: latest.category_code.as_str().into(),
            brand: latest.brand.as_str().into(),
            activity: activity(&events),
        }
    };
    grouped(events, |e| Some(e.product_id)).into_iter().map(|(key, events)| (key, product(events))).collect()
}

pub(super) fn categories(events: &[Owned]) -> BTreeMap<i64, Category> {
    let category = |events: Vec<&Owned>| {
        let latest = events.iter().max_by_key(|e| (e.event_time, &e.category_code)).unwrap();
        let Activity { first_at, last_at, .. } = activity(&events);
        Category { code: latest.category_code.as_str().into(), first_at, last_at }
    };
    grouped(events, |e| e.category_id).into_iter().map(|(key, events)| (key, category(events))).collect()
}

pub(super) fn brands(events: &[Owned]) -> BTreeMap<Box<str>, Brand> {
    let groups = grouped(events, |e| Some(Box::from(e.brand.as_str())));
    groups.into_iter().map(|(key, events)| (key, Brand { activity: activity(&events) })).collect()
}

pub(super) fn sessions(events: &[Owned]) -> BTreeMap<SessionId, Session> {
    let session = |events: Vec<&Owned>| {
        let user_id = events.iter().map(|e| (e.event_time, e.user_id)).min().unwrap().1;
        let users: BTreeSet<i64> = events.iter().map(|e| e.user_id).collect();
        Session {
            user_id,
            other_user_ids: users.into_iter().filter(|user| *user != user_id).collect(),
            activity: activity(&events),
            first_interest_at: first(&events, &[EventType::View, EventType::Cart]),
            first_purchase_at: first(&events, &[EventType::Purchase]),
        }
    };
    let groups = grouped(events, |e| Some(e.session_id.clone()));
    groups.into_iter().map(|(key, events)| (key.as_str().into(), session(events))).collect()
}
