//! From facts to dimensions.

use std::path::Path;
use std::sync::Arc;

use estrella_core::star::{
    Brand, Category, Listing, ListingKey, Merge, Product, Row, Session, SortKey, User, Visit, VisitKey,
};
use estrella_lake::{NewFile, ObjectStore, PlannedFile, Result, Table};
use estrella_runtime::Deps;
use serde::{Serialize, de::DeserializeOwned};
use xxhash_rust::xxh3::xxh3_128;

use crate::existing::Existing;
use crate::facts::Facts;
use crate::groups::Groups;
use crate::heads::{Heads, Work};
use crate::join::{MaybeRow, join, merge_row};
use crate::output::Output;
use crate::parts::Parts;
use crate::runs::Runs;
use crate::{DimsLoaded, Sizes, commit, time};

/// Grows when the same inputs give other files, so that files of an older version are not taken for them.
const VERSION: u32 = 1;

/// The new files of a dimension; none if its rows are as they were.
pub(crate) type Content = Option<Vec<NewFile>>;

/// What all dimensions of a run are built with.
pub(crate) struct Build<'a> {
    pub(crate) store: &'a Arc<dyn ObjectStore>,
    pub(crate) scratch: &'a Path,
    pub(crate) sizes: Sizes,
    /// What the dimensions will reflect.
    pub(crate) source: String,
    /// Whether existing rows are ignored.
    pub(crate) rebuild: bool,
}

/// Does the work and commits it. All files are written before the first commit: the dimensions disagree for a
/// moment only.
pub(crate) async fn run(
    deps: &Deps,
    sizes: Sizes,
    heads: &Heads,
    work: Work,
    loaded: &mut DimsLoaded,
) -> Result<()> {
    let (mut files, rebuild) = match work {
        Work::Nothing => return commit::count(heads, loaded).await,
        Work::Add(files) => (files, false),
        Work::Rebuild => (heads.facts.plan(None).await?, true),
    };
    // Events of one time share sessions, users and products: fewer aggregates are spilled more than once.
    files.sort_by_key(|file| (file.partition_date, file.event_time_us));
    let store = deps.lake.store();
    let build = Build { store, scratch: &deps.scratch, sizes, source: heads.source(), rebuild };
    let contents = build.contents(heads, files, loaded).await?;
    loaded.rebuilt |= rebuild;
    for (dim, content) in heads.dims().into_iter().zip(contents) {
        commit::apply(&deps.lake, &build, dim, content, loaded).await?;
    }
    Ok(())
}

impl Build<'_> {
    async fn contents(
        &self,
        heads: &Heads,
        files: Vec<PlannedFile>,
        loaded: &mut DimsLoaded,
    ) -> Result<[Content; 6]> {
        let facts = Facts::read(self.store, files);
        let parts = Parts::of(facts, self.sizes, self.scratch).await?;
        loaded.events_read += parts.events;
        // One after the other: what is written is freed.
        let (mut categories, mut brands) = (self.groups(), self.groups());
        let products = self.products(&heads.products, parts.listings, &mut categories, &mut brands).await?;
        let categories = self.rows(&heads.categories, categories.finish()?).await?;
        let brands = self.rows(&heads.brands, brands.finish()?).await?;
        let mut users = self.groups();
        let sessions = self.sessions(&heads.sessions, parts.visits, &mut users).await?;
        let users = self.rows(&heads.users, users.finish()?).await?;
        let time = time::write(self, &heads.time, parts.times).await?;
        Ok([products, categories, brands, sessions, users, time])
    }

    /// Writes the products, and gives every listing to its category and brand.
    async fn products(
        &self,
        dim: &Table,
        listings: Runs<ListingKey, Listing>,
        categories: &mut Groups<i64, Category>,
        brands: &mut Groups<Box<str>, Brand>,
    ) -> Result<Content> {
        let add = |row: &mut MaybeRow<Product>, key: ListingKey, listing: Listing| {
            if let Some(category_id) = key.category_id {
                categories.merge(category_id, Category::of(&key.category_code, &listing))?;
            }
            brands.merge(key.brand.clone(), Brand::of(&listing))?;
            merge_row(row, key.product_id, Product::of(key, &listing));
            Ok(())
        };
        self.write(dim, listings, |key| &key.product_id, add).await
    }

    /// Writes the sessions, and gives every visit to its user. It is a new session of the user unless the session
    /// knows the user: from an earlier run, that is, for here every visit comes once.
    async fn sessions(
        &self,
        dim: &Table,
        visits: Runs<VisitKey, Visit>,
        users: &mut Groups<i64, User>,
    ) -> Result<Content> {
        let add = |row: &mut MaybeRow<Session>, key: VisitKey, visit: Visit| {
            let is_new = row.as_ref().is_none_or(|(_, session)| !session.has_user(key.user_id));
            users.merge(key.user_id, User::of(&visit, is_new))?;
            merge_row(row, key.session_id, Session::of(key.user_id, &visit));
            Ok(())
        };
        self.write(dim, visits, |key| &key.session_id, add).await
    }

    /// Writes a dimension whose rows are there already.
    async fn rows<R: Row + Serialize + DeserializeOwned>(
        &self,
        dim: &Table,
        rows: Runs<R::Key, R>,
    ) -> Result<Content> {
        let add = |row: &mut MaybeRow<R>, key, part| {
            merge_row(row, key, part);
            Ok(())
        };
        self.write(dim, rows, |key| key, add).await
    }

    /// Joins new aggregates with the rows of a dimension and writes it, unless there is nothing new.
    async fn write<K, V, R>(
        &self,
        dim: &Table,
        new: Runs<K, V>,
        row_key: impl Fn(&K) -> &R::Key,
        add: impl FnMut(&mut MaybeRow<R>, K, V) -> Result<()>,
    ) -> Result<Content>
    where
        K: SortKey,
        V: Merge + Serialize + DeserializeOwned,
        R: Row,
    {
        if !self.rebuild && new.is_empty() {
            return Ok(None);
        }
        let (existing, mut output) = (self.existing::<R>(dim).await?, Output::new(self, dim));
        join(new.merged()?, existing, &mut output, row_key, add).await?;
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
        let inputs = format!("{VERSION} {name} {base:?} {} {how}", self.source);
        format!("{:032x}", xxh3_128(inputs.as_bytes()))
    }
}
