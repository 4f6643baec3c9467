//! Load-dims as a Lambda.

use estrella_lake::{Alert, Error, Result, Severity};
use estrella_runtime::{Counts, Deps, Output, Work};

use crate::{DimsLoaded, HeldBack};

/// Loads the dimensions, whatever called. What a gate holds back is no failure: the answer says so by `gates_held`, with
/// an `alert` for the state machine to publish. A message with `"accept_gates": true` lets it through.
///
/// # Errors
/// As [`handle`](crate::handle).
pub async fn stage(work: Work, deps: &Deps) -> Result<Output> {
    work.check()?;
    let mut deps = deps.clone();
    if let Work::Message(message) = &work {
        deps.config.gates.accept |= message["accept_gates"] == true;
    }
    let loaded = crate::handle(&deps).await?;
    let mut answer =
        serde_json::to_value(&loaded).map_err(|e| Error::bug("write answer of load-dims").because(e))?;
    answer["gates_held"] = (!loaded.held_back.is_empty()).into();
    if !loaded.held_back.is_empty() {
        answer["alert"] =
            serde_json::to_value(alert(&loaded)).map_err(|e| Error::bug("write alert").because(e))?;
    }
    Output::new(&answer, Counts { rows_in: loaded.events_read, ..Counts::default() })
}

fn alert(loaded: &DimsLoaded) -> Alert {
    let line = |held: &HeldBack| format!("  {held}");
    let lines: Vec<String> = loaded.held_back.iter().map(line).collect();
    Alert {
        details: None,
        severity: Severity::Critical,
        subject: format!("Estrella holds back {}", loaded.held_back[0].table),
        body: format!(
            "What: dimensions were not loaded, because a gate does not let them through. They stay as they were; facts \
             go on being loaded.\n{}\n\
             Since: this run; every run tries again.\n\
             Meaning: shrinkage and orphans are percent. shrinkage: rows of the shop's database are gone; was a table \
             truncated? orphans: the facts name keys that the shop's database never had; is the replication behind?\n\
             Look at: the latest rows of the table's log, like\n  \
             SELECT change_op, count(*), max(change_time) FROM changes.users GROUP BY change_op\n\
             To do: mend the source, or, if it is right, start the dimensions' state machine with the input\n  \
             {{\"accept_gates\": true}}\n",
            lines.join("\n"),
        ),
    }
}
