//! What a deployment tells its functions.

use std::str::FromStr;

use estrella_lake::{Error, Result};

use crate::Config;

/// Where a function works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The data bucket.
    pub bucket: String,
    /// What the names of the Glue databases begin with.
    pub database_prefix: String,
    /// The deployment's name, a dimension of the metrics.
    pub environment: String,
    /// Where alerts go; only for functions that send any.
    pub topic_arn: Option<String>,
    /// The secret that tokens of personal values are made with; only for the function that makes them.
    pub pii_secret_arn: Option<String>,
}

/// Whether a function sends alerts itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sends {
    /// It has to know the topic.
    Alerts,
    /// It leaves them to the state machine.
    Nothing,
}

impl Settings {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// `InvalidInput` naming the variable that is missing or wrong.
    pub fn from_env(sends: Sends) -> Result<Self> {
        Self::from_lookup(sends, |name| std::env::var(name).ok())
    }

    fn from_lookup(sends: Sends, lookup: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let required = |name: &str| {
            let value = lookup(name).filter(|value| !value.is_empty());
            value.ok_or_else(|| Error::invalid(format!("environment variable {name} is not set")))
        };
        let topic_arn = match sends {
            Sends::Alerts => Some(required("ESTRELLA_TOPIC_ARN")?),
            Sends::Nothing => None,
        };
        Ok(Self {
            bucket: required("ESTRELLA_BUCKET")?,
            database_prefix: required("ESTRELLA_DATABASE_PREFIX")?,
            environment: required("ESTRELLA_ENVIRONMENT")?,
            topic_arn,
            pii_secret_arn: lookup("ESTRELLA_PII_SECRET_ARN").filter(|arn| !arn.is_empty()),
        })
    }
}

impl Config {
    /// The defaults, with what the process's environment says otherwise.
    ///
    /// # Errors
    /// `InvalidInput` naming the variable that is wrong.
    pub fn from_env() -> Result<Self> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let mut config = Self::default();
        for (name, what, number) in [
            ("ESTRELLA_KEEP_SNAPSHOT_DAYS", "days", &mut config.keep_snapshot_days),
            ("ESTRELLA_KEEP_SNAPSHOTS", "snapshots", &mut config.keep_snapshots),
            ("ESTRELLA_KEEP_ORPHAN_DAYS", "days", &mut config.keep_orphan_days),
        ] {
            if let Some(value) = lookup(name) {
                *number = number_from(1, name, what, &value)?;
            }
        }
        if let Some(value) = lookup("ESTRELLA_COMPACTION_TARGET_MIB") {
            let mib: u64 = number_from(1, "ESTRELLA_COMPACTION_TARGET_MIB", "MiB", &value)?;
            config.compaction.target_bytes = mib << 20;
        }
        if let Some(value) = lookup("ESTRELLA_COMPACTION_MIN_FILES") {
            config.compaction.min_files = number_from(2, "ESTRELLA_COMPACTION_MIN_FILES", "files", &value)?;
        }
        for (name, percent) in [
            ("ESTRELLA_MAX_SHRINK_PERCENT", &mut config.gates.max_shrink_percent),
            ("ESTRELLA_MAX_ORPHAN_PERCENT", &mut config.gates.max_orphan_percent),
        ] {
            if let Some(value) = lookup(name) {
                *percent = value.parse().ok().filter(|p| (0.0..=100.0).contains(p)).ok_or_else(|| {
                    Error::invalid(format!(
                        "environment variable {name} is {value:?}, not a number from 0 to 100"
                    ))
                })?;
            }
        }
        config.report_url = lookup("ESTRELLA_REPORT_URL").filter(|url| !url.is_empty());
        Ok(config)
    }
}

fn number_from<T: FromStr + PartialOrd + From<u8>>(
    least: u8,
    name: &str,
    what: &str,
    value: &str,
) -> Result<T> {
    value.parse().ok().filter(|number| *number >= T::from(least)).ok_or_else(|| {
        Error::invalid(format!(
            "environment variable {name} is {value:?}, not a number of {what} from {least}"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(sends: Sends, without: &str) -> Result<Settings> {
        Settings::from_lookup(sends, |name| (name != without).then(|| name.to_lowercase()))
    }

    #[test]
    fn the_missing_variable_is_named() {
        let all = settings(Sends::Alerts, "").unwrap();
        assert_eq!(
            (all.bucket.as_str(), all.topic_arn.as_deref()),
            ("estrella_bucket", Some("estrella_topic_arn"))
        );
        for name in
            ["ESTRELLA_BUCKET", "ESTRELLA_DATABASE_PREFIX", "ESTRELLA_ENVIRONMENT", "ESTRELLA_TOPIC_ARN"]
        {
            let error = settings(Sends::Alerts, name).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
        assert_eq!(settings(Sends::Nothing, "ESTRELLA_TOPIC_ARN").unwrap().topic_arn, None);
    }

    #[test]
    fn maintenance_is_set_by_variables() {
        let numbers = [
            ("ESTRELLA_KEEP_SNAPSHOTS", "9"),
            ("ESTRELLA_KEEP_ORPHAN_DAYS", "4"),
            ("ESTRELLA_COMPACTION_TARGET_MIB", "64"),
            ("ESTRELLA_COMPACTION_MIN_FILES", "2"),
        ];
        let with = |wrong: &str| {
            let value = move |name: &str| {
                let (known, value) = numbers.iter().find(|(known, _)| *known == name)?;
                Some(if *known == wrong { "1.5" } else { value }.to_owned())
            };
            Config::from_lookup(value)
        };
        let config = with("").unwrap();
        assert_eq!((config.keep_snapshots, config.keep_orphan_days), (9, 4));
        assert_eq!((config.compaction.target_bytes, config.compaction.min_files), (64 << 20, 2));
        for (name, _) in numbers {
            let error = with(name).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn a_wrong_number_is_refused() {
        let days =
            |value: &str| Config::from_lookup(|_| Some(value.to_owned())).map(|c| c.keep_snapshot_days);
        assert_eq!(days("30").unwrap(), 30);
        for value in ["", "0", "-1", "a week"] {
            let error = days(value).unwrap_err().to_string();
            assert!(error.contains("ESTRELLA_KEEP_SNAPSHOT_DAYS"), "{error}");
        }
    }
}
