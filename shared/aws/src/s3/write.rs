//! Conditional writes. A key is written once: whoever is second is told so, and nothing is overwritten.

use std::fs;
use std::io::ErrorKind as IoKind;
use std::path::Path;
use std::time::Duration;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::{ByteStream, Length};
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use estrella_lake::{Error, ErrorKind, ObjectStore, Put, Result};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::S3Store;
use crate::error::{Response, mapped};

/// Larger files go in parts, so that a lost connection costs one part.
const MAX_PUT_BYTES: u64 = 64 << 20;
/// Bytes of a part. S3 takes 10,000, so objects of 312 GiB.
const PART_BYTES: u64 = 32 << 20;
/// Parts on their way at once.
const PARTS_AT_ONCE: usize = 4;
/// Two conditional writes of one key at the same time: S3 asks the loser to come again.
const RACES: u32 = 10;
const RACE_WAIT: Duration = Duration::from_millis(50);

/// What a header's value may hold as it is.
const IN_SOURCE: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What became of a conditional request.
enum Answer {
    Put(Put),
    /// Another request for the key is on its way.
    Race,
}

fn answer<O, E>(done: Result<O, SdkError<E, Response>>, what: &str, place: String) -> Result<Answer>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let error = match done {
        Ok(_) => return Ok(Answer::Put(Put::Created)),
        Err(error) => error,
    };
    match error.raw_response().map(|response| response.status().as_u16()) {
        Some(412) => Ok(Answer::Put(Put::Exists)),
        Some(409) => Ok(Answer::Race),
        _ => Err(mapped(what, place, error)),
    }
}

/// Asks until the answer is clear.
async fn settled<'a>(mut ask: impl FnMut() -> BoxFuture<'a, Result<Answer>> + Send) -> Result<Put> {
    for race in 1..=RACES {
        match ask().await? {
            Answer::Put(put) => return Ok(put),
            Answer::Race => tokio::time::sleep(RACE_WAIT * race).await,
        }
    }
    Err(Error::new(ErrorKind::Throttled, "many writers want one key"))
}

impl S3Store {
    pub(super) async fn put_bytes(&self, key: &str, body: Bytes) -> Result<Put> {
        let put = || {
            let body = ByteStream::from(body.clone());
            let put = self.client.put_object().bucket(&self.bucket).key(key).if_none_match("*").body(body);
            async move { answer(put.send().await, "write object", self.location(key)) }.boxed()
        };
        settled(put).await.map_err(|error| error.at(self.location(key)))
    }

    pub(super) async fn put_file(&self, key: &str, file: &Path) -> Result<Put> {
        let size = match fs::metadata(file) {
            Ok(metadata) => metadata.len(),
            // The file goes when the object stands: this call has been made before.
            Err(error) if error.kind() == IoKind::NotFound && self.exists(key).await? => {
                return Ok(Put::Exists);
            }
            Err(error) => return Err(Error::io("read scratch file", file, error)),
        };
        let put = if size > MAX_PUT_BYTES {
            self.put_parts(key, file, size).await?
        } else {
            let put = || {
                let put = self.client.put_object().bucket(&self.bucket).key(key).if_none_match("*");
                async move {
                    let put = put.body(section(file, 0, size).await?);
                    answer(put.send().await, "write object", self.location(key))
                }
                .boxed()
            };
            settled(put).await?
        };
        fs::remove_file(file).map_err(|e| Error::io("remove scratch file", file, e))?;
        Ok(put)
    }

    async fn put_parts(&self, key: &str, file: &Path, size: u64) -> Result<Put> {
        if self.exists(key).await? {
            return Ok(Put::Exists);
        }
        let create = self.client.create_multipart_upload().bucket(&self.bucket).key(key);
        let created = create.send().await.map_err(|e| mapped("begin upload", self.location(key), e))?;
        let id = created.upload_id().unwrap_or_default();
        let done = self.upload(key, id, file, size).await;
        if !matches!(done, Ok(Put::Created)) {
            let abort = self.client.abort_multipart_upload().bucket(&self.bucket).key(key).upload_id(id);
            // What is left of it, the bucket's lifecycle removes.
            if let Err(error) = abort.send().await {
                tracing::warn!(key, error = %mapped("abort upload", key, error), "parts are left behind");
            }
        }
        done
    }

    async fn upload(&self, key: &str, id: &str, file: &Path, size: u64) -> Result<Put> {
        let parts = stream::iter((1..).zip((0..size).step_by(PART_BYTES as usize)));
        let sent = parts.map(|(number, start)| {
            self.part(key, id, file, number, start..size.min(start + PART_BYTES)).boxed()
        });
        let parts: Vec<_> = sent.buffered(PARTS_AT_ONCE).try_collect().await?;
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let complete = || {
            let complete =
                self.client.complete_multipart_upload().bucket(&self.bucket).key(key).upload_id(id);
            let complete = complete.if_none_match("*").multipart_upload(parts.clone());
            async move { answer(complete.send().await, "complete upload", self.location(key)) }.boxed()
        };
        settled(complete).await
    }

    async fn part(
        &self,
        key: &str,
        id: &str,
        file: &Path,
        number: i32,
        range: std::ops::Range<u64>,
    ) -> Result<CompletedPart> {
        let body = section(file, range.start, range.end - range.start).await?;
        let send = self.client.upload_part().bucket(&self.bucket).key(key).upload_id(id);
        let sent = send.part_number(number).body(body).send().await;
        let sent = sent.map_err(|e| mapped("upload part", self.location(key), e))?;
        Ok(CompletedPart::builder()
            .part_number(number)
            .set_e_tag(sent.e_tag)
            .set_checksum_crc32(sent.checksum_crc32)
            .build())
    }

    pub(super) async fn copy(&self, from: &str, to: &str) -> Result<Put> {
        // Asked first: where the key is taken, the source may be gone. Most stores check the condition as well.
        if self.exists(to).await? {
            return Ok(Put::Exists);
        }
        let source = format!("{}/{}", self.bucket, utf8_percent_encode(from, IN_SOURCE));
        let copy = || {
            let copy = self.client.copy_object().bucket(&self.bucket).key(to).copy_source(&source);
            let copy = copy.if_none_match("*");
            async move { answer(copy.send().await, "copy object", self.location(from)) }.boxed()
        };
        settled(copy).await
    }
}

async fn section(file: &Path, start: u64, length: u64) -> Result<ByteStream> {
    let read = ByteStream::read_from().path(file).offset(start).length(Length::Exact(length)).build().await;
    read.map_err(|e| Error::unavailable("read scratch file").at(file.display()).because(e))
}
