//! The contract of [`ObjectStore`].

use std::sync::Arc;

use bytes::Bytes;
use futures::future::try_join_all;

use super::expect_error;
use crate::error::{Error, ErrorKind, Result};
use crate::ports::{ObjectStore, PAGE_OBJECTS, Put};

/// Checks a store that has no objects below `contract/` yet.
pub async fn object_store_contract(store: Arc<dyn ObjectStore>) -> Result<()> {
    puts_and_gets(&*store).await?;
    takes_scratch_files(&*store).await?;
    copies(&*store).await?;
    lists(&*store).await?;
    lists_in_pages(&*store).await?;
    tells_ages(&*store).await?;
    deletes(&*store).await?;
    locates(&*store).await?;
    refuses_bad_keys(&*store).await;
    races(&store).await
}

async fn puts_and_gets(store: &dyn ObjectStore) -> Result<()> {
    let key = "contract/put/a b+c=ä.bin";
    expect_error(store.get(key).await, ErrorKind::NotFound);
    expect_error(store.get_range(key, 0..1).await, ErrorKind::NotFound);
    expect_error(store.size_bytes(key).await, ErrorKind::NotFound);
    assert_eq!(store.put_if_absent(key, Bytes::from_static(b"first")).await?, Put::Created);
    assert_eq!(store.put_if_absent(key, Bytes::from_static(b"second")).await?, Put::Exists);
    assert_eq!(store.get(key).await?, "first");
    assert_eq!(store.size_bytes(key).await?, 5);
    assert_eq!(store.get_range(key, 1..3).await?, "ir");
    assert_eq!(store.get_range(key, 0..5).await?, "first");
    expect_error(store.get_range(key, 3..9).await, ErrorKind::InvalidInput);
    assert_eq!(store.put_if_absent("contract/put/empty", Bytes::new()).await?, Put::Created);
    assert_eq!(store.get("contract/put/empty").await?, "");
    Ok(())
}

async fn takes_scratch_files(store: &dyn ObjectStore) -> Result<()> {
    let folder = std::env::temp_dir().join(format!("estrella-contract-{}", uuid::Uuid::new_v4()));
    let io = |error| Error::io("prepare scratch file", &folder, error);
    std::fs::create_dir_all(&folder).map_err(io)?;
    for (body, put) in [("first", Put::Created), ("second", Put::Exists)] {
        let file = folder.join(body);
        std::fs::write(&file, body).map_err(io)?;
        assert_eq!(store.put_file_if_absent("contract/file/x", &file).await?, put);
        assert!(!file.exists(), "the scratch file is gone");
        let again = store.put_file_if_absent("contract/file/x", &file).await?;
        assert_eq!(again, Put::Exists, "a call whose answer was lost can be repeated");
    }
    assert_eq!(store.get("contract/file/x").await?, "first");
    expect_error(
        store.put_file_if_absent("contract/file/y", &folder.join("none")).await,
        ErrorKind::NotFound,
    );
    std::fs::remove_dir_all(&folder).map_err(io)
}

async fn copies(store: &dyn ObjectStore) -> Result<()> {
    let [from, other, to] = ["contract/copy/from", "contract/copy/other", "contract/copy/folder/to"];
    expect_error(store.copy_if_absent(from, to).await, ErrorKind::NotFound);
    store.put_if_absent(from, Bytes::from_static(b"first")).await?;
    store.put_if_absent(other, Bytes::from_static(b"second")).await?;
    assert_eq!(store.copy_if_absent(from, to).await?, Put::Created);
    assert_eq!(store.copy_if_absent(other, to).await?, Put::Exists);
    store.delete(from).await?;
    assert_eq!(store.get(to).await?, "first", "the copy does not need what it was made from");
    assert_eq!(
        store.copy_if_absent(from, to).await?,
        Put::Exists,
        "a call whose answer was lost can be repeated"
    );
    Ok(())
}

async fn lists(store: &dyn ObjectStore) -> Result<()> {
    for key in
        ["contract/list/b", "contract/list/a/2", "contract/list/a/1", "contract/list2/c", "contract/list/a.x"]
    {
        store.put_if_absent(key, Bytes::from_static(b"123")).await?;
    }
    let keys = async |prefix: &str| -> Result<Vec<String>> {
        let objects = store.list(prefix).await?;
        assert!(objects.iter().all(|object| object.size_bytes == 3));
        Ok(objects.into_iter().map(|object| object.key).collect())
    };
    let all = ["contract/list/a.x", "contract/list/a/1", "contract/list/a/2", "contract/list/b"];
    assert_eq!(keys("contract/list/").await?, all);
    assert_eq!(keys("contract/list/a").await?, all[..3]);
    assert_eq!(keys("contract/list/a/").await?, all[1..3]);
    assert_eq!(keys("contract/list").await?.len(), 5, "a prefix may end inside a name");
    assert!(keys("contract/none/").await?.is_empty());
    assert!(keys("contract/list/b/").await?.is_empty());
    for between in ["contract/list/a", "contract/list/b/c"] {
        expect_error(store.get(between).await, ErrorKind::NotFound);
        expect_error(store.get_range(between, 0..1).await, ErrorKind::NotFound);
        expect_error(store.size_bytes(between).await, ErrorKind::NotFound);
        store.delete(between).await?;
    }
    Ok(())
}

async fn lists_in_pages(store: &dyn ObjectStore) -> Result<()> {
    // In the order of keys a folder is not at the place of its name.
    let keys = ["contract/pages/a.x", "contract/pages/a/1", "contract/pages/a/2", "contract/pages/a0"];
    for key in keys {
        store.put_if_absent(key, Bytes::from_static(b"1")).await?;
    }
    for from in 0..=keys.len() {
        let page = store.list_page("contract/pages/", from.checked_sub(1).map(|last| keys[last])).await?;
        assert!(page.objects.iter().map(|object| object.key.as_str()).eq(keys[from..].iter().copied()));
        assert!(!page.has_more);
    }
    let inside = store.list_page("contract/pages/a/", Some("contract/pages/a/1")).await?;
    assert_eq!(inside.objects.len(), 1);
    let before = store.list_page("contract/pages/", Some("contract/a")).await?;
    assert_eq!(before.objects.len(), keys.len(), "what comes before the prefix cuts nothing off");

    let many = (0..PAGE_OBJECTS + 2).map(|n| format!("contract/many/{n:05}"));
    let put = |key: String| async move { store.put_if_absent(&key, Bytes::from_static(b"1")).await };
    try_join_all(many.map(put)).await?;
    let first = store.list_page("contract/many/", None).await?;
    assert_eq!((first.objects.len(), first.has_more), (PAGE_OBJECTS, true));
    let last = first.objects.last().map(|object| object.key.as_str());
    let rest = store.list_page("contract/many/", last).await?;
    assert_eq!((rest.objects.len(), rest.has_more), (2, false));
    Ok(())
}

async fn tells_ages(store: &dyn ObjectStore) -> Result<()> {
    let (from, to) = ("contract/age/from", "contract/age/to");
    expect_error(store.modified_ms(from).await, ErrorKind::NotFound);
    expect_error(store.modified_ms("contract/age").await, ErrorKind::NotFound);
    store.put_if_absent(from, Bytes::from_static(b"1")).await?;
    let written_ms = store.modified_ms(from).await?;
    let listed = store.list("contract/age/").await?;
    let second = written_ms..written_ms + 1_000;
    assert!(
        matches!(&listed[..], [object] if second.contains(&object.modified_ms)),
        "{listed:?} beside {written_ms}"
    );
    store.copy_if_absent(from, to).await?;
    assert!(store.modified_ms(to).await? >= written_ms);
    Ok(())
}

async fn deletes(store: &dyn ObjectStore) -> Result<()> {
    store.put_if_absent("contract/delete/x", Bytes::from_static(b"1")).await?;
    store.delete("contract/delete/x").await?;
    store.delete("contract/delete/x").await?;
    expect_error(store.get("contract/delete/x").await, ErrorKind::NotFound);
    assert_eq!(store.put_if_absent("contract/delete/x", Bytes::from_static(b"2")).await?, Put::Created);
    Ok(())
}

async fn locates(store: &dyn ObjectStore) -> Result<()> {
    for key in ["contract/a.parquet", "contract/event_date=2019-11-01/a b.parquet"] {
        let location = store.location(key);
        assert!(location.contains("://"), "{location}");
        assert_eq!(store.key_of(&location)?, key);
    }
    expect_error(store.key_of("other://elsewhere/x"), ErrorKind::InvalidInput);
    Ok(())
}

async fn refuses_bad_keys(store: &dyn ObjectStore) {
    for key in ["", "/etc/passwd", "contract/../../x", "contract//x", "contract/./x", "contract/"] {
        expect_error(store.get(key).await, ErrorKind::InvalidInput);
        expect_error(store.put_if_absent(key, Bytes::new()).await, ErrorKind::InvalidInput);
    }
}

/// Of many conditional puts one wins, and a reader sees all of it or nothing.
async fn races(store: &Arc<dyn ObjectStore>) -> Result<()> {
    let key = "contract/race/x";
    let put = async |n: u8| store.put_if_absent(key, vec![n; 200_000].into()).await;
    let read = async || match store.get(key).await {
        Ok(body) => {
            assert_eq!(body.len(), 200_000);
            assert!(body.iter().all(|byte| *byte == body[0]));
            Ok(())
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    };
    let (puts, reads) = (try_join_all((0..8).map(put)), try_join_all((0..8).map(|_| read())));
    let (puts, reads) = futures::join!(puts, reads);
    reads?;
    assert_eq!(puts?.into_iter().filter(|put| *put == Put::Created).count(), 1);
    read().await
}
