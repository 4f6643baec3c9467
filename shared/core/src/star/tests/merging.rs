//! Any order of arrival and any split gives what the oracle says.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::Debug;

use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use super::{Owned, events, oracle};
use crate::star::{
    Aggregate, Brand, Category, Event, Listing, ListingKey, Merge, Product, Row, Session, SessionId, SortKey,
    User, Visit, VisitKey, VisitRef,
};

type Dim<K, V> = BTreeMap<K, V>;

fn merge<K: Ord, V: Merge>(into: &mut Dim<K, V>, key: K, value: V) {
    match into.entry(key) {
        Entry::Vacant(vacant) => drop(vacant.insert(value)),
        Entry::Occupied(mut occupied) => occupied.get_mut().merge(value),
    }
}

/// What the events of one load add up to, in two halves that each took a trip to disk.
fn aggregate<K, V>(load: &[Owned], key: impl Fn(&Event<'_>) -> K) -> Dim<K, V>
where
    K: SortKey,
    V: Aggregate + Serialize + DeserializeOwned,
{
    let (left, right) = load.split_at(load.len() / 2);
    let mut whole = Dim::new();
    for half in [right, left] {
        let mut dim: Dim<K, V> = Dim::new();
        for event in half.iter().map(Owned::event) {
            match dim.entry(key(&event)) {
                Entry::Vacant(vacant) => drop(vacant.insert(V::of(&event))),
                Entry::Occupied(mut occupied) => occupied.get_mut().add(&event),
            }
        }
        let spilled = postcard::to_stdvec(&dim.into_iter().collect::<Vec<_>>()).unwrap();
        for (key, value) in postcard::from_bytes::<Vec<(K, V)>>(&spilled).unwrap() {
            merge(&mut whole, key, value);
        }
    }
    whole
}

/// Products, categories and brands; every part is a load.
type Listings = (Dim<i64, Product>, Dim<i64, Category>, Dim<Box<str>, Brand>);

fn products(loads: &[&[Owned]]) -> Listings {
    let (mut products, mut categories, mut brands) = (Dim::new(), Dim::new(), Dim::new());
    for load in loads {
        for (key, listing) in aggregate::<ListingKey, Listing>(load, |e| e.into()) {
            if let Some(category_id) = key.category_id {
                merge(&mut categories, category_id, Category::of(&key.category_code, &listing));
            }
            merge(&mut brands, key.brand.clone(), Brand::of(&listing));
            merge(&mut products, key.product_id, Product::of(key, &listing));
        }
    }
    (products, categories, brands)
}

/// Sessions and users, where every part is a load that finds the sessions of the loads before it.
fn sessions_and_users(loads: &[&[Owned]]) -> (Dim<SessionId, Session>, Dim<i64, User>) {
    let (mut sessions, mut users) = (Dim::<SessionId, Session>::new(), Dim::new());
    for load in loads {
        let visits = aggregate::<VisitKey, Visit>(load, |e| VisitRef::from(e).into());
        for (VisitKey { session_id, user_id }, visit) in visits {
            let is_new = sessions.get(&session_id).is_none_or(|session| !session.has_user(user_id));
            merge(&mut users, user_id, User::of(&visit, is_new));
            merge(&mut sessions, session_id, Session::of(user_id, &visit));
        }
    }
    (sessions, users)
}

fn assert_round_trip<R: Row + PartialEq + Debug>(dim: Dim<R::Key, R>) {
    let rows: Vec<_> = dim.into_iter().collect();
    let batch = R::to_batch(&rows).unwrap();
    assert_eq!(batch.num_rows(), rows.len());
    assert_eq!(R::read(&batch).unwrap(), rows);
}

proptest! {
    #[test]
    fn any_order_and_split_gives_the_same(
        (events, shuffled) in events().prop_flat_map(|e| (Just(e.clone()), Just(e).prop_shuffle())),
        size in 1..20usize,
    ) {
        let parts: Vec<&[Owned]> = shuffled.chunks(size).collect();
        let (products, categories, brands) = products(&parts);
        prop_assert_eq!(&products, &oracle::products(&events));
        prop_assert_eq!(&categories, &oracle::categories(&events));
        prop_assert_eq!(&brands, &oracle::brands(&events));
        let (sessions, users) = sessions_and_users(&parts);
        prop_assert_eq!(&sessions, &oracle::sessions(&events));
        prop_assert_eq!(&users, &oracle::users(&events));
        assert_round_trip(products);
        assert_round_trip(categories);
        assert_round_trip(brands);
        assert_round_trip(sessions);
        assert_round_trip(users);
    }

    #[test]
    fn keys_sort_as_their_columns(a in "[a-b0-9-]{0,37}", b in "[a-b0-9-]{0,37}", x: i64, y: i64) {
        let (left, right) = (SessionId::from(a.as_str()), SessionId::from(b.as_str()));
        prop_assert_eq!(left.cmp(&right), a.cmp(&b));
        prop_assert!(left.prefix().cmp(&right.prefix()).is_eq() || left.prefix().cmp(&right.prefix()) == a.cmp(&b));
        prop_assert_eq!(left.as_str(), a);
        prop_assert_eq!(x.prefix().cmp(&y.prefix()), x.cmp(&y));
    }
}
