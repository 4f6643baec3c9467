//! What is wrong with a settings file.

/// What is wrong with a settings file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, {key}: {reason}")]
pub struct SettingsError {
    /// Line, from 1.
    pub line: usize,
    /// The key, or the table's header, that the line holds.
    pub key: String,
    /// What is wrong.
    pub reason: String,
}

impl SettingsError {
    pub(super) fn of(error: &toml::de::Error, toml: &str) -> Self {
        let start = error.span().map_or(0, |span| span.start).min(toml.len());
        let before = toml.get(..start).unwrap_or_default();
        let line = before.matches('\n').count();
        let text = toml.lines().nth(line).unwrap_or_default().trim();
        let key = text.split_once('=').map_or(text, |(key, _)| key.trim_end());
        Self {
            line: line + 1,
            key: if key.is_empty() { "end of the file".to_owned() } else { key.to_owned() },
            reason: error.message().replace('\n', ", "),
        }
    }
}
