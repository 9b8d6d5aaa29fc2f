//! Reading our own COGs.
use std::fs::File;
use std::path::Path;

use grid::tile::Tile;

use super::{Band, CogError, Compression, DataType};
use crate::georeference::GeoReference;
use crate::{Raster, Window};

/// One resolution of an image.
#[derive(Debug, Clone)]
pub struct Level {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Tiles side by side.
    pub tiles_across: u32,
    /// Tiles above each other.
    pub tiles_down: u32,
}

/// An open COG; its directory is parsed once. Share it with `Arc`.
#[derive(Debug)]
pub struct CogReader {}

impl CogReader {
    /// Parses the directory.
    ///
    /// # Errors
    /// When it is not a TIFF, not ours, or cut short.
    pub fn open(_file: File) -> Result<Self, CogError> {
        Err(CogError::Missing("reader yet".to_owned()))
    }
    /// Opens by path.
    ///
    /// # Errors
    /// As [`Self::open`]; and when there is no such file.
    pub fn open_path(path: &Path) -> Result<Self, CogError> {
        Self::open(File::open(path)?)
    }
    /// Where it lies.
    pub fn georeference(&self) -> &GeoReference {
        unreachable!()
    }
    /// Its bands.
    pub fn bands(&self) -> &[Band] {
        unreachable!()
    }
    /// Its number type.
    pub fn data_type(&self) -> DataType {
        unreachable!()
    }
    /// The stored value that means no data.
    pub fn nodata(&self) -> Option<f64> {
        unreachable!()
    }
    /// How tiles are packed.
    pub fn compression(&self) -> Compression {
        unreachable!()
    }
    /// The side of a tile.
    pub fn tile_size(&self) -> u32 {
        unreachable!()
    }
    /// From the finest (0) to the coarsest.
    pub fn levels(&self) -> &[Level] {
        unreachable!()
    }
    /// A stored tile as it is; `None` where nothing is stored because nothing is there.
    ///
    /// # Errors
    /// When there is no such tile or reading fails.
    pub fn tile_bytes(
        &self,
        _level: usize,
        _column: u32,
        _row: u32,
    ) -> Result<Option<Vec<u8>>, CogError> {
        unreachable!()
    }
    /// Stored values of some bands in a window of a level: NaN where nodata or outside the image.
    /// Not scaled: see [`Self::read_physical`].
    ///
    /// # Errors
    /// When there is no such level or band, or reading fails.
    pub fn read_window(
        &self,
        _level: usize,
        _bands: &[usize],
        _window: Window,
    ) -> Result<Raster, CogError> {
        unreachable!()
    }
    /// Physical values (stored × scale + offset) of one band.
    ///
    /// # Errors
    /// As [`Self::read_window`].
    pub fn read_physical(
        &self,
        _level: usize,
        _band: usize,
        _window: Window,
    ) -> Result<Raster, CogError> {
        unreachable!()
    }
    /// The (coarsest, finest) zoom whose web tiles are this image's tiles, if there are any.
    pub fn aligned_zooms(&self) -> Option<(u8, u8)> {
        unreachable!()
    }
    /// The stored bytes that are this web tile: `None` when the image is not made of web tiles, has
    /// none at this zoom, or nothing is there.
    ///
    /// # Errors
    /// When reading fails.
    pub fn aligned_tile(&self, _tile: Tile) -> Result<Option<Vec<u8>>, CogError> {
        unreachable!()
    }
}
