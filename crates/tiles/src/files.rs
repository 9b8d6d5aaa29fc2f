//! Images kept open: their directories are parsed once.

use std::sync::Arc;

use moka::sync::Cache;
use objects::{ObjectName, ObjectStore};
use raster::cog::{BlockCache, CogReader};

use crate::object_bytes::ObjectBytes;
use crate::{Error, Result};

/// Open images by the name of their object. A name never comes to mean other bytes, so nothing
/// here is ever stale.
#[derive(Debug)]
pub struct Files {
    objects: ObjectStore,
    open: Cache<String, Arc<CogReader>>,
    /// Unpacked blocks of all of them: a tile's neighbours need the same ones.
    blocks: Arc<BlockCache>,
}

impl Files {
    /// Keeps at most `count` files open, and so many bytes of their unpacked blocks.
    pub fn new(objects: ObjectStore, count: u64, block_bytes: usize) -> Self {
        Self {
            objects,
            open: Cache::new(count),
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
