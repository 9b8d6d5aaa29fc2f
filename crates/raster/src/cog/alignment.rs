//! Images that lie on a grid of tiles that maps know: their stored tiles are those tiles.

use grid::matrix_set::{MatrixSet, MatrixTile, Zone};
use grid::projection::Projection;

use super::head::Level;
use crate::georeference::GeoReference;

/// Where an image's tiles are those of a tile matrix set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alignment {
    set: MatrixSet,
    /// The matrix of the image's level 0.
    matrix: u8,
    /// The set's tile that is level 0's first tile.
    column: u32,
    row: u32,
    /// How many levels are aligned.
    levels: u8,
}

impl Alignment {
    /// Finds out whether the image lies on a grid of tiles, and how many of its levels do.
    pub fn of(georeference: &GeoReference, tile_size: usize, levels: &[Level]) -> Option<Self> {
        let t = &georeference.transform;
        let whole = |value: f64| ((value - value.round()).abs() < 1e-6).then(|| value.round());
        let set = set_of(georeference)?;
        if t[2] != 0.0 || t[4] != 0.0 {
            return None;
        }
        let span = t[1] * tile_size as f64;
        if span.is_nan() || span <= 0.0 || (t[1] + t[5]).abs() > t[1] * 1e-9 {
            return None;
        }
        let (first, last) = (*set.levels().start(), *set.levels().end());
        let deeper = whole((set.span(first) / span).log2())?;
        let matrix = Some(f64::from(first) + deeper)
            .filter(|matrix| (f64::from(first)..=f64::from(last)).contains(matrix))?
            as u8;
        let (west, north) = set.corner();
        let column = whole((t[0] - west) / span).filter(|&column| column >= 0.0)? as u32;
        let row = whole((north - t[3]) / span).filter(|&row| row >= 0.0)? as u32;
        let aligned = |&(index, level): &(usize, &Level)| {
            let divides = |number: u32| number.trailing_zeros() as usize >= index;
            index <= usize::from(matrix - first)
                && (index == 0 || divides(column) && divides(row))
                && u64::from(level.width) << index == u64::from(georeference.width)
                && u64::from(level.height) << index == u64::from(georeference.height)
        };
        let levels = levels.iter().enumerate().take_while(aligned).count() as u8;
        Some(Self {
            set,
            matrix,
            column,
            row,
            levels,
        })
    }

    /// The coarsest and the finest zoom of web tiles; `None` on any other grid.
    pub fn zooms(&self) -> Option<(u8, u8)> {
        (self.set == MatrixSet::WebMercatorQuad)
            .then_some((self.matrix - (self.levels - 1), self.matrix))
    }

    /// Level, column and row of a tile; the column and row may lie beyond the image's last. `None`
    /// when it is of another set, or not of a stored level.
    pub fn place(&self, tile: MatrixTile) -> Option<(usize, u32, u32)> {
        // The two sets in degrees are the same tiles, counted from another level.
        let (set, matrix) = match tile.set {
            MatrixSet::WorldCrs84Quad => (MatrixSet::Cgcs2000Quad, tile.level + 1),
            set => (set, tile.level),
        };
        if set != self.set {
            return None;
        }
        let level = self
            .matrix
            .checked_sub(matrix)
            .filter(|level| *level < self.levels)?;
        let column = tile.column.checked_sub(self.column >> level)?;
        let row = tile.row.checked_sub(self.row >> level)?;
        Some((usize::from(level), column, row))
    }
}

/// The set in an image's CRS.
fn set_of(georeference: &GeoReference) -> Option<MatrixSet> {
    match georeference.projection {
        Projection::WebMercator => Some(MatrixSet::WebMercatorQuad),
        Projection::Geographic => Some(MatrixSet::Cgcs2000Quad),
        Projection::TransverseMercator(_) => georeference
            .epsg
            .and_then(Zone::from_epsg)
            .map(MatrixSet::GaussKruger),
        _ => None,
    }
}
