//! The contract suite against S3 and Glue, as an emulator on `AWS_ENDPOINT_URL` plays them: `make test-aws`.

#![allow(clippy::unwrap_used, reason = "a panic in here is the report")]

use std::sync::Arc;

use aws_config::SdkConfig;
use estrella_aws::{GlueCatalog, S3Store, sdk_config};
use estrella_lake::contract::{catalog_contract, commit_contract, object_store_contract};
use estrella_lake::{Catalog, Error, ErrorKind, Lake, ObjectStore, Result, Swap, SystemClock, TableId};

/// A configuration, and a name that nobody else uses.
async fn fresh() -> (SdkConfig, String) {
    let endpoint = std::env::var("AWS_ENDPOINT_URL").unwrap();
    assert!(endpoint.contains("127.0.0.1"), "the suite writes: it is not for {endpoint}");
    (sdk_config().await, format!("contract-{}", uuid::Uuid::new_v4().simple()))
}

async fn bucket(config: &SdkConfig, name: &str) -> S3Store {
    let s3 = aws_sdk_s3::config::Builder::from(config).force_path_style(true).build();
    aws_sdk_s3::Client::from_conf(s3).create_bucket().bucket(name).send().await.unwrap();
    S3Store::new(config, name)
}

async fn databases(config: &SdkConfig, prefix: &str) -> GlueCatalog {
    let glue = aws_sdk_glue::Client::new(config);
    for namespace in ["clean", "model", "ops"] {
        let name = format!("{prefix}{namespace}");
        let input = aws_sdk_glue::types::DatabaseInput::builder().name(name).build().unwrap();
        glue.create_database().database_input(input).send().await.unwrap();
    }
    GlueCatalog::new(config, prefix)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs an emulator: make test-aws"]
async fn s3_store() -> Result<()> {
    let (config, name) = fresh().await;
    object_store_contract(Arc::new(bucket(&config, &name).await)).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs an emulator: make test-aws"]
async fn glue_catalog() -> Result<()> {
    let (config, name) = fresh().await;
    catalog_contract(Arc::new(databases(&config, &format!("{name}_")).await)).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs an emulator: make test-aws"]
async fn commits() -> Result<()> {
    let (config, name) = fresh().await;
    let store = Arc::new(bucket(&config, &name).await);
    let catalog = Arc::new(databases(&config, &format!("{name}_")).await);
    commit_contract(Lake::new(store, catalog, Arc::new(SystemClock))).await
}

/// Larger than what goes in one request.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs an emulator: make test-aws"]
async fn large_files_go_in_parts() -> Result<()> {
    let (config, name) = fresh().await;
    let store = bucket(&config, &name).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large");
    let content: Vec<u8> = (0..70u32 << 20).map(|n| (n >> 10) as u8).collect();
    std::fs::write(&file, &content).unwrap();
    assert_eq!(store.put_file_if_absent("large", &file).await?, estrella_lake::Put::Created);
    assert!(!file.exists());
    assert!(store.get("large").await? == content, "the parts are in order");
    std::fs::write(&file, &content).unwrap();
    assert_eq!(store.put_file_if_absent("large", &file).await?, estrella_lake::Put::Exists);
    Ok(())
}

/// More than a page of a thousand.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs an emulator: make test-aws"]
async fn lists_have_many_pages() -> Result<()> {
    let (config, name) = fresh().await;
    let store = &bucket(&config, &name).await;
    let keys = (0..1_050).map(|n| format!("many/{n:04}"));
    let puts = keys.map(|key| async move { store.put_if_absent(&key, "x".into()).await });
    futures::future::try_join_all(puts).await?;
    let listed = store.list("many/").await?;
    assert_eq!(listed.len(), 1_050);
    assert!(listed.is_sorted_by(|a, b| a.key < b.key));
    Ok(())
}

/// What an event tells of is read, even when the object was written again since.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs an emulator: make test-aws"]
async fn a_version_can_be_read() -> Result<()> {
    let (config, name) = fresh().await;
    let store = bucket(&config, &name).await;
    let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
    let client = aws_sdk_s3::Client::from_conf(s3);
    let enabled = aws_sdk_s3::types::VersioningConfiguration::builder()
        .status(aws_sdk_s3::types::BucketVersioningStatus::Enabled)
        .build();
    client.put_bucket_versioning().bucket(&name).versioning_configuration(enabled).send().await.unwrap();
    let put = async |body: &'static [u8]| {
        let put = client.put_object().bucket(&name).key("raw/x").body(body.to_vec().into());
        put.send().await.unwrap()
    };
    let (first, second) = (put(b"first").await, put(b"second!").await);
    let old = store.at_version(first.version_id().unwrap()).unwrap();
    assert_eq!((old.get("raw/x").await?, old.size_bytes("raw/x").await?), ("first".into(), 5));
    assert_eq!(old.get_range("raw/x", 1..3).await?, "ir");
    assert_eq!(store.get("raw/x").await?, "second!");
    let etag = |put: &aws_sdk_s3::operation::put_object::PutObjectOutput| {
        format!("etag:{}", put.e_tag().unwrap().trim_matches('"'))
    };
    assert_eq!(store.at_version(&etag(&second)).unwrap().get("raw/x").await?, "second!");
    let gone = store.at_version(&etag(&first)).unwrap().get("raw/x").await;
    assert_eq!(gone.map_err(|error| error.kind()), Err(ErrorKind::Conflict));
    Ok(())
}

/// What others have written into Glue stays, and a table of another kind is not taken for ours.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs an emulator: make test-aws"]
async fn glue_keeps_what_is_not_ours() -> Result<()> {
    let (config, name) = fresh().await;
    let prefix = format!("{name}_");
    let catalog = databases(&config, &prefix).await;
    let events = TableId::from(&estrella_core::schema::CLEAN_EVENTS);
    catalog.create(&events, "s3://b/clean/events/metadata/1.json").await?;
    let glue = aws_sdk_glue::Client::new(&config);
    let database = format!("{prefix}clean");
    let get = async || {
        glue.get_table().database_name(&database).name("events").send().await.unwrap().table.unwrap()
    };
    let table = get().await;
    assert_eq!(table.description(), Some(estrella_core::schema::CLEAN_EVENTS.doc));
    let columns = table.storage_descriptor().unwrap().columns();
    assert!(columns.iter().all(|column| column.comment().is_some_and(|comment| !comment.is_empty())));
    let mut parameters = table.parameters().unwrap().clone();
    parameters.insert("theirs".to_owned(), "kept".to_owned());
    let input = aws_sdk_glue::types::TableInput::builder()
        .name("events")
        .set_parameters(Some(parameters))
        .set_storage_descriptor(table.storage_descriptor)
        .build()
        .unwrap();
    glue.update_table().database_name(&database).table_input(input).send().await.unwrap();
    let head = catalog.head(&events).await?.ok_or_else(|| Error::bug("no head"))?;
    assert_eq!(catalog.swap(&events, &head, "s3://b/clean/events/metadata/2.json").await?, Swap::Done);
    assert_eq!(get().await.parameters().unwrap()["theirs"], "kept");

    let hive = aws_sdk_glue::types::TableInput::builder().name("rejected_events").build().unwrap();
    glue.create_table().database_name(&database).table_input(hive).send().await.unwrap();
    let other = TableId::from(&estrella_core::schema::REJECTED_EVENTS);
    assert_eq!(catalog.head(&other).await.map_err(|error| error.kind()), Err(ErrorKind::InvalidInput));
    assert_eq!(catalog.tables().await?, [events]);
    Ok(())
}
