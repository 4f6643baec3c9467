//! One object from its receipt to the tables.

use std::collections::BTreeMap;

use bytes::Bytes;
use estrella_contracts::{JudgedRun, Receipt, Refusal, keys};
use estrella_lake::{Error, ErrorKind, Result};
use estrella_runtime::Deps;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::commits::Histories;
use super::find::Found;
use super::logs::Logs;
use super::run::RunTrace;
use crate::output::time;

/// How far an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It cannot be read, so none of its rows is loaded.
    Refused,
    /// It is extracted and waits for a run.
    Pending,
    /// A run has it in hand, or stopped half-way.
    Loading,
    /// The quality gate holds rows of it back.
    HeldBack,
    /// What it holds is accounted for: loaded, refused, set aside or thrown away.
    Loaded,
}

impl State {
    /// The word used in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused whole",
            Self::Pending => "pending",
            Self::Loading => "being loaded",
            Self::HeldBack => "held back",
            Self::Loaded => "loaded",
        }
    }
}

/// One version of one object.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ObjectTrace {
    /// The object, as `bucket/key`.
    pub object: String,
    /// Version id or etag on S3, hash of the content on disk.
    pub version: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// Id of its receipt.
    pub receipt_id: String,
    /// How far it is.
    pub state: State,
    /// What it waits for, if it does.
    pub waits_for: Option<String>,
    /// Why it was refused whole.
    pub refused: Option<RefusedWhole>,
    /// What extract made of it.
    pub landed: Option<Landed>,
    /// The runs that had rows of it: the one that loaded it, then decisions on what that one held back.
    pub runs: Vec<RunTrace>,
    /// Batches of it that wait for a decision.
    pub held_back: Vec<String>,
    /// Where to look in the logs; none of a lake in a folder.
    pub logs: Option<Logs>,
}

/// Why and when an object was refused whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedWhole {
    /// What is wrong with it.
    pub reason: String,
    /// When, UTC.
    pub at: String,
}

/// What extract made of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Landed {
    /// When, UTC; none of receipts that do not say.
    pub at: Option<String>,
    /// Format, told by content.
    pub format: String,
    /// Rows read.
    pub rows_in: u64,
    /// Accepted rows by date.
    pub rows_by_date: BTreeMap<String, u64>,
    /// Exact duplicates in the object.
    pub duplicates: u64,
    /// Refused rows.
    pub rejected: u64,
    /// Refused rows by reason. A row with two reasons counts under both.
    pub rejected_by_reason: BTreeMap<String, u64>,
    /// Table whose changes it holds, if it is a change file of the shop's database, with their number.
    pub changes: Option<(String, u64)>,
}

impl Landed {
    fn of(receipt: &Receipt) -> Self {
        let mut rows_by_date = BTreeMap::new();
        for part in &receipt.parts {
            *rows_by_date.entry(part.event_date.clone()).or_default() += part.rows;
        }
        Self {
            at: receipt.extracted_at_ms.map(time),
            format: receipt.format.clone(),
            rows_in: receipt.rows_in,
            rows_by_date,
            duplicates: receipt.parts.iter().map(|part| part.duplicates).sum(),
            rejected: receipt.rows_rejected(),
            rejected_by_reason: receipt.rejected_by_reason.clone(),
            changes: receipt.changes.as_ref().map(|changes| (changes.table.clone(), changes.rows)),
        }
    }
}

/// What a mark says; that of a change file says nothing.
#[derive(serde::Deserialize)]
struct Mark {
    run_id: Option<String>,
}

impl ObjectTrace {
    pub(super) async fn of(found: Found, environment: Option<&str>, deps: &Deps) -> Result<Self> {
        let Found { receipt_id, object, receipt, refusal } = found;
        let mut trace = Self {
            object: format!("{}/{}", object.bucket, object.key),
            version: object.version,
            size_bytes: object.size_bytes,
            receipt_id,
            state: State::Refused,
            waits_for: None,
            refused: refusal.map(|Refusal { reason, refused_at_ms, .. }| RefusedWhole {
                reason,
                at: time(refused_at_ms),
            }),
            landed: receipt.as_ref().map(Landed::of),
            runs: Vec::new(),
            held_back: Vec::new(),
            logs: None,
        };
        if receipt.is_some() {
            trace.follow(deps).await?;
        } else {
            trace.waits_for = Some("a mended file from its sender, by any name".to_owned());
        }
        let runs = trace.runs.iter().map(|run| run.run_id.as_str());
        let ids: Vec<&str> =
            [trace.receipt_id.as_str(), object.key.as_str()].into_iter().chain(runs).collect();
        trace.logs = environment.map(|environment| Logs::of(environment, &ids));
        Ok(trace)
    }

    /// From the mark of the receipt to its run, and from batches that were held back to what was decided.
    async fn follow(&mut self, deps: &Deps) -> Result<()> {
        let histories = Histories::read(deps).await?;
        let Some(mark) = document::<Mark>(&keys::applied(&self.receipt_id), deps).await? else {
            return self.waiting(&histories, deps).await;
        };
        self.state = State::Loaded;
        let Some(run_id) = mark.run_id else { return Ok(()) };
        self.run(&run_id, true, &histories, deps).await?;
        let blocked = self.runs.iter().flat_map(|run| &run.batches).filter(|batch| batch.verdict == "block");
        for batch_id in blocked.map(|batch| batch.batch_id.clone()).collect::<Vec<_>>() {
            match decision(&batch_id, deps).await? {
                Some(run_id) => self.run(&run_id, true, &histories, deps).await?,
                None => self.held_back.push(batch_id),
            }
        }
        if !self.held_back.is_empty() {
            self.state = State::HeldBack;
            self.waits_for = Some("somebody who lets the batch in or throws it away".to_owned());
        }
        Ok(())
    }

    /// Without a mark a run may still have it in hand: its document stands before the first commit.
    async fn waiting(&mut self, histories: &Histories, deps: &Deps) -> Result<()> {
        let is_change = self.landed.as_ref().is_some_and(|landed| landed.changes.is_some());
        (self.state, self.waits_for) = match is_change {
            true => {
                (State::Pending, Some("the next run of load-dims: every day at 03:20 UTC on AWS".to_owned()))
            }
            false => {
                (State::Pending, Some("the next run of the facts: every hour at hh:10 on AWS".to_owned()))
            }
        };
        for run_id in histories.runs().map(str::to_owned).collect::<Vec<_>>() {
            let Some(run) = document::<JudgedRun>(&keys::run(&run_id), deps).await? else { continue };
            if run.plan.receipt_ids.contains(&self.receipt_id) {
                self.state = State::Loading;
                self.waits_for =
                    Some("the end of its run; if that has stopped, the next one completes it".to_owned());
                self.runs.push(RunTrace::of(&run, &self.receipt_id, false, histories));
                break;
            }
        }
        Ok(())
    }

    async fn run(
        &mut self,
        run_id: &str,
        is_complete: bool,
        histories: &Histories,
        deps: &Deps,
    ) -> Result<()> {
        // Documents of runs are cleared away after some months.
        if let Some(run) = document::<JudgedRun>(&keys::run(run_id), deps).await? {
            self.runs.push(RunTrace::of(&run, &self.receipt_id, is_complete, histories));
        }
        Ok(())
    }
}

/// The run that a decision on a batch made, if there was one.
async fn decision(batch_id: &str, deps: &Deps) -> Result<Option<String>> {
    for decided in ["release", "discard"] {
        let mark = document::<Mark>(&keys::applied(&format!("{decided}-{batch_id}")), deps).await?;
        if let Some(run_id) = mark.and_then(|mark| mark.run_id) {
            return Ok(Some(run_id));
        }
    }
    Ok(None)
}

async fn document<T: DeserializeOwned>(key: &str, deps: &Deps) -> Result<Option<T>> {
    let bytes: Bytes = match deps.lake.store().get(key).await {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let parsed = serde_json::from_slice(&bytes);
    parsed.map(Some).map_err(|error| Error::invalid("message cannot be read").at(key).because(error))
}
