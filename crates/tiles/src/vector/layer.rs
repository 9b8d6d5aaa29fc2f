//! A layer's features as they are kept in memory: flat rows of numbers, nothing scattered.

use std::ops::Range;

use super::plane::{self, Place, Rectangle};
use super::tree::Tree;
use super::words::{Fields, Words};
use grid::bounds::Bounds;

/// The last zoom of each band: tiles of a band share one copy of the geometry, simplified for its
/// last zoom, in which every vertex knows the first zoom that needs it.
pub const BANDS: [u8; 5] = [4, 7, 10, 13, plane::DEEPEST];

/// The band of a zoom.
pub fn band(zoom: u8) -> usize {
    BANDS
        .iter()
        .position(|last| zoom <= *last)
        .unwrap_or(BANDS.len() - 1)
}

/// What a feature is, by its number in the vector tile specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    Points = 1,
    Lines = 2,
    Polygons = 3,
}

/// All but the shape of a feature.
#[derive(Debug, Clone)]
pub struct Feature {
    pub id: u64,
    /// Its area's position in [`Layer::areas`].
    pub area: u32,
    pub kind: Kind,
    /// The first zoom it is drawn at.
    pub first_zoom: u8,
    /// Its tags in [`Layer::tags`].
    pub tags: Range<u32>,
    /// Square steps of the plane that polygons cover; 0 for others.
    pub ground: f32,
    /// Who stays when a tile is too full: the larger.
    pub rank: f32,
}

/// A line, a ring, or the points of a feature.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Where its vertices end; they begin where the part before ends.
    pub end: u32,
    /// Whether it is cut out of the ring before.
    pub hole: bool,
}

/// The shapes of all features, simplified for a band's last zoom.
#[derive(Debug, Default)]
pub struct Band {
    /// Where the parts of each feature end.
    pub features: Vec<u32>,
    pub parts: Vec<Part>,
    pub vertices: Vec<Place>,
    /// The first zoom that needs each vertex.
    pub zooms: Vec<u8>,
}

impl Band {
    /// The parts of a feature: vertices with their first zooms, and whether each is a hole.
    pub fn parts(&self, feature: usize) -> impl Iterator<Item = (&[Place], &[u8], bool)> {
        let first = feature
            .checked_sub(1)
            .map_or(0, |before| self.features[before]) as usize;
        (first..self.features[feature] as usize).map(|part| {
            let begin = part
                .checked_sub(1)
                .map_or(0, |before| self.parts[before].end) as usize;
            let Part { end, hole } = self.parts[part];
            let range = begin..end as usize;
            (&self.vertices[range.clone()], &self.zooms[range], hole)
        })
    }

    fn bytes(&self) -> usize {
        size_of_val(&*self.features)
            + size_of_val(&*self.parts)
            + size_of_val(&*self.vertices)
            + self.zooms.len()
    }
}

/// A layer in memory. Features are in the order of the Hilbert curve.
#[derive(Debug)]
pub struct Layer {
    pub name: String,
    pub features: Vec<Feature>,
    /// Around each feature.
    pub tree: Tree,
    pub bands: [Band; BANDS.len()],
    /// Pairs of a key's and a value's number.
    pub tags: Vec<[u32; 2]>,
    pub keys: Words,
    /// Each as a `Tile.Value`.
    pub values: Words,
    /// The keys of the areas that features belong to.
    pub areas: Vec<i64>,
    pub fields: Fields,
}

impl Layer {
    /// The memory it takes.
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + size_of_val(&*self.features)
            + self.tree.bytes()
            + self.bands.iter().map(Band::bytes).sum::<usize>()
            + size_of_val(&*self.tags)
            + self.keys.bytes()
            + self.values.bytes()
            + size_of_val(&*self.areas)
    }

    /// The bounds of all features in degrees; `None` when there are none.
    pub fn bounds(&self) -> Option<Bounds> {
        let around = self.tree.around()?;
        let Rectangle { low, high } = around;
        let (west, north) = plane::unproject(low);
        let (east, south) = plane::unproject(high);
        Some(Bounds::new(west, south, east, north))
    }
}
