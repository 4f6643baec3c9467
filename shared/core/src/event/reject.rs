//! Why a row is refused.

use std::fmt;

/// A reason to refuse a row. The names are part of the tables and do not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Reason {
    /// brand is not UTF-8.
    BadBrand,
    /// category_code is not UTF-8.
    BadCategoryCode,
    /// category_id is not a 64-bit integer.
    BadCategoryId,
    /// The event's own id is no UUID and no number.
    BadEventId,
    /// event_time is in no known notation.
    BadEventTime,
    /// price is not an exact decimal(12,2).
    BadPrice,
    /// product_id is not a 64-bit integer.
    BadProductId,
    /// user_id is not a 64-bit integer.
    BadUserId,
    /// user_session is not UTF-8.
    BadUserSession,
    /// event_time is outside of the accepted window.
    EventTimeOutOfWindow,
    /// The user was erased; the row's text is not kept.
    ForgottenUser,
    /// event_time is null.
    MissingEventTime,
    /// event_type is null.
    MissingEventType,
    /// price is null.
    MissingPrice,
    /// product_id is null.
    MissingProductId,
    /// user_id is null.
    MissingUserId,
    /// user_session is null.
    MissingUserSession,
    /// The event was changed or deleted in the shop's database, which is no event.
    NotAnInsert,
    /// price is zero or less.
    PriceNotPositive,
    /// event_type is none of the four.
    UnknownEventType,
    /// The row does not have the header's number of fields, or a quote is never closed.
    UnparsableRow,
}

impl Reason {
    /// All reasons, by discriminant, which is also the order of their names.
    pub const ALL: [Self; 21] = [
        Self::BadBrand,
        Self::BadCategoryCode,
        Self::BadCategoryId,
        Self::BadEventId,
        Self::BadEventTime,
        Self::BadPrice,
        Self::BadProductId,
        Self::BadUserId,
        Self::BadUserSession,
        Self::EventTimeOutOfWindow,
        Self::ForgottenUser,
        Self::MissingEventTime,
        Self::MissingEventType,
        Self::MissingPrice,
        Self::MissingProductId,
        Self::MissingUserId,
        Self::MissingUserSession,
        Self::NotAnInsert,
        Self::PriceNotPositive,
        Self::UnknownEventType,
        Self::UnparsableRow,
    ];

    /// The name in tables and messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadBrand => "bad_brand",
            Self::BadCategoryCode => "bad_category_code",
            Self::BadCategoryId => "bad_category_id",
            Self::BadEventId => "bad_event_id",
            Self::BadEventTime => "bad_event_time",
            Self::BadPrice => "bad_price",
            Self::BadProductId => "bad_product_id",
            Self::BadUserId => "bad_user_id",
            Self::BadUserSession => "bad_user_session",
            Self::EventTimeOutOfWindow => "event_time_out_of_window",
            Self::ForgottenUser => "forgotten_user",
            Self::MissingEventTime => "missing_event_time",
            Self::MissingEventType => "missing_event_type",
            Self::MissingPrice => "missing_price",
            Self::MissingProductId => "missing_product_id",
            Self::MissingUserId => "missing_user_id",
            Self::MissingUserSession => "missing_user_session",
            Self::NotAnInsert => "not_an_insert",
            Self::PriceNotPositive => "price_not_positive",
            Self::UnknownEventType => "unknown_event_type",
            Self::UnparsableRow => "unparsable_row",
        }
    }
}

/// A set of reasons.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reasons(u32);

impl Reasons {
    /// Adds one.
    pub fn add(&mut self, reason: Reason) {
        self.0 |= 1 << reason as u8;
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The reasons, in the order of their names.
    pub fn iter(self) -> impl Iterator<Item = Reason> {
        Reason::ALL.into_iter().filter(move |r| self.0 & (1 << *r as u8) != 0)
    }
}

impl From<Reason> for Reasons {
    fn from(reason: Reason) -> Self {
        Self(1 << reason as u8)
    }
}

/// Comma-separated names.
impl fmt::Display for Reasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, reason) in self.iter().enumerate() {
            write!(f, "{}{}", if i == 0 { "" } else { "," }, reason.as_str())?;
        }
        Ok(())
    }
}

/// A refused row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// Line the row starts on, counted from 1; the row's number in Parquet.
    pub line: u64,
    /// Every reason that applies.
    pub reasons: Reasons,
    /// The row as it stood; bytes that are not UTF-8 are shown as U+FFFD.
    pub raw: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discriminants_follow_the_names() {
        for (i, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, i);
        }
        assert!(Reason::ALL.windows(2).all(|w| w[0].as_str() < w[1].as_str()));
    }

    #[test]
    fn sets_print_in_order() {
        let mut reasons = Reasons::from(Reason::UnknownEventType);
        reasons.add(Reason::BadPrice);
        reasons.add(Reason::BadPrice);
        assert_eq!(reasons.to_string(), "bad_price,unknown_event_type");
    }
}
