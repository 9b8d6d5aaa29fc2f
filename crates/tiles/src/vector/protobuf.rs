//! The few kinds of protocol-buffer fields that a vector tile is made of, and its geometry
//! (Mapbox Vector Tile 2.1, 4.3).

use super::plane::Place;

/// Fields of `Tile`, `Tile.Layer`, `Tile.Feature` and `Tile.Value` by the names of the
/// specification.
pub mod field {
    pub const TILE_LAYERS: u32 = 3;
    pub const LAYER_NAME: u32 = 1;
    pub const LAYER_FEATURES: u32 = 2;
    pub const LAYER_KEYS: u32 = 3;
    pub const LAYER_VALUES: u32 = 4;
    pub const LAYER_EXTENT: u32 = 5;
    pub const LAYER_VERSION: u32 = 15;
    pub const FEATURE_ID: u32 = 1;
    pub const FEATURE_TAGS: u32 = 2;
    pub const FEATURE_TYPE: u32 = 3;
    pub const FEATURE_GEOMETRY: u32 = 4;
    pub const VALUE_STRING: u32 = 1;
    pub const VALUE_DOUBLE: u32 = 3;
    pub const VALUE_UNSIGNED: u32 = 5;
    pub const VALUE_SIGNED: u32 = 6;
    pub const VALUE_BOOL: u32 = 7;
}

/// A varint.
pub fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The bytes of a varint.
pub fn width(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

/// A number field.
pub fn number(out: &mut Vec<u8>, field: u32, value: u64) {
    varint(out, u64::from(field << 3));
    varint(out, value);
}

/// A field of 64 bits.
pub fn double(out: &mut Vec<u8>, field: u32, value: f64) {
    varint(out, u64::from(field << 3 | 1));
    out.extend_from_slice(&value.to_le_bytes());
}

/// A field of bytes: a text, a message, packed numbers.
pub fn bytes(out: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    varint(out, u64::from(field << 3 | 2));
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// A signed number as an unsigned one, small when it is near zero.
pub fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}

const MOVE_TO: u64 = 1;
const LINE_TO: u64 = 2;
const CLOSE_PATH: u64 = 7;

/// Draws a geometry as commands.
pub struct Pen<'out> {
    out: &'out mut Vec<u8>,
    at: Place,
}

impl<'out> Pen<'out> {
    pub fn new(out: &'out mut Vec<u8>) -> Self {
        Self { out, at: [0, 0] }
    }

    pub fn points(&mut self, places: &[Place]) {
        self.command(MOVE_TO, places.len());
        self.go(places);
    }

    /// At least two places.
    pub fn line(&mut self, places: &[Place]) {
        self.command(MOVE_TO, 1);
        self.go(&places[..1]);
        self.command(LINE_TO, places.len() - 1);
        self.go(&places[1..]);
    }

    /// At least three places, the first not repeated.
    pub fn ring(&mut self, places: &[Place]) {
        self.line(places);
        self.command(CLOSE_PATH, 1);
    }

    fn command(&mut self, command: u64, count: usize) {
        varint(self.out, (count as u64) << 3 | command);
    }

    fn go(&mut self, places: &[Place]) {
        for place in places {
            for (to, from) in place.iter().zip(self.at) {
                varint(self.out, zigzag(i64::from(*to) - i64::from(from)));
            }
            self.at = *place;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_specification() {
        let mut out = Vec::new();
        Pen::new(&mut out).points(&[[25, 17]]);
        assert_eq!(out, [9, 50, 34]);
        out.clear();
        Pen::new(&mut out).points(&[[5, 7], [3, 2]]);
        assert_eq!(out, [17, 10, 14, 3, 9]);
        out.clear();
        let mut pen = Pen::new(&mut out);
        pen.line(&[[2, 2], [2, 10], [10, 10]]);
        pen.line(&[[1, 1], [3, 5]]);
        assert_eq!(out, [9, 4, 4, 18, 0, 16, 16, 0, 9, 17, 17, 10, 4, 8]);
        out.clear();
        Pen::new(&mut out).ring(&[[3, 6], [8, 12], [20, 34]]);
        assert_eq!(out, [9, 6, 12, 18, 10, 12, 24, 44, 15]);
    }

    #[test]
    fn numbers_small_and_large() {
        let mut out = Vec::new();
        varint(&mut out, 300);
        assert_eq!(out, [0xac, 0x02]);
        assert_eq!(
            [0, 127, 128, 16_383, 16_384, u64::MAX].map(width),
            [1, 1, 2, 2, 3, 10]
        );
        assert_eq!([0, -1, 1, -2].map(zigzag), [0, 1, 2, 3]);
        assert_eq!(zigzag(i64::MIN), u64::MAX);
    }
}
