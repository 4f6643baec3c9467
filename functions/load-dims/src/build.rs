//! From facts to dimensions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use estrella_check_quality::{Asked, TableRules};
use estrella_core::changes::{Role, Value};
use estrella_core::event::date_of;
use estrella_core::star::{
    Brand, Category, Listing, ListingKey, Merge, Product, Row, Session, SortKey, User, Visit, VisitKey,
};
use estrella_lake::{NewFile, ObjectStore, PlannedFile, Result, Table};
use estrella_load_facts::{Checked, note_results};
use estrella_runtime::Deps;
use serde::{Serialize, de::DeserializeOwned};
use xxhash_rust::xxh3::xxh3_128;

use crate::changes::{AttributeSource, Histories, Log, Logs, Naming, attributes, histories};
use crate::existing::Existing;
use crate::facts::Facts;
use crate::gates::{Counted, HeldBack, held_by_rules};
use crate::groups::Groups;
use crate::heads::{Heads, Work};
use crate::join::{MaybeRow, join, merge_row};
use crate::output::Output;
use crate::parts::Parts;
use crate::runs::Runs;
use crate::{DimsLoaded, Sizes, commit, time};

/// Grows when the same inputs give other files, so that files of an older version are not taken for them.
const VERSION: u32 = 2;

/// The rules of dimensions, by name.
pub(crate) type Rules = BTreeMap<&'static str, TableRules>;

/// What a dimension is to be replaced with.
pub(crate) struct Content {
    pub(crate) files: Vec<NewFile>,
    pub(crate) counted: Counted,
    /// What the rules of the dimension say.
    pub(crate) asked: Asked,
}

/// What all dimensions of a run are built with.
pub(crate) struct Build<'a> {
    pub(crate) store: &'a Arc<dyn ObjectStore>,
    pub(crate) scratch: &'a Path,
    pub(crate) sizes: Sizes,
    pub(crate) logs: &'a Logs,
    /// Roles whose logs have moved on since the dimensions were written.
    pub(crate) changed: BTreeSet<Role>,
    /// Rules by dimension.
    pub(crate) rules: &'a Rules,
    /// What the dimensions will reflect.
    pub(crate) source: String,
    /// Whether existing rows are ignored.
    pub(crate) rebuild: bool,
}

/// Does the work and commits it, unless a gate holds it back. All files are written before the first commit: the
/// dimensions disagree for a moment only.
pub(crate) async fn run(
    deps: &Deps,
    heads: &Heads,
    build: &Build<'_>,
    work: Work,
    loaded: &mut DimsLoaded,
) -> Result<()> {
    let mut files = match work {
        Work::Add(files) => files,
        Work::Rebuild => heads.facts.plan(None).await?,
    };
    if !build.rebuild && files.is_empty() && heads.are_at(&build.source, &build.logs.state()) {
        return commit::count(heads, loaded).await;
    }
    // Events of one time share sessions, users and products: fewer aggregates are spilled more than once.
    files.sort_by_key(|file| (file.partition_date, file.event_time_us));
    let mut contents = build.contents(heads, files, loaded).await?;
    loaded.rebuilt |= build.rebuild;
    for (dim, content) in heads.dims().into_iter().zip(&mut contents) {
        if let Some(content) = content {
            loaded.held_back.extend(judge(dim, content, deps));
        }
    }
    note(build, heads, &contents, deps).await?;
    if !loaded.held_back.is_empty() {
        return commit::count(heads, loaded).await;
    }
    for (dim, content) in heads.dims().into_iter().zip(contents) {
        commit::apply(&deps.lake, build, dim, content, loaded).await?;
    }
    Ok(())
}

/// The gates and rules that do not let a dimension through.
pub(crate) fn judge(dim: &Table, content: &mut Content, deps: &Deps) -> Vec<HeldBack> {
    let mut held = content.counted.judge(dim, &deps.config.gates);
    if !deps.config.gates.accept {
        held.extend(held_by_rules(&dim.schema().full_name(), &content.asked));
    }
    held
}

/// Notes what the rules say, once for these rules and for what the dimensions are to reflect, however often they are begun anew.
async fn note(build: &Build<'_>, heads: &Heads, contents: &[Option<Content>], deps: &Deps) -> Result<()> {
    let now_ms = deps.lake.clock().now_ms();
    let date = date_of(now_ms * 1000);
    let names: Vec<String> = heads.dims().into_iter().map(|dim| dim.schema().full_name()).collect();
    let mut rows = Vec::new();
    for (content, name) in contents.iter().zip(&names) {
        let results = content.iter().flat_map(|content| &content.asked.results);
        rows.extend(results.map(|result| Checked { of: name, date, result }));
    }
    if rows.is_empty() {
        return Ok(());
    }
    // Rules that were changed say something else of the same rows.
    let rules = build.rules.values().map(TableRules::text).collect::<Vec<_>>().join("\n");
    let asked = format!("{} {} {rules}", build.source, build.logs.state());
    let id = format!("dims-{:032x}", xxh3_128(asked.as_bytes()));
    note_results(&id, now_ms, &rows, deps).await
}

impl<'a> Build<'a> {
    /// What dimensions are built with that stand at these heads.
    pub(crate) fn of(
        deps: &'a Deps,
        sizes: Sizes,
        logs: &'a Logs,
        rules: &'a Rules,
        heads: &Heads,
        rebuild: bool,
    ) -> Self {
        let before = heads.changes().unwrap_or_default();
        Self {
            store: deps.lake.store(),
            scratch: &deps.scratch,
            sizes,
            logs,
            changed: logs.changed_since(&before),
            rules,
            source: heads.source(),
            rebuild,
        }
    }

    async fn contents(
        &self,
        heads: &Heads,
        files: Vec<PlannedFile>,
        loaded: &mut DimsLoaded,
    ) -> Result<[Option<Content>; 6]> {
        let facts = Facts::read(self.store, files);
        let parts = Parts::of(facts, self.sizes, self.scratch).await?;
        loaded.events_read += parts.events;
        let mut naming = Naming::read(self.logs, self).await?;
        // One after the other: what is written is freed.
        let (mut categories, mut brands) = (self.groups(), self.groups());
        let products =
            self.products(&heads.products, parts.listings, &naming, &mut categories, &mut brands).await?;
        let known = naming.categories();
        let categories = self.rows(&heads.categories, Role::Categories, categories.finish()?, known).await?;
        let known = naming.brands();
        let brands = self.rows(&heads.brands, Role::Brands, brands.finish()?, known).await?;
        let mut users = self.groups();
        let sessions = self.sessions(&heads.sessions, parts.visits, &mut users).await?;
        let known = match self.logs.of(Role::Users) {
            Some(log) => attributes::users(log, self.histories(log).await?),
            None => AttributeSource::none(),
        };
        let users = self.rows(&heads.users, Role::Users, users.finish()?, known).await?;
        let time = time::write(self, &heads.time, parts.times).await?;
        Ok([products, categories, brands, sessions, users, time])
    }

    /// The histories of all rows of a log.
    pub(crate) async fn histories(&self, log: &Log) -> Result<Histories> {
        self.histories_of(log, |_| true).await
    }

    /// The histories of the rows of a log whose keys are wanted.
    pub(crate) async fn histories_of(
        &self,
        log: &Log,
        is_wanted: impl Fn(&[Value]) -> bool,
    ) -> Result<Histories> {
        let files = log.table.plan(None).await?;
        histories(log, files, self.store, self.sizes, self.scratch, is_wanted).await
    }

    /// Writes the products, and gives every listing to its category and brand.
    async fn products(
        &self,
        dim: &Table,
        listings: Runs<ListingKey, Listing>,
        naming: &Naming,
        categories: &mut Groups<i64, Category>,
        brands: &mut Groups<Box<str>, Brand>,
    ) -> Result<Option<Content>> {
        let add = |row: &mut MaybeRow<Product>, key: ListingKey, listing: Listing| {
            if let Some(category_id) = key.category_id {
                categories.merge(category_id, Category::of(&key.category_code, &listing))?;
            }
            brands.merge(key.brand.clone(), Brand::of(&listing))?;
            merge_row(row, key.product_id, Product::of(key, &listing));
            Ok(())
        };
        let roles = [Role::Products, Role::Brands, Role::Categories];
        let known = match self.logs.of(Role::Products) {
            Some(log) if self.is_written(&roles, &listings) => {
                naming.products(log, self.histories(log).await?)
            }
            _ => AttributeSource::none(),
        };
        self.write(dim, &roles, listings, known, |key| &key.product_id, add).await
    }

    /// Writes the sessions, and gives every visit to its user. It is a new session of the user unless the session
    /// knows the user: from an earlier run, that is, for here every visit comes once.
    async fn sessions(
        &self,
        dim: &Table,
        visits: Runs<VisitKey, Visit>,
        users: &mut Groups<i64, User>,
    ) -> Result<Option<Content>> {
        let add = |row: &mut MaybeRow<Session>, key: VisitKey, visit: Visit| {
            let is_new = row.as_ref().is_none_or(|(_, session)| !session.has_user(key.user_id));
            users.merge(key.user_id, User::of(&visit, is_new))?;
            merge_row(row, key.session_id, Session::of(key.user_id, &visit));
            Ok(())
        };
        let known = match self.logs.of(Role::Sessions) {
            Some(log) if self.is_written(&[Role::Sessions], &visits) => {
                attributes::sessions(log, self.histories(log).await?)
            }
            _ => AttributeSource::none(),
        };
        self.write(dim, &[Role::Sessions], visits, known, |key| &key.session_id, add).await
    }

    /// Writes a dimension whose rows are there already.
    async fn rows<R: Row + Serialize + DeserializeOwned>(
        &self,
        dim: &Table,
        role: Role,
        rows: Runs<R::Key, R>,
        known: AttributeSource<R::Key>,
    ) -> Result<Option<Content>> {
        let add = |row: &mut MaybeRow<R>, key, part| {
            merge_row(row, key, part);
            Ok(())
        };
        self.write(dim, &[role], rows, known, |key| key, add).await
    }

    /// Whether there is anything new for a dimension that these roles feed.
    fn is_written<K: SortKey, V: Merge + Serialize + DeserializeOwned>(
        &self,
        roles: &[Role],
        new: &Runs<K, V>,
    ) -> bool {
        self.rebuild || !new.is_empty() || roles.iter().any(|role| self.changed.contains(role))
    }

    /// Joins new aggregates with the rows of a dimension and writes it, unless there is nothing new. The first of the
    /// roles is the dimension's own.
    async fn write<K, V, R>(
        &self,
        dim: &Table,
        roles: &[Role],
        new: Runs<K, V>,
        known: AttributeSource<R::Key>,
        row_key: impl Fn(&K) -> &R::Key,
        add: impl FnMut(&mut MaybeRow<R>, K, V) -> Result<()>,
    ) -> Result<Option<Content>>
    where
        K: SortKey,
        V: Merge + Serialize + DeserializeOwned,
        R: Row,
    {
        if !self.is_written(roles, &new) {
            return Ok(None);
        }
        let in_source = R::EVENTLESS && roles.first().is_some_and(|role| self.logs.of(*role).is_some());
        let (existing, mut output) = (self.existing::<R>(dim).await?, Output::new(self, dim, in_source));
        join(new.merged()?, existing, known, &mut output, row_key, add).await?;
        output.finish().await.map(Some)
    }

    fn groups<K: SortKey, V: Merge + Serialize + DeserializeOwned>(&self) -> Groups<K, V> {
        Groups::new(self.sizes.rows, self.sizes, self.scratch)
    }

    async fn existing<R: Row>(&self, dim: &Table) -> Result<Existing<R>> {
        if self.rebuild { Ok(Existing::none(self.store)) } else { Existing::of(dim, self.store).await }
    }

    /// Names what the rows of a dimension are made from.
    pub(crate) fn inputs(&self, dim: &Table) -> String {
        let how = if self.rebuild { "all" } else { "new" };
        let (name, base) = (dim.schema().full_name(), dim.snapshot_id());
        let changes = self.logs.state();
        let inputs = format!("{VERSION} {name} {base:?} {} {changes} {how}", self.source);
        format!("{:032x}", xxh3_128(inputs.as_bytes()))
    }
}
