//! `estrella dictionary`

use estrella_core::schema::{ColumnType, TableSchema, all_tables};

use crate::{CliError, Exit, Output};

const INTRODUCTION: &str = "\
# Data dictionary

Every table of the lake, made from the definitions in code with `estrella dictionary`. Types are Iceberg's;
`timestamptz` is an instant in microseconds, UTC.
";

pub(crate) fn run(out: &mut Output) -> Result<Exit, CliError> {
    out.text(&dictionary())?;
    Ok(Exit::Done)
}

/// The data dictionary as Markdown.
pub fn dictionary() -> String {
    let sections: String = all_tables().into_iter().map(section).collect();
    format!("{INTRODUCTION}{sections}")
}

/// A column type as Iceberg names it.
pub fn type_name(ty: ColumnType) -> String {
    match ty {
        ColumnType::Boolean => "boolean".to_owned(),
        ColumnType::Int => "int".to_owned(),
        ColumnType::Long => "long".to_owned(),
        ColumnType::Double => "double".to_owned(),
        ColumnType::Decimal { precision, scale } => format!("decimal({precision},{scale})"),
        ColumnType::Date => "date".to_owned(),
        ColumnType::Timestamptz => "timestamptz".to_owned(),
        ColumnType::String => "string".to_owned(),
    }
}

fn section(table: &TableSchema) -> String {
    let mut text = format!("\n## {}\n\n{}.\n\n", table.full_name(), table.doc);
    text += &format!("- Key: {}\n", code(table.key));
    let partition: Vec<_> = table.partition.into_iter().collect();
    text += &format!("- Partition: {}\n- Sorted by: {}\n\n", code(&partition), code(table.sort));
    text += "| Column | Type | Null | Description |\n|---|---|---|---|\n";
    for column in table.columns {
        let null = if column.required { "no" } else { "yes" };
        let doc = column.doc.replace('|', "\\|");
        text += &format!("| `{}` | {} | {null} | {doc} |\n", column.name, type_name(column.ty));
    }
    text
}

fn code(names: &[&str]) -> String {
    match names.is_empty() {
        true => "none".to_owned(),
        false => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_and_column_is_in_it() {
        let text = dictionary();
        let sections: Vec<_> = text.split("\n## ").skip(1).collect();
        assert_eq!(sections.len(), all_tables().len());
        for (table, section) in all_tables().iter().zip(sections) {
            assert!(section.starts_with(&format!("{}\n", table.full_name())));
            assert!(section.contains(table.doc));
            for column in table.columns {
                let start = format!("| `{}` | {} |", column.name, type_name(column.ty));
                assert!(section.lines().any(|line| line.starts_with(&start)), "{start}");
            }
        }
        assert!(text.contains("| `price` | decimal(12,2) | no | Price shown at the event"));
    }
}
