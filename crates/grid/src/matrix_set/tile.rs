//! One tile of a set.

use thiserror::Error;

use super::MatrixSet;
use crate::bounds::Bounds;
use crate::tile::Tile;

/// One tile of a tile matrix set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MatrixTile {
    /// The set.
    pub set: MatrixSet,
    /// The level, whose number is the matrix's identifier.
    pub level: u8,
    /// From the west.
    pub column: u32,
    /// From the north.
    pub row: u32,
}

/// Why numbers are no tile of a set.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MatrixTileError {
    /// There is no such level.
    #[error("{set} has the matrices {first} to {last}, not {level}")]
    Level {
        /// The set.
        set: String,
        /// The level asked for.
        level: u8,
        /// The first there is.
        first: u8,
        /// The last there is.
        last: u8,
    },
    /// There is no such column.
    #[error(
        "column {column} is outside matrix {level} of {set}, whose columns run from 0 to {last}"
    )]
    Column {
        /// The set.
        set: String,
        /// The level.
        level: u8,
        /// The column asked for.
        column: u32,
        /// The last there is.
        last: u32,
    },
    /// There is no such row.
    #[error("row {row} is outside matrix {level} of {set}, whose rows run from 0 to {last}")]
    Row {
        /// The set.
        set: String,
        /// The level.
        level: u8,
        /// The row asked for.
        row: u32,
        /// The last there is.
        last: u32,
    },
}

impl MatrixTile {
    /// A tile that exists.
    ///
    /// # Errors
    /// When the set has no such level, or the level no such column or row.
    pub fn new(set: MatrixSet, level: u8, column: u32, row: u32) -> Result<Self, MatrixTileError> {
        let name = || set.id().into_owned();
        let levels = set.levels();
        if !levels.contains(&level) {
            return Err(MatrixTileError::Level {
                set: name(),
                level,
                first: *levels.start(),
                last: *levels.end(),
            });
        }
        let (columns, rows) = (set.columns(level), set.rows(level));
        if column >= columns {
            return Err(MatrixTileError::Column {
                set: name(),
                level,
                column,
                last: columns - 1,
            });
        }
        if row >= rows {
            return Err(MatrixTileError::Row {
                set: name(),
                level,
                row,
                last: rows - 1,
            });
        }
        Ok(Self {
            set,
            level,
            column,
            row,
        })
    }

    /// The tile of a level that contains the place (x to the east, y to the north, in the set's
    /// CRS); places beyond the set take its nearest tile. `None` without such a level or for what is
    /// no number.
    pub fn at(set: MatrixSet, level: u8, x: f64, y: f64) -> Option<Self> {
        if !(set.levels().contains(&level) && x.is_finite() && y.is_finite()) {
            return None;
        }
        let (west, north) = set.corner();
        let span = set.span(level);
        let within = |along: f64, count: u32| along.floor().clamp(0.0, f64::from(count - 1)) as u32;
        Some(Self {
            set,
            level,
            column: within((x - west) / span, set.columns(level)),
            row: within((north - y) / span, set.rows(level)),
        })
    }

    /// The tile's edges in the set's CRS: metres, or degrees of longitude and latitude.
    pub fn bounds(&self) -> Bounds {
        let span = self.set.span(self.level);
        let (west, north) = self.corner();
        Bounds::new(west, north - span, west + span, north)
    }

    /// From the tile's pixels to the set's CRS, in GDAL's order:
    /// x = t0 + column·t1 + row·t2, y = t3 + column·t4 + row·t5.
    pub fn transform(&self) -> [f64; 6] {
        let (west, north) = self.corner();
        let cell = self.set.cell_size(self.level);
        [west, cell, 0.0, north, 0.0, -cell]
    }

    /// The web tile that this one is; `None` in any other set.
    pub fn web(&self) -> Option<Tile> {
        (self.set == MatrixSet::WebMercatorQuad).then_some(Tile {
            zoom: self.level,
            column: self.column,
            row: self.row,
        })
    }

    fn corner(&self) -> (f64, f64) {
        let span = self.set.span(self.level);
        let (west, north) = self.set.corner();
        (
            west + f64::from(self.column) * span,
            north - f64::from(self.row) * span,
        )
    }
}

impl From<Tile> for MatrixTile {
    fn from(tile: Tile) -> Self {
        Self {
            set: MatrixSet::WebMercatorQuad,
            level: tile.zoom,
            column: tile.column,
            row: tile.row,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sets() -> impl Strategy<Value = MatrixSet> {
        proptest::sample::select(MatrixSet::all().collect::<Vec<_>>())
    }

    #[test]
    fn refuses_what_is_outside() {
        let set = MatrixSet::Cgcs2000Quad;
        let wrong = |level, column, row| {
            MatrixTile::new(set, level, column, row)
                .expect_err("is none")
                .to_string()
        };
        assert_eq!(
            wrong(0, 0, 0),
            "CGCS2000Quad has the matrices 1 to 24, not 0"
        );
        assert!(wrong(1, 2, 0).starts_with("column 2 is outside matrix 1 of CGCS2000Quad"));
        assert!(wrong(1, 0, 1).ends_with("whose rows run from 0 to 0"));
        assert!(MatrixTile::new(set, 1, 1, 0).is_ok());
    }

    #[test]
    fn known_tiles() {
        // A tile of level 14 of Tianditu's c is 360 / 2^14 degrees wide.
        let side = 360.0 / 16384.0;
        let tile = MatrixTile::at(MatrixSet::Cgcs2000Quad, 14, 108.4, 31.2).expect("a tile");
        assert_eq!((tile.column, tile.row), (13125, 2676));
        let bounds = tile.bounds();
        assert!((bounds.west - (13125.0 * side - 180.0)).abs() < 1e-12);
        assert!((bounds.north - (90.0 - 2676.0 * side)).abs() < 1e-12);
        assert!(bounds.contains(108.4, 31.2));
        // East of its zone's meridian, north of the equator, and the zone's number in the easting.
        let [with, without] = [4524, 4545].map(|code| {
            let zone = super::super::Zone::from_epsg(code).expect("a zone");
            let set = MatrixSet::GaussKruger(zone);
            let (x, y) = set.projection().forward(108.4, 31.2);
            MatrixTile::at(set, 14, x, y).expect("a tile")
        });
        assert_eq!((with.column, with.row), (without.column, without.row));
        assert!((with.bounds().west - without.bounds().west - 36e6).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn a_tile_is_found_by_its_middle(set in sets(), deep in 0.0..1.0_f64, across in 0.0..1.0_f64, down in 0.0..1.0_f64) {
            let levels = set.levels();
            let level = levels.start() + (f64::from(levels.end() - levels.start()) * deep).round() as u8;
            let column = (f64::from(set.columns(level) - 1) * across).round() as u32;
            let row = (f64::from(set.rows(level) - 1) * down).round() as u32;
            let tile = MatrixTile::new(set, level, column, row).expect("exists");
            let bounds = tile.bounds();
            let (x, y) = bounds.centre();
            prop_assert_eq!(MatrixTile::at(set, level, x, y), Some(tile));
            let t = tile.transform();
            let side = f64::from(crate::matrix_set::TILE_SIDE);
            prop_assert!((t[0] + side * t[1] - bounds.east).abs() < 1e-7);
            prop_assert!((t[3] + side * t[5] - bounds.south).abs() < 1e-7);
        }

        #[test]
        fn four_tiles_of_the_next_level_fill_one(set in sets(), level in 1_u8..23, across in 0.0..1.0_f64, down in 0.0..1.0_f64) {
            let column = (f64::from(set.columns(level) - 1) * across) as u32;
            let row = (f64::from(set.rows(level) - 1) * down) as u32;
            let whole = MatrixTile::new(set, level, column, row).expect("exists").bounds();
            let part = |right, below| {
                MatrixTile::new(set, level + 1, 2 * column + right, 2 * row + below).expect("exists").bounds()
            };
            let parts = part(0, 0).union(&part(1, 1));
            for (one, two) in [(whole.west, parts.west), (whole.south, parts.south), (whole.east, parts.east), (whole.north, parts.north)] {
                prop_assert!((one - two).abs() < 1e-7);
            }
        }

        #[test]
        fn web_tiles_are_the_web_s(longitude in -179.9..179.9_f64, latitude in -85.0..85.0_f64, zoom in 0_u8..=24) {
            let web = Tile::at(longitude, latitude, zoom);
            let tile = MatrixTile::from(web);
            prop_assert_eq!(tile.web(), Some(web));
            prop_assert_eq!(tile.bounds(), web.bounds_mercator());
        }
    }
}
