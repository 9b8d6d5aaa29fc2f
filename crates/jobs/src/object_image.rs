//! Opening the image of an object, wherever the object is kept.

use std::io;
use std::sync::Arc;

use objects::{ObjectName, ObjectSource, ObjectStore};
use raster::cog::{CogReader, Source};

use crate::{Error, Result};

/// Neither floor below knows the other.
pub(crate) struct ObjectBytes(pub ObjectSource);

impl Source for ObjectBytes {
    fn length(&self) -> u64 {
        self.0.length()
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        self.0.read_at(offset, into)
    }
}

/// Opens an image; only the parts that are read are fetched. `what` names it in an error.
///
/// # Errors
/// When the object is missing or damaged, or the object store does not answer.
pub(crate) fn open(objects: &ObjectStore, object: &str, what: &str) -> Result<CogReader> {
    if object.is_empty() {
        return Err(Error::Drawn {
            what: what.to_owned(),
        });
    }
    let name: ObjectName = object.parse()?;
    let bytes = ObjectBytes(objects.source(&name)?);
    CogReader::from_source(Arc::new(bytes)).map_err(|source| Error::Cog {
        what: what.to_owned(),
        source,
    })
}

/// Opens an image at an address that is not ours.
///
/// # Errors
/// When there is none, or its server does not answer.
pub(crate) fn open_elsewhere(address: &str) -> Result<CogReader> {
    let bytes = ObjectBytes(objects::open_elsewhere(address)?);
    CogReader::from_source(Arc::new(bytes)).map_err(|source| Error::Cog {
        what: address.to_owned(),
        source,
    })
}
