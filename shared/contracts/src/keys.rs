//! Where the stages leave things for each other. Everything is under `landed/`, which no reader of the tables
//! needs.

/// Prefix of everything that the stages leave for each other.
pub const LANDED: &str = "landed/";
/// Prefix of all receipts.
pub const RECEIPTS: &str = "landed/receipts/";
/// Prefix of the marks of receipts whose rows are loaded or set aside.
pub const APPLIED: &str = "landed/applied/";

/// The receipt of an object.
pub fn receipt(receipt_id: &str) -> String {
    format!("{RECEIPTS}{receipt_id}.json")
}

/// The mark that a receipt's rows are loaded or set aside.
pub fn applied(receipt_id: &str) -> String {
    format!("{APPLIED}{receipt_id}.json")
}

/// What stands for a batch that was held back among the receipts, once a human has let it in or thrown it away: a decision
/// that stopped half-way is completed by the next run.
pub fn decision(batch_id: &str, discard: bool) -> String {
    format!("{}-{batch_id}", if discard { "discard" } else { "release" })
}

/// Prefix of the marks of all such decisions.
pub fn decisions(discard: bool) -> String {
    format!("{APPLIED}{}", decision("", discard))
}

/// Accepted rows of one object and date; `number` counts the files of that date, and `content` is the hash of this one: what
/// becomes of an object depends on more than the object, and a file of an attempt that was cut short is not taken for one
/// of the next.
pub fn part(receipt_id: &str, event_date: &str, number: usize, content: &str) -> String {
    format!("landed/parts/{receipt_id}/event_date={event_date}/{number}-{content}.parquet")
}

/// Changes of one object; `content` as in [`part`].
pub fn changes(receipt_id: &str, content: &str) -> String {
    format!("landed/changes/{receipt_id}-{content}.parquet")
}

/// What all files of changes of one object begin with.
pub fn changes_of(receipt_id: &str) -> String {
    format!("landed/changes/{receipt_id}")
}

/// Refused rows of one object; `content` as in [`part`].
pub fn rejected(receipt_id: &str, content: &str) -> String {
    format!("landed/parts/{receipt_id}/rejected-{content}.parquet")
}

/// The profile of a batch that was cleaned against a state of the table.
pub fn profile(batch_id: &str, base: &str) -> String {
    format!("landed/profiles/{batch_id}-{base}.json")
}

/// Prefix of the judged runs.
pub const RUNS: &str = "landed/runs/";

/// The judged batches of a run, written before anything is committed.
pub fn run(run_id: &str) -> String {
    format!("{RUNS}{run_id}.json")
}

/// A batch that the quality gate holds back.
pub fn blocked(batch_id: &str) -> String {
    format!("landed/blocked/{batch_id}.json")
}

/// An object that was refused whole.
pub fn refused(receipt_id: &str) -> String {
    format!("landed/refused/{receipt_id}.json")
}

/// Prefix of the batches that are held back.
pub const BLOCKED: &str = "landed/blocked/";

/// The plan of a run.
pub fn plan_document(run_id: &str) -> String {
    format!("landed/stages/plan/{run_id}.json")
}

/// One batch of a plan.
pub fn batch_document(run_id: &str, event_date: &str) -> String {
    format!("landed/stages/batch/{run_id}/{event_date}.json")
}

/// A batch of a run after cleaning.
pub fn cleaned_document(run_id: &str, event_date: &str) -> String {
    format!("landed/stages/cleaned/{run_id}/{event_date}.json")
}

/// A batch of a run with its verdict.
pub fn judged_document(run_id: &str, event_date: &str) -> String {
    format!("landed/stages/judged/{run_id}/{event_date}.json")
}

/// A run that is loaded.
pub fn loaded_document(run_id: &str) -> String {
    format!("landed/stages/loaded/{run_id}.json")
}

/// Prefix of the states of the monitors, the newest last: what was told, what is open. Not under `landed/`, whose
/// objects expire.
pub const MONITOR_STATES: &str = "ops/monitors/state/";

/// The `number`-th state of the monitors.
pub fn monitor_state(number: u64) -> String {
    format!("{MONITOR_STATES}{number:012}.json")
}

/// The monitors that a lake has in the place of the built-in ones.
pub const MONITORS: &str = "config/monitors.toml";

/// The rules that a lake has for a table in the place of the built-in ones.
pub fn rules(rule_set: &str) -> String {
    format!("config/rules/{rule_set}.dqdl")
}

/// Rows of a batch that break a rule, as they are set aside; `name` tells batch, base and rules.
pub fn quarantine(name: &str) -> String {
    format!("clean/quarantined_events/data/{name}.parquet")
}

/// The id in a key like those of [`receipt`] and [`applied`].
pub fn id_of(key: &str) -> Option<&str> {
    key.rsplit('/').next()?.strip_suffix(".json")
}

/// Whether a key stays below where it begins, wherever keys are paths: it has no empty, `.` or `..` segment and no NUL.
pub fn is_plain(key: &str) -> bool {
    key.split('/').all(|segment| !matches!(segment, "" | "." | "..") && !segment.contains('\0'))
}
