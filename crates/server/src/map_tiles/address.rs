//! `{zoom}/{column}/{row}.{format}` as numbers.

use grid::tile::Tile;
use tiles::Format;

use crate::problem::{Problem, kinds};

/// Which tile, and how it shall be encoded.
#[derive(Debug, PartialEq, Eq)]
pub struct Address {
    pub tile: Tile,
    pub format: Format,
}

impl Address {
    /// Reads the three last parts of a tile's path.
    ///
    /// # Errors
    ///
    /// `tile-out-of-range` for what is no number, no known ending or outside the world.
    pub fn parse(zoom: &str, column: &str, row: &str) -> Result<Self, Problem> {
        Self::read(zoom, column, row).ok_or_else(|| {
            Problem::new(&kinds::TILE_OUT_OF_RANGE).with_detail(
                format!("{zoom}/{column}/{row} 不是瓦片地址，例如 12/3255/1697.webp。"),
                format!("{zoom}/{column}/{row} is no tile: write it like 12/3255/1697.webp."),
            )
        })
    }

    fn read(zoom: &str, column: &str, row: &str) -> Option<Self> {
        let (row, extension) = row.split_once('.')?;
        let format = extension.parse().ok()?;
        let tile = Tile::new(zoom.parse().ok()?, column.parse().ok()?, row.parse().ok()?).ok()?;
        Some(Self { tile, format })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_tiles() {
        let address = Address::parse("3", "6", "2.png").unwrap();
        assert_eq!(
            address.tile,
            Tile {
                zoom: 3,
                column: 6,
                row: 2
            }
        );
        assert_eq!(address.format, Format::Png);
        for (zoom, column, row) in [
            ("3", "8", "2.png"),
            ("3", "6", "2.gif"),
            ("3", "6", "2"),
            ("-1", "0", "0.png"),
            ("99", "0", "0.webp"),
        ] {
            let problem = Address::parse(zoom, column, row).unwrap_err();
            assert_eq!(problem.kind().code, "tile-out-of-range");
        }
    }
}
