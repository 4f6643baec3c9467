//! Makes a lake of many files in a folder, to measure what reads metadata: `many_files DIR [FILES]`, 10,000 by default.
//!
//! `clean.events`, the facts and `ops.runs` have so many files each, a hundred per commit. They are copies of one.

use std::path::Path;

use estrella_core::schema::{CLEAN_EVENTS, FACT_USER_EVENTS, RUNS, TableSchema};
use estrella_core::star::RowBuilder;
use estrella_lake::data::DataFileWriter;
use estrella_lake::{Commit, Lake, NewFile, Operation};

/// Files of a commit: one day in the partitioned tables.
const PER_COMMIT: usize = 100;
/// 2019-10-01, in days since the Unix epoch.
const DAY: i32 = 18_170;
const DAY_US: i64 = 86_400_000_000;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let dir = args.next().ok_or("usage: many_files DIR [FILES]")?;
    let files = args.next().map_or(Ok(10_000), |files| files.parse())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(make(Path::new(&dir), files))
}

async fn make(dir: &Path, files: usize) -> Result<()> {
    let lake = Lake::open_dir(dir)?;
    for table in [&CLEAN_EVENTS, &FACT_USER_EVENTS, &RUNS] {
        for commit in 0..files.div_ceil(PER_COMMIT) {
            let date = DAY + i32::try_from(commit)?;
            let model = write(&lake, dir, table, date).await?;
            let mut new = Vec::with_capacity(PER_COMMIT);
            for n in 0..PER_COMMIT.min(files - commit * PER_COMMIT) {
                let key = format!("{}/{}/data/{commit}-{n}.parquet", table.namespace, table.name);
                lake.store().copy_if_absent(&model.key, &key).await?;
                new.push(NewFile { key, ..model.clone() });
            }
            lake.store().delete(&model.key).await?;
            let (key, operation) = (commit.to_string(), Operation::Append(new));
            let commit = Commit { key, operation, base: None, properties: Default::default() };
            lake.commit(table, commit).await?;
        }
    }
    Ok(())
}

/// One row of made-up values, like those of a table whose bounds say something.
async fn write(lake: &Lake, dir: &Path, table: &'static TableSchema, date: i32) -> Result<NewFile> {
    use estrella_core::schema::ColumnType as Type;
    let mut row = RowBuilder::new(table);
    for column in table.columns {
        match column.ty {
            Type::Boolean => row.boolean(true),
            Type::Int => row.int(1),
            Type::Long => row.long(i64::from(date)),
            Type::Double => row.double(1.0),
            Type::Decimal { .. } => row.decimal(100),
            Type::Date => row.date(date),
            Type::Timestamptz => row.time(i64::from(date) * DAY_US),
            Type::String => row.text(&format!("{} of {date}", column.name)),
        }
    }
    let mut writer = DataFileWriter::create(table, dir)?;
    writer.write(&row.finish()?)?;
    let key = format!("{}/{}/data/model.parquet", table.namespace, table.name);
    Ok(writer.finish()?.install(lake.store(), &key, table.partition.map(|_| date)).await?)
}
