//! `CustomSql`: the rows of a dataset as a table of SQLite, which lives for one check.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use estrella_lake::{Error, Result};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use sqlparser::dialect::SQLiteDialect;
use sqlparser::tokenizer::{Token, Tokenizer};

/// What rules call the dataset, as in AWS Glue. A keyword of SQLite, so it is quoted.
const TABLE: &str = "primary";

/// The rows of a dataset. Numbers are numbers, dates and times are texts that SQLite's functions read (UTC).
#[derive(Debug)]
pub(crate) struct Rows {
    connection: Connection,
    columns: Vec<String>,
    count: u64,
}

impl Rows {
    /// A table with these columns, in a file that is gone when it is dropped.
    pub(crate) fn create(columns: Vec<String>) -> Result<Self> {
        // SQLite removes a database without a name by itself; what does not fit into its cache goes to a file.
        let connection = Connection::open("").map_err(fault)?;
        let listed: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
        let make = format!("CREATE TABLE {} ({})", quoted(TABLE), listed.join(", "));
        connection.execute_batch(&make).map_err(fault)?;
        Ok(Self { connection, columns, count: 0 })
    }

    /// Appends rows.
    pub(crate) fn insert(&mut self, batch: &RecordBatch) -> Result<()> {
        let mut cells = Vec::with_capacity(self.columns.len());
        for name in &self.columns {
            let column = batch.column_by_name(name);
            let column = column.ok_or_else(|| Error::bug(format!("no column {name} for SQL")))?;
            cells.push(values(column).map_err(|e| Error::bug("column for SQL").at(name).because(e))?);
        }
        let marks = vec!["?"; cells.len()].join(", ");
        let transaction = self.connection.transaction().map_err(fault)?;
        {
            let insert = format!("INSERT INTO {} VALUES ({marks})", quoted(TABLE));
            let mut insert = transaction.prepare(&insert).map_err(fault)?;
            for row in 0..batch.num_rows() {
                insert.execute(params_from_iter(cells.iter().map(|cell| &cell[row]))).map_err(fault)?;
            }
        }
        transaction.commit().map_err(fault)?;
        self.count += batch.num_rows() as u64;
        Ok(())
    }

    /// Number of rows.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The first value of the first row, if it is a number, and the number of rows of the answer; what is wrong with
    /// the query, in words, if it cannot be run.
    pub(crate) fn query(&self, query: &str) -> std::result::Result<(Option<f64>, u64), String> {
        let query = with_table_quoted(query)?;
        self.connection.pragma_update(None, "query_only", true).map_err(|e| e.to_string())?;
        let mut statement = self.connection.prepare(&query).map_err(|e| e.to_string())?;
        let mut rows = statement.query([]).map_err(|e| e.to_string())?;
        let (mut first, mut count) = (None, 0);
        while let Some(row) = rows.next().map_err(|e| e.to_string())? {
            if count == 0 {
                first = match row.get(0).map_err(|e| e.to_string())? {
                    Value::Integer(number) => Some(number as f64),
                    Value::Real(number) => Some(number),
                    _ => None,
                };
            }
            count += 1;
        }
        Ok((first, count))
    }
}

fn fault(error: rusqlite::Error) -> Error {
    Error::bug("rows for SQL").because(error)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The query with quotes around the table's name, where it stands as a word.
fn with_table_quoted(query: &str) -> std::result::Result<String, String> {
    let tokens = Tokenizer::new(&SQLiteDialect {}, query).tokenize().map_err(|e| e.to_string())?;
    let texts = tokens.iter().map(|token| match token {
        Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(TABLE) => {
            quoted(TABLE)
        }
        other => other.to_string(),
    });
    Ok(texts.collect())
}

fn values(column: &ArrayRef) -> std::result::Result<Vec<Value>, arrow::error::ArrowError> {
    let valid = |row: usize, value: Value| if column.is_valid(row) { value } else { Value::Null };
    let rows = 0..column.len();
    Ok(match column.data_type() {
        kind if kind.is_integer() || *kind == DataType::Boolean => {
            let longs = cast(column, &DataType::Int64)?;
            let longs = longs.as_primitive::<Int64Type>();
            rows.map(|row| valid(row, Value::Integer(longs.value(row)))).collect()
        }
        kind if kind.is_floating() || matches!(kind, DataType::Decimal128(..)) => {
            let numbers = cast(column, &DataType::Float64)?;
            let numbers = numbers.as_primitive::<Float64Type>();
            rows.map(|row| valid(row, Value::Real(numbers.value(row)))).collect()
        }
        DataType::Timestamp(unit, Some(_)) => {
            let plain = cast(column, &DataType::Timestamp(*unit, None))?;
            let texts = cast(&plain, &DataType::Utf8)?;
            let texts = texts.as_string::<i32>();
            rows.map(|row| valid(row, Value::Text(texts.value(row).to_owned()))).collect()
        }
        _ => {
            let texts = cast(column, &DataType::Utf8)?;
            let texts = texts.as_string::<i32>();
            rows.map(|row| valid(row, Value::Text(texts.value(row).to_owned()))).collect()
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Decimal128Array, Int64Array, StringArray, TimestampMicrosecondArray};

    use super::*;

    fn rows() -> Rows {
        let price = Decimal128Array::from(vec![Some(150), Some(2_050), None]);
        let batch = RecordBatch::try_from_iter([
            ("id", Arc::new(Int64Array::from(vec![1, 2, 3])) as ArrayRef),
            ("price", Arc::new(price.with_precision_and_scale(12, 2).unwrap())),
            ("brand", Arc::new(StringArray::from(vec!["it's", "primary", "x"]))),
            ("time", Arc::new(TimestampMicrosecondArray::from(vec![0, 1, 2]).with_timezone("+00:00"))),
        ]);
        let columns = ["id", "price", "brand", "time"].map(str::to_owned).to_vec();
        let mut rows = Rows::create(columns).unwrap();
        rows.insert(&batch.unwrap()).unwrap();
        rows
    }

    #[test]
    fn queries_see_numbers_texts_and_times() {
        let rows = rows();
        assert_eq!(rows.query("SELECT count(*) FROM primary WHERE price > 1.5"), Ok((Some(1.0), 1)));
        assert_eq!(rows.query("select sum(price) from PRIMARY"), Ok((Some(22.0), 1)));
        assert_eq!(rows.query("select id from primary where brand <> 'primary'"), Ok((Some(1.0), 2)));
        let of_date = "select count(*) from primary where date(time) = '1970-01-01'";
        assert_eq!(rows.query(of_date), Ok((Some(3.0), 1)));
    }

    #[test]
    fn a_wrong_query_says_why_and_none_can_write() {
        let rows = rows();
        assert!(rows.query("select nothing from primary").unwrap_err().contains("nothing"));
        assert!(rows.query("delete from primary").is_err());
        assert!(rows.query("select 'open").is_err());
        assert_eq!(rows.query("select count(*) from primary"), Ok((Some(3.0), 1)));
    }
}
