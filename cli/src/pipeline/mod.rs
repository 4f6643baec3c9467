//! The stages in the order of the state machine, over a folder.

mod extract;
mod inputs;
mod key;
mod mapping;
mod meter;
mod scratch;
mod summary;
mod used;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use estrella_contracts::{JudgedRun, Plan, SCHEMA_VERSION};
use estrella_lake::disk::DiskStore;
use estrella_lake::{Error, ErrorKind, Lake, Result, spawned};
use estrella_runtime::{Config, Deps, LoggedAlerts, Progress};
use futures::{StreamExt, TryStreamExt, stream};

pub use extract::Extraction;
pub use inputs::{Input, find_inputs};
pub use key::token_key;
pub use meter::Meter;
use scratch::Scratch;
use summary::Started;
pub use summary::{ObjectSummary, StageSummary, Summary};
pub use used::peak_memory_bytes;

/// The stages in the order in which they run, as in the facts' state machine and then the dimensions'.
pub const STAGES: [&str; 8] =
    ["extract", "plan", "clean", "check-quality", "load-facts", "detect-drift", "load-dims", "maintain"];

/// How often a run is planned again when somebody else has written `clean.events` meanwhile.
const MAX_PLANS: u32 = 10;

/// Runs the pipeline over a folder.
#[derive(Debug)]
pub struct Pipeline {
    deps: Deps,
    lake_dir: PathBuf,
    key_file: Option<PathBuf>,
    _scratch: Scratch,
}

impl Pipeline {
    /// Opens the lake in `lake_dir`, making it if it is not there. Raw objects are files of this machine.
    ///
    /// # Errors
    /// If the folder cannot be made or is no lake.
    pub fn open(lake_dir: &Path, config: Config, progress: Arc<dyn Progress>) -> Result<Self> {
        let lake = Lake::open_dir(lake_dir)?;
        let raw = Arc::new(DiskStore::open(Path::new("/"))?);
        let scratch = Scratch::create(&lake_dir.join(".scratch"))?;
        let alerts = Arc::new(LoggedAlerts);
        let deps = Deps { lake, raw, scratch: scratch.folder().to_owned(), config, progress, alerts };
        Ok(Self { deps, lake_dir: lake_dir.to_owned(), key_file: None, _scratch: scratch })
    }

    /// Names the file with the secret of the tokens; the lake has one of its own otherwise.
    pub fn token_key_file(&mut self, file: Option<&Path>) {
        self.key_file = file.map(Path::to_owned);
    }

    /// Puts a mapping into the lake, in the place of the one that it has.
    ///
    /// # Errors
    /// `InvalidInput` naming what is wrong with it.
    pub async fn keep_mapping(&self, file: &Path) -> Result<()> {
        mapping::keep(file, &self.deps).await
    }

    /// Carries objects from file to star. An object that is refused does not stop the others.
    ///
    /// # Errors
    /// Those of the stores. A run that is cut short at any point is completed by the next one.
    pub async fn run(&self, inputs: &[Input]) -> Result<Summary> {
        self.backfill(inputs, &Extraction::default(), &|_, _| ()).await
    }

    /// As [`run`](Self::run), but objects are extracted as `how` says, and each is `told` with its number when it is done.
    /// Too many that fail stop it before anything is loaded; [`Summary::is_given_up`] tells.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn backfill(
        &self,
        inputs: &[Input],
        how: &Extraction,
        told: &(dyn Fn(usize, &ObjectSummary) + Sync),
    ) -> Result<Summary> {
        let mut summary = Summary::default();
        let is_any_there = self.extract(inputs, how, told, &mut summary).await?;
        if is_any_there && !summary.is_given_up {
            let _turn = take_turn(&self.lake_dir).await?;
            self.load(&mut summary).await?;
            // Settings of the monitors that cannot be read keep nothing from the dimensions.
            let looked = self.detect_drift(&mut summary).await;
            self.load_dims(&mut summary).await?;
            self.maintain(&mut summary).await?;
            looked?;
        }
        summary.peak_memory_bytes = peak_memory_bytes();
        Ok(summary)
    }

    fn begin(&self, stage: &str) -> Started {
        self.deps.progress.stage(stage);
        Started::now()
    }

    async fn load(&self, summary: &mut Summary) -> Result<()> {
        for _ in 0..MAX_PLANS {
            let start = self.begin("plan");
            let plan = estrella_plan::handle(&self.deps).await?;
            summary.loaded.extend(estrella_load_facts::resume_all(&plan.unfinished_runs, &self.deps).await?);
            if plan.is_empty() {
                // Nothing is new, but a table may have been rolled back.
                summary.facts_mended = estrella_load_facts::sync(&self.deps).await?;
                return Ok(());
            }
            let batches = plan.batches.len() as u64;
            summary.stage("plan", start, plan.receipt_ids.len() as u64, batches);
            match self.load_plan(plan, summary).await {
                Err(error) if error.kind() == ErrorKind::Conflict => summary.forget_stages_after("extract"),
                done => return done,
            }
        }
        Err(Error::conflict(format!("clean.events was written by others during {MAX_PLANS} plans in a row")))
    }

    async fn load_plan(&self, plan: Plan, summary: &mut Summary) -> Result<()> {
        let start = self.begin("clean");
        let base = plan.base_snapshot_id;
        let tasks = stream::iter(plan.batches.clone()).map(|batch| {
            let deps = self.deps.clone();
            spawned(async move { estrella_clean::handle(&batch, base, &deps).await })
        });
        let cleaned: Vec<_> = tasks.buffered(self.deps.config.workers).try_collect().await?;
        let rows_in = cleaned.iter().map(|c| c.batch.rows_in()).sum();
        let rows: u64 = cleaned.iter().map(|c| c.rows).sum();
        summary.stage("clean", start, rows_in, rows);

        let start = self.begin("check-quality");
        let tasks = stream::iter(cleaned).map(|cleaned| {
            let deps = self.deps.clone();
            spawned(async move { estrella_check_quality::handle(cleaned, &deps).await })
        });
        let batches: Vec<_> = tasks.buffered(self.deps.config.workers).try_collect().await?;
        let accepted = batches.iter().filter(|b| !b.is_blocked()).map(|b| b.cleaned.rows).sum();
        summary.stage("check-quality", start, rows, accepted);

        let start = self.begin("load-facts");
        let run = JudgedRun { schema_version: SCHEMA_VERSION, plan, batches, decided: None };
        let loaded = estrella_load_facts::handle(&run, &self.deps).await?;
        summary.stage("load-facts", start, accepted, loaded.facts);
        summary.verdicts(&run.batches);
        summary.loaded.push(loaded);
        Ok(())
    }

    async fn detect_drift(&self, summary: &mut Summary) -> Result<()> {
        let start = self.begin("detect-drift");
        let looked = estrella_detect_drift::handle(&self.deps).await?;
        summary.stage("detect-drift", start, looked.compared, looked.breaches);
        summary.monitors = looked;
        Ok(())
    }

    async fn maintain(&self, summary: &mut Summary) -> Result<()> {
        let start = self.begin("maintain");
        let done = estrella_maintain::handle(&self.deps).await?;
        summary.stage("maintain", start, done.snapshots_expired, done.files_removed);
        Ok(())
    }

    async fn load_dims(&self, summary: &mut Summary) -> Result<()> {
        let start = self.begin("load-dims");
        let mut deps = self.deps.clone();
        let is_needed = summary.objects.iter().any(|object| object.changes_of.is_some());
        deps.config.token_key = key::token_key(self.key_file.as_deref(), &self.lake_dir, is_needed)?;
        let dims = estrella_load_dims::handle(&deps).await?;
        summary.stage("load-dims", start, dims.events_read, dims.rows.values().sum());
        summary.dimensions = dims.rows;
        summary.changes = dims.changes;
        summary.fact_files_filled = dims.fact_files_filled;
        summary.held_back = dims.held_back;
        Ok(())
    }
}

/// Waits until nobody else writes the lake in a folder, and nobody copies it: one run at a time per lake, as one execution
/// at a time per window, and the commands that write have a turn as well. It lasts until the file is dropped. Whoever has
/// it and asks for it again waits for good.
///
/// # Errors
/// If the lock file cannot be opened, as on a disk that cannot be written, or not be locked.
pub(crate) async fn take_turn(lake_dir: &Path) -> Result<File> {
    let path = lake_dir.join("run.lock");
    let locking = tokio::task::spawn_blocking(move || {
        let file = File::create(&path).map_err(|e| Error::io("open lock file", &path, e))?;
        file.lock().map_err(|e| Error::io("lock file", &path, e))?;
        Ok(file)
    });
    locking.await.map_err(|e| Error::bug("locking panicked").because(e))?
}

/// Completes the runs that stopped half-way.
///
/// # Errors
/// Those of the stores; `InvalidInput` if a run cannot be read.
pub(crate) async fn complete_runs(deps: &Deps) -> Result<()> {
    let plan = estrella_plan::handle(deps).await?;
    estrella_load_facts::resume_all(&plan.unfinished_runs, deps).await.map(drop)
}
