//! The price list.

use serde::{Deserialize, Serialize};

/// The list that is built in.
const BUILT_IN: &str = include_str!("prices.toml");

/// Why a price list cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("price list cannot be read: {0}")]
pub struct PricesError(String);

/// One price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// US dollars for `per` units.
    pub usd: f64,
    /// How many units that is for.
    pub per: u64,
    /// What is counted.
    pub unit: String,
    /// AWS's page with the price.
    pub page: String,
    /// When and where the figure was read.
    pub read: String,
}

impl Price {
    /// US dollars for a quantity, in units.
    pub fn of(&self, quantity: f64) -> f64 {
        self.usd * quantity / self.per as f64
    }
}

/// Prices on demand in one region, without free allowances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each price says itself what it is for, in the list")]
pub struct Prices {
    /// Date of the list, `YYYY-MM-DD`.
    pub as_of: String,
    /// Region.
    pub region: String,
    pub lambda_gb_second: Price,
    pub lambda_request: Price,
    pub lambda_disk_gb_second: Price,
    pub s3_put: Price,
    pub s3_get: Price,
    pub s3_storage: Price,
    pub step_functions_transition: Price,
    pub scheduler_invocation: Price,
    pub sns_publish: Price,
    pub glue_catalog_request: Price,
    pub glue_dpu_hour: Price,
    pub kms_key: Price,
    pub kms_request: Price,
    pub secret: Price,
    pub log_ingestion: Price,
    pub metric: Price,
    pub alarm: Price,
    pub dashboard: Price,
    pub trace: Price,
}

impl Prices {
    /// The list that is built in.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn built_in() -> Result<Self, PricesError> {
        Self::parse(BUILT_IN)
    }

    /// Reads a list of the same form, for another region or day.
    ///
    /// # Errors
    /// Naming what is missing, unknown or no price.
    pub fn parse(text: &str) -> Result<Self, PricesError> {
        let prices: Self = toml::from_str(text).map_err(|error| PricesError(error.to_string()))?;
        Ok(prices)
    }
}
