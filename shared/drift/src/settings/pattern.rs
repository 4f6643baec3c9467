//! Patterns of monitors' names.

use serde::{Deserialize, Serialize};

/// Names of monitors: `volume`, `category_price/electronics.*`, `null_*`; `*` stands for any text, `?` for one
/// character. A name without a segment stands for all of the monitor's segments.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(glob::Pattern);

impl Pattern {
    /// Reads a pattern; the error says what is wrong with it.
    ///
    /// # Errors
    /// If it is empty or its wildcards are malformed.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("a pattern must name a monitor".to_owned());
        }
        glob::Pattern::new(text).map(Self).map_err(|error| format!("pattern {text}: {}", error.msg))
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it stands for a monitor, given with its segment as `monitor/segment`.
    pub fn matches(&self, name: &str) -> bool {
        let monitor = name.split_once('/').map_or(name, |(monitor, _)| monitor);
        self.0.matches(name) || self.0.matches(monitor)
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_monitors_and_segments() {
        let matches = |pattern: &str, name: &str| Pattern::parse(pattern).unwrap().matches(name);
        assert!(matches("category_price", "category_price/computers.notebook"));
        assert!(matches("category_price/computers.*", "category_price/computers.notebook"));
        assert!(!matches("category_price/computers.*", "category_price/apparel.shoes"));
        assert!(matches("null_*", "null_brand") && !matches("null_*", "volume"));
        assert!(matches("*", "category_price/computers.notebook"));
        assert!(!matches("price", "category_price/computers.notebook"));
        assert!(Pattern::parse(" ").is_err() && Pattern::parse("[").is_err());
    }
}
