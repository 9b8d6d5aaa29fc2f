//! The XYZ tile grid of web maps: `WebMercatorQuad`, row 0 in the north.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::bounds::Bounds;
use crate::mercator::{self, HALF_WORLD};

/// The deepest zoom: 4 cm a pixel of a 256-pixel tile at the equator is zoom 22; two more for luck.
pub const MAX_ZOOM: u8 = 24;

/// One tile of the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tile {
    /// 0 (the world) to [`MAX_ZOOM`].
    pub zoom: u8,
    /// From the west, 0 to 2^zoom − 1.
    pub column: u32,
    /// From the north, 0 to 2^zoom − 1.
    pub row: u32,
}

/// Why three numbers are no tile.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TileError {
    /// The zoom is too deep.
    #[error("zoom {0} is deeper than {MAX_ZOOM}, the deepest there is")]
    Zoom(u8),
    /// Column or row is outside the world.
    #[error(
        "tile {zoom}/{column}/{row} is outside the world: columns and rows of zoom {zoom} run from 0 to {last}"
    )]
    Outside {
        /// The zoom asked for.
        zoom: u8,
        /// The column asked for.
        column: u32,
        /// The row asked for.
        row: u32,
        /// The last column and row of that zoom.
        last: u32,
    },
}

impl Tile {
    /// A tile that exists.
    ///
    /// # Errors
    /// When the zoom is too deep or the column or row lies outside the world.
    pub fn new(zoom: u8, column: u32, row: u32) -> Result<Self, TileError> {
        if zoom > MAX_ZOOM {
            return Err(TileError::Zoom(zoom));
        }
        let last = last_index(zoom);
        if column > last || row > last {
            return Err(TileError::Outside {
                zoom,
                column,
                row,
                last,
            });
        }
        Ok(Self { zoom, column, row })
    }

    /// The tile's edges in Web Mercator metres.
    pub fn bounds_mercator(&self) -> Bounds {
        let span = span(self.zoom);
        let west = f64::from(self.column) * span - HALF_WORLD;
        let north = HALF_WORLD - f64::from(self.row) * span;
        Bounds::new(west, north - span, west + span, north)
    }

    /// The tile's edges in degrees.
    pub fn bounds(&self) -> Bounds {
        let metres = self.bounds_mercator();
        let (west, south) = mercator::unproject(metres.west, metres.south);
        let (east, north) = mercator::unproject(metres.east, metres.north);
        Bounds::new(west, south, east, north)
    }

    /// The tile of the next coarser zoom that contains this one; `None` for the world.
    pub fn parent(&self) -> Option<Self> {
        (self.zoom > 0).then(|| Self {
            zoom: self.zoom - 1,
            column: self.column / 2,
            row: self.row / 2,
        })
    }

    /// The tile of `zoom` that contains the place (degrees); places beyond the square world take
    /// its nearest tile.
    pub fn at(longitude: f64, latitude: f64, zoom: u8) -> Self {
        let zoom = zoom.min(MAX_ZOOM);
        let (x, y) = mercator::project(
            longitude,
            latitude.clamp(-mercator::MAX_LATITUDE, mercator::MAX_LATITUDE),
        );
        let (column, row) = index_at(x, y, zoom);
        Self {
            zoom,
            column: clamp_index(column.floor(), zoom),
            row: clamp_index(row.floor(), zoom),
        }
    }

    /// The tiles of `zoom` that share more than an edge with `bounds` (degrees), row by row.
    /// Bounds that cross the 180° meridian are cut there.
    pub fn covering(bounds: &Bounds, zoom: u8) -> impl Iterator<Item = Self> + use<> {
        TileRange::covering(bounds, zoom).tiles()
    }
}

/// A rectangle of tiles of one zoom, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileRange {
    /// The tile in the north-west corner.
    pub first: Tile,
    /// The tile in the south-east corner.
    pub last: Tile,
}

impl TileRange {
    /// The tiles of `zoom` that share more than an edge with `bounds` (degrees).
    pub fn covering(bounds: &Bounds, zoom: u8) -> Self {
        let zoom = zoom.min(MAX_ZOOM);
        let limit = mercator::MAX_LATITUDE;
        let (west, north) = mercator::project(bounds.west, bounds.north.clamp(-limit, limit));
        let (east, south) = mercator::project(bounds.east, bounds.south.clamp(-limit, limit));
        let (left, top) = index_at(west, north, zoom);
        let (right, bottom) = index_at(east, south, zoom);
        // An edge exactly on a tile border belongs to the tile inside; 1e-9 of a tile swallows rounding.
        let first = Tile {
            zoom,
            column: clamp_index((left + 1e-9).floor(), zoom),
            row: clamp_index((top + 1e-9).floor(), zoom),
        };
        let column = clamp_index((right - 1e-9).ceil() - 1.0, zoom).max(first.column);
        let row = clamp_index((bottom - 1e-9).ceil() - 1.0, zoom).max(first.row);
        Self {
            first,
            last: Tile { zoom, column, row },
        }
    }

    /// How many tiles.
    pub fn count(&self) -> u64 {
        u64::from(self.last.column - self.first.column + 1)
            * u64::from(self.last.row - self.first.row + 1)
    }

    /// Every tile, row by row from the north-west.
    pub fn tiles(self) -> impl Iterator<Item = Tile> {
        let columns = self.first.column..=self.last.column;
        (self.first.row..=self.last.row).flat_map(move |row| {
            columns.clone().map(move |column| Tile {
                zoom: self.first.zoom,
                column,
                row,
            })
        })
    }
}

/// The side of a tile in metres.
fn span(zoom: u8) -> f64 {
    2.0 * HALF_WORLD / f64::from(zoom).exp2()
}

fn last_index(zoom: u8) -> u32 {
    (1_u32 << zoom) - 1
}

fn index_at(x: f64, y: f64, zoom: u8) -> (f64, f64) {
    let span = span(zoom);
    ((x + HALF_WORLD) / span, (HALF_WORLD - y) / span)
}

fn clamp_index(index: f64, zoom: u8) -> u32 {
    index.clamp(0.0, f64::from(last_index(zoom))) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_is_outside() {
        assert_eq!(Tile::new(25, 0, 0), Err(TileError::Zoom(25)));
        assert!(matches!(
            Tile::new(3, 8, 0),
            Err(TileError::Outside { last: 7, .. })
        ));
        assert!(Tile::new(3, 7, 7).is_ok());
    }

    #[test]
    fn the_world_is_tile_zero() {
        let world = Tile::new(0, 0, 0).expect("exists").bounds_mercator();
        assert_eq!(
            world,
            Bounds::new(-HALF_WORLD, -HALF_WORLD, HALF_WORLD, HALF_WORLD)
        );
    }

    #[test]
    fn a_known_tile() {
        // Column 13125 of 16384 starts at 13125 × 360 / 16384 − 180 degrees.
        let tile = Tile::at(108.4, 31.2, 14);
        assert_eq!(
            tile,
            Tile {
                zoom: 14,
                column: 13125,
                row: 6696
            }
        );
        let bounds = tile.bounds();
        assert!((bounds.west - 108.391_113_281_25).abs() < 1e-9);
        assert!((bounds.contains(108.4, 31.2)));
    }

    #[test]
    fn covering_a_tile_is_that_tile() {
        let tile = Tile::new(14, 13125, 6696).expect("exists");
        assert_eq!(
            Tile::covering(&tile.bounds(), 14).collect::<Vec<_>>(),
            vec![tile]
        );
        assert_eq!(Tile::covering(&tile.bounds(), 16).count(), 16);
        assert_eq!(
            Tile::covering(&tile.bounds(), 13).collect::<Vec<_>>(),
            tile.parent().into_iter().collect::<Vec<_>>()
        );
    }

    proptest! {
        #[test]
        fn a_place_lies_in_its_tile(longitude in -179.9..179.9_f64, latitude in -85.0..85.0_f64, zoom in 0_u8..=20) {
            let bounds = Tile::at(longitude, latitude, zoom).bounds().expanded(1e-9);
            prop_assert!(bounds.contains(longitude, latitude));
        }
    }
}
