//! A rectangle along the axes: degrees or metres, as its place of use says.

use serde::{Deserialize, Serialize};

/// West, south, east, north; degrees unless the place of use says metres.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// The smallest x.
    pub west: f64,
    /// The smallest y.
    pub south: f64,
    /// The largest x.
    pub east: f64,
    /// The largest y.
    pub north: f64,
}

impl Bounds {
    /// A rectangle from its four sides, in the order of GeoJSON's `bbox`.
    pub fn new(west: f64, south: f64, east: f64, north: f64) -> Self {
        Self {
            west,
            south,
            east,
            north,
        }
    }

    /// The smallest rectangle around the finite ones of `points`; `None` when there is none.
    pub fn around(points: impl IntoIterator<Item = (f64, f64)>) -> Option<Self> {
        points
            .into_iter()
            .filter(|(x, y)| x.is_finite() && y.is_finite())
            .fold(None, |around, (x, y)| {
                let point = Self::new(x, y, x, y);
                Some(around.map_or(point, |bounds: Self| bounds.union(&point)))
            })
    }

    /// East minus west.
    pub fn width(&self) -> f64 {
        self.east - self.west
    }

    /// North minus south.
    pub fn height(&self) -> f64 {
        self.north - self.south
    }

    /// The middle, as (x, y).
    pub fn centre(&self) -> (f64, f64) {
        (
            f64::midpoint(self.west, self.east),
            f64::midpoint(self.south, self.north),
        )
    }

    /// Whether the point lies inside or on the edge.
    pub fn contains(&self, x: f64, y: f64) -> bool {
        x >= self.west && x <= self.east && y >= self.south && y <= self.north
    }

    /// Whether the two share more than an edge.
    pub fn intersects(&self, other: &Self) -> bool {
        self.west < other.east
            && other.west < self.east
            && self.south < other.north
            && other.south < self.north
    }

    /// What the two share; `None` when that is nothing, or only an edge.
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        self.intersects(other).then(|| {
            Self::new(
                self.west.max(other.west),
                self.south.max(other.south),
                self.east.min(other.east),
                self.north.min(other.north),
            )
        })
    }

    /// The smallest rectangle around both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::new(
            self.west.min(other.west),
            self.south.min(other.south),
            self.east.max(other.east),
            self.north.max(other.north),
        )
    }

    /// Wider by `margin` on every side.
    #[must_use]
    pub fn expanded(&self, margin: f64) -> Self {
        Self::new(
            self.west - margin,
            self.south - margin,
            self.east + margin,
            self.north + margin,
        )
    }

    /// As a polygon, counter-clockwise.
    pub fn polygon(&self) -> geo::Polygon<f64> {
        geo::Rect::new((self.west, self.south), (self.east, self.north)).to_polygon()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_part_and_hull() {
        let one = Bounds::new(0.0, 0.0, 4.0, 2.0);
        let two = Bounds::new(3.0, 1.0, 6.0, 5.0);
        assert_eq!(
            one.intersection(&two),
            Some(Bounds::new(3.0, 1.0, 4.0, 2.0))
        );
        assert_eq!(one.union(&two), Bounds::new(0.0, 0.0, 6.0, 5.0));
        let touching = Bounds::new(4.0, 0.0, 5.0, 2.0);
        assert_eq!(one.intersection(&touching), None);
    }

    #[test]
    fn around_skips_what_is_not_a_number() {
        let points = [(1.0, 2.0), (f64::NAN, 0.0), (-1.0, 5.0)];
        assert_eq!(
            Bounds::around(points),
            Some(Bounds::new(-1.0, 2.0, 1.0, 5.0))
        );
        assert_eq!(Bounds::around([]), None);
    }
}
