//! Images kept open: their directories are parsed once.

use std::sync::Arc;

use moka::sync::Cache;
use objects::{ObjectName, ObjectStore};
use raster::cog::{BlockCache, CogReader};

use crate::archive::{Archive, ArchiveError, Unreadable};
use crate::object_bytes::ObjectBytes;
use crate::{Error, Result};

/// Open images by the name of their object. A name never comes to mean other bytes, so nothing
/// here is ever stale.
#[derive(Debug)]
pub struct Files {
    objects: ObjectStore,
    open: Cache<String, Arc<CogReader>>,
    archives: Cache<String, Arc<Archive>>,
    /// Unpacked blocks of all of them: a tile's neighbours need the same ones.
    blocks: Arc<BlockCache>,
}

impl Files {
    /// Keeps at most `count` files open, and so many bytes of their unpacked blocks.
    pub fn new(objects: ObjectStore, count: u64, block_bytes: usize) -> Self {
        Self {
            objects,
            open: Cache::new(count),
            archives: Cache::new(count),
            blocks: Arc::new(BlockCache::new(block_bytes)),
        }
    }

    /// The image of an object; opened once however many ask. Blocks.
    pub fn image(&self, object: &str) -> Result<Arc<CogReader>> {
        if let Some(open) = self.open.get(object) {
            return Ok(open);
        }
        self.open
            .try_get_with(object.to_owned(), || self.read(object).map(Arc::new))
            .map_err(Error::shared)
    }

    /// The archive of an object; opened once however many ask. Blocks.
    pub fn archive(&self, object: &str) -> Result<Arc<Archive>> {
        let open = || {
            let source = self.objects.source(&object.parse()?)?;
            let archive = Archive::open(source).map_err(unpublishable(object))?;
            Ok::<_, Error>(Arc::new(archive))
        };
        self.archives
            .try_get_with(object.to_owned(), open)
            .map_err(Error::shared)
    }

    fn read(&self, object: &str) -> Result<CogReader> {
        let name: ObjectName = object.parse()?;
        let bytes = ObjectBytes(self.objects.source(&name)?);
        let opened = CogReader::from_source(Arc::new(bytes)).map_err(|source| Error::Image {
            object: object.to_owned(),
            source,
        })?;
        Ok(opened.with_cache(Arc::clone(&self.blocks)))
    }
}

/// What is wrong with an archive that was published.
pub fn unpublishable(object: &str) -> impl Fn(Unreadable) -> Error {
    move |error| {
        Error::Archive(ArchiveError::Unpublishable {
            what: object.to_owned(),
            reason: error.to_string(),
        })
    }
}
