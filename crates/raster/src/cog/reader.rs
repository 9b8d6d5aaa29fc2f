//! Reading our own COGs: the directory once, then one positioned read a tile.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use grid::tile::Tile;
use rayon::prelude::*;

use super::alignment::Alignment;
use super::codec::Layout;
use super::head::{Head, Level};
use super::{Band, CogError, Compression, DataType, Sample};
use crate::georeference::GeoReference;
use crate::{Raster, Window};

/// An open COG. Its directory is parsed once and every read is positioned: share it with `Arc`.
#[derive(Debug)]
pub struct CogReader {
    file: File,
    length: u64,
    layout: Layout,
    georeference: GeoReference,
    bands: Vec<Band>,
    nodata: Option<f64>,
    levels: Vec<Level>,
    alignment: Option<Alignment>,
}

impl CogReader {
    /// Parses the directory.
    ///
    /// # Errors
    /// When it is not a TIFF, was not written by this program, or is cut short.
    pub fn open(file: File) -> Result<Self, CogError> {
        let length = file.metadata()?.len();
        let Head {
            layout,
            georeference,
            bands,
            nodata,
            levels,
        } = Head::read(&file, length)?;
        let alignment = Alignment::of(&georeference, layout.tile_size, &levels);
        Ok(Self {
            file,
            length,
            layout,
            georeference,
            bands,
            nodata,
            levels,
            alignment,
        })
    }

    /// Opens by path.
    ///
    /// # Errors
    /// As [`Self::open`]; and when there is no such file.
    pub fn open_path(path: &Path) -> Result<Self, CogError> {
        Self::open(File::open(path)?)
    }

    /// Where it lies, and how many columns and rows it has.
    pub fn georeference(&self) -> &GeoReference {
        &self.georeference
    }

    /// Its bands.
    pub fn bands(&self) -> &[Band] {
        &self.bands
    }

    /// Its number type.
    pub fn data_type(&self) -> DataType {
        self.layout.data_type
    }

    /// The stored value that means no data.
    pub fn nodata(&self) -> Option<f64> {
        self.nodata
    }

    /// How tiles are packed; the quality of WebP is not kept and reads as 0.
    pub fn compression(&self) -> Compression {
        self.layout.compression
    }

    /// The side of a tile.
    pub fn tile_size(&self) -> u32 {
        self.layout.tile_size as u32
    }

    /// From the finest (0) to the coarsest.
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// A stored tile as it is; `None` where nothing is stored because nothing is there.
    ///
    /// # Errors
    /// When there is no such tile or reading fails.
    pub fn tile_bytes(
        &self,
        level: usize,
        column: u32,
        row: u32,
    ) -> Result<Option<Vec<u8>>, CogError> {
        let found = self.level(level)?;
        let missing = || CogError::Missing(format!("tile {column}, {row} in level {level}"));
        if column >= found.tiles_across || row >= found.tiles_down {
            return Err(missing());
        }
        let index = row as usize * found.tiles_across as usize + column as usize;
        let offset = *found.offsets.get(index).ok_or_else(missing)?;
        let count = *found.counts.get(index).ok_or_else(missing)?;
        if count == 0 {
            return Ok(None);
        }
        self.read(offset, count).map(Some)
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
        if let Some(band) = bands.iter().find(|&&band| band >= self.layout.bands) {
            return Err(CogError::Missing(format!(
                "band {band}; its first band is 0 of {}",
                self.layout.bands
            )));
        }
        let mut raster = Raster::empty(window.width, window.height, bands.len());
        let tiles = self.tiles_in(level, window)?;
        // A few tiles at a time, so that a wide strip does not sit unpacked in memory twice.
        for some in tiles.chunks(4 * rayon::current_num_threads()) {
            let unpacked = some
                .par_iter()
                .map(|&(column, row)| Ok((column, row, self.unpack(level, column, row)?)))
                .collect::<Result<Vec<_>, CogError>>()?;
            for (column, row, tile) in unpacked {
                let side = self.layout.tile_size as i64;
                let at = (
                    i64::from(column) * side - window.column,
                    i64::from(row) * side - window.row,
                );
                self.paste(
                    level,
                    at,
                    tile.as_deref(),
                    (i64::from(column) * side, i64::from(row) * side),
                    bands,
                    &mut raster,
                )?;
            }
        }
        Ok(raster)
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
        let Band { scale, offset, .. } = self.bands[band];
        if scale.to_bits() != 1_f64.to_bits() || offset != 0.0 {
            for value in &mut raster.values {
                *value = (f64::from(*value) * scale + offset) as f32;
            }
        }
        Ok(raster)
    }

    /// The (coarsest, finest) zoom whose web tiles are this image's tiles, if there are any.
    pub fn aligned_zooms(&self) -> Option<(u8, u8)> {
        self.alignment.map(|alignment| alignment.zooms())
    }

    /// The stored bytes that are this web tile: `None` when the image is not made of web tiles, has
    /// none at this zoom, or nothing is there.
    ///
    /// # Errors
    /// When reading fails.
    pub fn aligned_tile(&self, tile: Tile) -> Result<Option<Vec<u8>>, CogError> {
        let place = self.alignment.and_then(|alignment| alignment.place(tile));
        let Some((level, column, row)) = place else {
            return Ok(None);
        };
        let found = self.level(level)?;
        if column >= found.tiles_across || row >= found.tiles_down {
            return Ok(None);
        }
        self.tile_bytes(level, column, row)
    }

    /// Some bytes of the file; checked against its length first, so that a broken count allocates
    /// nothing.
    fn read(&self, at: u64, count: u64) -> Result<Vec<u8>, CogError> {
        if at.checked_add(count).is_none_or(|end| end > self.length) {
            let end = self.length;
            let missing = format!("{count} bytes at {at} lie beyond its end at {end}");
            return Err(CogError::Damaged(missing));
        }
        let mut bytes = vec![0; count as usize];
        self.file.read_exact_at(&mut bytes, at)?;
        Ok(bytes)
    }

    fn level(&self, level: usize) -> Result<&Level, CogError> {
        let missing = || CogError::Missing(format!("level {level}; it has {}", self.levels.len()));
        self.levels.get(level).ok_or_else(missing)
    }

    /// Columns and rows of the tiles that a window touches.
    fn tiles_in(&self, level: usize, window: Window) -> Result<Vec<(u32, u32)>, CogError> {
        let level = self.level(level)?;
        let side = self.layout.tile_size as i64;
        let range = |start: i64, count: usize, tiles: u32| {
            let end = (start + count as i64 + side - 1)
                .div_euclid(side)
                .clamp(0, i64::from(tiles));
            (start.div_euclid(side).clamp(0, end) as u32)..(end as u32)
        };
        let columns = range(window.column, window.width, level.tiles_across);
        let rows = range(window.row, window.height, level.tiles_down);
        Ok(rows
            .flat_map(|row| columns.clone().map(move |column| (column, row)))
            .collect())
    }

    fn unpack(&self, level: usize, column: u32, row: u32) -> Result<Option<Vec<u8>>, CogError> {
        let bytes = self.tile_bytes(level, column, row)?;
        bytes.map(|bytes| self.layout.decode(&bytes)).transpose()
    }

    /// Puts a tile's values where they belong: `at` is its corner in the raster (it may be outside),
    /// `corner` its corner in the level, so that the fill beyond the image's edge is left out.
    fn paste(
        &self,
        level: usize,
        at: (i64, i64),
        tile: Option<&[u8]>,
        corner: (i64, i64),
        bands: &[usize],
        raster: &mut Raster,
    ) -> Result<(), CogError> {
        let level = self.level(level)?;
        let side = self.layout.tile_size as i64;
        let across = side.min(i64::from(level.width) - corner.0);
        let down = side.min(i64::from(level.height) - corner.1);
        let columns = (-at.0).max(0)..across.min(raster.width as i64 - at.0);
        let rows = (-at.1).max(0)..down.min(raster.height as i64 - at.1);
        if columns.is_empty() || rows.is_empty() {
            return Ok(());
        }
        let width = (columns.end - columns.start) as usize;
        for (index, &band) in bands.iter().enumerate() {
            for row in rows.clone() {
                let out = (index * raster.height + (at.1 + row) as usize) * raster.width;
                let out = out + (at.0 + columns.start) as usize;
                let out = &mut raster.values[out..out + width];
                match tile {
                    Some(tile) => {
                        let first =
                            (row * side + columns.start) as usize * self.layout.bands + band;
                        self.convert(tile, first, out);
                    }
                    // Nothing stored: nodata, or zero where there is no such thing.
                    None => out.fill(if self.nodata.is_some() { f32::NAN } else { 0.0 }),
                }
            }
        }
        Ok(())
    }

    /// Every `bands`-th sample from `first` on, nodata as NaN.
    fn convert(&self, tile: &[u8], first: usize, out: &mut [f32]) {
        match self.layout.data_type {
            DataType::U8 => self.convert_as::<u8>(tile, first, out),
            DataType::U16 => self.convert_as::<u16>(tile, first, out),
            DataType::I16 => self.convert_as::<i16>(tile, first, out),
            DataType::F32 => self.convert_as::<f32>(tile, first, out),
        }
    }

    fn convert_as<S: Sample>(&self, tile: &[u8], first: usize, out: &mut [f32]) {
        let nodata = self.nodata.map(S::from_f64);
        let samples = tile
            .chunks_exact(size_of::<S>())
            .skip(first)
            .step_by(self.layout.bands);
        for (out, sample) in out.iter_mut().zip(samples) {
            let sample = S::read_le(sample);
            *out = if nodata == Some(sample) {
                f32::NAN
            } else {
                sample.to_f64() as f32
            };
        }
    }
}
