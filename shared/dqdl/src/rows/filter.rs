//! Which rows a filter takes.

use arrow::{
    array::{Array, BooleanArray},
    buffer::BooleanBuffer,
    compute::kernels::cmp,
    error::ArrowError,
};

use super::{Column, Kind, ValueTest, compile_filter_literal, compile_like, value_test::Test};
use crate::ast::{Op, Predicate};

/// A filter that fits a table; columns by their position among those of the plan.
#[derive(Debug, Clone)]
pub(crate) enum RowFilter {
    And(Vec<RowFilter>),
    Or(Vec<RowFilter>),
    Not(Box<RowFilter>),
    Test(usize, ValueTest),
    IsNull(usize, bool),
    Compare(usize, Op, usize),
}

/// For each row whether a condition is true and whether it is false; neither if it is unknown.
struct Truth {
    yes: BooleanBuffer,
    no: BooleanBuffer,
}

impl RowFilter {
    /// Fits a filter to a table; `find` tells the position and kind of a column.
    pub(crate) fn compile(
        predicate: &Predicate,
        find: &mut impl FnMut(&str) -> Result<(usize, Kind), String>,
    ) -> Result<Self, String> {
        let mut all = |parts: &[Predicate]| {
            parts.iter().map(|part| Self::compile(part, find)).collect::<Result<Vec<_>, _>>()
        };
        Ok(match predicate {
            Predicate::And(parts) => Self::And(all(parts)?),
            Predicate::Or(parts) => Self::Or(all(parts)?),
            Predicate::Not(inner) => Self::Not(Box::new(Self::compile(inner, find)?)),
            Predicate::Compare(column, comparison) => {
                let (position, kind) = find(column)?;
                let test = compile_filter_literal(comparison, kind);
                Self::Test(position, test.map_err(|message| format!("{column}: {message}"))?)
            }
            Predicate::CompareColumns(left, op, right) => {
                let ((left_position, left_kind), (right_position, right_kind)) = (find(left)?, find(right)?);
                if left_kind != right_kind {
                    let (a, b) = (left_kind.name(), right_kind.name());
                    return Err(format!("{left} is {a} and {right} is {b}: they cannot be compared"));
                }
                Self::Compare(left_position, *op, right_position)
            }
            Predicate::IsNull { column, negated } => Self::IsNull(find(column)?.0, *negated),
            Predicate::Like { column, pattern, negated } => {
                let (position, kind) = find(column)?;
                Self::Test(position, compile_like(pattern, *negated, kind)?)
            }
            Predicate::Column(column) => {
                let (position, kind) = find(column)?;
                if kind != Kind::Bool {
                    return Err(format!("{column} is {}, which is not true or false", kind.name()));
                }
                let test = Test::Bools { yes: true, no: false };
                Self::Test(position, ValueTest { test, nulls_pass: false })
            }
        })
    }

    /// The rows of a batch that the filter takes.
    pub(crate) fn rows(&self, columns: &[Column], rows: usize) -> Result<BooleanBuffer, ArrowError> {
        self.truth(columns, rows).map(|truth| truth.yes)
    }

    fn truth(&self, columns: &[Column], rows: usize) -> Result<Truth, ArrowError> {
        let (set, unset) = (BooleanBuffer::new_set, BooleanBuffer::new_unset);
        match self {
            Self::And(parts) => {
                parts.iter().try_fold(Truth { yes: set(rows), no: unset(rows) }, |all, part| {
                    let part = part.truth(columns, rows)?;
                    Ok(Truth { yes: &all.yes & &part.yes, no: &all.no | &part.no })
                })
            }
            Self::Or(parts) => {
                parts.iter().try_fold(Truth { yes: unset(rows), no: set(rows) }, |any, part| {
                    let part = part.truth(columns, rows)?;
                    Ok(Truth { yes: &any.yes | &part.yes, no: &any.no & &part.no })
                })
            }
            Self::Not(inner) => {
                let Truth { yes, no } = inner.truth(columns, rows)?;
                Ok(Truth { yes: no, no: yes })
            }
            Self::Test(position, test) => {
                let column = &columns[*position];
                let yes = test.passing(column);
                let no = match &column.nulls {
                    Some(nulls) => &!&yes & nulls.inner(),
                    None => !&yes,
                };
                Ok(Truth { yes, no })
            }
            Self::IsNull(position, negated) => {
                let present =
                    columns[*position].nulls.as_ref().map_or_else(|| set(rows), |n| n.inner().clone());
                let absent = !&present;
                Ok(if *negated {
                    Truth { yes: present, no: absent }
                } else {
                    Truth { yes: absent, no: present }
                })
            }
            Self::Compare(left, op, right) => {
                let (left, right) = (columns[*left].array()?, columns[*right].array()?);
                let (left, right) = (&left, &right);
                let compared = match op {
                    Op::Equal => cmp::eq(left, right),
                    Op::NotEqual => cmp::neq(left, right),
                    Op::Less => cmp::lt(left, right),
                    Op::LessOrEqual => cmp::lt_eq(left, right),
                    Op::Greater => cmp::gt(left, right),
                    Op::GreaterOrEqual => cmp::gt_eq(left, right),
                }?;
                Ok(known(&compared))
            }
        }
    }
}

fn known(array: &BooleanArray) -> Truth {
    match array.nulls() {
        Some(nulls) => Truth { yes: array.values() & nulls.inner(), no: &!array.values() & nulls.inner() },
        None => Truth { yes: array.values().clone(), no: !array.values() },
    }
}
