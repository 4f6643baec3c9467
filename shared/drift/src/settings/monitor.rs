//! The monitors by name.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is watched. Its rule in the settings says how closely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Monitor {
    /// Rows per hour.
    Volume,
    /// Sessions per hour.
    Sessions,
    /// Shares of the event types.
    EventMix,
    /// Carts per view.
    ViewToCart,
    /// Purchases per cart.
    CartToPurchase,
    /// Purchases per view.
    ViewToPurchase,
    /// Prices of all rows.
    Price,
    /// Prices within each of the greatest categories.
    CategoryPrice,
    /// Share of rows without a brand.
    NullBrand,
    /// Share of rows without a category code.
    NullCategoryCode,
    /// Share of rows without a category id.
    NullCategoryId,
    /// Shares of the categories.
    CategoryMix,
    /// Shares of the brands.
    BrandMix,
    /// Share of rows of brands that the reference never had.
    NewBrands,
    /// Share of rows of categories that the reference never had.
    NewCategories,
    /// Seconds from a session's first to its last event.
    SessionLength,
    /// Events per session.
    EventsPerSession,
    /// Share of the events that the greatest session has.
    LargestSession,
    /// Share of duplicates.
    Duplicates,
    /// Share of refused rows.
    Rejects,
    /// Columns of the source that no rule knows.
    Schema,
}

impl Monitor {
    /// All monitors, in the order of their results.
    pub const ALL: [Self; 21] = [
        Self::Volume,
        Self::Sessions,
        Self::EventMix,
        Self::ViewToCart,
        Self::CartToPurchase,
        Self::ViewToPurchase,
        Self::Price,
        Self::CategoryPrice,
        Self::NullBrand,
        Self::NullCategoryCode,
        Self::NullCategoryId,
        Self::CategoryMix,
        Self::BrandMix,
        Self::NewBrands,
        Self::NewCategories,
        Self::SessionLength,
        Self::EventsPerSession,
        Self::LargestSession,
        Self::Duplicates,
        Self::Rejects,
        Self::Schema,
    ];

    /// The name in settings, tables and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Volume => "volume",
            Self::Sessions => "sessions",
            Self::EventMix => "event_mix",
            Self::ViewToCart => "view_to_cart",
            Self::CartToPurchase => "cart_to_purchase",
            Self::ViewToPurchase => "view_to_purchase",
            Self::Price => "price",
            Self::CategoryPrice => "category_price",
            Self::NullBrand => "null_brand",
            Self::NullCategoryCode => "null_category_code",
            Self::NullCategoryId => "null_category_id",
            Self::CategoryMix => "category_mix",
            Self::BrandMix => "brand_mix",
            Self::NewBrands => "new_brands",
            Self::NewCategories => "new_categories",
            Self::SessionLength => "session_length",
            Self::EventsPerSession => "events_per_session",
            Self::LargestSession => "largest_session",
            Self::Duplicates => "duplicates",
            Self::Rejects => "rejects",
            Self::Schema => "schema",
        }
    }

    /// The column that it watches; empty if it is about rows.
    pub fn column(self) -> &'static str {
        match self {
            Self::EventMix | Self::ViewToCart | Self::CartToPurchase | Self::ViewToPurchase => "event_type",
            Self::Price | Self::CategoryPrice => "price",
            Self::NullBrand | Self::BrandMix | Self::NewBrands => "brand",
            Self::NullCategoryCode | Self::CategoryMix | Self::NewCategories => "category_code",
            Self::NullCategoryId => "category_id",
            Self::Sessions | Self::SessionLength | Self::EventsPerSession | Self::LargestSession => {
                "session_id"
            }
            Self::Volume | Self::Duplicates | Self::Rejects | Self::Schema => "",
        }
    }
}

impl fmt::Display for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
