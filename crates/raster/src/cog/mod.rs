//! Cloud-optimised GeoTIFF, written in one pass and read by the tile.
//!
//! Every raster the program keeps is one of these files: ordinary COGs that any GIS opens. They are
//! made from top to bottom ([`CogWriter`]), or from parts made anywhere in any order ([`part`]), to the
//! same bytes. The reader takes other programs' `GeoTIFF`s as well, as far as their pixels can be
//! unpacked in safe Rust; whatever else comes from elsewhere goes through [`crate::foreign`] first.
//! Tags and values of the directories we write are the `tiff` crate's (see `directory` why we lay them
//! out ourselves). Blocks are read and unpacked by position and on all cores.

mod alignment;
mod blocks;
mod cache;
mod codec;
mod create;
mod directory;
mod gather;
mod geokeys;
mod head;
mod ifd;
mod metadata;
mod options;
pub mod part;
mod pyramid;
mod reader;
mod source;
mod stored;
mod structure;
#[cfg(test)]
mod tests;
mod tiles;
mod writer;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::georeference::GeoReference;
pub use crate::sample::{DataType, Sample, Samples};
pub use cache::BlockCache;
pub use create::create;
pub(crate) use gather::Threads;
pub use head::Level;
pub use reader::CogReader;
pub use source::{FileSource, Source, SourceStream};
pub use writer::CogWriter;

/// How the bytes of a tile are packed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// Readable by everything; numeric types get TIFF's predictor.
    Deflate,
    /// Faster and smaller than Deflate, for GDAL 3 and later; numeric types get TIFF's predictor.
    Zstd {
        /// 1 (fast) to 22 (small); see [`Compression::ZSTD`].
        level: i32,
    },
    /// A picture at this quality, lossy: three bands of `U8`, or four of which the last is alpha.
    Webp {
        /// 0 to 100; 80 looks like the original.
        quality: f32,
    },
    /// A picture at this quality, lossy: one or three bands of `U8`; and one more that is alpha, which
    /// is kept as a mask (a pixel is there or not).
    Jpeg {
        /// 1 to 100; 80 looks like the original.
        quality: u8,
    },
}

impl Compression {
    /// ZSTD at level 3: within 5 % of what GDAL's level 9 makes of imagery, in a third of level 9's time;
    /// level 6 is a tenth smaller on Sentinel-2 bands and twice as slow (docs/benchmarks.md).
    pub const ZSTD: Self = Self::Zstd { level: 3 };
}

/// How a coarser level is made from a finer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overviews {
    /// The mean of the valid ones among 2 × 2 pixels; colours weigh by their alpha.
    Average,
    /// The first valid one among 2 × 2 pixels: for classes and masks.
    Nearest,
}

/// What one band means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// A role such as `red`, or an index such as `ndvi`.
    pub description: String,
    /// The physical value is stored value × scale + offset.
    pub scale: f64,
    /// See `scale`.
    pub offset: f64,
}

impl Band {
    /// A band whose stored values are the physical ones.
    pub fn new(description: &str) -> Self {
        Self {
            description: description.to_owned(),
            scale: 1.0,
            offset: 0.0,
        }
    }

    /// The same band with a scale and an offset.
    #[must_use]
    pub fn scaled(self, scale: f64, offset: f64) -> Self {
        Self {
            scale,
            offset,
            ..self
        }
    }

    /// Stored values become physical ones.
    pub(crate) fn scale_in_place(&self, values: &mut [f32]) {
        let Self { scale, offset, .. } = *self;
        if scale.to_bits() != 1_f64.to_bits() || offset != 0.0 {
            for value in values {
                *value = (f64::from(*value) * scale + offset) as f32;
            }
        }
    }
}

/// What a COG shall be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CogOptions {
    /// Where it lies, and how many columns and rows it has.
    pub georeference: GeoReference,
    /// At least one; several are stored pixel-interleaved.
    pub bands: Vec<Band>,
    /// The number type of every band.
    pub data_type: DataType,
    /// The stored value that means "no data".
    #[serde(with = "crate::sample::number_as_text")]
    pub nodata: Option<f64>,
    /// Whether the last band is alpha (0 = nothing there).
    pub alpha: bool,
    /// The side of a tile: a multiple of 16, usually 256 or 512.
    pub tile_size: u32,
    /// How tiles are packed.
    pub compression: Compression,
    /// How coarser levels are made.
    pub overviews: Overviews,
    /// How many coarser levels; `None`: until everything fits in one tile.
    pub overview_count: Option<u8>,
}

impl CogOptions {
    /// One band of numbers in tiles of 512, packed with ZSTD, averaged overviews, no nodata.
    pub fn new(georeference: GeoReference, data_type: DataType, band: Band) -> Self {
        Self {
            georeference,
            bands: vec![band],
            data_type,
            nodata: None,
            alpha: false,
            tile_size: 512,
            compression: Compression::ZSTD,
            overviews: Overviews::Average,
            overview_count: None,
        }
    }

    /// A colour picture with alpha in WebP tiles of 256: what a map shows as it is stored.
    pub fn picture(georeference: GeoReference, quality: f32) -> Self {
        Self {
            bands: ["red", "green", "blue", "alpha"].map(Band::new).to_vec(),
            alpha: true,
            tile_size: 256,
            compression: Compression::Webp { quality },
            ..Self::new(georeference, DataType::U8, Band::new(""))
        }
    }

    /// The same with a nodata value.
    #[must_use]
    pub fn with_nodata(self, nodata: Option<f64>) -> Self {
        Self { nodata, ..self }
    }

    /// The same for classes and masks: coarser levels keep values as they are.
    #[must_use]
    pub fn with_classes(self) -> Self {
        Self {
            overviews: Overviews::Nearest,
            ..self
        }
    }
}

/// Why a COG could not be written or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CogError {
    /// The options contradict each other.
    #[error("a COG cannot be written like this: {0}")]
    Options(String),
    /// Rows of the wrong type or length, or too many or too few.
    #[error("the rows do not fit the image: {0}")]
    Rows(String),
    /// Reading or writing failed.
    #[error(
        "the image could not be read or written: {0}; check the disk's free space and permissions, or the \
         connection where the image is on a server"
    )]
    Io(#[from] std::io::Error),
    /// Some other program's file that we do not read as it is.
    #[error("the TIFF cannot be read as it is ({0}); import it with `xiangtu ingest` first")]
    NotOurs(String),
    /// The file ends too early or its bytes are damaged.
    #[error("the image file is damaged: {0}; make it again from its source")]
    Damaged(String),
    /// There is no such level, band or tile.
    #[error("the image has no {0}")]
    Missing(String),
}
