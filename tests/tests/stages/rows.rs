//! Rows of objects, and what the tables must make of them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

pub(crate) const HEADER: &str =
    "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session";

/// Good rows by number: equal numbers, equal rows. Day 1 or 2 of October by turns.
pub(crate) fn events(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    numbers.into_iter().map(|n| event(1 + n % 2, n)).collect()
}

pub(crate) fn event(day: u32, n: u32) -> String {
    let (hour, minute, second) = (n / 3 % 24, n / 5 % 60, n / 7 % 60);
    let kind = ["view", "cart", "purchase", "view", "remove_from_cart"][n as usize % 5];
    let product = 1 + n % 7;
    let category = if product.is_multiple_of(3) { String::new() } else { (100 + product).to_string() };
    let code = if product.is_multiple_of(2) { "" } else { "house.lamps" };
    let brand = if product.is_multiple_of(4) { "" } else { "acme" };
    let (user, session) = (1 + n % 5, n % 9);
    format!(
        "2019-10-{day:02} {hour:02}:{minute:02}:{second:02} UTC,{kind},{product},{category},{code},{brand},{product}.{:02},{user},s{session}",
        n % 100
    )
}

/// Rows to refuse, for one of two reasons.
pub(crate) fn bad(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    let spoil = |n: u32| match n % 2 {
        0 => event(1, n).replace(",acme,", ",acme,-"),
        _ => event(2, n).replace("view", "click").replace("cart", "click").replace("purchase", "click"),
    };
    numbers.into_iter().map(|n| n * 7).map(spoil).collect()
}

/// Reasons against a row; only those that [`bad`] gives.
pub(crate) fn reasons(row: &str) -> String {
    let fields: Vec<&str> = row.split(',').collect();
    let negative = fields[6].starts_with('-').then_some("price_not_positive");
    let unknown = fields[1].contains("click").then_some("unknown_event_type");
    negative.into_iter().chain(unknown).collect::<Vec<_>>().join(",")
}

/// The row of the facts that an event makes, without its id.
pub(crate) fn fact(row: &str) -> String {
    let [time, kind, product, category, code, brand, price, user, session] =
        row.split(',').collect::<Vec<_>>().try_into().unwrap();
    fn known(text: &str) -> &str {
        if text.is_empty() { "unknown" } else { text }
    }
    let (date, hour) = (&time[..10], time[11..13].parse::<u32>().unwrap());
    // 1 October 2019 was a Tuesday.
    let weekday = (date[8..].parse::<u32>().unwrap() + 1) % 7 + 1;
    let (code, brand) = (known(code), known(brand));
    format!(
        "{time}|{kind}|{user}|{product}|{price}|{session}|{category}|{code}|{brand}|unknown|unknown|{hour}|{weekday}|{date}"
    )
}

/// The rows of `dim_users` that distinct events make.
pub(crate) fn users(events: &BTreeSet<&str>) -> Vec<String> {
    let mut users: BTreeMap<&str, Vec<Vec<&str>>> = BTreeMap::new();
    for row in events {
        let fields: Vec<&str> = row.split(',').collect();
        users.entry(fields[7]).or_default().push(fields);
    }
    let row = |(user, events): (&&str, &Vec<Vec<&str>>)| {
        let times = || events.iter().map(|event| event[0]);
        let count = |kind: &str| events.iter().filter(|event| event[1] == kind).count();
        let sessions: HashSet<&str> = events.iter().map(|event| event[8]).collect();
        let purchases = events.iter().filter(|event| event[1] == "purchase");
        let cents: u64 = purchases.map(|event| event[6].replace('.', "").parse::<u64>().unwrap()).sum();
        format!(
            "{user}|{}|{}|{}|{}|{}|{}|{}|{}.{:02}",
            times().min().unwrap(),
            times().max().unwrap(),
            count("view"),
            count("cart"),
            count("remove_from_cart"),
            count("purchase"),
            sessions.len(),
            cents / 100,
            cents % 100
        )
    };
    users.iter().map(row).collect()
}
