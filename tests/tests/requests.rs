//! How many requests the stages make as Lambdas: what `estrella-cost` multiplies by the price list. A stage that makes
//! more of them fails here, and the month's price has to be looked at again.

use std::collections::BTreeMap;
use std::sync::Arc;

use estrella_contracts::ObjectRef;
use estrella_cost::usage::{DAILY, EXTRACT, HOURLY, Requests, Stage};
use estrella_lake::fakes::{Faults, Op};
use estrella_lake::{ObjectStore, Result};
use estrella_runtime::fakes::Fakes;
use estrella_runtime::{Deps, Output, Work};
use serde_json::{Value, json};

const HEADER: &str =
    "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session";
const HOUR_MS: i64 = 3_600_000;
/// Snapshots are kept for a week: only after it maintain has all there is to do.
const DAYS: u64 = 10;
/// Hours for which the monitors are asked: what they read grows, and so does the time that this test takes.
const MONITORED: u64 = 48;

/// The object of an hour: an event a minute, one of them twice, and one that is refused.
fn object(hour: u64) -> String {
    let (day, hour) = (1 + hour / 24, hour % 24);
    let row = |n: u64, price: &str| {
        format!("2019-11-{day:02} {hour:02}:{n:02}:00 UTC,view,{n},1,a.b,c,{price},{n},s{hour}-{n}\n")
    };
    let rows: String = (0..60).map(|n| row(n, "9.99")).collect();
    format!("{HEADER}\n{rows}{}{}", row(7, "9.99"), row(8, "-1.00"))
}

/// A lake as the machines on AWS load it, hour by hour, and what each call asked for.
struct Cloud {
    fakes: Fakes,
    calls: BTreeMap<&'static str, Vec<Requests>>,
}

impl Cloud {
    async fn call(
        &mut self,
        name: &'static str,
        stage: impl AsyncFn(Work, &Deps) -> Result<Output>,
        message: Value,
    ) -> Value {
        let faults = Faults::none();
        let deps = self.fakes.faulty(&faults);
        // As on AWS: raw objects and the lake are in one bucket.
        let deps = Deps { raw: Arc::clone(deps.lake.store()), ..deps };
        let answer = stage(Work::Message(message), &deps).await.unwrap().answer;
        let made = faults.made();
        let of = |op| made.get(&op).copied().unwrap_or(0);
        self.calls.entry(name).or_default().push(Requests {
            gets: of(Op::Read),
            puts: of(Op::Write) + of(Op::List),
            // A swap reads the table first.
            catalog: of(Op::Head) + of(Op::Create) + 2 * of(Op::Swap),
        });
        answer
    }

    async fn hour(&mut self, hour: u64) {
        let (body, key) = (object(hour), format!("raw/{hour}.csv"));
        let size_bytes = body.len() as u64;
        self.fakes.store.put_if_absent(&key, body.into()).await.unwrap();
        self.fakes.clock.advance_ms(HOUR_MS);
        let object = ObjectRef { bucket: "b".into(), key, version: "1".into(), size_bytes };
        self.call("extract", estrella_extract::stage, serde_json::to_value(&object).unwrap()).await;
        let planned = self.call("plan", estrella_plan::stage, json!({})).await;
        let [batch] = &planned["batches"].as_array().unwrap()[..] else { panic!("{planned}") };
        let cleaned = self.call("clean", estrella_clean::stage, batch.clone()).await;
        self.call("check-quality", estrella_check_quality::stage, cleaned).await;
        self.call("load-facts", estrella_load_facts::stage, planned).await;
        if hour < MONITORED {
            self.call("detect-drift", estrella_detect_drift::stage, json!({})).await;
        }
        if hour % 24 == 3 {
            self.call("load-dims", estrella_load_dims::stage, json!({})).await;
            self.call("maintain", estrella_maintain::stage, json!({})).await;
        }
    }
}

fn stage(name: &str) -> &'static Stage {
    HOURLY.iter().chain(&DAILY).chain([&EXTRACT]).find(|stage| stage.name == name).unwrap()
}

#[tokio::test]
async fn stages_make_the_requests_that_the_price_is_made_of() {
    let mut cloud = Cloud { fakes: Fakes::new().unwrap(), calls: BTreeMap::new() };
    // The monitors judge an hour some minutes after its end.
    cloud.fakes.clock.advance_ms(10 * 60_000);
    for hour in 0..DAYS * 24 {
        cloud.hour(hour).await;
    }
    let names: Vec<&str> = cloud.calls.keys().copied().collect();
    assert_eq!(names.len(), HOURLY.len() + DAILY.len() + 1, "{names:?}");
    let mut differences = Vec::new();
    for (name, calls) in &cloud.calls {
        let stage = stage(name);
        let a_day = if DAILY.contains(stage) { 1 } else { 24 };
        let modelled = |call: usize| stage.gets_on((call / a_day) as f64);
        // The first calls make the tables.
        let made: Vec<(usize, &Requests)> = calls.iter().enumerate().skip(1).collect();
        let over = made.iter().filter(|(call, made)| made.gets as f64 > modelled(*call));
        differences.extend(over.map(|(call, made)| {
            format!("call {call} of {name}: {} gets, the model has {}", made.gets, modelled(*call))
        }));
        // Nor is the model far above what is made.
        let (call, most) = made.iter().max_by_key(|(_, made)| made.gets).unwrap();
        if (most.gets as f64) < 0.9 * modelled(*call) {
            differences.push(format!(
                "{name}: {} gets at most, the model has {}",
                most.gets,
                modelled(*call)
            ));
        }
        let most = |of: fn(&Requests) -> u64| made.iter().map(|(_, made)| of(made)).max().unwrap();
        let (puts, catalog) = (most(|made| made.puts), most(|made| made.catalog));
        if (puts, catalog) != (stage.requests.puts, stage.requests.catalog) {
            differences.push(format!(
                "{name}: {puts} puts and {catalog} of the catalog, the model has {:?}",
                stage.requests
            ));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
