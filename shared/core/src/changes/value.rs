//! Values of columns that are only known at run time.

use std::fmt;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{
    Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType,
};
use arrow::error::ArrowError;
use serde::{Deserialize, Serialize};

use super::parse;
use crate::schema::ColumnType;
use crate::star::RowBuilder;

/// A value of a column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Value {
    /// None.
    Null,
    /// True or false.
    Boolean(bool),
    /// 32-bit integer.
    Int(i32),
    /// 64-bit integer.
    Long(i64),
    /// The bits of a 64-bit float: equal bits, equal value.
    Double(u64),
    /// Decimal, in units of its last digit.
    Decimal(i64),
    /// Days since the Unix epoch.
    Date(i32),
    /// Microseconds since the Unix epoch.
    Time(i64),
    /// Text.
    Text(Box<str>),
}

impl Value {
    /// Reads the text form of a value; none if it is no value of the type.
    pub fn parse(ty: ColumnType, text: &[u8]) -> Option<Self> {
        Some(match ty {
            ColumnType::Boolean => Self::Boolean(parse::boolean(text)?),
            ColumnType::Int => Self::Int(parse::long(text)?.try_into().ok()?),
            ColumnType::Long => Self::Long(parse::long(text)?),
            ColumnType::Double => Self::Double(parse::double(text)?.to_bits()),
            ColumnType::Decimal { precision, scale } => {
                Self::Decimal(parse::decimal(text, precision, scale)?)
            }
            ColumnType::Date => Self::Date(parse::date(text)?),
            ColumnType::Timestamptz => Self::Time(parse::time(text)?),
            ColumnType::String => Self::Text(std::str::from_utf8(text).ok()?.into()),
        })
    }

    /// A 64-bit integer, if it is one.
    pub fn long(&self) -> Option<i64> {
        match self {
            Self::Long(value) => Some(*value),
            _ => None,
        }
    }

    /// A text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A decimal in units of its last digit, if it is one.
    pub fn decimal(&self) -> Option<i64> {
        match self {
            Self::Decimal(units) => Some(*units),
            _ => None,
        }
    }

    /// An instant in microseconds since the Unix epoch, if it is one.
    pub fn time(&self) -> Option<i64> {
        match self {
            Self::Time(micros) => Some(*micros),
            _ => None,
        }
    }

    /// Appends it to the next column of a row.
    pub fn write(&self, to: &mut RowBuilder) {
        match self {
            Self::Null => to.null(),
            Self::Boolean(value) => to.boolean(*value),
            Self::Int(value) => to.int(*value),
            Self::Long(value) => to.long(*value),
            Self::Double(bits) => to.double(f64::from_bits(*bits)),
            Self::Decimal(units) => to.decimal(*units),
            Self::Date(days) => to.date(*days),
            Self::Time(micros) => to.time(*micros),
            Self::Text(text) => to.text(text),
        }
    }
}

/// As a key is shown to a human.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => value.fmt(f),
            Self::Int(value) | Self::Date(value) => value.fmt(f),
            Self::Long(value) | Self::Decimal(value) | Self::Time(value) => value.fmt(f),
            Self::Double(bits) => f64::from_bits(*bits).fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// A column of a batch as values.
///
/// # Errors
/// If the column is missing or of another type.
pub fn values(batch: &RecordBatch, name: &str, ty: ColumnType) -> Result<Vec<Value>, ArrowError> {
    let column = batch.column_by_name(name);
    let column = column.ok_or_else(|| ArrowError::SchemaError(format!("no column {name}")))?;
    let other = || ArrowError::SchemaError(format!("column {name} has type {}", column.data_type()));
    macro_rules! read {
        ($array:expr, $variant:ident, $convert:expr) => {{
            let array = $array.ok_or_else(other)?;
            array.iter().map(|value| value.map_or(Value::Null, |v| Value::$variant($convert(v)))).collect()
        }};
    }
    Ok(match ty {
        ColumnType::Boolean => read!(column.as_boolean_opt(), Boolean, |v| v),
        ColumnType::Int => read!(column.as_primitive_opt::<Int32Type>(), Int, |v| v),
        ColumnType::Long => read!(column.as_primitive_opt::<Int64Type>(), Long, |v| v),
        ColumnType::Double => read!(column.as_primitive_opt::<Float64Type>(), Double, f64::to_bits),
        ColumnType::Date => read!(column.as_primitive_opt::<Date32Type>(), Date, |v| v),
        ColumnType::Timestamptz => read!(column.as_primitive_opt::<TimestampMicrosecondType>(), Time, |v| v),
        ColumnType::String => read!(column.as_string_opt::<i32>(), Text, Box::from),
        // The mapping allows 18 digits, which fit.
        ColumnType::Decimal { .. } => {
            read!(column.as_primitive_opt::<Decimal128Type>(), Decimal, |v: i128| v as i64)
        }
    })
}

/// A column type as a mapping writes it: `long`, `decimal(12,2)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ValueType(pub ColumnType);

impl TryFrom<String> for ValueType {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Ok(Self(match text.as_str() {
            "boolean" => ColumnType::Boolean,
            "int" => ColumnType::Int,
            "long" => ColumnType::Long,
            "double" => ColumnType::Double,
            "date" => ColumnType::Date,
            "timestamptz" => ColumnType::Timestamptz,
            "string" => ColumnType::String,
            other => decimal_type(other).ok_or_else(|| {
                format!(
                    "{other:?} is no type; there are boolean, int, long, double, date, timestamptz, string and \
                     decimal(P,S) with P up to 18"
                )
            })?,
        }))
    }
}

fn decimal_type(text: &str) -> Option<ColumnType> {
    let (precision, scale) = text.strip_prefix("decimal(")?.strip_suffix(')')?.split_once(',')?;
    let (precision, scale): (u8, i8) = (precision.trim().parse().ok()?, scale.trim().parse().ok()?);
    let fits = (1..=18).contains(&precision) && (0..=precision.cast_signed()).contains(&scale);
    fits.then_some(ColumnType::Decimal { precision, scale })
}
