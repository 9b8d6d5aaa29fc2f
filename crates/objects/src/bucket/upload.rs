//! Writing an object: at once, or a large one in parts.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use object_store::aws::AmazonS3;
use object_store::multipart::{MultipartStore as _, PartId};
use object_store::path::Path;
use object_store::{ObjectStoreExt as _, PutPayload};
use tempfile::NamedTempFile;

use super::{Bucket, waiting};
use crate::{Error, Result};

/// Bytes of a part; the most that is in memory is [`AT_ONCE`] of them. S3 takes 10 000 parts, so
/// the largest object is 156 GiB.
pub(super) const PART: u64 = 16 << 20;
/// Parts on their way at once: more than one hides the time between them.
const AT_ONCE: usize = 3;

impl Bucket {
    /// Makes a written file an object. Whether it was not there before.
    pub fn keep(&self, file: &NamedTempFile, name: &str) -> Result<bool> {
        let unreadable = |error| Error::io("read back", file.path())(error);
        let length = file.as_file().metadata().map_err(unreadable)?.len();
        if self.length(name)? == Some(length) {
            return Ok(false);
        }
        let file = Arc::new(file.as_file().try_clone().map_err(unreadable)?);
        let kept = if length <= PART {
            self.put_at_once(&file, length, self.path(name))
        } else {
            self.put_in_parts(file, length, self.path(name))
        };
        kept.map_err(|error| self.failed("write", name, &error))?;
        self.arrived(name, length).map(|()| true)
    }

    /// Keeps bytes that are in memory, in place of what had the name.
    pub fn put(&self, bytes: &[u8], name: &str) -> Result<()> {
        let length = bytes.len() as u64;
        let about = (self.path(name), PutPayload::from(bytes.to_vec()));
        let put = self.call(about, |client, (path, payload)| async move {
            client.put(&path, payload).await.map(drop)
        });
        put.map_err(|error| self.failed("write", name, &error))?;
        self.arrived(name, length)
    }

    fn arrived(&self, name: &str, length: u64) -> Result<()> {
        match self.length(name)? {
            Some(found) if found == length => Ok(()),
            found => Err(Error::Bucket {
                action: "write",
                what: name.to_owned(),
                place: self.to_string(),
                reason: format!("{length} bytes were sent and {found:?} arrived"),
                outage: true,
            }),
        }
    }

    fn put_at_once(&self, file: &File, length: u64, path: Path) -> object_store::Result<()> {
        let about = (path, part(file, 0, length)?);
        self.call(about, |client, (path, payload)| async move {
            client.put(&path, payload).await.map(drop)
        })
    }

    fn put_in_parts(&self, file: Arc<File>, length: u64, path: Path) -> object_store::Result<()> {
        let upload = self.call(path.clone(), |client, path| async move {
            client.create_multipart(&path).await
        })?;
        let about = (path, upload);
        let done = self
            .send_parts(file, length, about.clone())
            .and_then(|parts| {
                let about = (about.clone(), parts);
                self.call(about, move |client, ((path, upload), parts)| async move {
                    complete(&client, &path, &upload, parts, length).await
                })
            });
        if done.is_err() {
            // What cannot be aborted either is what the lifecycle rule is for.
            let _ = self.call(about, |client, (path, upload)| async move {
                client.abort_multipart(&path, &upload).await
            });
        }
        done
    }

    fn send_parts(
        &self,
        file: Arc<File>,
        length: u64,
        about: (Path, String),
    ) -> object_store::Result<Vec<PartId>> {
        let patience = self.patience;
        self.call((file, about), move |client, (file, (path, upload))| {
            // Each part is tried again by itself: an interruption repeats one part, not all.
            let send = move |number: u64| {
                let (client, file) = (Arc::clone(&client), Arc::clone(&file));
                let (path, upload) = (path.clone(), upload.clone());
                async move {
                    let start = number * PART;
                    let read = move || part(&file, start, (length - start).min(PART));
                    let bytes = tokio::task::spawn_blocking(read).await??;
                    let put = || client.put_part(&path, &upload, number as usize, bytes.clone());
                    waiting::patiently(patience, put).await
                }
            };
            stream::iter(0..length.div_ceil(PART))
                .map(send)
                .buffered(AT_ONCE)
                .try_collect()
        })
    }
}

/// When the answer to a completion is lost, asking again finds no such upload, but the object.
async fn complete(
    client: &AmazonS3,
    path: &Path,
    upload: &String,
    parts: Vec<PartId>,
    length: u64,
) -> object_store::Result<()> {
    match client.complete_multipart(path, upload, parts).await {
        Err(error @ object_store::Error::NotFound { .. }) => match client.head(path).await {
            Ok(found) if found.size == length => Ok(()),
            _ => Err(error),
        },
        answer => answer.map(drop),
    }
}

fn part(file: &File, start: u64, length: u64) -> object_store::Result<PutPayload> {
    let mut bytes = vec![0; length as usize];
    file.read_exact_at(&mut bytes, start)
        .map_err(|error| object_store::Error::Generic {
            store: "S3",
            source: Box::new(error),
        })?;
    Ok(bytes.into())
}
