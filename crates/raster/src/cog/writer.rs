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

use super::pyramid::Halving;
use super::structure::{Counts, Structure};
use super::tiles::Pixels;
use super::{CogError, CogOptions, Sample, Samples};

/// Takes an image from top to bottom and leaves a COG.
pub struct CogWriter {
    structure: Structure,
    levels: LevelWriters,
    rows_taken: u32,
}

/// The levels of an image from `first` on while they grow.
pub(super) struct LevelWriters {
    first: usize,
    levels: Vec<LevelWriter>,
}

/// One resolution while it grows.
struct LevelWriter {
    /// Rows not yet packed, band by band: never more than one row of tiles.
    rows: Vec<Samples>,
    tiles: BufWriter<File>,
    counts: Vec<Counts>,
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
        let structure = Structure::new(options)?;
        let levels = LevelWriters::new(&structure, 0, folder)?;
        Ok(Self {
            structure,
            levels,
            rows_taken: 0,
        })
    }

    /// The next rows: rows × columns × bands (pixel-interleaved), any number of whole rows.
    ///
    /// # Errors
    /// When the number type is not the image's, the rows are not whole or too many, or writing fails.
    pub fn write_rows<S: Sample>(&mut self, rows: &[S]) -> Result<(), CogError> {
        let (width, height) = self.structure.sizes[0];
        let bands = self.structure.options.bands.len();
        let row_length = width as usize * bands;
        let wanted = self.structure.options.data_type;
        if S::DATA_TYPE != wanted {
            let given = S::DATA_TYPE;
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
        let mut rest = rows;
        while !rest.is_empty() {
            let room = self.levels.room(&self.structure) * bands;
            let (now, later) = rest.split_at(room.min(rest.len()));
            let separate = (0..bands).map(|band| now.iter().skip(band).step_by(bands).copied());
            self.levels.take::<S>(&self.structure, separate)?;
            rest = later;
        }
        self.rows_taken += count as u32;
        if self.rows_taken == height {
            self.levels.finish::<S>(&self.structure)?;
        }
        Ok(())
    }

    /// Puts the file together.
    ///
    /// # Errors
    /// When rows are missing or writing fails.
    pub fn finish(self, out: &mut impl Write) -> Result<(), CogError> {
        let (_, height) = self.structure.sizes[0];
        if self.rows_taken != height {
            let taken = self.rows_taken;
            return Err(CogError::Rows(format!(
                "only {taken} of {height} rows came"
            )));
        }
        out.write_all(&self.structure.head(&self.levels.counts())?)?;
        self.levels.copy(out)
    }
}

impl LevelWriters {
    pub fn new(structure: &Structure, first: usize, folder: &Path) -> Result<Self, CogError> {
        let bands = structure.options.bands.len();
        let data_type = structure.options.data_type;
        let levels = structure.sizes.iter().skip(first).map(|_| {
            Ok(LevelWriter {
                rows: vec![Samples::filled(data_type, 0, 0.0); bands],
                tiles: BufWriter::new(tempfile::tempfile_in(folder)?),
                counts: Vec::new(),
            })
        });
        Ok(Self {
            first,
            levels: levels.collect::<Result<_, CogError>>()?,
        })
    }

    /// How many numbers of a band the finest level takes before it has a row of tiles.
    pub fn room(&self, structure: &Structure) -> usize {
        self.strip(structure, 0) - self.levels[0].rows[0].len()
    }

    /// The next rows of the finest level, band by band; no more than there is room for.
    pub fn take<S: Sample>(
        &mut self,
        structure: &Structure,
        bands: impl Iterator<Item = impl Iterator<Item = S>>,
    ) -> Result<(), CogError> {
        self.extend(0, bands);
        if self.room(structure) == 0 {
            self.pack::<S>(structure, 0)?;
        }
        Ok(())
    }

    /// After the last row: what is left in every level, from the finest on.
    pub fn finish<S: Sample>(&mut self, structure: &Structure) -> Result<(), CogError> {
        for index in 0..self.levels.len() {
            if !self.levels[index].rows[0].is_empty() {
                self.pack::<S>(structure, index)?;
            }
            self.levels[index].rows = Vec::new();
        }
        Ok(())
    }

    /// The lengths of all tiles, level by level.
    pub fn counts(&self) -> Vec<Vec<Counts>> {
        let counts = self.levels.iter().map(|level| level.counts.clone());
        counts.collect()
    }

    /// Copies all tiles, the coarsest level first.
    pub fn copy(mut self, out: &mut impl Write) -> Result<(), CogError> {
        for level in self.levels.iter_mut().rev() {
            level.tiles.flush()?;
            let file = level.tiles.get_mut();
            file.seek(SeekFrom::Start(0))?;
            std::io::copy(file, out)?;
        }
        Ok(())
    }

    fn strip(&self, structure: &Structure, index: usize) -> usize {
        structure.sizes[self.first + index].0 as usize * structure.layout.height
    }

    fn extend<S: Sample>(
        &mut self,
        index: usize,
        bands: impl Iterator<Item = impl Iterator<Item = S>>,
    ) {
        for (rows, band) in self.levels[index].rows.iter_mut().zip(bands) {
            if let Some(rows) = S::vector(rows) {
                rows.extend(band);
            }
        }
    }

    /// Packs the waiting rows of a level and hands their halves on.
    fn pack<S: Sample>(&mut self, structure: &Structure, index: usize) -> Result<(), CogError> {
        let mut rows = std::mem::take(&mut self.levels[index].rows);
        let bands: Vec<&[S]> = rows.iter().filter_map(S::slice).collect();
        let width = structure.sizes[self.first + index].0 as usize;
        let pixels = Pixels { bands, width };
        for tile in structure.pack(self.first + index, &pixels)? {
            let level = &mut self.levels[index];
            level.counts.push(tile.counts);
            level.tiles.write_all(&tile.framed)?;
        }
        if index + 1 < self.levels.len() {
            let halves = Halving::of(&structure.options).halve(&pixels.bands, width);
            self.extend(index + 1, halves.into_iter().map(Vec::into_iter));
            if self.levels[index + 1].rows[0].len() == self.strip(structure, index + 1) {
                self.pack::<S>(structure, index + 1)?;
            }
        }
        // The buffers are used again.
        for rows in rows.iter_mut().filter_map(S::vector) {
            rows.clear();
        }
        self.levels[index].rows = rows;
        Ok(())
    }
}

#[cfg(test)]
impl CogWriter {
    /// The head of a file whose finest tiles would have `count` bytes each (0: none is stored) and
    /// whose coarser ones are not stored, without any rows.
    pub(super) fn head_alone(self, count: u32) -> Result<Vec<u8>, CogError> {
        let counts = |(index, size): (usize, &(u32, u32))| {
            let (across, down) = self.structure.options.tiles(*size);
            let tile = if index == 0 { count } else { 0 };
            vec![Counts { tile, mask: 0 }; across as usize * down as usize]
        };
        let counts: Vec<_> = self
            .structure
            .sizes
            .iter()
            .enumerate()
            .map(counts)
            .collect();
        self.structure.head(&counts)
    }
}
