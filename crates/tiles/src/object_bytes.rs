//! An object as the bytes of an image.

use std::io;

use objects::ObjectSource;
use raster::cog::Source;

/// Neither floor below knows the other.
pub struct ObjectBytes(pub ObjectSource);

impl Source for ObjectBytes {
    fn length(&self) -> u64 {
        self.0.length()
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        self.0.read_at(offset, into)
    }
}
