//! The columns of another table that `ReferentialIntegrity` names.

/// `"city,state" "reference.{ref_city,ref_state}"`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// Columns of the table itself.
    pub columns: Vec<String>,
    /// The other table.
    pub alias: String,
    /// Its columns, one for each.
    pub reference_columns: Vec<String>,
}

impl Reference {
    /// Reads both parameters.
    pub(crate) fn parse(columns: &str, reference: &str) -> Result<Self, String> {
        let columns = list(columns)?;
        let Some((alias, rest)) = reference.split_once('.') else {
            return Err("expected a table and a column, such as \"reference.id\"".to_owned());
        };
        let rest = rest.trim();
        let inner = match (rest.strip_prefix('{'), rest.ends_with('}')) {
            (Some(inner), true) => inner.trim_end_matches('}'),
            (None, false) => rest,
            _ => return Err("a brace without its partner".to_owned()),
        };
        let reference_columns = list(inner)?;
        if alias.trim().is_empty() {
            return Err("expected the name of a table before the point".to_owned());
        }
        if columns.len() != reference_columns.len() {
            return Err(format!("{} columns are compared with {}", columns.len(), reference_columns.len()));
        }
        Ok(Self { columns, alias: alias.trim().to_owned(), reference_columns })
    }
}

fn list(text: &str) -> Result<Vec<String>, String> {
    let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
    if names.iter().any(String::is_empty) { Err("an empty name of a column".to_owned()) } else { Ok(names) }
}
