//! Change files of the shop's database.

use std::collections::BTreeMap;

use estrella_contracts::ObjectRef;
use estrella_core::changes::{ChangeDecoder, decode_change_events, decode_changes};
use estrella_core::decode::{Format, Records, Stopped};
use estrella_core::star::RowBuilder;
use estrella_lake::data::DataFileWriter;
use estrella_lake::{Error, Result};
use estrella_runtime::Deps;

use crate::land::{Landed, Lander};
use crate::source::{Source, SourceReader};

type Outcome = std::result::Result<Landed, Stopped<Error>>;

fn records(source: Source, format: Format) -> Records<SourceReader, Source> {
    match format {
        Format::Parquet => Records::Parquet(source),
        text => Records::Text(SourceReader::new(source), text),
    }
}

/// Lands the changes of one table, typed and in the order of the file.
pub(crate) fn land(source: Source, format: Format, decoder: &ChangeDecoder<'_>, deps: &Deps) -> Outcome {
    let mut file =
        DataFileWriter::create(decoder.table.tables.landed, &deps.scratch).map_err(Stopped::Sink)?;
    let write = |rows: &mut RowBuilder| -> Result<()> {
        let batch = rows.finish().map_err(|e| Error::invalid("changes do not fit the table").because(e))?;
        deps.progress.rows_decoded(batch.num_rows() as u64);
        file.write(&batch)
    };
    let report = decode_changes(records(source, format), decoder, write)?;
    Ok(Landed {
        days: Vec::new(),
        changes: Some((decoder.table.name.clone(), file.finish().map_err(Stopped::Sink)?)),
        rejected: None,
        rejected_by_reason: BTreeMap::new(),
        rows_in: report.rows,
        unknown_columns: report.unknown_columns,
    })
}

/// Lands the events of the shop's database as those of an event file.
pub(crate) fn land_events(
    source: Source,
    format: Format,
    decoder: &ChangeDecoder<'_>,
    object: &ObjectRef,
    name: &str,
    deps: &Deps,
) -> Outcome {
    let mut lander = Lander::new(deps, name.to_owned(), object.version.clone());
    let sink = |mut decoded| lander.add(&mut decoded);
    let report = decode_change_events(records(source, format), decoder, &deps.config.rules, sink)?;
    lander.finish(report).map_err(Stopped::Sink)
}
