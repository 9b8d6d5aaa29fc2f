//! A COG made from parts: each is packed by itself, anywhere and in any order, and joining them
//! copies bytes. The file is the same, byte for byte, as [`super::CogWriter`]'s.
//!
//! A part is a square of 4 × 4 tiles of the finest level, and the 2 × 2 tiles and the one tile of
//! the two coarser levels that lie inside it; of the levels above it keeps its own pixels, halved
//! once more, from which [`assemble`] makes them. A part stands alone:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `XTPART1` and a zero |
//! | 4 | its index |
//! | 4 | the length of the pixels for the levels above |
//! | 8 each | packed lengths of a tile and its mask, level by level, row by row |
//! | … | those tiles as they stand in the file |
//! | … | the pixels, packed with ZSTD, band by band |

mod assemble;
#[cfg(test)]
mod tests;

use super::pyramid::Halving;
use super::structure::Structure;
use super::tiles::{Packed, Pixels};
use super::{CogError, CogOptions, Sample, Samples};
use crate::Window;
use crate::sample::with_type;
pub use assemble::assemble;
pub(super) use assemble::assemble_with;

/// Tiles side by side in a part.
const TILES: u32 = 4;

/// Levels whose tiles lie inside a part: 4, 2 and 1 side by side.
const LEVELS: usize = 3;

const MAGIC: &[u8; 8] = b"XTPART1\0";

/// What stands before the lengths of the tiles.
const HEAD: u64 = 16;

/// How an image is cut into parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartGrid {
    /// Parts side by side.
    pub columns: u32,
    /// Parts above each other.
    pub rows: u32,
    /// Pixels along a part.
    pub side: u32,
    width: u32,
    height: u32,
}

impl PartGrid {
    /// The parts of an image.
    pub fn of(options: &CogOptions) -> Self {
        let side = options.tile_size.max(1) * TILES;
        let (width, height) = (options.georeference.width, options.georeference.height);
        Self {
            columns: width.div_ceil(side),
            rows: height.div_ceil(side),
            side,
            width,
            height,
        }
    }

    /// How many parts there are; they are counted from the left, then from the top.
    pub fn count(&self) -> u32 {
        self.columns * self.rows
    }

    /// The pixels of a part, within the image.
    pub fn window(&self, index: u32) -> Window {
        let (column, row) = (
            index % self.columns * self.side,
            index / self.columns * self.side,
        );
        let length = |start: u32, end: u32| end.saturating_sub(start).min(self.side) as usize;
        Window::new(
            i64::from(column),
            i64::from(row),
            length(column, self.width),
            length(row, self.height),
        )
    }
}

/// Packs one part. `bands`: each of the image's bands over [`PartGrid::window`], row after row.
///
/// # Errors
/// When the options contradict each other, there is no such part, or the bands are not those of its
/// window.
pub fn encode(options: &CogOptions, index: u32, bands: &[Samples]) -> Result<Vec<u8>, CogError> {
    let structure = Structure::new(options.clone())?;
    encode_with(&structure, index, bands)
}

pub(super) fn encode_with(
    structure: &Structure,
    index: u32,
    bands: &[Samples],
) -> Result<Vec<u8>, CogError> {
    let options = &structure.options;
    let grid = PartGrid::of(options);
    if index >= grid.count() {
        return Err(CogError::Missing(format!(
            "part {index}; it has {}",
            grid.count()
        )));
    }
    let window = grid.window(index);
    let pixels = window.width * window.height;
    let fits = |band: &Samples| band.data_type() == options.data_type && band.len() == pixels;
    if bands.len() != options.bands.len() || !bands.iter().all(fits) {
        return Err(CogError::Rows(format!(
            "part {index} takes {} bands of {pixels} {:?}",
            options.bands.len(),
            options.data_type
        )));
    }
    with_type!(options.data_type, S => encode_as::<S>(structure, index, bands, window.width))
}

fn encode_as<S: Sample>(
    structure: &Structure,
    index: u32,
    bands: &[Samples],
    mut width: usize,
) -> Result<Vec<u8>, CogError> {
    let mut tiles: Vec<Packed> = Vec::new();
    let inside = structure.sizes.len().min(LEVELS);
    let halving = Halving::of(&structure.options);
    let finest: Vec<&[S]> = bands.iter().filter_map(S::slice).collect();
    let mut halves: Vec<Vec<S>> = Vec::new();
    for level in 0..inside {
        let pixels = if level == 0 {
            Pixels {
                bands: finest.clone(),
                width,
            }
        } else {
            Pixels::of(&halves, width)
        };
        tiles.extend(structure.pack(level, &pixels)?);
        halves = if level + 1 < structure.sizes.len() {
            halving.halve(&pixels.bands, width)
        } else {
            Vec::new()
        };
        width = width.div_ceil(2);
    }
    let above = if halves.is_empty() {
        Vec::new()
    } else {
        zstd::bulk::compress(bytemuck::cast_slice(&halves.concat()), 1)?
    };
    let length = HEAD as usize
        + tiles
            .iter()
            .map(|tile| tile.framed.len() + 8)
            .sum::<usize>();
    let mut part = Vec::with_capacity(length + above.len());
    part.extend_from_slice(MAGIC);
    part.extend_from_slice(&index.to_le_bytes());
    part.extend_from_slice(&(above.len() as u32).to_le_bytes());
    for Packed { counts, .. } in &tiles {
        part.extend_from_slice(&counts.tile.to_le_bytes());
        part.extend_from_slice(&counts.mask.to_le_bytes());
    }
    for tile in &tiles {
        part.extend_from_slice(&tile.framed);
    }
    part.extend_from_slice(&above);
    Ok(part)
}
