//! Parts become a file: what they say about their tiles is gathered, then their bytes are copied.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use super::{HEAD, LEVELS, MAGIC, PartGrid, TILES};
use crate::cog::ifd::read as read_exactly;
use crate::cog::source::Source;
use crate::cog::structure::{Counts, Structure};
use crate::cog::writer::LevelWriters;
use crate::cog::{CogError, CogOptions, Sample};
use crate::sample::with_type;

/// As many parts are kept open at once; where a row has more, they are opened again when needed.
const MOST_OPEN: usize = 256;

/// Joins all parts of an image. `open` gives the part of an index, and is asked for each one several
/// times; `scratch` holds temporary files for the coarsest levels, a hundredth of the whole.
///
/// # Errors
/// When a part is missing, damaged or of another image, or writing fails.
pub fn assemble(
    options: &CogOptions,
    open: impl FnMut(u32) -> io::Result<Arc<dyn Source>>,
    scratch: &Path,
    out: &mut impl Write,
) -> Result<(), CogError> {
    let structure = Structure::new(options.clone())?;
    assemble_with(&structure, open, scratch, out)
}

pub(in crate::cog) fn assemble_with(
    structure: &Structure,
    mut open: impl FnMut(u32) -> io::Result<Arc<dyn Source>>,
    scratch: &Path,
    out: &mut impl Write,
) -> Result<(), CogError> {
    let parts = Parts::new(structure);
    let inside = structure.sizes.len().min(LEVELS);
    let above = (inside < structure.sizes.len())
        .then(|| LevelWriters::new(structure, inside, scratch))
        .transpose()?;
    let (mut counts, above) = with_type!(structure.options.data_type, S =>
        parts.survey::<S>(&mut open, above))?;
    counts.extend(above.as_ref().map(LevelWriters::counts).unwrap_or_default());
    out.write_all(&structure.head(&counts)?)?;
    if let Some(above) = above {
        above.copy(out)?;
    }
    for level in (0..inside).rev() {
        for row in 0..parts.grid.rows {
            parts.copy_row(level, row, &counts, &mut open, out)?;
        }
    }
    Ok(())
}

/// The parts of an image, and where in each of them its tiles stand.
struct Parts<'structure> {
    structure: &'structure Structure,
    grid: PartGrid,
    inside: usize,
}

impl<'structure> Parts<'structure> {
    fn new(structure: &'structure Structure) -> Self {
        Self {
            structure,
            grid: PartGrid::of(&structure.options),
            inside: structure.sizes.len().min(LEVELS),
        }
    }

    /// Columns and rows of the tiles of a part in a level: the first ones and how many.
    fn tiles(&self, index: u32, level: usize) -> [std::ops::Range<u32>; 2] {
        let (across, down) = self.structure.options.tiles(self.structure.sizes[level]);
        let range = |part: u32, tiles: u32| {
            let each = TILES >> level;
            part * each..((part + 1) * each).min(tiles)
        };
        [
            range(index % self.grid.columns, across),
            range(index / self.grid.columns, down),
        ]
    }

    /// Reads what all parts say about their tiles, and makes the levels above them.
    fn survey<S: Sample>(
        &self,
        open: &mut impl FnMut(u32) -> io::Result<Arc<dyn Source>>,
        mut above: Option<LevelWriters>,
    ) -> Result<(Vec<Vec<Counts>>, Option<LevelWriters>), CogError> {
        let options = &self.structure.options;
        let mut counts: Vec<Vec<Counts>> = self.structure.sizes[..self.inside]
            .iter()
            .map(|size| {
                let (across, down) = options.tiles(*size);
                vec![Counts::default(); across as usize * down as usize]
            })
            .collect();
        for row in 0..self.grid.rows {
            let mut reduced: Vec<Vec<S>> = Vec::new();
            for column in 0..self.grid.columns {
                let index = row * self.grid.columns + column;
                let source = open(index)?;
                let pixels = self.head(index, &*source, &mut counts)?;
                if above.is_some() {
                    self.paste::<S>(index, &pixels, &mut reduced)?;
                }
            }
            if let Some(above) = &mut above {
                self.hand_on(above, &reduced)?;
            }
        }
        if let Some(above) = &mut above {
            above.finish::<S>(self.structure)?;
        }
        Ok((counts, above))
    }

    /// Notes the lengths of a part's tiles; returns its packed pixels for the levels above.
    fn head(
        &self,
        index: u32,
        source: &dyn Source,
        counts: &mut [Vec<Counts>],
    ) -> Result<Vec<u8>, CogError> {
        let wrong = |what: &str| CogError::Damaged(format!("part {index} {what}"));
        let head = read_exactly(source, 0, HEAD)?;
        let number = |bytes: &[u8]| {
            bytes
                .first_chunk()
                .map_or(0, |bytes| u32::from_le_bytes(*bytes))
        };
        if head[..8] != *MAGIC || number(&head[8..]) != index {
            return Err(wrong("is not the part it should be"));
        }
        let tiles: usize = (0..self.inside)
            .map(|level| self.tiles(index, level))
            .map(|[columns, rows]| columns.len() * rows.len())
            .sum();
        let listed = read_exactly(source, HEAD, tiles as u64 * 8)?;
        let mut listed = listed.chunks_exact(8).map(|bytes| Counts {
            tile: number(bytes),
            mask: number(&bytes[4..]),
        });
        let mut length = HEAD + tiles as u64 * 8;
        for (level, counts) in counts.iter_mut().enumerate() {
            let [columns, rows] = self.tiles(index, level);
            let (across, _) = self.structure.options.tiles(self.structure.sizes[level]);
            for row in rows {
                let first = row as usize * across as usize;
                let places = first + columns.start as usize..first + columns.end as usize;
                for (place, found) in counts[places].iter_mut().zip(&mut listed) {
                    length += found.framed();
                    *place = found;
                }
            }
        }
        let above = u64::from(number(&head[12..]));
        if length + above != source.length() {
            return Err(wrong("has another length than it says"));
        }
        read_exactly(source, length, above)
    }

    /// Puts the pixels that a part has for the levels above into the row they belong to.
    fn paste<S: Sample>(
        &self,
        index: u32,
        packed: &[u8],
        row: &mut Vec<Vec<S>>,
    ) -> Result<(), CogError> {
        let window = self.grid.window(index);
        let halved = |length: usize| length.div_ceil(1 << LEVELS);
        let (width, height) = (halved(window.width), halved(window.height));
        let bands = self.structure.options.bands.len();
        let mut pixels = vec![S::default(); width * height * bands];
        let bytes = bytemuck::cast_slice_mut(&mut pixels);
        let length = zstd::bulk::decompress_to_buffer(packed, bytes);
        if length.as_ref().ok() != Some(&bytes.len()) {
            return Err(CogError::Damaged(format!(
                "part {index} cannot be unpacked"
            )));
        }
        let whole = self.structure.sizes[LEVELS].0 as usize;
        row.resize_with(bands, || vec![S::default(); whole * height]);
        let left = window.column as usize >> LEVELS;
        for (band, pixels) in row.iter_mut().zip(pixels.chunks_exact(width * height)) {
            for (out, pixels) in band.chunks_exact_mut(whole).zip(pixels.chunks_exact(width)) {
                out[left..left + width].copy_from_slice(pixels);
            }
        }
        Ok(())
    }

    /// Gives whole rows to the levels above.
    fn hand_on<S: Sample>(
        &self,
        above: &mut LevelWriters,
        bands: &[Vec<S>],
    ) -> Result<(), CogError> {
        let length = bands.first().map_or(0, Vec::len);
        let mut taken = 0;
        while taken < length {
            let end = length.min(taken + above.room(self.structure));
            let rows = bands.iter().map(|band| band[taken..end].iter().copied());
            above.take::<S>(self.structure, rows)?;
            taken = end;
        }
        Ok(())
    }

    /// Copies the tiles of a level that a row of parts has, row by row of tiles.
    fn copy_row(
        &self,
        level: usize,
        row: u32,
        counts: &[Vec<Counts>],
        open: &mut impl FnMut(u32) -> io::Result<Arc<dyn Source>>,
        out: &mut impl Write,
    ) -> Result<(), CogError> {
        let mut kept: Vec<Option<Arc<dyn Source>>> = vec![None; self.grid.columns as usize];
        let first = row * self.grid.columns;
        let [_, tile_rows] = self.tiles(first, level);
        for tile_row in tile_rows {
            for (column, kept) in (first..).zip(&mut kept) {
                let (at, length) = self.place(column, level, tile_row, counts);
                if length == 0 {
                    continue;
                }
                let source = match kept.take() {
                    Some(source) => source,
                    None => open(column)?,
                };
                out.write_all(&read_exactly(&*source, at, length)?)?;
                *kept = (self.grid.columns as usize <= MOST_OPEN).then_some(source);
            }
        }
        Ok(())
    }

    /// Where in a part the tiles of one of its rows stand, and their length.
    fn place(&self, index: u32, level: usize, tile_row: u32, counts: &[Vec<Counts>]) -> (u64, u64) {
        let mut tiles = 0;
        let (mut before, mut length) = (0, 0);
        for (other, counts) in counts.iter().enumerate().take(self.inside) {
            let [columns, rows] = self.tiles(index, other);
            let (across, _) = self.structure.options.tiles(self.structure.sizes[other]);
            tiles += columns.len() * rows.len();
            for row in rows {
                let first = row as usize * across as usize;
                let places = first + columns.start as usize..first + columns.end as usize;
                let framed: u64 = counts[places].iter().map(|counts| counts.framed()).sum();
                if other < level || (other == level && row < tile_row) {
                    before += framed;
                } else if other == level && row == tile_row {
                    length = framed;
                }
            }
        }
        (HEAD + tiles as u64 * 8 + before, length)
    }
}
