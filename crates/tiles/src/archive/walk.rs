//! The tiles of an archive in its order: zoom by zoom, along the Hilbert curve of each.

use grid::bounds::Bounds;
use grid::tile::{Tile, TileRange};
use pmtiles::{PYRAMID_SIZE_BY_ZOOM, TileCoord, TileId};

/// A tile and its number in `PMTiles`, by which archives are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbered {
    pub id: u64,
    pub tile: Tile,
}

/// All tiles over bounds (degrees) from one zoom to another, without a list of them.
#[derive(Debug)]
pub struct Walk {
    bounds: Bounds,
    zoom: u8,
    last_zoom: u8,
    range: TileRange,
    /// Cells yet to be looked into: level and number along the curve of that level.
    cells: Vec<(u8, u64)>,
}

impl Walk {
    pub fn new(bounds: Bounds, first_zoom: u8, last_zoom: u8) -> Self {
        Self {
            bounds,
            zoom: first_zoom,
            last_zoom,
            range: TileRange::covering(&bounds, first_zoom),
            cells: vec![(0, 0)],
        }
    }

    /// How many tiles there are.
    pub fn count(bounds: &Bounds, first_zoom: u8, last_zoom: u8) -> u64 {
        (first_zoom..=last_zoom)
            .map(|zoom| TileRange::covering(bounds, zoom).count())
            .sum()
    }

    /// Whether a cell of a level above holds tiles of the range.
    fn leads_on(&self, cell: Tile) -> bool {
        let up = self.zoom - cell.zoom;
        let TileRange { first, last } = self.range;
        (first.column >> up..=last.column >> up).contains(&cell.column)
            && (first.row >> up..=last.row >> up).contains(&cell.row)
    }
}

impl Iterator for Walk {
    type Item = Numbered;

    fn next(&mut self) -> Option<Numbered> {
        loop {
            let Some((level, along)) = self.cells.pop() else {
                if self.zoom == self.last_zoom {
                    return None;
                }
                self.zoom += 1;
                self.range = TileRange::covering(&self.bounds, self.zoom);
                self.cells.push((0, 0));
                continue;
            };
            let id = PYRAMID_SIZE_BY_ZOOM[usize::from(level)] + along;
            let at = TileCoord::from(TileId::new(id).ok()?);
            let tile = Tile {
                zoom: level,
                column: at.x(),
                row: at.y(),
            };
            if !self.leads_on(tile) {
                continue;
            }
            if level == self.zoom {
                return Some(Numbered { id, tile });
            }
            self.cells
                .extend((0..4).rev().map(|child| (level + 1, 4 * along + child)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_tile_once_in_rising_order() {
        let bounds = Bounds::new(1.41, 42.42, 1.79, 42.66);
        let walked: Vec<_> = Walk::new(bounds, 0, 13).collect();
        assert!(walked.windows(2).all(|pair| pair[0].id < pair[1].id));
        assert_eq!(walked.len() as u64, Walk::count(&bounds, 0, 13));
        let tiles: HashSet<Tile> = walked.iter().map(|one| one.tile).collect();
        let covering: HashSet<Tile> = (0..=13)
            .flat_map(|zoom| Tile::covering(&bounds, zoom))
            .collect();
        assert_eq!(tiles, covering);
        for one in walked {
            let Tile { zoom, column, row } = one.tile;
            let id = TileId::from(TileCoord::new(zoom, column, row).unwrap());
            assert_eq!(id.value(), one.id);
        }
    }
}
