//! Outlines with fewer corners whose shared borders stay shared.
//!
//! Corners go in the order of the triangle they make with their neighbours, the smallest first
//! (M. Visvalingam, J. D. Whyatt, "Line generalisation by repeated elimination of points", The
//! Cartographic Journal 30 (1993) 46–51), once for all patches that share them. A corner stays where
//! three patches meet, on the frame around all patches, and where without it a line would touch or cross
//! another: patches neither overlap nor part, and rings stay valid. Corners are whole numbers and never
//! move, so all decisions are exact.

mod network;

use geo::{Coord, LineString, MultiPolygon, Polygon};

use super::Patch;
use network::{Network, Point};

/// Simplifies patches as [`super::polygonise`] makes them, all of an image together: takes corners whose
/// triangle is no larger than half a square of `tolerance` pixels, so that 1 takes the steps of slanting
/// borders. Their count of pixels stays what it was.
pub fn simplify(patches: &mut [Patch], tolerance: f64) {
    let mut network = Network::of(rings(patches).map(points));
    // Twice the area of a triangle of whole corners is whole.
    network.simplify((tolerance * tolerance).floor().max(0.0) as i64);
    for patch in patches {
        let polygons = patch.polygons.iter().map(|polygon| {
            let holes = polygon.interiors().iter().map(|hole| kept(hole, &network));
            Polygon::new(kept(polygon.exterior(), &network), holes.collect())
        });
        patch.polygons = MultiPolygon::new(polygons.collect());
    }
}

fn rings(patches: &[Patch]) -> impl Iterator<Item = &LineString<f64>> + Clone {
    let polygons = patches.iter().flat_map(|patch| &patch.polygons);
    polygons.flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()))
}

fn points(ring: &LineString<f64>) -> Vec<Point> {
    let corners = ring.0.iter().skip(1);
    corners
        .map(|corner| (corner.x.round() as i64, corner.y.round() as i64))
        .collect()
}

/// A ring of the corners that are left, those of its neighbours on it included.
fn kept(ring: &LineString<f64>, network: &Network) -> LineString<f64> {
    let outline = points(ring);
    let corners = network.walk(&outline);
    let mut corners: Vec<_> = corners
        .map(|(x, y)| Coord {
            x: x as f64,
            y: y as f64,
        })
        .collect();
    corners.extend(corners.first().copied());
    LineString::new(corners)
}

#[cfg(test)]
mod tests {
    use super::super::tests::patches;
    use super::super::{Connectedness, Options};
    use super::*;
    use geo::{Area, Validation, unary_union};
    use proptest::prelude::*;

    #[test]
    fn steps_become_a_slope_on_both_sides() {
        #[rustfmt::skip]
        let pixels = [
            1, 1, 1, 1,
            2, 1, 1, 1,
            2, 2, 1, 1,
            2, 2, 2, 1,
        ];
        let mut found = patches(4, &pixels, Options::default());
        let corners = |found: &[Patch]| -> Vec<usize> {
            found
                .iter()
                .map(|patch| patch.polygons.0[0].exterior().0.len())
                .collect()
        };
        assert_eq!(corners(&found), [11, 9]);
        simplify(&mut found, 1.0);
        assert!(corners(&found).iter().all(|&count| count <= 7), "{found:?}");
        let sum: f64 = found
            .iter()
            .map(|patch| patch.polygons.unsigned_area())
            .sum();
        assert!((sum - 16.0).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn no_gap_no_overlap_and_all_valid(
            pixels in prop::collection::vec(1_u8..4, 12 * 9),
            tolerance in 0.0..6.0_f64,
            diagonal: bool,
        ) {
            let connectedness = if diagonal { Connectedness::Eight } else { Connectedness::Four };
            let options = Options { connectedness, ..Options::default() };
            let mut found = patches(12, &pixels, options);
            simplify(&mut found, tolerance);
            let mut sum = 0.0;
            for patch in &found {
                prop_assert!(patch.polygons.is_valid(), "{:?}: {patch:?}", patch.polygons.validation_errors());
                sum += patch.polygons.unsigned_area();
            }
            prop_assert!((sum - 108.0).abs() < 1e-9, "{sum}");
            let polygons: Vec<_> = found.iter().flat_map(|patch| patch.polygons.0.clone()).collect();
            let union = unary_union(&polygons).unsigned_area();
            prop_assert!((union - 108.0).abs() < 1e-6, "{union}");
        }
    }
}
