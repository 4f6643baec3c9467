//! `estrella drift`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use estrella_stats::{Column, Comparison, compare};
use polars::prelude::{
    DataFrame, DataType, LazyCsvReader, LazyFileListReader, LazyFrame, PlRefPath, ScanArgsParquet, Series,
    col,
};
use serde::Serialize;

use super::query::engine::{collect, guarded};
use crate::output::{Fit, grid};
use crate::{CliError, Exit, Output};

pub(crate) const ABOUT: &str = "\
Compare the columns of two files: is the one still like the other?

Numbers are compared by PSI and Jensen-Shannon over the deciles of the reference, Kolmogorov-Smirnov and Wasserstein; \
    texts and booleans by PSI, Jensen-Shannon, chi-square and the largest difference of a share. Dates and times are \
    numbers. Every statistic and p-value is printed to full precision with --json, as scipy would compute it.";

/// Compare the columns of two files
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  estrella drift --reference september.parquet --current october.csv
  estrella drift --reference a.csv --current b.csv --columns price,brand --json")]
pub struct DriftArgs {
    /// What is usual: a Parquet or CSV file (csv, csv.gz)
    #[arg(long, value_name = "FILE")]
    pub reference: PathBuf,
    /// What is compared with it
    #[arg(long, value_name = "FILE")]
    pub current: PathBuf,
    /// Columns to compare; without it all that both files have
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Print every statistic as JSON
    #[arg(long)]
    pub json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report {
    columns: BTreeMap<String, Comparison>,
}

pub(crate) async fn run(args: &DriftArgs, out: &mut Output) -> Result<Exit, CliError> {
    let columns = guarded(|| compared(args))?;
    if args.json {
        out.json(&Report { columns })?;
    } else {
        out.text(&table(&columns))?;
    }
    Ok(Exit::Done)
}

fn compared(args: &DriftArgs) -> Result<BTreeMap<String, Comparison>, CliError> {
    let (mut reference, mut current) = (scan(&args.reference)?, scan(&args.current)?);
    let names = |frame: &mut LazyFrame, file: &Path| -> Result<Vec<String>, CliError> {
        let schema = frame.collect_schema().map_err(|e| unreadable(file, &e))?;
        Ok(schema.iter_names().map(|name| name.to_string()).collect())
    };
    let there = (names(&mut reference, &args.reference)?, names(&mut current, &args.current)?);
    let mut wanted = args.columns.clone();
    if wanted.is_empty() {
        wanted = there.0.iter().filter(|name| there.1.contains(name)).cloned().collect();
    }
    if wanted.is_empty() {
        return Err(CliError::bad_input("the two files have no column in common"));
    }
    for (file, names) in [(&args.reference, &there.0), (&args.current, &there.1)] {
        if let Some(missing) = wanted.iter().find(|name| !names.contains(name)) {
            let what = format!("{} has no column {missing}", file.display());
            return Err(CliError::bad_input(what).with_hint(format!("it has {}", names.join(", "))));
        }
    }
    let selection: Vec<_> = wanted.iter().map(|name| col(name.as_str())).collect();
    let read = |frame: LazyFrame, file: &Path| {
        collect(frame.select(selection.clone())).map_err(|e| unreadable(file, &e))
    };
    let (reference, current) = (read(reference, &args.reference)?, read(current, &args.current)?);
    wanted.into_iter().map(|name| Ok((name.clone(), one(&name, args, [&reference, &current])?))).collect()
}

fn scan(file: &Path) -> Result<LazyFrame, CliError> {
    if !file.is_file() {
        return Err(CliError::bad_input(format!("there is no file {}", file.display())));
    }
    let path = PlRefPath::try_from_path(file).map_err(|e| unreadable(file, &e))?;
    let frame = if is_parquet(file) {
        LazyFrame::scan_parquet(path, ScanArgsParquet { glob: false, ..ScanArgsParquet::default() })
    } else {
        // As texts: what they are, all rows say, not the first hundred.
        LazyCsvReader::new(path).with_infer_schema_length(Some(0)).with_glob(false).finish()
    };
    frame.map_err(|e| unreadable(file, &e))
}

fn is_parquet(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("parquet"))
}

fn unreadable(file: &Path, error: &impl std::fmt::Display) -> CliError {
    CliError::bad_input(format!("{} cannot be read: {error}", file.display()))
}

fn one(name: &str, files: &DriftArgs, frames: [&DataFrame; 2]) -> Result<Comparison, CliError> {
    let (reference, reference_nulls) = column(name, &files.reference, frames[0])?;
    let (current, current_nulls) = column(name, &files.current, frames[1])?;
    compare(&reference, &current, reference_nulls, current_nulls)
        .map_err(|e| CliError::bad_input(format!("column {name} cannot be compared: {e}")))
}

/// The values of a column, and the number of its nulls. In a file without types a column holds numbers if every value
/// of it is one, `nan` and `inf` among them.
fn column(name: &str, file: &Path, frame: &DataFrame) -> Result<(Column, u64), CliError> {
    let series = frame.column(name)?.as_materialized_series();
    if !is_parquet(file) {
        // An empty field is a null.
        let texts: Vec<&str> = series.str()?.iter().flatten().filter(|text| !text.is_empty()).collect();
        let nulls = (series.len() - texts.len()) as u64;
        let numbers: Option<Vec<f64>> = texts.iter().map(|text| text.parse().ok()).collect();
        let texts = || Column::Texts(texts.iter().map(|text| (*text).to_owned()).collect());
        return Ok((numbers.map_or_else(texts, Column::Numbers), nulls));
    }
    let nulls = series.null_count() as u64;
    let values = match series.dtype() {
        DataType::String | DataType::Boolean | DataType::Null => {
            let texts = series.cast(&DataType::String)?;
            Column::Texts(texts.str()?.iter().flatten().map(str::to_owned).collect())
        }
        kind if kind.is_nested() || matches!(kind, DataType::Binary) => {
            let what = format!("column {name} holds {kind}, which cannot be compared");
            return Err(CliError::bad_input(what));
        }
        _ => Column::Numbers(numbers(series)?),
    };
    Ok((values, nulls))
}

fn numbers(series: &Series) -> Result<Vec<f64>, CliError> {
    let plain = match series.dtype() {
        DataType::Decimal(..) => series.cast(&DataType::Float64)?,
        _ => series.to_physical_repr().cast(&DataType::Float64)?,
    };
    Ok(plain.f64()?.iter().flatten().collect())
}

fn table(columns: &BTreeMap<String, Comparison>) -> String {
    let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.4}"));
    let chance = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.2e}"));
    let rows = columns.iter().map(|(name, found)| {
        let test = found.ks.or(found.chi_square);
        vec![
            name.clone(),
            found.reference_count.to_string(),
            found.current_count.to_string(),
            number(found.psi.map(|psi| psi.statistic)),
            chance(found.psi.map(|psi| psi.p_value)),
            number(found.jensen_shannon),
            number(found.wasserstein_normed.or(found.l_infinity)),
            chance(test.map(|test| test.p_value)),
        ]
    });
    let heads = ["column", "reference", "current", "psi", "psi p", "js", "distance", "test p"];
    let legend = "distance: Wasserstein in standard deviations of the reference for numbers, largest difference of a \
                  share for texts\ntest: Kolmogorov-Smirnov for numbers, chi-square for texts\n";
    grid(Fit::Wide, &heads, &heads[1..], rows) + legend
}
