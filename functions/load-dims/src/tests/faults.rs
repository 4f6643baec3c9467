//! Crashes, lost answers and rivals.

use estrella_lake::fakes::Faults;

use super::shop::{Fact, SMALL, Shop, facts};
use crate::load;

/// A shop with dimensions, and facts that are not in them yet.
async fn behind(first: &[Fact], second: &[Fact]) -> Shop {
    let mut shop = Shop::with(&[first]).await;
    load(&shop.deps, SMALL).await.unwrap();
    shop.append(second).await;
    shop
}

#[tokio::test]
async fn a_crash_at_any_call_heals() {
    let (first, second) = (facts(1, 150), facts(2, 100));
    let whole = Shop::with(&[&first, &second]).await;
    load(&whole.deps, SMALL).await.unwrap();
    let expected = whole.dims().await;
    let mut healed_by_rebuild = 0;
    for calls in 0.. {
        let shop = behind(&first, &second).await;
        let crashed = load(&shop.faulty(Faults::crash_after(calls)), SMALL).await;
        assert_eq!(shop.scratch_files(), 0, "after {calls} calls");
        let healed = load(&shop.deps, SMALL).await.unwrap();
        healed_by_rebuild += u32::from(healed.rebuilt);
        assert_eq!(shop.dims().await, expected, "after {calls} calls");
        if crashed.is_ok() {
            break;
        }
        assert!(calls < 5_000);
    }
    assert!(healed_by_rebuild > 5);
}

#[tokio::test]
async fn any_schedule_of_faults_leads_to_the_same_tables() {
    let (first, second) = (facts(1, 150), facts(2, 100));
    let whole = Shop::with(&[&first, &second]).await;
    load(&whole.deps, SMALL).await.unwrap();
    for seed in 0..20 {
        let shop = behind(&first, &second).await;
        let deps = shop.faulty(Faults::seeded(seed, 15));
        let mut runs = 0;
        while let Err(error) = load(&deps, SMALL).await {
            assert!(error.is_retryable(), "seed {seed}: {error}");
            runs += 1;
            assert!(runs < 500, "seed {seed}: {error}");
        }
        assert_eq!(shop.dims().await, whole.dims().await, "seed {seed}");
    }
}

#[tokio::test]
async fn rivals_come_to_the_same_tables() {
    let (first, second) = (facts(1, 150), facts(2, 100));
    let whole = Shop::with(&[&first, &second]).await;
    load(&whole.deps, SMALL).await.unwrap();
    let shop = behind(&first, &second).await;
    let (a, b) = tokio::join!(load(&shop.deps, SMALL), load(&shop.deps, SMALL));
    for error in [a.err(), b.err()].into_iter().flatten() {
        assert!(error.is_retryable(), "{error}");
    }
    load(&shop.deps, SMALL).await.unwrap();
    assert_eq!(shop.dims().await, whole.dims().await);
}
