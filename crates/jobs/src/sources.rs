//! Opening what a plan names: objects, files of this machine, images on other servers.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use objects::ReadOnlyBucket;
use raster::cog::{BlockCache, CogError, CogReader, FileSource, Source};
use raster::pipeline::Readers;
use tokio::runtime::Handle;

use crate::Workshop;
use crate::object_image::ObjectBytes;
use crate::plan::Meaning;
use crate::stac::{HttpSource, StacClient, StacError};

/// Bytes of unpacked blocks that are kept for neighbours.
pub(crate) const CACHE: usize = 160 << 20;

/// The images of a job, each opened once.
pub(crate) struct Sources {
    workshop: Workshop,
    remote: StacClient,
    runtime: Handle,
    meanings: BTreeMap<String, Meaning>,
    cache: Arc<BlockCache>,
    buckets: Mutex<HashMap<String, ReadOnlyBucket>>,
    opened: Mutex<HashMap<String, Arc<CogReader>>>,
    read: Arc<AtomicU64>,
}

impl Sources {
    /// None is opened yet. To be called within a runtime, which images of other servers use.
    pub fn new(workshop: &Workshop, meanings: BTreeMap<String, Meaning>) -> crate::Result<Self> {
        Ok(Self {
            workshop: workshop.clone(),
            remote: StacClient::new(workshop.hosts.clone())?,
            runtime: Handle::current(),
            meanings,
            cache: Arc::new(BlockCache::new(CACHE)),
            buckets: Mutex::default(),
            opened: Mutex::default(),
            read: Arc::default(),
        })
    }

    /// Bytes read so far.
    pub fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Opens an image, or gives the one that is open.
    pub fn open(&self, name: &str) -> Result<Arc<CogReader>, CogError> {
        let lock = || self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reader) = lock().get(name) {
            return Ok(Arc::clone(reader));
        }
        let bytes = Counted {
            inner: self.bytes(name)?,
            read: Arc::clone(&self.read),
        };
        let reader = CogReader::from_source(Arc::new(bytes))?.with_cache(Arc::clone(&self.cache));
        let reader = match self.meanings.get(name) {
            Some(meaning) => reader.meaning(meaning.nodata, meaning.scale, meaning.offset),
            None => reader,
        };
        let reader = Arc::new(reader);
        lock().insert(name.to_owned(), Arc::clone(&reader));
        Ok(reader)
    }

    fn bytes(&self, name: &str) -> Result<Arc<dyn Source>, CogError> {
        let failed =
            |error: &dyn std::fmt::Display| CogError::Io(io::Error::other(error.to_string()));
        if let Some(object) = name.strip_prefix("object:") {
            let name = object
                .parse()
                .map_err(|error: objects::Error| failed(&error))?;
            let source = self
                .workshop
                .objects
                .source(&name)
                .map_err(|error| CogError::Io(error.into()))?;
            return Ok(Arc::new(ObjectBytes(source)));
        }
        if let Some(path) = name.strip_prefix("file:") {
            return Ok(Arc::new(FileSource::new(std::fs::File::open(Path::new(
                path,
            ))?)?));
        }
        if let Some(address) = name.strip_prefix("s3://") {
            return self.in_bucket(address);
        }
        let opened = self.runtime.block_on(self.remote.open(name));
        Ok(Arc::new(RemoteBytes(
            opened.map_err(|error| failed(&error))?,
        )))
    }

    /// `bucket/key` of somebody else's bucket.
    fn in_bucket(&self, address: &str) -> Result<Arc<dyn Source>, CogError> {
        let (name, key) = address.split_once('/').unwrap_or((address, ""));
        let hosts = &self.workshop.hosts;
        if !hosts.allows_bucket(name) {
            let refused = StacError::Bucket {
                address: format!("s3://{address}"),
                bucket: name.to_owned(),
                allowed: hosts.to_string(),
            };
            return Err(CogError::Io(io::Error::other(refused)));
        }
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let known = buckets.get(name).cloned();
        let bucket = known.map_or_else(|| ReadOnlyBucket::new(name), Ok);
        let bucket = bucket.map_err(|error| CogError::Io(error.into()))?;
        buckets.insert(name.to_owned(), bucket.clone());
        drop(buckets);
        let source = bucket
            .source(key)
            .map_err(|error| CogError::Io(error.into()))?;
        Ok(Arc::new(ObjectBytes(source)))
    }
}

impl Readers for Sources {
    fn reader(&self, source: &str) -> Result<Arc<CogReader>, CogError> {
        self.open(source)
    }
}

struct RemoteBytes(HttpSource);

impl Source for RemoteBytes {
    fn length(&self) -> u64 {
        self.0.length()
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        self.0.read_at(offset, into)
    }
}

/// Counts what is read.
struct Counted {
    inner: Arc<dyn Source>,
    read: Arc<AtomicU64>,
}

impl Source for Counted {
    fn length(&self) -> u64 {
        self.inner.length()
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        self.read.fetch_add(into.len() as u64, Ordering::Relaxed);
        self.inner.read_at(offset, into)
    }
}
