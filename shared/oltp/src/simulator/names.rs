//! Names, among them those that formats stumble over.

use rand::Rng;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;

/// Share of the names that are taken from the odd ones.
const ODD_SHARE: f64 = 0.15;

const SYLLABLES: &[&str] =
    &["al", "ba", "cor", "den", "el", "fa", "gar", "hi", "in", "jo", "ka", "len", "mar", "no", "or", "pel"];

const ODD: &[&str] = &[
    "O'Brien \"Bob\"",
    "comma, inc",
    "two\nlines",
    "carriage\r\nreturn",
    "",
    "NULL",
    "null",
    "Ünïcödé 東京 🚀",
    "  spaces  ",
    "tab\there",
    "back\\slash",
    "\\N",
    "\"",
    ",",
    "'; DROP TABLE brands; --",
    "Ελλάδα",
    "e\u{301}",
    "\u{feff}mark",
    "null\u{2028}line",
];

const HOSTS: &[&str] = &["example.com", "example.org", "mail.example.net", "bücher.example"];

/// A name, now and then an odd one.
pub(super) fn name(rng: &mut SmallRng) -> String {
    match rng.random_bool(ODD_SHARE) {
        true => ODD.choose(rng).copied().unwrap_or_default().to_owned(),
        false => word(rng),
    }
}

/// A name of a category: neither empty nor with a dot.
pub(super) fn category(rng: &mut SmallRng) -> String {
    let name = name(rng);
    if name.is_empty() || name.contains('.') { word(rng) } else { name }
}

/// An address that no other user has, because it holds the user's id.
pub(super) fn email(user: i64, rng: &mut SmallRng) -> String {
    let (local, host) = (name(rng), HOSTS.choose(rng).copied().unwrap_or_default());
    format!("{local}.{user}@{host}")
}

fn word(rng: &mut SmallRng) -> String {
    let syllables = rng.random_range(2..=4);
    (0..syllables).filter_map(|_| SYLLABLES.choose(rng).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn categories_can_stand_in_a_path() {
        let mut rng = SmallRng::seed_from_u64(1);
        let names: Vec<_> = (0..2_000).map(|_| category(&mut rng)).collect();
        assert!(names.iter().all(|name| !name.is_empty() && !name.contains('.')));
        assert!(names.iter().any(|name| name == "NULL"));
    }

    #[test]
    fn addresses_of_two_users_differ() {
        let mut rng = SmallRng::seed_from_u64(1);
        let mut emails: Vec<_> = (0..2_000).map(|user| email(user, &mut rng)).collect();
        emails.sort();
        emails.dedup();
        assert_eq!(emails.len(), 2_000);
    }
}
