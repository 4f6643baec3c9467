//! The commands that a message names.

use crate::hour::{DAY, date_and_hour};
use crate::state::Incident;

/// Commands to look at an incident and to say something to it.
pub(super) struct Commands {
    pub(super) rows: String,
    pub(super) show: String,
    pub(super) ack: String,
    pub(super) expected: String,
    pub(super) mute: String,
}

impl Commands {
    pub(super) fn of(incident: &Incident, lake: &str) -> Self {
        let lake = quoted(lake);
        let (date, of_day) = date_and_hour(incident.told_hour);
        let (until, until_hour) = date_and_hour(incident.told_hour + DAY);
        let sql = format!(
            "SELECT * FROM {} WHERE event_date = DATE '{date}' AND hour_of_day = {of_day} LIMIT 20",
            incident.table
        );
        let worst = incident.worst.first().map(crate::MonitorResult::name).unwrap_or_default();
        let id = &incident.id;
        Self {
            rows: format!("estrella query \"{sql}\" --lake {lake}"),
            show: format!("estrella incidents --lake {lake}"),
            ack: format!("estrella ack {id} --lake {lake}"),
            expected: format!("estrella ack {id} --expected --lake {lake}"),
            mute: format!("estrella mute {} --until {until}T{until_hour:02} --lake {lake}", quoted(&worst)),
        }
    }
}

/// As one word of a shell.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(quoted("s3://bucket/lake"), "s3://bucket/lake");
        assert_eq!(quoted("my lake"), "'my lake'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("$(rm)"), "'$(rm)'");
    }
}
