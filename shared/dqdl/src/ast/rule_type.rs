//! The types of rules and what they take.

use std::ops::RangeInclusive;

/// A type of rule, named as in DQDL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are those of DQDL")]
pub enum RuleType {
    RowCount,
    ColumnCount,
    ColumnExists,
    ColumnDataType,
    IsComplete,
    Completeness,
    Uniqueness,
    IsUnique,
    IsPrimaryKey,
    DistinctValuesCount,
    UniqueValueRatio,
    ColumnValues,
    ColumnLength,
    Mean,
    Sum,
    StandardDeviation,
    ColumnCorrelation,
    ReferentialIntegrity,
    DataFreshness,
    SchemaMatch,
    CustomSql,
    DetectAnomalies,
}

/// Which kind of condition a type of rule takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    Nothing,
    /// A number, which may be made of history.
    Measure,
    /// The same, but it may be left out.
    PerhapsMeasure,
    /// A number for each row.
    Length,
    Values,
    Age,
    DataType,
}

impl RuleType {
    /// All types.
    pub const ALL: [Self; 22] = [
        Self::RowCount,
        Self::ColumnCount,
        Self::ColumnExists,
        Self::ColumnDataType,
        Self::IsComplete,
        Self::Completeness,
        Self::Uniqueness,
        Self::IsUnique,
        Self::IsPrimaryKey,
        Self::DistinctValuesCount,
        Self::UniqueValueRatio,
        Self::ColumnValues,
        Self::ColumnLength,
        Self::Mean,
        Self::Sum,
        Self::StandardDeviation,
        Self::ColumnCorrelation,
        Self::ReferentialIntegrity,
        Self::DataFreshness,
        Self::SchemaMatch,
        Self::CustomSql,
        Self::DetectAnomalies,
    ];

    /// Types of AWS Glue that are left out here, see docs/rules.md.
    pub(crate) const LEFT_OUT: [&'static str; 12] = [
        "AggregateMatch",
        "AllStatistics",
        "ColumnNamesMatchPattern",
        "DatasetMatch",
        "Distribution",
        "Entropy",
        "FileFreshness",
        "FileMatch",
        "FileSize",
        "FileUniqueness",
        "JobStatus",
        "RowCountMatch",
    ];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::RowCount => "RowCount",
            Self::ColumnCount => "ColumnCount",
            Self::ColumnExists => "ColumnExists",
            Self::ColumnDataType => "ColumnDataType",
            Self::IsComplete => "IsComplete",
            Self::Completeness => "Completeness",
            Self::Uniqueness => "Uniqueness",
            Self::IsUnique => "IsUnique",
            Self::IsPrimaryKey => "IsPrimaryKey",
            Self::DistinctValuesCount => "DistinctValuesCount",
            Self::UniqueValueRatio => "UniqueValueRatio",
            Self::ColumnValues => "ColumnValues",
            Self::ColumnLength => "ColumnLength",
            Self::Mean => "Mean",
            Self::Sum => "Sum",
            Self::StandardDeviation => "StandardDeviation",
            Self::ColumnCorrelation => "ColumnCorrelation",
            Self::ReferentialIntegrity => "ReferentialIntegrity",
            Self::DataFreshness => "DataFreshness",
            Self::SchemaMatch => "SchemaMatch",
            Self::CustomSql => "CustomSql",
            Self::DetectAnomalies => "DetectAnomalies",
        }
    }

    /// The type of a name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule_type| rule_type.name() == name)
    }

    pub(crate) fn parameters(self) -> RangeInclusive<usize> {
        match self {
            Self::ColumnCount => 0..=0,
            // AWS's own examples name a column.
            Self::RowCount => 0..=1,
            Self::Uniqueness | Self::IsUnique | Self::IsPrimaryKey | Self::UniqueValueRatio => 1..=16,
            Self::ColumnCorrelation | Self::ReferentialIntegrity => 2..=2,
            Self::DetectAnomalies => 1..=17,
            _ => 1..=1,
        }
    }

    pub(crate) fn takes(self) -> Takes {
        match self {
            Self::ColumnExists
            | Self::IsComplete
            | Self::IsUnique
            | Self::IsPrimaryKey
            | Self::DetectAnomalies => Takes::Nothing,
            Self::CustomSql => Takes::PerhapsMeasure,
            Self::ColumnLength => Takes::Length,
            Self::ColumnValues => Takes::Values,
            Self::DataFreshness => Takes::Age,
            Self::ColumnDataType => Takes::DataType,
            _ => Takes::Measure,
        }
    }

    pub(crate) fn takes_filter(self) -> bool {
        !matches!(
            self,
            Self::ColumnCount
                | Self::ColumnExists
                | Self::SchemaMatch
                | Self::CustomSql
                | Self::DetectAnomalies
        )
    }

    pub(crate) fn takes_threshold(self) -> bool {
        self.is_checked_by_row() || self == Self::CustomSql
    }

    /// Whether the condition is asked of each row.
    pub(crate) fn is_checked_by_row(self) -> bool {
        matches!(self, Self::ColumnValues | Self::ColumnLength | Self::ColumnDataType | Self::DataFreshness)
    }

    /// Whether the rows that break the rule can be told.
    pub fn is_row_level(self) -> bool {
        self.is_checked_by_row() || matches!(self, Self::IsComplete | Self::Completeness)
    }

    /// Whether the measure is a share from 0 to 1.
    pub(crate) fn is_share(self) -> bool {
        matches!(
            self,
            Self::Completeness
                | Self::Uniqueness
                | Self::UniqueValueRatio
                | Self::ReferentialIntegrity
                | Self::SchemaMatch
        )
    }

    /// Whether the measure is a whole number.
    pub(crate) fn is_count(self) -> bool {
        matches!(self, Self::RowCount | Self::ColumnCount | Self::DistinctValuesCount | Self::ColumnLength)
    }

    pub(crate) fn is_analyzer(self) -> bool {
        self.can_be_anomalous() && self != Self::CustomSql
    }

    pub(crate) fn can_be_anomalous(self) -> bool {
        matches!(
            self,
            Self::RowCount
                | Self::ColumnCount
                | Self::Completeness
                | Self::Uniqueness
                | Self::DistinctValuesCount
                | Self::UniqueValueRatio
                | Self::ColumnValues
                | Self::ColumnLength
                | Self::Mean
                | Self::Sum
                | Self::StandardDeviation
                | Self::ColumnCorrelation
                | Self::CustomSql
        )
    }
}

/// A type that `ColumnDataType` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DataTypeName {
    /// True or false.
    Boolean,
    /// A calendar date.
    Date,
    /// An instant.
    Timestamp,
    /// A whole number of 32 bits.
    Integer,
    /// A whole number of 64 bits.
    Long,
    /// A number of 32-bit floating point.
    Float,
    /// A number of 64-bit floating point.
    Double,
    /// An exact decimal number.
    Decimal,
    /// A text.
    String,
}

impl DataTypeName {
    /// All types.
    pub const ALL: [Self; 9] = [
        Self::Boolean,
        Self::Date,
        Self::Timestamp,
        Self::Integer,
        Self::Long,
        Self::Float,
        Self::Double,
        Self::Decimal,
        Self::String,
    ];

    /// As AWS writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Boolean => "Boolean",
            Self::Date => "Date",
            Self::Timestamp => "Timestamp",
            Self::Integer => "Integer",
            Self::Long => "Long",
            Self::Float => "Float",
            Self::Double => "Double",
            Self::Decimal => "Decimal",
            Self::String => "String",
        }
    }

    /// The type of a name, in upper or lower case.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|data_type| data_type.name().eq_ignore_ascii_case(name))
    }
}
