//! From rows to a COG in one pass.
//!
//! Rows come in from the top. As soon as a level has a row of tiles they are packed (on all cores)
//! and appended to that level's temporary file, and their half-size rows go on to the next level.
//! When the last row is in, every tile's length is known: the directories are laid out and the
//! levels copied behind them, coarsest first, as the COG layout asks. Memory: one row of tiles a
//! level, twice that of the finest in all.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use rayon::prelude::*;
use tiff::tags::{PhotometricInterpretation, PlanarConfiguration, Predictor, Tag};

use super::codec::Layout;
use super::directory::{Directory, GDAL_METADATA, Size, Text};
use super::options::{check, extra_samples, sample_format};
use super::pyramid::Halving;
use super::{CogError, CogOptions, Sample, metadata};

/// GDAL's structural metadata: readers may trust that directories come first, tiles stand row by
/// row, and each has its length before it and its last four bytes again behind it.
const STRUCTURE: &str = "LAYOUT=IFDS_BEFORE_DATA\nBLOCK_ORDER=ROW_MAJOR\nBLOCK_LEADER=SIZE_AS_UINT4\n\
    BLOCK_TRAILER=LAST_4_BYTES_REPEATED\nKNOWN_INCOMPATIBLE_EDITION=NO\n ";

/// Bytes before and behind every tile.
const FRAME: u64 = 4;

/// Files beyond this become `BigTIFF`; a little under 4 GiB for safety.
const CLASSIC_LIMIT: u64 = u32::MAX as u64 - (1 << 20);

/// Takes an image from top to bottom and leaves a COG.
pub struct CogWriter {
    options: CogOptions,
    layout: Layout,
    levels: Vec<LevelWriter>,
    rows_taken: u32,
}

/// One resolution while it grows.
struct LevelWriter {
    width: u32,
    height: u32,
    /// Rows not yet packed: never more than one row of tiles.
    rows: Vec<u8>,
    tiles: BufWriter<File>,
    length: u64,
    /// Packed lengths, 0 for a tile with nothing in it.
    counts: Vec<u32>,
}

impl CogWriter {
    /// A writer that keeps its temporary files in the system's temporary folder.
    ///
    /// # Errors
    /// When the options contradict each other, or no temporary file can be made.
    pub fn new(options: CogOptions) -> Result<Self, CogError> {
        Self::new_in(options, &std::env::temp_dir())
    }

    /// A writer that keeps its temporary files (as large as the result) in `folder`.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn new_in(options: CogOptions, folder: &Path) -> Result<Self, CogError> {
        check(&options)?;
        let layout = Layout {
            tile_size: options.tile_size as usize,
            bands: options.bands.len(),
            data_type: options.data_type,
            compression: options.compression,
        };
        let mut levels = Vec::new();
        let (mut width, mut height) = (options.georeference.width, options.georeference.height);
        loop {
            let tiles = BufWriter::new(tempfile::tempfile_in(folder)?);
            levels.push(LevelWriter {
                width,
                height,
                rows: Vec::new(),
                tiles,
                length: 0,
                counts: Vec::new(),
            });
            let done = match options.overview_count {
                Some(count) => levels.len() > usize::from(count) || (width <= 1 && height <= 1),
                None => width.max(height) <= options.tile_size,
            };
            if done {
                return Ok(Self {
                    options,
                    layout,
                    levels,
                    rows_taken: 0,
                });
            }
            (width, height) = (width.div_ceil(2), height.div_ceil(2));
        }
    }

    /// The next rows: rows × columns × bands (pixel-interleaved), any number of whole rows.
    ///
    /// # Errors
    /// When the number type is not the image's, the rows are not whole or too many, or writing fails.
    pub fn write_rows<S: Sample>(&mut self, rows: &[S]) -> Result<(), CogError> {
        let GeoSize { width, height } = self.size();
        let row_length = width as usize * self.layout.bands;
        if S::DATA_TYPE != self.options.data_type {
            let (given, wanted) = (S::DATA_TYPE, self.options.data_type);
            return Err(CogError::Rows(format!(
                "{given:?} rows for an image of {wanted:?}"
            )));
        }
        if !rows.len().is_multiple_of(row_length) {
            let given = rows.len();
            return Err(CogError::Rows(format!(
                "{given} numbers are no whole rows of {row_length}"
            )));
        }
        let count = (rows.len() / row_length) as u64;
        if u64::from(self.rows_taken) + count > u64::from(height) {
            return Err(CogError::Rows(format!(
                "more rows than the {height} of the image"
            )));
        }
        for row in rows.chunks_exact(row_length) {
            S::write_le(row, &mut self.levels[0].rows);
            self.rows_taken += 1;
            if self.levels[0].rows.len() == self.strip_length(0) {
                self.pack::<S>(0)?;
            }
        }
        if self.rows_taken == height {
            self.pack_rest::<S>()?;
        }
        Ok(())
    }

    /// Puts the file together.
    ///
    /// # Errors
    /// When rows are missing or writing fails.
    pub fn finish(mut self, out: &mut impl Write) -> Result<(), CogError> {
        let GeoSize { height, .. } = self.size();
        if self.rows_taken != height {
            let taken = self.rows_taken;
            return Err(CogError::Rows(format!(
                "only {taken} of {height} rows came"
            )));
        }
        out.write_all(&self.head()?)?;
        for level in self.levels.iter_mut().rev() {
            level.tiles.flush()?;
            let file = level.tiles.get_mut();
            file.seek(SeekFrom::Start(0))?;
            std::io::copy(file, out)?;
        }
        Ok(())
    }

    fn size(&self) -> GeoSize {
        let georeference = &self.options.georeference;
        GeoSize {
            width: georeference.width,
            height: georeference.height,
        }
    }

    fn strip_length(&self, level: usize) -> usize {
        self.levels[level].width as usize * self.pixel_bytes() * self.layout.tile_size
    }

    fn pixel_bytes(&self) -> usize {
        self.layout.bands * self.layout.data_type.bytes()
    }

    /// Packs the waiting rows of a level and hands their halves on.
    fn pack<S: Sample>(&mut self, index: usize) -> Result<(), CogError> {
        let rows = std::mem::take(&mut self.levels[index].rows);
        self.write_tiles::<S>(index, &rows)?;
        if index + 1 < self.levels.len() {
            let width = self.levels[index].width as usize;
            let halves = self.halving().halve::<S>(&rows, width);
            self.levels[index + 1].rows.extend_from_slice(&halves);
            if self.levels[index + 1].rows.len() == self.strip_length(index + 1) {
                self.pack::<S>(index + 1)?;
            }
        }
        // The buffer is used again.
        self.levels[index].rows = rows;
        self.levels[index].rows.clear();
        Ok(())
    }

    /// After the last row: what is left in every level, from the finest on.
    fn pack_rest<S: Sample>(&mut self) -> Result<(), CogError> {
        for index in 0..self.levels.len() {
            if !self.levels[index].rows.is_empty() {
                self.pack::<S>(index)?;
            }
            self.levels[index].rows = Vec::new();
        }
        Ok(())
    }

    fn halving(&self) -> Halving {
        Halving {
            bands: self.layout.bands,
            overviews: self.options.overviews,
            nodata: self.options.nodata,
            alpha: self.options.alpha,
        }
    }

    fn write_tiles<S: Sample>(&mut self, index: usize, rows: &[u8]) -> Result<(), CogError> {
        let across = self.levels[index].width.div_ceil(self.options.tile_size);
        let row_bytes = self.levels[index].width as usize * self.pixel_bytes();
        let packed = (0..across as usize)
            .into_par_iter()
            .map(|column| {
                let tile = self.cut::<S>(rows, row_bytes, column);
                if self.is_empty::<S>(&tile) {
                    Ok(Vec::new())
                } else {
                    self.layout.encode(tile)
                }
            })
            .collect::<Result<Vec<_>, CogError>>()?;
        packed
            .iter()
            .try_for_each(|tile| self.levels[index].append(tile))
    }

    /// One tile out of a strip of rows, filled up with nodata beyond the image's edges.
    fn cut<S: Sample>(&self, rows: &[u8], row_bytes: usize, column: usize) -> Vec<u8> {
        let tile_row = self.layout.tile_size * self.pixel_bytes();
        let start = column * tile_row;
        let end = (start + tile_row).min(row_bytes);
        let mut tile = vec![0; self.layout.bytes()];
        if let Some(nodata) = self
            .options
            .nodata
            .filter(|_| self.options.compression.is_numeric())
        {
            let nodata = S::from_f64(nodata);
            tile.chunks_exact_mut(size_of::<S>())
                .for_each(|sample| nodata.put_le(sample));
        }
        for (row, out) in rows
            .chunks_exact(row_bytes)
            .zip(tile.chunks_exact_mut(tile_row))
        {
            out[..end - start].copy_from_slice(&row[start..end]);
        }
        tile
    }

    /// Whether a tile need not be stored: all nodata (or zero where there is none), or all transparent.
    fn is_empty<S: Sample>(&self, tile: &[u8]) -> bool {
        let size = size_of::<S>();
        if self.options.alpha {
            let pixel = self.pixel_bytes();
            return tile
                .chunks_exact(pixel)
                .all(|pixel| pixel[pixel.len() - size..].iter().all(|&byte| byte == 0));
        }
        let empty = S::from_f64(self.options.nodata.unwrap_or(0.0));
        let is_nan = empty.to_f64().is_nan();
        tile.chunks_exact(size).all(|sample| {
            let sample = S::read_le(sample);
            sample == empty || (is_nan && sample.to_f64().is_nan())
        })
    }

    /// Everything before the tiles.
    fn head(&self) -> Result<Vec<u8>, CogError> {
        let data: u64 = self.levels.iter().map(|level| level.length).sum();
        let tiles: u64 = self
            .levels
            .iter()
            .map(|level| level.counts.len() as u64)
            .sum();
        let big = data + tiles * 16 + (1 << 24) > CLASSIC_LIMIT;
        let size = if big { Size::Big } else { Size::Classic };
        // Twice: the lengths do not depend on the offsets, so the first time tells where tiles begin.
        let length = self.head_at(size, 0)?.len() as u64;
        self.head_at(size, length)
    }

    fn head_at(&self, size: Size, data: u64) -> Result<Vec<u8>, CogError> {
        let ghost = format!(
            "GDAL_STRUCTURAL_METADATA_SIZE={:06} bytes\n{STRUCTURE}",
            STRUCTURE.len()
        );
        let first = (size.header_length() + ghost.len() as u64).next_multiple_of(8);
        let mut head = size.header(first);
        head.extend_from_slice(ghost.as_bytes());
        head.resize(first as usize, 0);
        for (index, level) in self.levels.iter().enumerate() {
            // Coarser levels stand before this one.
            let before: u64 = self.levels[index + 1..]
                .iter()
                .map(|level| level.length)
                .sum();
            let mut directory = self.directory(index)?;
            directory.set_offsets(&level.offsets(data + before), size);
            let followed = index + 1 < self.levels.len();
            head.extend_from_slice(&directory.encode(head.len() as u64, size, followed));
        }
        Ok(head)
    }

    fn directory(&self, index: usize) -> Result<Directory, CogError> {
        let (level, options, bands) = (&self.levels[index], &self.options, self.layout.bands);
        let tile_size = options.tile_size;
        let photometric = if options.alpha && bands == 4 {
            PhotometricInterpretation::RGB
        } else {
            PhotometricInterpretation::BlackIsZero
        };
        let bits = vec![(options.data_type.bytes() * 8) as u16; bands];
        let formats = vec![sample_format(options.data_type); bands];
        let mut directory = Directory::default();
        directory.set(Tag::NewSubfileType, &u32::from(index > 0));
        directory.set(Tag::ImageWidth, &level.width);
        directory.set(Tag::ImageLength, &level.height);
        directory.set(Tag::BitsPerSample, bits.as_slice());
        directory.set(Tag::Compression, &options.compression.method());
        directory.set(Tag::PhotometricInterpretation, &photometric);
        directory.set(Tag::SamplesPerPixel, &(bands as u16));
        directory.set(Tag::PlanarConfiguration, &PlanarConfiguration::Chunky);
        directory.set(Tag::TileWidth, &tile_size);
        directory.set(Tag::TileLength, &tile_size);
        directory.set(Tag::TileByteCounts, level.counts.as_slice());
        directory.set(Tag::SampleFormat, formats.as_slice());
        let predictor = self.layout.predictor();
        if predictor != Predictor::None {
            directory.set(Tag::Predictor, &predictor);
        }
        if let Some(extra) = extra_samples(options) {
            directory.set(Tag::ExtraSamples, extra.as_slice());
        }
        if let Some(nodata) = options.nodata {
            let text = if nodata.is_nan() {
                "nan".to_owned()
            } else {
                nodata.to_string()
            };
            directory.set(Tag::GdalNodata, &Text(&text));
        }
        if index == 0 {
            let software = concat!("Xiangtu ", env!("CARGO_PKG_VERSION"));
            directory.set(Tag::Software, &Text(software));
            metadata::set_place(&mut directory, &options.georeference);
            let described = metadata::describe(&options.bands, &options.georeference)?;
            directory.set(GDAL_METADATA, &Text(&described));
        }
        Ok(directory)
    }
}

#[cfg(test)]
impl CogWriter {
    /// The head of a file whose finest tiles would have `count` bytes each (0: none is stored) and
    /// whose coarser ones are not stored, without any rows.
    pub(super) fn head_alone(mut self, count: u32) -> Result<Vec<u8>, CogError> {
        for (index, level) in self.levels.iter_mut().enumerate() {
            let tiles = |side: u32| side.div_ceil(self.options.tile_size) as usize;
            let count = if index == 0 { count } else { 0 };
            level.counts = vec![count; tiles(level.width) * tiles(level.height)];
            if count > 0 {
                level.length = level.counts.len() as u64 * (u64::from(count) + 2 * FRAME);
            }
        }
        self.head()
    }
}

struct GeoSize {
    width: u32,
    height: u32,
}

impl LevelWriter {
    fn append(&mut self, tile: &[u8]) -> Result<(), CogError> {
        self.counts.push(tile.len() as u32);
        if let Some(trailer) = tile.last_chunk::<4>() {
            self.tiles.write_all(&(tile.len() as u32).to_le_bytes())?;
            self.tiles.write_all(tile)?;
            self.tiles.write_all(trailer)?;
            self.length += tile.len() as u64 + 2 * FRAME;
        }
        Ok(())
    }

    /// Where each tile stands when this level begins at `start`; 0 for tiles that are not stored.
    fn offsets(&self, start: u64) -> Vec<u64> {
        let mut at = start;
        let offset = |&count: &u32| {
            if count == 0 {
                return 0;
            }
            let offset = at + FRAME;
            at += u64::from(count) + 2 * FRAME;
            offset
        };
        self.counts.iter().map(offset).collect()
    }
}
