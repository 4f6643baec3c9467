//! The iceberg crate's I/O on top of the [`ObjectStore`] port.

use std::{ops::Range, sync::Arc};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream::BoxStream};
use iceberg::io::{
    FileIO, FileIOBuilder, FileMetadata, FileRead, FileWrite, InputFile, OutputFile, Storage, StorageConfig,
    StorageFactory,
};
use iceberg::{Error as IcebergError, ErrorKind as IcebergKind, Result as IcebergResult};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, ErrorKind};
use crate::ports::{ObjectStore, Put};

/// A `FileIO` whose files are the objects of `store`.
pub(crate) fn file_io(store: &Arc<dyn ObjectStore>) -> FileIO {
    FileIOBuilder::new(Arc::new(PortStorage(store.clone()))).build()
}

#[derive(Debug, Clone)]
struct PortStorage(Arc<dyn ObjectStore>);

// The iceberg crate wants every storage to be serialisable, so that scan tasks can travel to other
// processes. Ours never do, and an `Arc` of a live client has no meaning elsewhere: both directions
// refuse, which is honest where a registry of process-wide stores would only pretend.
impl Serialize for PortStorage {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("an object store cannot leave its process"))
    }
}

impl<'de> Deserialize<'de> for PortStorage {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom("an object store cannot enter a process"))
    }
}

#[typetag::serde(name = "estrella")]
impl StorageFactory for PortStorage {
    fn build(&self, _config: &StorageConfig) -> IcebergResult<Arc<dyn Storage>> {
        Ok(Arc::new(self.clone()))
    }
}

#[async_trait]
#[typetag::serde(name = "estrella")]
impl Storage for PortStorage {
    async fn exists(&self, path: &str) -> IcebergResult<bool> {
        match self.0.size_bytes(&self.key(path)?).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(outward(error)),
        }
    }

    async fn metadata(&self, path: &str) -> IcebergResult<FileMetadata> {
        let size = self.0.size_bytes(&self.key(path)?).await.map_err(outward)?;
        Ok(FileMetadata { size })
    }

    async fn read(&self, path: &str) -> IcebergResult<Bytes> {
        self.0.get(&self.key(path)?).await.map_err(outward)
    }

    async fn reader(&self, path: &str) -> IcebergResult<Box<dyn FileRead>> {
        Ok(Box::new(PortRead { store: self.0.clone(), key: self.key(path)? }))
    }

    async fn write(&self, path: &str, body: Bytes) -> IcebergResult<()> {
        install(&*self.0, &self.key(path)?, body).await.map_err(outward)
    }

    async fn writer(&self, path: &str) -> IcebergResult<Box<dyn FileWrite>> {
        Ok(Box::new(PortWrite { store: self.0.clone(), key: self.key(path)?, body: BytesMut::new() }))
    }

    async fn delete(&self, path: &str) -> IcebergResult<()> {
        self.0.delete(&self.key(path)?).await.map_err(outward)
    }

    async fn delete_prefix(&self, path: &str) -> IcebergResult<()> {
        for object in self.0.list(&format!("{}/", self.key(path)?)).await.map_err(outward)? {
            self.0.delete(&object.key).await.map_err(outward)?;
        }
        Ok(())
    }

    async fn delete_stream(&self, mut paths: BoxStream<'static, String>) -> IcebergResult<()> {
        while let Some(path) = paths.next().await {
            self.delete(&path).await?;
        }
        Ok(())
    }

    fn new_input(&self, path: &str) -> IcebergResult<InputFile> {
        Ok(InputFile::new(Arc::new(self.clone()), path.to_owned()))
    }

    fn new_output(&self, path: &str) -> IcebergResult<OutputFile> {
        Ok(OutputFile::new(Arc::new(self.clone()), path.to_owned()))
    }
}

impl PortStorage {
    fn key(&self, path: &str) -> IcebergResult<String> {
        self.0.key_of(path.trim_end_matches('/')).map_err(outward)
    }
}

/// Writes a metadata file under its fresh name. A taken name is fine if it holds the same bytes: then a
/// client below repeated a put whose answer was lost.
async fn install(store: &dyn ObjectStore, key: &str, body: Bytes) -> Result<(), Error> {
    match store.put_if_absent(key, body.clone()).await? {
        Put::Created => Ok(()),
        Put::Exists if store.get(key).await? == body => Ok(()),
        Put::Exists => Err(Error::conflict("metadata file exists with other content").at(key)),
    }
}

fn outward(error: Error) -> IcebergError {
    IcebergError::new(IcebergKind::Unexpected, "storage")
        .with_retryable(error.is_retryable())
        .with_source(error)
}

struct PortRead {
    store: Arc<dyn ObjectStore>,
    key: String,
}

#[async_trait]
impl FileRead for PortRead {
    async fn read(&self, range: Range<u64>) -> IcebergResult<Bytes> {
        self.store.get_range(&self.key, range).await.map_err(outward)
    }
}

struct PortWrite {
    store: Arc<dyn ObjectStore>,
    key: String,
    body: BytesMut,
}

#[async_trait]
impl FileWrite for PortWrite {
    async fn write(&mut self, bytes: Bytes) -> IcebergResult<()> {
        self.body.extend_from_slice(&bytes);
        Ok(())
    }

    async fn close(&mut self) -> IcebergResult<()> {
        let body = std::mem::take(&mut self.body).freeze();
        install(&*self.store, &self.key, body).await.map_err(outward)
    }
}
