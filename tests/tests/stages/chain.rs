//! The stages one after the other, whole or cut short.

use estrella_contracts::{JudgedRun, Loaded, ObjectRef, Plan, SCHEMA_VERSION};
use estrella_lake::fakes::Faults;
use estrella_lake::{ErrorKind, Result};
use estrella_runtime::Deps;

use crate::rows::{bad, events};
use crate::shop::{Shop, Tables};

/// All stages over objects, in the order of the command line.
pub(crate) async fn chain(objects: &[ObjectRef], deps: &Deps) -> Result<Vec<Loaded>> {
    for object in objects {
        estrella_extract::handle(object, deps).await?;
    }
    let loaded = load(deps).await?;
    estrella_load_dims::handle(deps).await?;
    Ok(loaded)
}

/// From plan to load-facts, planned again after a conflict.
pub(crate) async fn load(deps: &Deps) -> Result<Vec<Loaded>> {
    let mut loaded = Vec::new();
    for _ in 0..10 {
        let plan = estrella_plan::handle(deps).await?;
        loaded.extend(estrella_load_facts::resume_all(&plan.unfinished_runs, deps).await?);
        if plan.is_empty() {
            return Ok(loaded);
        }
        let outcome = match judged(plan, deps).await {
            Ok(run) => estrella_load_facts::handle(&run, deps).await,
            Err(error) => Err(error),
        };
        match outcome {
            Err(error) if error.kind() == ErrorKind::Conflict => {}
            outcome => {
                loaded.push(outcome?);
                return Ok(loaded);
            }
        }
    }
    panic!("ten plans in a row met a conflict");
}

pub(crate) async fn judged(plan: Plan, deps: &Deps) -> Result<JudgedRun> {
    let mut batches = Vec::new();
    for batch in &plan.batches {
        let cleaned = estrella_clean::handle(batch, plan.base_snapshot_id, deps).await?;
        batches.push(estrella_check_quality::handle(cleaned, deps).await?);
    }
    Ok(JudgedRun { schema_version: SCHEMA_VERSION, plan, batches, decided: None })
}

/// A plan of all that is pending, up to its verdicts.
pub(crate) async fn judged_now(deps: &Deps) -> JudgedRun {
    judged(estrella_plan::handle(deps).await.unwrap(), deps).await.unwrap()
}

pub(crate) fn assert_same(tables: &Tables, expected: &Tables, what: &str) {
    let mut differences = Vec::new();
    for (name, rows) in expected {
        let more = tables[name].iter().filter(|row| !rows.contains(row)).map(|row| format!("{name} + {row}"));
        let less = rows.iter().filter(|row| !tables[name].contains(row)).map(|row| format!("{name} - {row}"));
        differences.extend(more.chain(less));
        let (found, wanted) = (tables[name].len(), rows.len());
        if found != wanted {
            differences.push(format!("{name} has {found} rows instead of {wanted}"));
        }
    }
    assert!(differences.is_empty(), "{what}:\n{}", differences.join("\n"));
}

/// One object is loaded; two wait that share rows with it and with each other, and hold rows to refuse.
pub(crate) async fn shop_with_two_waiting() -> Shop {
    let mut shop = Shop::new();
    shop.put("a.csv", &events(0..40)).await;
    shop.run().await;
    shop.put("b.csv", &[events(20..70), bad(0..3)].concat()).await;
    shop.put("c.csv", &[bad(2..5), events(50..90), events(50..55)].concat()).await;
    shop
}

/// Crashes at every so many calls, and runs again each time. Returns the number of calls of a whole run.
pub(crate) async fn crash_everywhere(before: &Shop, first: u64, step: usize) -> u64 {
    let whole = before.copy().await;
    whole.run().await;
    let expected = whole.tables().await;
    for calls in (first..).step_by(step) {
        let shop = before.copy().await;
        let what = format!("after {calls} calls");
        let crashed = chain(&shop.objects, &shop.fakes.faulty(&Faults::crash_after(calls))).await.is_err();
        shop.run().await;
        assert_eq!(shop.fakes.scratch_files().unwrap(), 0, "{what}");
        assert_same(&shop.tables().await, &expected, &what);
        shop.assert_keys_were_always_unique(&what).await;
        if !crashed {
            return calls;
        }
    }
    unreachable!("the counting does not end")
}
