//! Ranged reads, in blocks.
//!
//! A request costs milliseconds whatever it asks for, and readers of pictures ask for a few bytes
//! here and there in a head, then for tiles that lie side by side. So small reads are made in
//! whole blocks which stay for a while in a memory shared by all objects of a bucket.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use moka::sync::Cache;
use object_store::aws::AmazonS3;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt as _};

use super::Bucket;
use crate::Result;

/// The head of a picture with thousands of tiles fits into one or two.
const BLOCK: u64 = 64 * 1024;
/// Reads from here on are made as they are and not remembered.
const LARGE: usize = 4 * BLOCK as usize;
/// Bytes of all remembered blocks of a bucket.
const REMEMBERED: u64 = 64 << 20;

/// The SHA-256 of no bytes.
const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// What was read lately, by object and number of the block.
#[derive(Debug)]
pub(super) struct Blocks(Cache<(Arc<str>, u64), Bytes>);

impl Default for Blocks {
    fn default() -> Self {
        let weight = |_: &_, block: &Bytes| block.len().try_into().unwrap_or(u32::MAX);
        Self(
            Cache::builder()
                .max_capacity(REMEMBERED)
                .weigher(weight)
                .build(),
        )
    }
}

/// An object whose length is known.
#[derive(Debug)]
pub(crate) struct BucketObject<Service = AmazonS3> {
    bucket: Bucket<Service>,
    name: Arc<str>,
    path: Path,
    length: u64,
}

impl<Service: ObjectStore> Bucket<Service> {
    /// One request finds the length and brings the first block.
    pub fn open_object(&self, name: &str) -> Result<BucketObject<Service>> {
        let path = self.path(name);
        // There is no range to ask for in the object that has no bytes.
        let nothing = name.contains(NOTHING);
        let first = self.call(path.clone(), move |client, path| async move {
            if nothing {
                return Ok((client.head(&path).await?.size, Bytes::new()));
            }
            let options = GetOptions::new().with_range(Some(GetRange::Bounded(0..BLOCK)));
            let answer = client.get_opts(&path, options).await?;
            Ok((answer.meta.size, answer.bytes().await?))
        });
        let (length, block) = first.map_err(|error| self.failed("read", name, &error))?;
        let first = (Arc::from(name), 0);
        self.inner.blocks.0.insert(first.clone(), block);
        Ok(BucketObject {
            bucket: self.clone(),
            name: first.0,
            path,
            length,
        })
    }
}

impl<Service: ObjectStore> BucketObject<Service> {
    pub fn length(&self) -> u64 {
        self.length
    }

    pub fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let end = offset
            .checked_add(into.len() as u64)
            .filter(|&end| end <= self.length)
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        if into.is_empty() {
            return Ok(());
        }
        if into.len() >= LARGE {
            return fill(into, &self.get(offset..end)?);
        }
        let first = offset / BLOCK;
        let blocks = self.blocks(first, (end - 1) / BLOCK)?;
        let mut rest = into;
        for (number, block) in (first..).zip(&blocks) {
            let start = number * BLOCK;
            let from = (offset.max(start) - start) as usize;
            let to = (end.min(start + BLOCK) - start) as usize;
            let part = block.get(from..to).ok_or(io::ErrorKind::UnexpectedEof)?;
            let (here, after) = rest.split_at_mut(part.len());
            here.copy_from_slice(part);
            rest = after;
        }
        Ok(())
    }

    /// The blocks from `first` to `last`, whatever is missing of them by one request.
    fn blocks(&self, first: u64, last: u64) -> io::Result<Vec<Bytes>> {
        let known = &self.bucket.inner.blocks.0;
        let key = |number| (Arc::clone(&self.name), number);
        let mut blocks: Vec<_> = (first..=last)
            .map(|number| known.get(&key(number)))
            .collect();
        let missing = |block: &Option<Bytes>| block.is_none();
        if let (Some(from), Some(to)) = (
            blocks.iter().position(missing),
            blocks.iter().rposition(missing),
        ) {
            let start = (first + from as u64) * BLOCK;
            let end = ((first + to as u64 + 1) * BLOCK).min(self.length);
            let mut read = self.get(start..end)?;
            for (number, block) in (first..).zip(&mut blocks).skip(from).take(to - from + 1) {
                let fetched = read.split_to(read.len().min(BLOCK as usize));
                known.insert(key(number), fetched.clone());
                *block = Some(fetched);
            }
        }
        Ok(blocks.into_iter().flatten().collect())
    }

    fn get(&self, range: Range<u64>) -> io::Result<Bytes> {
        let about = (self.path.clone(), range.clone());
        let read = self.bucket.call(about, |client, (path, range)| async move {
            client.get_range(&path, range).await
        });
        let bytes = read.map_err(|error| self.bucket.failed("read", &self.name, &error))?;
        if bytes.len() as u64 == range.end - range.start {
            Ok(bytes)
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }
}

fn fill(into: &mut [u8], bytes: &[u8]) -> io::Result<()> {
    if into.len() != bytes.len() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    into.copy_from_slice(bytes);
    Ok(())
}
