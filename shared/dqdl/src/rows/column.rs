//! Columns in the few forms that measures and tests know.

use std::sync::Arc;

use arrow::{
    array::{
        Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, DictionaryArray, Float64Array, Int64Array,
        StringArray,
    },
    buffer::NullBuffer,
    compute::cast,
    datatypes::{DataType, Decimal128Type, Float64Type, Int32Type, Int64Type, TimeUnit},
    error::ArrowError,
};

/// What a column holds, however it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Int,
    /// Days since the Unix epoch.
    Date,
    /// Units of 10^-scale seconds since the Unix epoch.
    Time {
        scale: u32,
    },
    Decimal {
        scale: u32,
    },
    Float,
    Text,
}

impl Kind {
    /// The kind of a type; none of those that rules cannot look into.
    pub(crate) fn of(data_type: &DataType) -> Option<Self> {
        Some(match data_type {
            DataType::Boolean => Self::Bool,
            DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => Self::Int,
            DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => Self::Int,
            DataType::Float32 | DataType::Float64 => Self::Float,
            DataType::Decimal128(_, scale) => Self::Decimal { scale: u32::try_from(*scale).ok()? },
            DataType::Date32 => Self::Date,
            DataType::Timestamp(unit, _) => Self::Time {
                scale: match unit {
                    TimeUnit::Second => 0,
                    TimeUnit::Millisecond => 3,
                    TimeUnit::Microsecond => 6,
                    TimeUnit::Nanosecond => 9,
                },
            },
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::Text,
            DataType::Dictionary(_, values) => match Self::of(values)? {
                Self::Text => Self::Text,
                _ => return None,
            },
            _ => return None,
        })
    }

    /// In words.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bool => "true or false",
            Self::Int => "a whole number",
            Self::Date => "a date",
            Self::Time { .. } => "an instant",
            Self::Decimal { .. } => "a decimal number",
            Self::Float => "a floating-point number",
            Self::Text => "a text",
        }
    }

    pub(crate) fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Decimal { .. } | Self::Float)
    }
}

/// The values of a column, those of null slots meaningless.
#[derive(Debug, Clone)]
pub(crate) enum Values {
    Bool(BooleanArray),
    /// Whole numbers, dates and instants.
    Int(Int64Array),
    Decimal(Decimal128Array),
    Float(Float64Array),
    Text(StringArray),
    /// Positions in a list of texts.
    Dictionary(DictionaryArray<Int32Type>, StringArray),
}

/// A column of a batch.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) values: Values,
    pub(crate) nulls: Option<NullBuffer>,
}

impl Column {
    /// Takes a column over; without copying if it is stored in one of the few forms.
    pub(crate) fn of(array: &ArrayRef) -> Result<Self, ArrowError> {
        let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0);
        let values = match array.data_type() {
            DataType::Boolean => Values::Bool(array.as_boolean().clone()),
            DataType::Decimal128(..) => Values::Decimal(array.as_primitive::<Decimal128Type>().clone()),
            DataType::Float32 | DataType::Float64 => {
                Values::Float(cast(array, &DataType::Float64)?.as_primitive::<Float64Type>().clone())
            }
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
                Values::Text(cast(array, &DataType::Utf8)?.as_string::<i32>().clone())
            }
            DataType::Dictionary(..) => {
                let form = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
                let array = cast(array, &form)?;
                let dictionary = array.as_dictionary::<Int32Type>().clone();
                let texts = dictionary.values().as_string::<i32>().clone();
                Values::Dictionary(dictionary, texts)
            }
            // Dates and instants count days and units of time.
            _ => Values::Int(cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone()),
        };
        Ok(Self { values, nulls })
    }

    /// The column in the one form of its kind.
    pub(crate) fn array(&self) -> Result<ArrayRef, ArrowError> {
        Ok(match &self.values {
            Values::Bool(array) => Arc::new(array.clone()),
            Values::Int(array) => Arc::new(array.clone()),
            Values::Decimal(array) => Arc::new(array.clone()),
            Values::Float(array) => Arc::new(array.clone()),
            Values::Text(array) => Arc::new(array.clone()),
            Values::Dictionary(array, _) => cast(array, &DataType::Utf8)?,
        })
    }
}
