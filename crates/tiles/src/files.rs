//! Images kept open: their directories are parsed once.

use std::sync::Arc;

use moka::sync::Cache;
use objects::{ObjectName, ObjectStore};
use raster::cog::CogReader;

use crate::object_bytes::ObjectBytes;
use crate::{Error, Result};

/// Open images by the name of their object. A name never comes to mean other bytes, so nothing
/// here is ever stale.
#[derive(Debug)]
pub struct Files {
    objects: ObjectStore,
    open: Cache<String, Arc<CogReader>>,
}

impl Files {
    /// Keeps at most `count` files open.
    pub fn new(objects: ObjectStore, count: u64) -> Self {
        Self {
            objects,
            open: Cache::new(count),
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
        CogReader::from_source(Arc::new(bytes)).map_err(|source| Error::Image {
            object: object.to_owned(),
            source,
        })
    }
}
