//! Loads one after the other.

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use estrella_core::event::EventType;
use estrella_core::schema::{DIM_SESSIONS, DIM_USERS};
use estrella_core::star::{Row, Session, User};

use super::shop::{Fact, SMALL, Shop, facts};
use crate::{Sizes, handle, load};

fn view(hour: i64, user_id: i64, session: u64) -> Fact {
    Fact { hour, event_type: EventType::View, user_id, session, product_id: 1 }
}

#[test]
fn the_future_can_move_between_threads() {
    fn assert_send<T: Send>(_: T) {}
    let shop = Shop::new();
    assert_send(handle(&shop.deps));
}

#[tokio::test]
async fn without_facts_there_is_nothing_to_do() {
    let shop = Shop::new();
    let loaded = handle(&shop.deps).await.unwrap();
    assert!(loaded.tables_changed.is_empty() && !loaded.rebuilt);
    assert_eq!(loaded.rows.values().copied().collect::<Vec<_>>(), [0; 6]);
    assert_eq!(shop.snapshots().await, [None; 6]);
}

#[tokio::test]
async fn a_first_load_fills_every_dimension() {
    let facts = facts(1, 500);
    let shop = Shop::with(&[&facts[..200], &facts[200..]]).await;
    let loaded = handle(&shop.deps).await.unwrap();
    assert_eq!((loaded.events_read, loaded.rebuilt, loaded.tables_changed.len()), (500, true, 6));
    let dims = shop.dims().await;
    for (name, rows) in &dims {
        assert_eq!(loaded.rows[name], rows.num_rows() as u64, "{name}");
        assert!(rows.num_rows() > 0, "{name}");
    }
    let events =
        dims["model.dim_sessions"].column_by_name("event_count").unwrap().as_primitive::<Int64Type>();
    assert_eq!(events.values().iter().sum::<i64>(), 500);
    assert_eq!(dims["model.dim_time"].num_rows() % 24, 0);
    assert_eq!(shop.scratch_files(), 0);
}

#[tokio::test]
async fn loads_in_parts_equal_one_load_of_all() {
    let parts = [facts(1, 700), facts(2, 400), facts(1, 30), facts(3, 900)];
    let mut shop = Shop::new();
    for (n, part) in parts.iter().enumerate() {
        shop.append(&part[..part.len() / 2]).await;
        shop.append(&part[part.len() / 2..]).await;
        let loaded = load(&shop.deps, SMALL).await.unwrap();
        assert_eq!((loaded.events_read, loaded.rebuilt), (part.len() as u64, n == 0));
    }
    let all = Shop::with(&[&parts.concat()]).await;
    assert!(handle(&all.deps).await.unwrap().rebuilt);
    assert_eq!(shop.dims().await, all.dims().await);
    assert_eq!(shop.scratch_files(), 0);
}

#[tokio::test]
async fn spilling_changes_nothing() {
    let facts = facts(1, 3_000);
    let (spilled, whole) = (Shop::with(&[&facts]).await, Shop::with(&[&facts]).await);
    // With three aggregates in memory there are far more runs than are merged at once.
    load(&spilled.deps, Sizes { listings: 3, visits: 3, rows: 3, ..SMALL }).await.unwrap();
    load(&whole.deps, Sizes::default()).await.unwrap();
    assert_eq!(spilled.dims().await, whole.dims().await);
    assert_eq!(spilled.scratch_files(), 0);
}

#[tokio::test]
async fn a_second_run_changes_nothing() {
    let mut shop = Shop::with(&[&facts(1, 300)]).await;
    for _ in 0..2 {
        let first = load(&shop.deps, SMALL).await.unwrap();
        let (snapshots, dims) = (shop.snapshots().await, shop.dims().await);
        let second = load(&shop.deps, SMALL).await.unwrap();
        assert!(second.tables_changed.is_empty() && !second.rebuilt);
        assert_eq!((second.events_read, &second.rows), (0, &first.rows));
        assert_eq!((snapshots, dims), (shop.snapshots().await, shop.dims().await));
        shop.append(&facts(2, 300)).await;
    }
}

#[tokio::test]
async fn a_session_across_loads_counts_once() {
    let mut shop = Shop::with(&[&[view(10, 1, 7), view(11, 1, 8)]]).await;
    handle(&shop.deps).await.unwrap();
    // The session goes on, gets a second user, and is found to have begun earlier.
    shop.append(&[view(12, 1, 7), view(9, 2, 7), view(13, 2, 7)]).await;
    assert!(!handle(&shop.deps).await.unwrap().rebuilt);
    shop.append(&[view(14, 1, 7), view(14, 2, 7), view(15, 2, 9)]).await;
    handle(&shop.deps).await.unwrap();
    let users = User::read(&shop.rows(&DIM_USERS).await).unwrap();
    let sessions: Vec<_> =
        users.iter().map(|(id, user)| (*id, user.sessions, user.activity.events())).collect();
    assert_eq!(sessions, [(1, 2, 4), (2, 2, 4)]);
    let rows = Session::read(&shop.rows(&DIM_SESSIONS).await).unwrap();
    let (_, session) = rows.iter().find(|(id, _)| id.as_str() == "session 7").unwrap();
    assert_eq!((session.user_id, &session.other_user_ids[..], session.activity.events()), (2, &[1][..], 6));
}

#[tokio::test]
async fn the_calendar_is_rewritten_only_when_it_grows() {
    let mut shop = Shop::with(&[&[view(24, 1, 1), view(100, 1, 1)]]).await;
    handle(&shop.deps).await.unwrap();
    shop.append(&[view(50, 1, 1)]).await;
    let loaded = handle(&shop.deps).await.unwrap();
    assert_eq!(loaded.rows["model.dim_time"], 4 * 24);
    assert!(!loaded.tables_changed.contains("model.dim_time"));
    assert_eq!(loaded.tables_changed.len(), 5);
    shop.append(&[view(120, 1, 1), view(3, 1, 1)]).await;
    let loaded = handle(&shop.deps).await.unwrap();
    assert!(loaded.tables_changed.contains("model.dim_time") && !loaded.rebuilt);
    assert_eq!(loaded.rows["model.dim_time"], 6 * 24);
}
