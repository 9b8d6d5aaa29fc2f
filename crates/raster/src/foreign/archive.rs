//! What is read of a foreign archive of tiles.

use std::collections::BTreeMap;

/// One answer about an archive: first what it says of itself, then its tiles in no certain order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveAnswer {
    /// Its table `metadata`.
    About(BTreeMap<String, String>),
    /// A tile.
    Tile(ForeignTile),
}

/// A tile of the square web map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignTile {
    /// The zoom.
    pub zoom: u8,
    /// From the west.
    pub column: u32,
    /// From the north, whatever the archive counts from.
    pub row: u32,
    /// As they are stored: a picture, or a vector tile, mostly packed by gzip.
    pub bytes: Vec<u8>,
}
