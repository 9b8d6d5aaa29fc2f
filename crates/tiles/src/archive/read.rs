//! Tiles out of an archive, in a folder or a bucket, whoever made it.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read as _};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use futures::executor::block_on;
use grid::bounds::Bounds;
use grid::tile::Tile;
use objects::ObjectSource;
use pmtiles::{
    AsyncBackend, AsyncPmTilesReader, BackendResponse, MokaCache, PmtError, PmtResult, TileCoord,
    TileType,
};
use serde::Deserialize;

use crate::Format;

/// Bytes of an archive's directories kept in memory, beside the first.
const DIRECTORY_BYTES: u64 = 8 << 20;
/// The largest tile or directory, packed.
const MOST_BYTES: usize = 16 << 20;
/// What one may unpack to.
const MOST_UNPACKED: u64 = 64 << 20;

/// A `PMTiles` archive, open. Its methods block: they are for the threads of the pool.
pub struct Archive {
    reader: AsyncPmTilesReader<Ranges, MokaCache>,
    /// How its tiles are encoded.
    pub format: Format,
}

impl fmt::Debug for Archive {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Archive")
            .field(&self.format)
            .finish()
    }
}

/// What an archive says of itself.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct About {
    /// Its title.
    pub name: String,
    /// Whom to thank.
    pub attribution: String,
    /// The layers within a vector tile.
    pub vector_layers: Vec<Within>,
}

/// A layer within vector tiles.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Within {
    /// The name by which styles know it.
    pub id: String,
    /// Its properties, and what each is.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
}

/// Why an archive cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is damaged, or none.
    #[error(transparent)]
    PmTiles(#[from] PmtError),
    /// One of its pictures is damaged.
    #[error("a picture in it is damaged: {0}")]
    Picture(#[from] image::ImageError),
    /// Its tiles are encoded in a way we do not serve.
    #[error("its tiles are {0}, and only mvt, png, jpeg and webp are served")]
    Format(&'static str),
}

impl Archive {
    /// Reads the beginning.
    ///
    /// # Errors
    ///
    /// For what is no archive, or one of tiles that we do not serve.
    pub fn open(source: ObjectSource) -> Result<Self, Unreadable> {
        let directories = MokaCache::with_max_bytes(DIRECTORY_BYTES);
        let opening = AsyncPmTilesReader::try_from_cached_source(Ranges(source), directories);
        let reader = block_on(opening)?;
        let format = match reader.get_header().tile_type {
            TileType::Mvt => Format::Mvt,
            TileType::Png => Format::Png,
            TileType::Jpeg => Format::Jpeg,
            TileType::Webp => Format::Webp,
            TileType::Avif => return Err(Unreadable::Format("AVIF")),
            _ => return Err(Unreadable::Format("of a kind it does not name")),
        };
        Ok(Self { reader, format })
    }

    /// One tile, unpacked; `None` where there is none.
    ///
    /// # Errors
    ///
    /// For a damaged archive, or a bucket that does not answer.
    pub fn tile(&self, tile: Tile) -> Result<Option<Bytes>, Unreadable> {
        let at = TileCoord::new(tile.zoom, tile.column, tile.row)?;
        let bytes = block_on(self.reader.get_tile_decompressed(at))?;
        Ok(bytes.filter(|bytes| !bytes.is_empty()))
    }

    /// Degrees, and the first and the last zoom.
    pub fn extent(&self) -> (Bounds, u8, u8) {
        let header = self.reader.get_header();
        let bounds = Bounds::new(
            header.min_longitude,
            header.min_latitude,
            header.max_longitude,
            header.max_latitude,
        );
        (bounds, header.min_zoom, header.max_zoom)
    }

    /// What it says of itself; nothing when it says nothing that can be read.
    pub fn about(&self) -> About {
        let text = block_on(self.reader.get_metadata()).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }
}

/// The ranges of an object, at once.
struct Ranges(ObjectSource);

impl AsyncBackend for Ranges {
    async fn read(&self, offset: u64, length: usize) -> PmtResult<BackendResponse> {
        if length > MOST_BYTES {
            return Err(too_large());
        }
        let left = self.0.length().saturating_sub(offset);
        let mut bytes = vec![0; length.min(usize::try_from(left).unwrap_or(usize::MAX))];
        self.0.read_at(offset, &mut bytes)?;
        if unpacks_to_more(&bytes) {
            return Err(too_large());
        }
        Ok(BackendResponse::new(bytes.into()))
    }
}

/// Whether a few bytes would fill the memory, which the library unpacks them into without asking.
fn unpacks_to_more(bytes: &[u8]) -> bool {
    let mut unpacked = MultiGzDecoder::new(bytes).take(MOST_UNPACKED + 1);
    // What is not packed, or breaks off, is for the library to tell.
    let _ = io::copy(&mut unpacked, &mut io::sink());
    unpacked.limit() == 0
}

fn too_large() -> PmtError {
    io::Error::other("a part of it is larger than any tile or directory").into()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    #[test]
    fn a_few_bytes_that_unpack_to_very_many_are_found() {
        let packed = |bytes: u64| {
            let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
            io::copy(&mut io::repeat(0).take(bytes), &mut packer).unwrap();
            packer.flush().unwrap();
            packer.finish().unwrap()
        };
        assert!(!unpacks_to_more(&packed(MOST_UNPACKED)));
        assert!(unpacks_to_more(&packed(MOST_UNPACKED + 1)));
        assert!(!unpacks_to_more(b"a picture, say"));
        assert!(!unpacks_to_more(&packed(1000)[..20]));
    }
}
