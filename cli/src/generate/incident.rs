//! Things that go wrong on one day, and how they are written on the command line.

use std::str::FromStr;

use chrono::NaiveDate;
use thiserror::Error;

const DEFAULT_FACTOR: f64 = 100.0;
const DEFAULT_SHARE: f64 = 0.3;
const DEFAULT_EVENTS: u32 = 5_000;

/// Something that goes wrong on one day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Incident {
    /// `outage:DATE:HH-HH`: no events in these hours.
    Outage {
        /// The day, UTC.
        date: NaiveDate,
        /// First hour without events, 0 to 23, UTC.
        from_hour: u8,
        /// First hour with events again, 1 to 24, UTC.
        to_hour: u8,
    },
    /// `price-bug:DATE[:FACTOR]`: the prices of the busiest category are multiplied.
    PriceBug {
        /// The day, UTC.
        date: NaiveDate,
        /// What the prices are multiplied by, above 0; 100 unless told.
        factor: f64,
    },
    /// `brand-flood:DATE[:SHARE]`: views move to a brand that no other day has.
    BrandFlood {
        /// The day, UTC.
        date: NaiveDate,
        /// Share of the shoppers' events that move, above 0 and at most 1; 0.3 unless told.
        share: f64,
    },
    /// `bot:DATE[:EVENTS]`: one user walks the catalogue in one session around the clock.
    Bot {
        /// The day, UTC.
        date: NaiveDate,
        /// Views in the session, at least 1; 5000 unless told.
        events: u32,
    },
}

/// Why a text is not an [`Incident`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IncidentError {
    /// The first part names no incident.
    #[error("unknown incident `{0}`, expected outage, price-bug, brand-flood or bot")]
    UnknownKind(String),
    /// The second part is missing or no date.
    #[error("`{0}` is not a date, expected YYYY-MM-DD")]
    BadDate(String),
    /// An outage without usable hours.
    #[error("`{0}` is not a range of hours, expected HH-HH with 0 <= first < second <= 24")]
    BadHours(String),
    /// A price bug whose factor is not a positive number.
    #[error("`{0}` is not a price factor, expected a number above 0")]
    BadFactor(String),
    /// A brand flood whose share is no share.
    #[error("`{0}` is not a share of events, expected a number above 0 and at most 1")]
    BadShare(String),
    /// A bot whose events are not a positive whole number.
    #[error("`{0}` is not a number of events, expected a whole number above 0")]
    BadEvents(String),
    /// More parts than the incident has.
    #[error("`{0}` is one part too many")]
    TrailingPart(String),
}

impl Incident {
    /// The day it happens, UTC.
    #[must_use]
    pub fn date(&self) -> NaiveDate {
        match *self {
            Self::Outage { date, .. }
            | Self::PriceBug { date, .. }
            | Self::BrandFlood { date, .. }
            | Self::Bot { date, .. } => date,
        }
    }
}

impl FromStr for Incident {
    type Err = IncidentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split(':');
        let kind = parts.next().unwrap_or_default();
        let date = parts.next().unwrap_or_default();
        // Raised by the arms below, so that an unknown incident is named before its date.
        let date = date.parse().map_err(|_| IncidentError::BadDate(date.to_owned()));
        let detail = parts.next();
        if let Some(extra) = parts.next() {
            return Err(IncidentError::TrailingPart(extra.to_owned()));
        }
        match kind {
            "outage" => {
                let (date, text) = (date?, detail.unwrap_or_default());
                let (from_hour, to_hour) =
                    hours(text).ok_or_else(|| IncidentError::BadHours(text.to_owned()))?;
                Ok(Self::Outage { date, from_hour, to_hour })
            }
            "price-bug" => {
                let positive = |factor: &f64| factor.is_finite() && *factor > 0.0;
                let (date, bad) = (date?, IncidentError::BadFactor);
                Ok(Self::PriceBug { date, factor: value(detail, DEFAULT_FACTOR, positive, bad)? })
            }
            "brand-flood" => {
                let is_share = |share: &f64| *share > 0.0 && *share <= 1.0;
                let (date, bad) = (date?, IncidentError::BadShare);
                Ok(Self::BrandFlood { date, share: value(detail, DEFAULT_SHARE, is_share, bad)? })
            }
            "bot" => {
                let (date, bad) = (date?, IncidentError::BadEvents);
                Ok(Self::Bot { date, events: value(detail, DEFAULT_EVENTS, |events| *events > 0, bad)? })
            }
            _ => Err(IncidentError::UnknownKind(kind.to_owned())),
        }
    }
}

/// `HH-HH` as (first hour, hour after the last).
fn hours(text: &str) -> Option<(u8, u8)> {
    let (from, to) = text.split_once('-')?;
    let (from, to) = (from.parse().ok()?, to.parse().ok()?);
    (from < to && to <= 24).then_some((from, to))
}

fn value<T: FromStr>(
    text: Option<&str>,
    default: T,
    valid: impl FnOnce(&T) -> bool,
    error: impl FnOnce(String) -> IncidentError,
) -> Result<T, IncidentError> {
    match text {
        None => Ok(default),
        Some(text) => text.parse().ok().filter(valid).ok_or_else(|| error(text.to_owned())),
    }
}
