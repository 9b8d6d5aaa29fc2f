//! The part of a matrix that something lies on.

use super::{MatrixSet, MatrixTile};
use crate::bounds::Bounds;

/// Points taken along each edge of a rectangle of degrees: its edges are curved on most maps.
const EDGE_POINTS: u32 = 32;

/// A rectangle of tiles of one level, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MatrixRange {
    /// The tile in the north-west corner.
    pub first: MatrixTile,
    /// The tile in the south-east corner.
    pub last: MatrixTile,
}

impl MatrixRange {
    /// The tiles of a level that share more than an edge with `bounds` (degrees); `None` when there
    /// is no such level, or the projection has no answer there.
    pub fn covering(set: MatrixSet, level: u8, bounds: &Bounds) -> Option<Self> {
        let around = set.bounds_of(bounds)?;
        // An edge exactly on a tile's belongs to the tile inside; 1e-9 of a tile swallows rounding.
        let slack = set.span(level) * 1e-9;
        let first = MatrixTile::at(set, level, around.west + slack, around.north - slack)?;
        let last = MatrixTile::at(set, level, around.east - slack, around.south + slack)?;
        Some(Self {
            first,
            last: MatrixTile {
                column: last.column.max(first.column),
                row: last.row.max(first.row),
                ..last
            },
        })
    }

    /// Whether a tile of the same level is one of them.
    pub fn contains(&self, tile: &MatrixTile) -> bool {
        (self.first.set, self.first.level) == (tile.set, tile.level)
            && (self.first.column..=self.last.column).contains(&tile.column)
            && (self.first.row..=self.last.row).contains(&tile.row)
    }
}

impl MatrixSet {
    /// A rectangle of degrees in the set's CRS, as the rectangle around it; `None` where the
    /// projection has no answer.
    pub fn bounds_of(self, bounds: &Bounds) -> Option<Bounds> {
        let limit = match self {
            Self::WebMercatorQuad => crate::mercator::MAX_LATITUDE,
            _ => 90.0,
        };
        let (south, north) = (
            bounds.south.clamp(-limit, limit),
            bounds.north.clamp(-limit, limit),
        );
        let projection = self.projection();
        let edge = (0..=EDGE_POINTS).flat_map(|step| {
            let part = f64::from(step) / f64::from(EDGE_POINTS);
            let longitude = bounds.west + bounds.width() * part;
            let latitude = south + (north - south) * part;
            [
                (longitude, south),
                (longitude, north),
                (bounds.west, latitude),
                (bounds.east, latitude),
            ]
        });
        Bounds::around(edge.map(|(longitude, latitude)| projection.forward(longitude, latitude)))
    }

    /// The sets in which something within `bounds` (degrees) is well shown: those of the whole
    /// world, and the zones it lies in.
    pub fn suited(bounds: &Bounds) -> impl Iterator<Item = Self> {
        let (west, east) = (bounds.west, bounds.east);
        Self::all().filter(move |set| match set {
            Self::GaussKruger(zone) => {
                let meridian = zone.central_meridian();
                west < meridian + 1.5 && east > meridian - 1.5
            }
            _ => true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tile::{Tile, TileRange};
    use proptest::prelude::*;

    const DAPING: Bounds = Bounds {
        west: 108.4,
        south: 31.0,
        east: 108.6,
        north: 31.2,
    };

    #[test]
    fn a_village_lies_in_one_zone_by_both_its_names() {
        let sets: Vec<_> = MatrixSet::suited(&DAPING)
            .map(|set| set.id().into_owned())
            .collect();
        assert_eq!(
            sets,
            [
                "WebMercatorQuad",
                "WorldCRS84Quad",
                "CGCS2000Quad",
                "CGCS2000_GK_4524",
                "CGCS2000_GK_4545"
            ]
        );
    }

    #[test]
    fn a_tile_covers_itself() {
        let tile = MatrixTile::at(MatrixSet::Cgcs2000Quad, 12, 108.4, 31.2).expect("a tile");
        let own = MatrixRange::covering(tile.set, 12, &tile.bounds()).expect("covers");
        assert_eq!((own.first, own.last), (tile, tile));
        let finer = MatrixRange::covering(tile.set, 13, &tile.bounds()).expect("covers");
        assert_eq!(
            (finer.last.column, finer.last.row),
            (finer.first.column + 1, finer.first.row + 1)
        );
        assert!(finer.contains(&finer.first) && !finer.contains(&tile));
    }

    #[test]
    fn web_tiles_as_ever() {
        for zoom in 0..=20 {
            let ours =
                MatrixRange::covering(MatrixSet::WebMercatorQuad, zoom, &DAPING).expect("covers");
            let web = TileRange::covering(&DAPING, zoom);
            assert_eq!(
                (ours.first, ours.last),
                (web.first.into(), web.last.into()),
                "{zoom}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_lies_inside_is_covered(across in 0.0..1.0_f64, down in 0.0..1.0_f64, level in 1_u8..=22) {
            let (longitude, latitude) = (108.4 + 0.2 * across, 31.0 + 0.2 * down);
            for set in MatrixSet::suited(&DAPING) {
                let range = MatrixRange::covering(set, level, &DAPING).expect("covers");
                let (x, y) = set.projection().forward(longitude, latitude);
                let tile = MatrixTile::at(set, level, x, y).expect("a tile");
                prop_assert!(range.contains(&tile), "{set:?} {level} {range:?} {tile:?}");
            }
            prop_assert!(Tile::at(longitude, latitude, level).bounds().expanded(1e-9).contains(longitude, latitude));
        }
    }
}
