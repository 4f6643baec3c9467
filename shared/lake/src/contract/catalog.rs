//! The contract of [`Catalog`].

use std::sync::Arc;

use estrella_core::schema::{CLEAN_EVENTS, DIM_USERS};
use futures::future::try_join_all;

use crate::error::Result;
use crate::ports::{Catalog, Head, Swap, TableId};

/// Checks a catalog that has no tables yet.
pub async fn catalog_contract(catalog: Arc<dyn Catalog>) -> Result<()> {
    let (events, users) = (TableId::from(&CLEAN_EVENTS), TableId::from(&DIM_USERS));
    let location =
        |id: &TableId, n: u32| format!("test:///{}/{}/metadata/{n:05}.metadata.json", id.namespace, id.name);
    assert_eq!(catalog.head(&events).await?, None);
    assert!(catalog.tables().await?.is_empty());
    let no_head = Head { metadata_location: location(&events, 0), token: "0".to_owned() };
    assert_eq!(
        catalog.swap(&events, &no_head, &location(&events, 1)).await?,
        Swap::Conflict,
        "no such table"
    );

    assert_eq!(catalog.create(&events, &location(&events, 1)).await?, Swap::Done);
    assert_eq!(catalog.create(&events, &location(&events, 2)).await?, Swap::Conflict);
    assert_eq!(catalog.create(&users, &location(&users, 1)).await?, Swap::Done);
    assert_eq!(catalog.tables().await?, [events.clone(), users.clone()]);

    let first = head(&*catalog, &events).await?;
    assert_eq!(first.metadata_location, location(&events, 1));
    assert_eq!(catalog.swap(&events, &first, &location(&events, 2)).await?, Swap::Done);
    assert_eq!(catalog.swap(&events, &first, &location(&events, 3)).await?, Swap::Conflict, "stale head");
    assert_eq!(head(&*catalog, &events).await?.metadata_location, location(&events, 2));
    assert_eq!(
        head(&*catalog, &users).await?.metadata_location,
        location(&users, 1),
        "other tables keep theirs"
    );

    let current = head(&*catalog, &events).await?;
    let swap = async |n: u32| catalog.swap(&events, &current, &location(&events, n)).await;
    let swaps = try_join_all((10..18).map(swap)).await?;
    assert_eq!(swaps.into_iter().filter(|swap| *swap == Swap::Done).count(), 1, "one of many wins");
    locks(&*catalog, &events).await
}

/// A lock that was dropped is free again, and locks of different tables do not meet.
async fn locks(catalog: &dyn Catalog, events: &TableId) -> Result<()> {
    let first = catalog.lock(events).await?;
    let other = catalog.lock(&TableId::from(&DIM_USERS)).await?;
    drop((first, other));
    drop(catalog.lock(events).await?);
    Ok(())
}

async fn head(catalog: &dyn Catalog, table: &TableId) -> Result<Head> {
    let head = catalog.head(table).await?;
    head.ok_or_else(|| crate::Error::bug("table has no head").at(table))
}
