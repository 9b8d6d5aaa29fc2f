//! The plane that features are kept on: Web Mercator in whole steps, y growing southward like the
//! rows of tiles.
//!
//! The square world is 2³¹ steps wide and centred on 0 (a step is 1.9 cm at the equator), so that
//! a step of a tile is 2^(19 − zoom) of them: from the plane into a tile is a shift. Places north
//! and south of the square world have room in an `i32` too.

use geo::Coord;
use grid::mercator::{self, HALF_WORLD};
use grid::tile::Tile;

/// A place on the plane: east, south.
pub type Place = [i32; 2];

/// The deepest zoom that geometry is kept for; deeper tiles enlarge it.
pub const DEEPEST: u8 = 16;
/// Steps along a side of a tile; what everybody expects.
pub const EXTENT: i32 = 1 << EXTENT_BITS;
/// Steps beyond the sides of a tile, so that lines and symbols do not end at them.
pub const BUFFER: i32 = 64;

const WORLD_BITS: u32 = 31;
const EXTENT_BITS: u32 = 12;
/// Steps of the plane that a step of the tile of zoom 0 spans.
const COARSEST_BITS: u32 = WORLD_BITS - EXTENT_BITS;

/// Degrees to the plane; what lies beyond an `i32` (a few kilometres around the poles) is moved
/// to its end.
pub fn project(at: Coord) -> Place {
    let (x, y) = mercator::project(at.x, at.y.clamp(-89.9, 89.9));
    let steps = f64::from(1_u32 << (WORLD_BITS - 1)) / HALF_WORLD;
    // A cast saturates.
    [(x * steps).round() as i32, (-y * steps).round() as i32]
}

/// Back to degrees.
pub fn unproject(place: Place) -> (f64, f64) {
    let metres = HALF_WORLD / f64::from(1_u32 << (WORLD_BITS - 1));
    mercator::unproject(f64::from(place[0]) * metres, -f64::from(place[1]) * metres)
}

/// A rectangle along the axes, its edges included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rectangle {
    pub low: Place,
    pub high: Place,
}

impl Rectangle {
    /// What grows to hold anything.
    pub const NOTHING: Self = Self {
        low: [i32::MAX; 2],
        high: [i32::MIN; 2],
    };

    pub fn hold(&mut self, place: Place) {
        for (axis, at) in place.into_iter().enumerate() {
            self.low[axis] = self.low[axis].min(at);
            self.high[axis] = self.high[axis].max(at);
        }
    }

    pub fn union(mut self, other: &Self) -> Self {
        self.hold(other.low);
        self.hold(other.high);
        self
    }

    pub fn touches(&self, other: &Self) -> bool {
        (0..2).all(|axis| self.low[axis] <= other.high[axis] && other.low[axis] <= self.high[axis])
    }

    pub fn contains(&self, other: &Self) -> bool {
        (0..2).all(|axis| self.low[axis] <= other.low[axis] && other.high[axis] <= self.high[axis])
    }

    pub fn centre(&self) -> Place {
        [0, 1].map(|axis| i32::midpoint(self.low[axis], self.high[axis]))
    }

    /// The longer side.
    pub fn length(&self) -> u32 {
        (0..2)
            .map(|axis| self.high[axis].abs_diff(self.low[axis]))
            .max()
            .unwrap_or_default()
    }
}

/// Where a tile lies on the plane, and how its steps are made of the plane's.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// The north-west corner.
    origin: [i64; 2],
    zoom: u8,
}

impl Window {
    pub fn of(tile: Tile) -> Self {
        let side = 1_i64 << (WORLD_BITS - u32::from(tile.zoom));
        let half_world = 1_i64 << (WORLD_BITS - 1);
        Self {
            origin: [tile.column, tile.row].map(|index| i64::from(index) * side - half_world),
            zoom: tile.zoom,
        }
    }

    /// The part of the plane that the tile shows, with its buffer.
    pub fn shown(&self) -> Rectangle {
        let edge = |axis: usize, steps: i32| {
            let at = self.origin[axis] as f64 + f64::from(steps) * step(self.zoom);
            at as i32
        };
        Rectangle {
            low: [edge(0, -BUFFER), edge(1, -BUFFER)],
            high: [edge(0, EXTENT + BUFFER), edge(1, EXTENT + BUFFER)],
        }
    }

    /// A place in steps of the tile from its north-west corner, rounded.
    pub fn locate(&self, place: Place) -> Place {
        let zoom = u32::from(self.zoom);
        [0, 1].map(|axis| {
            let offset = i64::from(place[axis]) - self.origin[axis];
            let steps = if zoom < COARSEST_BITS {
                let shift = COARSEST_BITS - zoom;
                (offset + (1 << (shift - 1))) >> shift
            } else {
                offset << (zoom - COARSEST_BITS)
            };
            // Beyond an `i32` only where a deep tile looks at the other side of the world.
            steps.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
        })
    }
}

/// The side of a tile's step in steps of the plane.
pub fn step(zoom: u8) -> f64 {
    (f64::from(COARSEST_BITS) - f64::from(zoom)).exp2()
}

/// The place along the Hilbert curve of order 16: neighbours on it are neighbours on the plane.
pub fn along_the_curve(place: Place) -> u32 {
    let [mut x, mut y] = place.map(|value| (value as u32 ^ 0x8000_0000) >> 16);
    let mut along = 0;
    let mut side = 1_u32 << 15;
    while side > 0 {
        let right = u32::from(x & side > 0);
        let lower = u32::from(y & side > 0);
        along += side * side * ((3 * right) ^ lower);
        if lower == 0 {
            if right == 1 {
                x = 0xffff - x;
                y = 0xffff - y;
            }
            std::mem::swap(&mut x, &mut y);
        }
        side >>= 1;
    }
    along
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn corners_of_a_tile() {
        for (zoom, column, row) in [
            (0, 0, 0),
            (14, 8264, 6077),
            (16, 0, 65535),
            (22, 9, 4_000_000),
        ] {
            let tile = Tile::new(zoom, column, row).unwrap();
            let window = Window::of(tile);
            let bounds = tile.bounds();
            // A step of the plane is more than one of the tile in the deepest.
            let near = (1.0 / step(zoom)).max(1.0) as i32;
            let corner = |x, y| window.locate(project(Coord { x, y }));
            for (place, expected) in [
                (corner(bounds.west, bounds.north), [0, 0]),
                (corner(bounds.east, bounds.south), [EXTENT, EXTENT]),
            ] {
                for axis in 0..2 {
                    let off = (place[axis] - expected[axis]).abs();
                    assert!(off <= near, "zoom {zoom}: {place:?}, not {expected:?}");
                }
            }
        }
    }

    #[test]
    fn the_curve_goes_from_neighbour_to_neighbour() {
        let mut cells: Vec<[i32; 2]> = (0..32)
            .flat_map(|x| (0..32).map(move |y| [x << 16, y << 16]))
            .collect();
        cells.sort_by_key(|cell| along_the_curve(*cell));
        for pair in cells.windows(2) {
            let steps = (0..2).map(|axis| (pair[0][axis] - pair[1][axis]).abs() >> 16);
            assert_eq!(steps.sum::<i32>(), 1, "{pair:?}");
        }
    }

    proptest! {
        #[test]
        fn there_and_back_within_two_centimetres(x in -179.9..179.9_f64, y in -85.0..85.0_f64) {
            let (longitude, latitude) = unproject(project(Coord { x, y }));
            prop_assert!((longitude - x).abs() < 2e-7 && (latitude - y).abs() < 2e-7);
        }
    }
}
