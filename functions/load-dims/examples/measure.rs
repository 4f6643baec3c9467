#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]
use estrella_core::schema::FACT_USER_EVENTS;
use estrella_core::star::RowBuilder;
use estrella_lake::data::DataFileWriter;
use estrella_lake::{Commit, Lake, Operation};
use estrella_runtime::{Config, Deps, NoProgress};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

#[global_allocator]
static A: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Rng(u64);
impl Rng {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}
fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect();
    (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0
}
fn hwm() -> String {
    let s = std::fs::read_to_string("/proc/self/status").unwrap();
    s.lines().find(|l| l.starts_with("VmHWM")).unwrap().to_owned()
}
async fn generate(lake: &Lake, dir: &Path, sessions: u64, users: u64, days: std::ops::Range<i32>) {
    let mut rng = Rng(0x9e3779b97f4a7c15 ^ days.start as u64);
    let n_days = days.len() as u64;
    let mut files = Vec::new();
    for day in days.clone() {
        let mut ev: Vec<(i64, u64, u64, u64, u8)> = Vec::new();
        for s in 0..sessions / n_days {
            let id = (day as u64) << 32 | s;
            let user = 512_000_000 + rng.below(users);
            let mut t = day as i64 * 86_400 + rng.below(86_400) as i64;
            let mut n = 1;
            while rng.unit() < 0.767 && n < 400 {
                n += 1
            }
            for _ in 0..n {
                let p = (200_000f64.powf(rng.unit())) as u64;
                let k = rng.below(1000);
                ev.push((
                    t.min(day as i64 * 86_400 + 86_399),
                    id,
                    user,
                    p,
                    if k < 960 {
                        0
                    } else if k < 985 {
                        1
                    } else {
                        3
                    },
                ));
                t += rng.below(120) as i64;
            }
        }
        ev.sort();
        let mut w = DataFileWriter::create(&FACT_USER_EVENTS, &dir.join("scratch")).unwrap();
        for chunk in ev.chunks(131_072) {
            let mut rows = RowBuilder::new(&FACT_USER_EVENTS);
            for &(t, id, user, p, k) in chunk {
                let h = id.wrapping_mul(0x9e3779b97f4a7c15);
                let h2 = h.wrapping_mul(0xbf58476d1ce4e5b9) ^ (h >> 29);
                rows.text("0123456789abcdef0123456789abcdef");
                rows.time(t * 1_000_000);
                rows.text(["view", "cart", "remove_from_cart", "purchase"][k as usize]);
                rows.long(user as i64);
                rows.long(1_000_000 + p as i64);
                rows.decimal((p * 7919 % 100_000) as i64 + 99);
                rows.text(&format!(
                    "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
                    h >> 32,
                    h >> 16 & 0xffff,
                    h & 0xfff,
                    h2 >> 52,
                    h2 & 0xffff_ffff_ffff
                ));
                rows.optional_long(Some(2_053_013_555_631_882_655 + (p % 600) as i64));
                rows.text(if p % 3 == 0 {
                    "unknown"
                } else {
                    ["electronics.smartphone", "appliances.kitchen.washer", "computers.notebook"]
                        [(p % 600 % 3) as usize]
                });
                rows.text(&format!("brand{}", p % 3500));
                rows.text("unknown");
                rows.text("unknown");
                rows.int(0);
                rows.int(1);
                rows.date(day);
            }
            w.write(&rows.finish().unwrap()).unwrap();
        }
        let key = format!("model/fact_user_events/data/event_date={day}/a.parquet");
        files.push(w.finish().unwrap().install(lake.store(), &key, Some(day)).await.unwrap());
    }
    let commit = Commit {
        key: format!("g{}", days.start),
        operation: Operation::Append(files),
        base: None,
        properties: BTreeMap::new(),
    };
    lake.commit(&FACT_USER_EVENTS, commit).await.unwrap();
}
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let args: Vec<String> = std::env::args().collect();
    let dir = std::path::PathBuf::from(&args[2]);
    std::fs::create_dir_all(dir.join("scratch")).unwrap();
    let lake = Lake::open_dir(&dir).unwrap();
    let n = |i: usize| args[i].parse::<u64>().unwrap();
    if args[1] == "gen" {
        generate(&lake, &dir, n(3), n(4), n(5) as i32..n(6) as i32).await;
        return;
    }
    let deps = Deps {
        raw: lake.store().clone(),
        lake,
        scratch: dir.join("scratch"),
        config: Config::default(),
        progress: Arc::new(NoProgress),
    };
    let t = std::time::Instant::now();
    let loaded = estrella_load_dims::handle(&deps).await.unwrap();
    println!("{loaded:?}\nwall {:?} cpu {} {}", t.elapsed(), cpu(), hwm());
}
