//! A projection we have no formula for, as points of it on a regular net of longitudes and
//! latitudes, bilinear in between.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::bounds::Bounds;

/// The most nodes along a side: 257² nodes are 1 MB, and bring any CRS of a scene under a centimetre.
const MOST_NODES: u32 = 257;

/// Points of a projection on a regular net of longitudes and latitudes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lattice {
    bounds: Bounds,
    columns: u32,
    rows: u32,
    /// Row by row from the south-west; columns × rows.
    x: Vec<f64>,
    y: Vec<f64>,
}

/// Why a lattice could not be made.
#[derive(Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum LatticeError {
    /// The bounds have no extent.
    #[error("the bounds {0:?} enclose nothing")]
    Empty(Bounds),
    /// The projection has no value there.
    #[error("the projection has no coordinates for longitude {longitude}, latitude {latitude}")]
    Undefined {
        /// Degrees.
        longitude: f64,
        /// Degrees.
        latitude: f64,
    },
    /// Too crooked.
    #[error(
        "a net of {MOST_NODES} × {MOST_NODES} points is still {error} off between its points, more than {tolerance}; cut the image into smaller ones"
    )]
    TooCoarse {
        /// The largest error found, in the projection's unit.
        error: f64,
        /// What was asked for.
        tolerance: f64,
    },
}

/// The place of a point in the net.
struct Place {
    column: usize,
    row: usize,
    across: f64,
    up: f64,
}

impl Lattice {
    /// A net over `bounds` (degrees) dense enough that between its points it is within `tolerance`
    /// (in the unit of `project`'s answer) of `project`, checked in the middle of every cell.
    /// `project` takes (longitude, latitude) batches: all the points at once, as PROJ likes it.
    ///
    /// # Errors
    /// When the bounds are empty, `project` has no finite answer somewhere, or the densest net is
    /// too coarse.
    pub fn fit(
        bounds: Bounds,
        tolerance: f64,
        mut project: impl FnMut(&[(f64, f64)]) -> Vec<(f64, f64)>,
    ) -> Result<Self, LatticeError> {
        if !(bounds.width() > 0.0 && bounds.height() > 0.0) {
            return Err(LatticeError::Empty(bounds));
        }
        let mut nodes = 9;
        loop {
            let lattice = Self::sampled(bounds, nodes, &mut project)?;
            let error = lattice.error(&mut project);
            if error <= tolerance {
                return Ok(lattice);
            }
            if nodes >= MOST_NODES {
                return Err(LatticeError::TooCoarse { error, tolerance });
            }
            nodes = nodes * 2 - 1;
        }
    }

    fn sampled(
        bounds: Bounds,
        nodes: u32,
        project: &mut impl FnMut(&[(f64, f64)]) -> Vec<(f64, f64)>,
    ) -> Result<Self, LatticeError> {
        let points = net(&bounds, nodes, 0.0);
        let projected = project(&points);
        for (index, &(longitude, latitude)) in points.iter().enumerate() {
            let finite = projected
                .get(index)
                .is_some_and(|(x, y)| x.is_finite() && y.is_finite());
            if !finite {
                return Err(LatticeError::Undefined {
                    longitude,
                    latitude,
                });
            }
        }
        let (x, y) = projected.into_iter().take(points.len()).unzip();
        Ok(Self {
            bounds,
            columns: nodes,
            rows: nodes,
            x,
            y,
        })
    }

    /// The largest distance from `project` in the middle of the cells.
    fn error(&self, project: &mut impl FnMut(&[(f64, f64)]) -> Vec<(f64, f64)>) -> f64 {
        let centres = net(&self.bounds, self.columns, 0.5);
        let exact = project(&centres);
        centres
            .iter()
            .zip(exact)
            .map(|(&(longitude, latitude), (x, y))| {
                let (near_x, near_y) = self.forward(longitude, latitude);
                (near_x - x).hypot(near_y - y)
            })
            .fold(0.0, |worst: f64, error| {
                if error.is_nan() {
                    f64::INFINITY
                } else {
                    worst.max(error)
                }
            })
    }

    /// The degrees that the net covers.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Degrees to the map's coordinates. Outside the net the value is that of its edge carried on
    /// along the net's mean gradient: good enough to know that a place is outside the image.
    pub fn forward(&self, longitude: f64, latitude: f64) -> (f64, f64) {
        if !self.is_whole() {
            return (f64::NAN, f64::NAN);
        }
        let inside_longitude = longitude.clamp(self.bounds.west, self.bounds.east);
        let inside_latitude = latitude.clamp(self.bounds.south, self.bounds.north);
        let (x, y, _) = self.interpolate(&self.place(inside_longitude, inside_latitude));
        let (beyond_east, beyond_north) =
            (longitude - inside_longitude, latitude - inside_latitude);
        if beyond_east == 0.0 && beyond_north == 0.0 {
            return (x, y);
        }
        let [east_x, north_x, east_y, north_y] = self.mean_gradient();
        (
            x + east_x * beyond_east + north_x * beyond_north,
            y + east_y * beyond_east + north_y * beyond_north,
        )
    }

    /// The map's coordinates to degrees, by Newton's method on [`Self::forward`].
    pub fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let (mut longitude, mut latitude) = self.bounds.centre();
        for _ in 0..30 {
            let (at_x, at_y) = self.forward(longitude, latitude);
            let [a, b, c, d] = self.gradient(longitude, latitude);
            let determinant = a * d - b * c;
            let (off_x, off_y) = (x - at_x, y - at_y);
            let east = (d * off_x - b * off_y) / determinant;
            let north = (a * off_y - c * off_x) / determinant;
            longitude += east;
            latitude += north;
            if !(longitude.is_finite() && latitude.is_finite()) {
                return (f64::NAN, f64::NAN);
            }
            if east.abs() + north.abs() < 1e-13 * self.bounds.width().max(1.0) {
                break;
            }
        }
        (longitude, latitude)
    }

    /// A lattice read from JSON may be short of points; answer NaN rather than fall over.
    fn is_whole(&self) -> bool {
        let points = self.columns as usize * self.rows as usize;
        self.columns > 1 && self.rows > 1 && self.x.len() == points && self.y.len() == points
    }

    fn place(&self, longitude: f64, latitude: f64) -> Place {
        let across =
            (longitude - self.bounds.west) / self.bounds.width() * f64::from(self.columns - 1);
        let up = (latitude - self.bounds.south) / self.bounds.height() * f64::from(self.rows - 1);
        let column = (across as usize).min(self.columns as usize - 2);
        let row = (up as usize).min(self.rows as usize - 2);
        Place {
            column,
            row,
            across: across - column as f64,
            up: up - row as f64,
        }
    }

    /// x, y, and their derivatives in cells: [∂x/∂across, ∂x/∂up, ∂y/∂across, ∂y/∂up].
    fn interpolate(&self, place: &Place) -> (f64, f64, [f64; 4]) {
        let first = place.row * self.columns as usize + place.column;
        let above = first + self.columns as usize;
        let along = |values: &[f64]| {
            let (a, b, c, d) = (
                values[first],
                values[first + 1],
                values[above],
                values[above + 1],
            );
            let lower = a + (b - a) * place.across;
            let upper = c + (d - c) * place.across;
            let east = (b - a) + ((d - c) - (b - a)) * place.up;
            (lower + (upper - lower) * place.up, east, upper - lower)
        };
        let (x, east_x, north_x) = along(&self.x);
        let (y, east_y, north_y) = along(&self.y);
        (x, y, [east_x, north_x, east_y, north_y])
    }

    fn gradient(&self, longitude: f64, latitude: f64) -> [f64; 4] {
        if !self.is_whole() || !self.bounds.contains(longitude, latitude) {
            return self.mean_gradient();
        }
        let (_, _, [east_x, north_x, east_y, north_y]) =
            self.interpolate(&self.place(longitude, latitude));
        let east = f64::from(self.columns - 1) / self.bounds.width();
        let north = f64::from(self.rows - 1) / self.bounds.height();
        [
            east_x * east,
            north_x * north,
            east_y * east,
            north_y * north,
        ]
    }

    /// From corner to corner, per degree.
    fn mean_gradient(&self) -> [f64; 4] {
        if !self.is_whole() {
            return [f64::NAN; 4];
        }
        let columns = self.columns as usize;
        let (south_west, south_east) = (0, columns - 1);
        let north_west = columns * (self.rows as usize - 1);
        let north_east = north_west + columns - 1;
        let east = |values: &[f64]| {
            (values[south_east] - values[south_west] + values[north_east] - values[north_west])
                / (2.0 * self.bounds.width())
        };
        let north = |values: &[f64]| {
            (values[north_west] - values[south_west] + values[north_east] - values[south_east])
                / (2.0 * self.bounds.height())
        };
        [east(&self.x), north(&self.x), east(&self.y), north(&self.y)]
    }
}

/// The nodes of a net (`shift` 0), or the middles of its cells (`shift` 0.5), row by row from the
/// south-west.
fn net(bounds: &Bounds, nodes: u32, shift: f64) -> Vec<(f64, f64)> {
    let cells = f64::from(nodes - 1);
    let count = if shift > 0.0 { nodes - 1 } else { nodes };
    let longitude =
        move |column: u32| bounds.west + bounds.width() * (f64::from(column) + shift) / cells;
    let latitude =
        move |row: u32| bounds.south + bounds.height() * (f64::from(row) + shift) / cells;
    (0..count)
        .flat_map(|row| (0..count).map(move |column| (longitude(column), latitude(row))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::Projection;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    const BOUNDS: Bounds = Bounds {
        west: 107.8,
        south: 30.7,
        east: 108.9,
        north: 31.7,
    };

    fn utm(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
        let projection = Projection::from_epsg(32648).expect("UTM 48 N");
        points
            .iter()
            .map(|&(longitude, latitude)| projection.forward(longitude, latitude))
            .collect()
    }

    #[test]
    fn refuses_a_projection_that_ends() {
        let broken = |points: &[(f64, f64)]| vec![(f64::NAN, 0.0); points.len()];
        assert!(matches!(
            Lattice::fit(BOUNDS, 0.1, broken),
            Err(LatticeError::Undefined { .. })
        ));
        assert!(matches!(
            Lattice::fit(Bounds::new(1.0, 1.0, 1.0, 2.0), 0.1, utm),
            Err(LatticeError::Empty(_))
        ));
    }

    #[test]
    fn outside_it_carries_on() {
        let lattice = Lattice::fit(BOUNDS, 0.01, utm).expect("fits");
        let (x, y) = lattice.forward(109.4, 31.0);
        let (exact_x, exact_y) = utm(&[(109.4, 31.0)])[0];
        assert!((x - exact_x).hypot(y - exact_y) < 2_000.0);
        assert!(x > lattice.forward(108.9, 31.0).0);
    }

    proptest! {
        #[test]
        fn within_a_centimetre_and_back(longitude in 107.8..108.9_f64, latitude in 30.7..31.7_f64) {
            static LATTICE: LazyLock<Lattice> =
                LazyLock::new(|| Lattice::fit(BOUNDS, 0.01, utm).expect("fits"));
            let lattice = &*LATTICE;
            let (x, y) = lattice.forward(longitude, latitude);
            let (exact_x, exact_y) = utm(&[(longitude, latitude)])[0];
            prop_assert!((x - exact_x).hypot(y - exact_y) < 0.012);
            let (back_longitude, back_latitude) = lattice.inverse(x, y);
            prop_assert!((back_longitude - longitude).abs() < 1e-9);
            prop_assert!((back_latitude - latitude).abs() < 1e-9);
        }
    }
}
