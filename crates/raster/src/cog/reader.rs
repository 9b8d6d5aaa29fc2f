//! Reading: the directory once, then one positioned read a tile.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use grid::matrix_set::MatrixTile;

use super::alignment::Alignment;
use super::cache::{BlockCache, Key};
use super::codec::Packing;
use super::gather::Threads;
use super::head::{Head, Level, Plane};
use super::ifd;
use super::source::{FileSource, Source};
use super::{Band, CogError, Compression, DataType};
use crate::georeference::GeoReference;
use crate::sample::Samples;
use crate::{Raster, Window};

/// Strips of other programs' images are read by so many rows.
const STRIP_ROWS: u32 = 256;

/// An open COG, or another program's `GeoTIFF`. Its directory is parsed once and every read is
/// positioned: share it with `Arc`.
pub struct CogReader {
    source: Arc<dyn Source>,
    head: Head,
    alignment: Option<Alignment>,
    cache: Option<(Arc<BlockCache>, u64)>,
}

impl std::fmt::Debug for CogReader {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("CogReader")
            .field("georeference", &self.head.georeference)
            .field("bands", &self.head.bands)
            .finish_non_exhaustive()
    }
}

impl CogReader {
    /// Parses the directory of a file.
    ///
    /// # Errors
    /// When it is not a TIFF, is cut short, or is one we do not read as it is: of an unusual
    /// compression or number type, or in a coordinate reference system that we have no formula for.
    pub fn open(file: File) -> Result<Self, CogError> {
        Self::from_source(Arc::new(FileSource::new(file)?))
    }

    /// Opens by path.
    ///
    /// # Errors
    /// As [`Self::open`]; and when there is no such file.
    pub fn open_path(path: &Path) -> Result<Self, CogError> {
        Self::open(File::open(path)?)
    }

    /// Parses the directory of an image that lies anywhere.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn from_source(source: Arc<dyn Source>) -> Result<Self, CogError> {
        let head = Head::read(&*source)?;
        let alignment = head
            .ours
            .then(|| {
                let side = head.levels[0].planes[0].layout.width;
                Alignment::of(&head.georeference, side, &head.levels)
            })
            .flatten();
        Ok(Self {
            source,
            head,
            alignment,
            cache: None,
        })
    }

    /// The same, keeping its unpacked tiles in a cache that other images may share.
    #[must_use]
    pub fn with_cache(self, cache: Arc<BlockCache>) -> Self {
        static READERS: AtomicU64 = AtomicU64::new(0);
        let number = READERS.fetch_add(1, Ordering::Relaxed);
        Self {
            cache: Some((cache, number)),
            ..self
        }
    }

    /// The same, its numbers read as somebody else says: for images that do not say it themselves.
    #[must_use]
    pub fn meaning(mut self, nodata: Option<f64>, scale: f64, offset: f64) -> Self {
        self.head.nodata = nodata;
        for band in &mut self.head.bands {
            (band.scale, band.offset) = (scale, offset);
        }
        self
    }

    /// Where it lies, and how many columns and rows it has.
    pub fn georeference(&self) -> &GeoReference {
        &self.head.georeference
    }

    /// Its bands; a mask counts as the last one, named alpha.
    pub fn bands(&self) -> &[Band] {
        &self.head.bands
    }

    /// Its number type.
    pub fn data_type(&self) -> DataType {
        self.head.data_type
    }

    /// The stored value that means no data.
    pub fn nodata(&self) -> Option<f64> {
        self.head.nodata
    }

    /// Whether the last band is alpha (0 = nothing there).
    pub fn alpha(&self) -> bool {
        self.head.alpha
    }

    /// How tiles are packed, as near as our options can say; quality and level are not kept and read
    /// as 0.
    pub fn compression(&self) -> Compression {
        self.head.compression
    }

    /// The side of a tile; of an image in strips, how many rows are well read at once.
    pub fn tile_size(&self) -> u32 {
        let (width, height) = self.block_size();
        if width == self.head.georeference.width && width != height {
            height.max(STRIP_ROWS)
        } else {
            height
        }
    }

    /// Columns and rows of the blocks of the finest level: tiles, or strips.
    pub fn block_size(&self) -> (u32, u32) {
        let layout = &self.head.levels[0].planes[0].layout;
        (layout.width as u32, layout.height as u32)
    }

    /// From the finest (0) to the coarsest.
    pub fn levels(&self) -> &[Level] {
        &self.head.levels
    }

    /// A stored tile as it is (of all bands, or of the first one where each has its own); `None` where
    /// nothing is stored because nothing is there.
    ///
    /// # Errors
    /// When there is no such tile or reading fails.
    pub fn tile_bytes(
        &self,
        level: usize,
        column: u32,
        row: u32,
    ) -> Result<Option<Vec<u8>>, CogError> {
        let plane = &self.level(level)?.planes[0];
        if column >= plane.across || row >= plane.down {
            return Err(CogError::Missing(format!(
                "tile {column}, {row} in level {level}"
            )));
        }
        self.block_bytes(plane, row * plane.across + column)
    }

    /// Stored values of some bands in a window of a level: NaN where nodata or outside the image.
    /// Not scaled: see [`Self::read_physical`]. The bands of the answer are in the order asked for.
    ///
    /// # Errors
    /// When there is no such level or band, or reading fails.
    pub fn read_window(
        &self,
        level: usize,
        bands: &[usize],
        window: Window,
    ) -> Result<Raster, CogError> {
        Ok(Raster {
            width: window.width,
            height: window.height,
            bands: bands.len(),
            values: self
                .gather_values(level, bands, window, Threads::All)?
                .concat(),
        })
    }

    /// Physical values (stored × scale + offset) of one band, NaN where there are none.
    ///
    /// # Errors
    /// As [`Self::read_window`].
    pub fn read_physical(
        &self,
        level: usize,
        band: usize,
        window: Window,
    ) -> Result<Raster, CogError> {
        let mut raster = self.read_window(level, &[band], window)?;
        self.head.bands[band].scale_in_place(&mut raster.values);
        Ok(raster)
    }

    /// As [`Self::read_physical`], of several bands.
    ///
    /// # Errors
    /// As [`Self::read_window`].
    pub(crate) fn physical_bands(
        &self,
        level: usize,
        bands: &[usize],
        window: Window,
        threads: Threads,
    ) -> Result<Vec<Vec<f32>>, CogError> {
        let mut planes = self.gather_values(level, bands, window, threads)?;
        for (plane, band) in planes.iter_mut().zip(bands) {
            self.head.bands[*band].scale_in_place(plane);
        }
        Ok(planes)
    }

    /// Stored numbers of one band in a window of a level, row after row; nodata as it is stored, and
    /// also outside the image (0 where there is no such value).
    ///
    /// # Errors
    /// As [`Self::read_window`].
    pub fn read_samples(
        &self,
        level: usize,
        band: usize,
        window: Window,
    ) -> Result<Samples, CogError> {
        let mut bands = self.read_bands(level, &[band], window)?;
        Ok(bands.swap_remove(0))
    }

    /// As [`Self::read_samples`], of several bands: a tile that holds more than one of them is
    /// unpacked once.
    ///
    /// # Errors
    /// As [`Self::read_window`].
    pub fn read_bands(
        &self,
        level: usize,
        bands: &[usize],
        window: Window,
    ) -> Result<Vec<Samples>, CogError> {
        self.gather_samples(level, bands, window, Threads::All)
    }

    /// The (coarsest, finest) zoom whose web tiles are this image's tiles, if there are any.
    pub fn aligned_zooms(&self) -> Option<(u8, u8)> {
        self.alignment.and_then(|alignment| alignment.zooms())
    }

    /// The stored bytes that are this tile: `None` when the image is not made of the tiles of that
    /// set, has none at this level, or nothing is there.
    ///
    /// # Errors
    /// When reading fails.
    pub fn aligned_tile(&self, tile: impl Into<MatrixTile>) -> Result<Option<Vec<u8>>, CogError> {
        match self.aligned_block(tile.into()) {
            Some((plane, block)) => self.block_bytes(plane, block),
            None => Ok(None),
        }
    }

    /// As [`Self::aligned_tile`], where its bytes lie in memory: `None` also where they have to be waited
    /// for, or cannot be read.
    pub fn aligned_tile_now(&self, tile: impl Into<MatrixTile>) -> Option<Vec<u8>> {
        let (plane, block) = self.aligned_block(tile.into())?;
        let (at, count) = block_place(plane, block).ok()??;
        let mut bytes = vec![0; usize::try_from(count).ok()?];
        self.source.read_now(at, &mut bytes).then_some(bytes)
    }

    /// The block of the first plane that is this tile.
    fn aligned_block(&self, tile: MatrixTile) -> Option<(&Plane, u32)> {
        let (level, column, row) = self.alignment?.place(tile)?;
        let found = self.head.levels.get(level)?;
        let plane = found.planes.first()?;
        let within = column < found.tiles_across && row < found.tiles_down;
        within.then(|| (plane, row * plane.across + column))
    }

    /// Whether this tile is one that the image stores, or would if anything were there.
    pub fn stores(&self, tile: impl Into<MatrixTile>) -> bool {
        let tile = tile.into();
        self.alignment
            .is_some_and(|alignment| alignment.place(tile).is_some())
    }

    pub(super) fn level(&self, level: usize) -> Result<&Level, CogError> {
        let levels = &self.head.levels;
        let missing = || CogError::Missing(format!("level {level}; it has {}", levels.len()));
        levels.get(level).ok_or_else(missing)
    }

    /// One block, unpacked; `None` where nothing is stored.
    pub(super) fn block(
        &self,
        level: usize,
        plane: usize,
        block: u32,
    ) -> Result<Option<Arc<Samples>>, CogError> {
        let found = self.level(level)?;
        let height = found.height;
        let stored = &found.planes[plane];
        if stored
            .counts
            .get(block as usize)
            .is_none_or(|count| *count == 0)
        {
            return Ok(None);
        }
        let unpack = || {
            let bytes = self.block_bytes(stored, block)?.unwrap_or_default();
            stored.layout.decode(&bytes, stored.rows(block, height))
        };
        let Some((cache, reader)) = &self.cache else {
            return unpack().map(Arc::new).map(Some);
        };
        let key = Key {
            reader: *reader,
            level: level as u16,
            plane: plane as u16,
            block,
        };
        cache.get(key, unpack).map(Some)
    }

    fn block_bytes(&self, plane: &Plane, block: u32) -> Result<Option<Vec<u8>>, CogError> {
        match block_place(plane, block)? {
            Some((at, count)) => ifd::read(&*self.source, at, count).map(Some),
            None => Ok(None),
        }
    }
}

/// Where a block's bytes begin, and how many they are; `None` where nothing is stored.
fn block_place(plane: &Plane, block: u32) -> Result<Option<(u64, u64)>, CogError> {
    let block = block as usize;
    let place = plane.offsets.get(block).zip(plane.counts.get(block));
    match place {
        Some((_, 0)) | None => Ok(None),
        Some((_, &count)) if count > most_bytes(plane) => {
            let what = format!("a tile of {count} bytes is longer than its pixels");
            Err(CogError::Damaged(what))
        }
        Some((&at, &count)) => Ok(Some((at, count))),
    }
}

/// No packing makes a tile much longer than its pixels.
fn most_bytes(plane: &Plane) -> u64 {
    let bytes = plane.layout.bytes() as u64;
    match plane.layout.packing {
        Packing::Raw => bytes,
        _ => bytes * 2 + (1 << 20),
    }
}
