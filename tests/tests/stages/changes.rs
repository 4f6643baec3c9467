//! Changes of the shop's database beside events, whatever stops the stages and whatever comes first.

use std::collections::BTreeMap;

use bytes::Bytes;
use estrella_contracts::ObjectRef;
use estrella_core::privacy::TokenKey;
use estrella_core::schema::{
    CLEAN_EVENTS, DIM_BRANDS, DIM_CATEGORIES, DIM_PRODUCTS, DIM_SESSIONS, DIM_USERS, FACT_USER_EVENTS,
    TableSchema, all_tables, find_table,
};
use estrella_lake::fakes::Faults;
use estrella_lake::{Compaction, Keep, ObjectStore};

use crate::chain::{assert_same, chain, crash_everywhere};
use crate::rows::events;
use crate::shop::Shop;

/// The files of a small shop: name and rows, headers left out where DMS may leave them out.
pub(crate) const FILES: [(&str, &str); 10] = [
    (
        "users/LOAD00000001.csv",
        "1,Ann,ann@example.com,2019-01-01 00:00:00\n2,Bob,bob@example.com,2019-01-02 00:00:00\n",
    ),
    (
        "users/20191001-120000000.csv",
        "Op,user_id,name,email,created_at,commit_time,change_seq\n\
         U,1,Ann,ann@example.org,2019-01-01 00:00:00,2019-10-01 12:00:00,0001\n\
         I,3,\"Cy, Jr\",cy@example.com,2019-10-01 12:00:00,2019-10-01 12:00:01,0002\n\
         D,2,NULL,NULL,NULL,2019-10-01 12:00:02,0003\n\
         I,2,Bob,bob@example.net,2019-10-01 12:00:03,2019-10-01 12:00:03,0004\n",
    ),
    ("brands/LOAD00000001.csv", "1,acme\n2,zeta\n"),
    ("brands/20191002-000000000.csv", "U,2,zeta & co,2019-10-02 00:00:00.000000\n"),
    ("categories/LOAD00000001.csv", "10,NULL,house\n11,10,lamps\n12,NULL,garden\n"),
    ("categories/20191002-060000000.csv", "U,11,12,lamps,2019-10-02 06:00:00.000000\n"),
    ("products/LOAD00000001.csv", "1,1,11,1.00,5\n2,2,11,2.00,5\n3,2,12,3.00,5\n4,2,11,4.00,0\n"),
    (
        "products/20191001-180000000.csv",
        "U,3,1,12,3.50,4,2019-10-01 18:00:00\nU,4,2,11,4.00,9,2019-10-01 18:00:00\n",
    ),
    (
        "sessions/LOAD00000001.csv",
        "s0,1,phone,ads,2019-10-01 00:00:00\ns1,2,desktop,mail,2019-10-01 00:00:00\n",
    ),
    (
        "events/20191002-100000000.csv",
        "I,72d76fde-8bb3-4e00-8c23-a032dfed738c,s0,1,2,view,2019-10-01 23:59:59.5,2.00,2019-10-02 10:00:00\n\
         I,72d76fde-8bb3-4e00-8c23-a032dfed738d,s1,2,3,purchase,2019-10-02 07:00:00,3.50,2019-10-02 10:00:00\n",
    ),
];

impl Shop {
    /// A change file arrives.
    pub(crate) async fn put_changes(&mut self, name: &str, rows: &str) -> ObjectRef {
        let key = format!("raw/dms/public/{name}");
        let size_bytes = rows.len() as u64;
        self.fakes.raw.put_if_absent(&key, Bytes::copy_from_slice(rows.as_bytes())).await.unwrap();
        let object = ObjectRef { bucket: "shop".into(), key, version: "1".into(), size_bytes };
        self.objects.push(object.clone());
        object
    }

    /// The tables of the star, personal values and logs, as text.
    pub(crate) async fn dimensions(&self) -> BTreeMap<String, Vec<String>> {
        let mut tables = BTreeMap::new();
        let personal = find_table("restricted.users_pii").unwrap();
        let star: [&'static TableSchema; 6] =
            [&FACT_USER_EVENTS, &DIM_USERS, &DIM_PRODUCTS, &DIM_CATEGORIES, &DIM_BRANDS, &DIM_SESSIONS];
        let logs = all_tables().into_iter().filter(|table| table.namespace == "changes");
        for table in star.into_iter().chain([personal]).chain(logs) {
            tables.insert(table.full_name(), self.rows_of(table).await);
        }
        tables
    }
}

pub(crate) fn shop() -> Shop {
    let mut shop = Shop::new();
    shop.fakes.config.token_key = TokenKey::new(&[b'k'; 32]);
    // A few users are most of such a shop.
    shop.fakes.config.gates.max_orphan_percent = 100.0;
    shop
}

async fn shop_with_all() -> Shop {
    let mut shop = shop();
    shop.put("a.csv", &events(0..38)).await;
    for (name, rows) in FILES {
        shop.put_changes(name, rows).await;
    }
    shop
}

#[tokio::test(start_paused = true)]
async fn facts_and_dimensions_are_as_the_database_says() {
    let shop = shop_with_all().await;
    shop.run().await;
    let tables = shop.dimensions().await;
    let facts = &tables["model.fact_user_events"];
    let fact = |id: &str| facts.iter().find(|row| row.starts_with(id)).unwrap().clone();
    assert_eq!(
        fact("72d76fde8bb34e008c23a032dfed738c"),
        "72d76fde8bb34e008c23a032dfed738c|2019-10-01 23:59:59 UTC|view|1|2|2.00|s0|11|house.lamps|zeta|phone|ads|23|3|2019-10-01"
    );
    // The brand of product 3 had changed, its category had not.
    assert_eq!(
        fact("72d76fde8bb34e008c23a032dfed738d"),
        "72d76fde8bb34e008c23a032dfed738d|2019-10-02 07:00:00 UTC|purchase|2|3|3.50|s1|12|garden|acme|desktop|mail|7|4|2019-10-02"
    );
    assert!(facts.iter().any(|row| row.contains("|s2|") && row.contains("|unknown|unknown|")));
    let users = &tables["model.dim_users"];
    assert_eq!(
        users.iter().filter(|row| row.contains("|1|1|1970-01-01") || row.contains("|1|2|")).count(),
        2
    );
    let brands = &tables["model.dim_brands"];
    assert!(brands.iter().any(|row| row.contains("|zeta & co|")), "{brands:?}");
    assert_eq!(tables["restricted.users_pii"].len(), 5, "{:?}", tables["restricted.users_pii"]);
    // Once more: nothing changes.
    let heads = shop.heads().await;
    shop.run().await;
    assert_eq!(shop.heads().await, heads);
}

#[tokio::test(start_paused = true)]
async fn whatever_comes_first_the_tables_are_the_same() {
    let whole = shop_with_all().await;
    whole.run().await;
    let expected = whole.dimensions().await;
    for seed in 0..8usize {
        let mut shop = shop();
        let mut files: Vec<usize> = (0..=FILES.len()).collect();
        let mut state = seed + 1;
        for at in (1..files.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            files.swap(at, (state >> 33) % (at + 1));
        }
        for (n, file) in files.into_iter().enumerate() {
            match FILES.get(file) {
                Some((name, rows)) => drop(shop.put_changes(name, rows).await),
                None => drop(shop.put("a.csv", &events(0..38)).await),
            }
            // Some by themselves, some together.
            if (n + seed) % 3 != 0 {
                shop.run().await;
            }
        }
        shop.run().await;
        assert_same(&shop.dimensions().await, &expected, &format!("order {seed}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_call_is_healed_by_running_again_with_changes_too() {
    let shop = shop_with_all().await;
    assert!(crash_everywhere(&shop, 40, 9).await > 200, "a run makes more calls than that");
}

/// The next run has other files than the one that was cut short: nothing may hang on its being the same again.
#[tokio::test(start_paused = true)]
async fn what_comes_after_a_crash_leads_to_the_same_tables() {
    let whole = shop_with_all().await;
    whole.run().await;
    let expected = whole.dimensions().await;
    let is_late = |name: &str| name.starts_with("sessions/") || name.starts_with("users/2019");
    for calls in (40..).step_by(5) {
        let mut shop = shop();
        shop.put("a.csv", &events(0..38)).await;
        for (name, rows) in FILES.iter().filter(|(name, _)| !is_late(name)) {
            shop.put_changes(name, rows).await;
        }
        let crashed = chain(&shop.objects, &shop.fakes.faulty(&Faults::crash_after(calls))).await.is_err();
        for (name, rows) in FILES.iter().filter(|(name, _)| is_late(name)) {
            shop.put_changes(name, rows).await;
        }
        shop.run().await;
        assert_same(&shop.dimensions().await, &expected, &format!("after {calls} calls"));
        if !crashed {
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn sessions_that_come_while_a_gate_holds_dimensions_back_are_in_the_facts() {
    let whole = shop_with_all().await;
    whole.run().await;
    let mut shop = shop();
    shop.fakes.config.gates.max_orphan_percent = 0.0;
    shop.put("a.csv", &events(0..38)).await;
    let (sessions, others): (Vec<_>, Vec<_>) =
        FILES.iter().partition(|(name, _)| name.starts_with("sessions/"));
    for (name, rows) in others {
        shop.put_changes(name, rows).await;
    }
    shop.extract().await;
    crate::chain::load(&shop.deps()).await.unwrap();
    assert!(!estrella_load_dims::handle(&shop.deps()).await.unwrap().held_back.is_empty());
    for (name, rows) in sessions {
        shop.put_changes(name, rows).await;
    }
    shop.fakes.config.gates.max_orphan_percent = 100.0;
    shop.run().await;
    assert_same(&shop.dimensions().await, &whole.dimensions().await, "after the gate was opened");
}

#[tokio::test(start_paused = true)]
async fn a_table_that_shrinks_is_held_back_until_somebody_accepts_it() {
    let mut shop = shop_with_all().await;
    shop.run().await;
    let before = shop.rows_of(&DIM_USERS).await;
    let gone = "D,1,x,x,x,2019-10-05 00:00:00\nD,2,x,x,x,2019-10-05 00:00:00\n";
    shop.put_changes("users/20191005-000000000.csv", gone).await;
    shop.extract().await;
    let loaded = estrella_load_dims::handle(&shop.deps()).await.unwrap();
    let [held] = loaded.held_back.as_slice() else { panic!("{loaded:?}") };
    assert_eq!((held.table.as_str(), held.gate.as_str()), ("model.dim_users", "shrinkage"));
    assert!(held.observed.unwrap() > 60.0 && held.allowed == Some(5.0), "{held:?}");
    assert_eq!(shop.rows_of(&DIM_USERS).await, before);
    // Nothing is lost: the next load tries again, and with leave it goes through.
    assert_eq!(estrella_load_dims::handle(&shop.deps()).await.unwrap().held_back.len(), 1);
    shop.fakes.config.gates.accept = true;
    assert!(estrella_load_dims::handle(&shop.deps()).await.unwrap().held_back.is_empty());
    assert_ne!(shop.rows_of(&DIM_USERS).await, before);
}

#[tokio::test(start_paused = true)]
async fn a_change_that_cannot_be_read_refuses_its_file_and_names_the_line() {
    let mut shop = shop();
    let object = shop.put_changes("brands/20191003-000000000.csv", "I,1,acme\nI,one,acme\n").await;
    let error = estrella_extract::handle(&object, &shop.deps()).await.unwrap_err().to_string();
    assert!(error.contains("line 2") && error.contains("brand_id") && error.contains("one"), "{error}");
    assert!(shop.fakes.store.list("").await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn facts_that_were_filled_in_say_what_they_reflect_when_older_snapshots_are_gone() {
    let shop = shop_with_all().await;
    shop.run().await;
    let deps = shop.deps();
    assert!(deps.lake.expire(&FACT_USER_EVENTS, Keep::NOTHING_MORE).await.unwrap().snapshots > 0);
    assert!(!estrella_load_facts::sync(&deps).await.unwrap(), "the facts were made anew");
}

/// What was filled in goes along, under the names that filling in would give, so it is not done again.
#[tokio::test(start_paused = true)]
async fn facts_that_were_filled_in_stay_so_when_they_are_compacted() {
    let mut shop = shop();
    for (name, rows) in FILES {
        shop.put_changes(name, rows).await;
    }
    for n in 0..4 {
        shop.put(&format!("{n}.csv"), &events(n * 9..n * 9 + 11)).await;
        shop.run().await;
    }
    shop.fakes.config.compaction.min_files = 4;
    let (tables, facts) = (shop.dimensions().await, shop.table(&FACT_USER_EVENTS).await);
    assert!(facts.plan(None).await.unwrap().len() > 6);
    assert!(estrella_maintain::handle(&shop.deps()).await.unwrap().files_compacted > 0);
    let files = shop.table(&FACT_USER_EVENTS).await.plan(None).await.unwrap();
    assert!(files.len() < 4 && files.iter().any(|file| file.key.matches('.').count() == 2), "{files:?}");
    assert_same(&shop.dimensions().await, &tables, "compacted");

    // A session of all dates that is known no better than before makes facts be looked at.
    shop.put_changes(
        "sessions/20191004-000000000.csv",
        "U,s0,1,phone,ads,2019-10-01 00:00:00,2019-10-04 00:00:00\n",
    )
    .await;
    shop.run().await;
    assert_eq!(shop.table(&FACT_USER_EVENTS).await.plan(None).await.unwrap(), files, "nothing was filled in");
    shop.put_changes(
        "sessions/20191005-000000000.csv",
        "U,s0,1,tablet,ads,2019-10-01 00:00:00,2019-10-05 00:00:00\n",
    )
    .await;
    shop.run().await;
    let facts = shop.rows_of(&FACT_USER_EVENTS).await;
    assert!(facts.iter().any(|row| row.contains("|s0|")));
    assert!(
        facts.iter().filter(|row| row.contains("|s0|")).all(|row| row.contains("|tablet|ads|")),
        "{facts:?}"
    );
    let before = shop.dimensions().await;
    estrella_maintain::handle(&shop.deps()).await.unwrap();
    assert_same(&shop.dimensions().await, &before, "maintained again");
}

/// Maintenance dies between the two tables; what is known of the facts goes on changing.
#[tokio::test(start_paused = true)]
async fn facts_are_filled_in_although_their_events_were_compacted_without_them() {
    let mut shop = shop_with_all().await;
    for n in 0..3 {
        shop.run().await;
        shop.put(&format!("{n}.csv"), &events(38 + n * 9..38 + n * 9 + 11)).await;
    }
    shop.run().await;
    let deps = shop.deps();
    let rules = Compaction { min_files: 2, ..deps.config.compaction };
    let compacted = deps.lake.compact(&CLEAN_EVENTS, &rules, &deps.scratch, &|_| true).await.unwrap();
    assert!(compacted.files_before > compacted.files_after);
    let changed = "U,s0,1,tablet,ads,2019-10-01 00:00:00,2019-10-05 00:00:00\n";
    shop.put_changes("sessions/20191005-000000000.csv", changed).await;
    shop.run().await;
    let facts = shop.rows_of(&FACT_USER_EVENTS).await;
    let of_session: Vec<_> = facts.iter().filter(|row| row.contains("|s0|")).collect();
    assert!(
        !of_session.is_empty() && of_session.iter().all(|row| row.contains("|tablet|ads|")),
        "{of_session:?}"
    );
    let stems = async |schema| {
        let files = shop.table(schema).await.plan(None).await.unwrap();
        let stem = |key: &str| key.rsplit('/').next().unwrap().split('.').next().unwrap().to_owned();
        files.iter().map(|file| stem(&file.key)).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(stems(&FACT_USER_EVENTS).await, stems(&CLEAN_EVENTS).await);
}
