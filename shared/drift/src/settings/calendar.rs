//! What is known to become unusual.

use serde::{Deserialize, Deserializer, de::Error};

use super::Pattern;
use crate::hour::parse_hour;

/// A time that is known to be unlike others, as a sale. Its hours are no reference for later ones.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Calendar {
    /// Name.
    pub name: String,
    /// First hour, in hours since the Unix epoch, UTC.
    pub from: i64,
    /// The hour after the last.
    pub to: i64,
    /// Monitors that say nothing in this time; volume and sessions still do if `volume` is given.
    pub monitors: Vec<Pattern>,
    /// Least and greatest multiple of the usual rows and sessions that is expected.
    pub volume: Option<[f64; 2]>,
}

impl Calendar {
    /// Whether the monitor, given with its segment, is expected to be unusual.
    pub(crate) fn expects(&self, name: &str) -> bool {
        self.monitors.iter().any(|pattern| pattern.matches(name))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    #[serde(deserialize_with = "hour")]
    from: i64,
    #[serde(deserialize_with = "hour")]
    to: i64,
    #[serde(default)]
    monitors: Vec<Pattern>,
    #[serde(default)]
    volume: Option<[f64; 2]>,
}

impl TryFrom<Written> for Calendar {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written { name, from, to, monitors, volume } = written;
        if from >= to {
            return Err(format!("calendar {name}: to must be after from"));
        }
        if let Some([least, greatest]) = volume
            && !(least >= 0.0 && least <= greatest && greatest.is_finite())
        {
            return Err(format!("calendar {name}: volume must be [least, greatest] multiples of the usual"));
        }
        Ok(Self { name, from, to, monitors, volume })
    }
}

/// A TOML date or time, or a text with one.
fn hour<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let text = match toml::Value::deserialize(deserializer)? {
        toml::Value::String(text) => text,
        toml::Value::Datetime(time) => time.to_string(),
        other => return Err(D::Error::custom(format!("{} is no time", other.type_str()))),
    };
    parse_hour(&text)
        .ok_or_else(|| D::Error::custom(format!("{text} is no whole hour in UTC, as 2026-11-27T00:00:00Z")))
}
