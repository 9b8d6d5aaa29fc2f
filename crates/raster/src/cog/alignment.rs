//! Images that lie on the web's tile grid: their stored tiles are web tiles.

use grid::mercator::HALF_WORLD;
use grid::projection::Projection;
use grid::tile::{MAX_ZOOM, Tile};

use super::head::Level;
use crate::georeference::GeoReference;

/// Where an image's tiles are web tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alignment {
    /// The zoom of level 0.
    zoom: u8,
    /// The web tile of level 0's first tile.
    column: u32,
    row: u32,
    /// How many levels are aligned.
    levels: u8,
}

impl Alignment {
    /// Finds out whether the image lies on the web's tile grid, and how many of its levels do.
    pub fn of(georeference: &GeoReference, tile_size: usize, levels: &[Level]) -> Option<Self> {
        let t = &georeference.transform;
        let whole = |value: f64| ((value - value.round()).abs() < 1e-6).then(|| value.round());
        if georeference.projection != Projection::WebMercator || t[2] != 0.0 || t[4] != 0.0 {
            return None;
        }
        let span = t[1] * tile_size as f64;
        if span.is_nan() || span <= 0.0 || (t[1] + t[5]).abs() > t[1] * 1e-9 {
            return None;
        }
        let zoom = whole((2.0 * HALF_WORLD / span).log2())
            .filter(|zoom| (0.0..=f64::from(MAX_ZOOM)).contains(zoom))?;
        let column = whole((t[0] + HALF_WORLD) / span).filter(|&column| column >= 0.0)? as u32;
        let row = whole((HALF_WORLD - t[3]) / span).filter(|&row| row >= 0.0)? as u32;
        let aligned = |&(index, level): &(usize, &Level)| {
            let divides = |number: u32| number.trailing_zeros() as usize >= index;
            index <= zoom as usize
                && (index == 0 || divides(column) && divides(row))
                && u64::from(level.width) << index == u64::from(georeference.width)
                && u64::from(level.height) << index == u64::from(georeference.height)
        };
        let levels = levels.iter().enumerate().take_while(aligned).count() as u8;
        Some(Self {
            zoom: zoom as u8,
            column,
            row,
            levels,
        })
    }

    /// The coarsest and the finest zoom.
    pub fn zooms(&self) -> (u8, u8) {
        (self.zoom - (self.levels - 1), self.zoom)
    }

    /// Level, column and row of a web tile; the column and row may lie beyond the image's last.
    pub fn place(&self, tile: Tile) -> Option<(usize, u32, u32)> {
        let level = self
            .zoom
            .checked_sub(tile.zoom)
            .filter(|level| *level < self.levels)?;
        let column = tile.column.checked_sub(self.column >> level)?;
        let row = tile.row.checked_sub(self.row >> level)?;
        Some((usize::from(level), column, row))
    }
}
