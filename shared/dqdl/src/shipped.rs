//! The rule sets that come with the program; a lake may have its own in their place.

const SETS: [(&str, &str); 8] = [
    ("raw", include_str!("../../../infra/rules/raw.dqdl")),
    ("clean_events", include_str!("../../../infra/rules/clean_events.dqdl")),
    ("fact_user_events", include_str!("../../../infra/rules/fact_user_events.dqdl")),
    ("dim_users", include_str!("../../../infra/rules/dim_users.dqdl")),
    ("dim_products", include_str!("../../../infra/rules/dim_products.dqdl")),
    ("dim_categories", include_str!("../../../infra/rules/dim_categories.dqdl")),
    ("dim_brands", include_str!("../../../infra/rules/dim_brands.dqdl")),
    ("dim_sessions", include_str!("../../../infra/rules/dim_sessions.dqdl")),
];

/// The text of a rule set, by its name; none if none of that name is shipped.
pub fn shipped(name: &str) -> Option<&'static str> {
    SETS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_set_is_found_and_can_be_read() {
        for (name, text) in SETS {
            assert_eq!(shipped(name), Some(text));
            assert!(!crate::parse(text).unwrap().rules.is_empty(), "{name}");
        }
        assert_eq!(shipped("nothing"), None);
    }
}
