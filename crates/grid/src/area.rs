//! Area on the ellipsoid, and the units people count it in.

use geo::{GeodesicArea, MultiPolygon};

/// Square metres of polygons in degrees on the WGS 84 ellipsoid (Karney 2013, through `geo`);
/// the direction of the rings does not matter.
pub fn square_metres(polygons: &MultiPolygon<f64>) -> f64 {
    polygons
        .iter()
        .map(|polygon| polygon.geodesic_area_signed().abs())
        .sum()
}

/// Square metres as hectares.
pub fn hectares(square_metres: f64) -> f64 {
    square_metres / 10_000.0
}

/// Square metres as mu (亩), 15 of which make a hectare.
pub fn mu(square_metres: f64) -> f64 {
    square_metres * 15.0 / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounds::Bounds;

    #[test]
    fn a_square_of_a_hundredth_degree() {
        // pyproj.Geod(ellps="WGS84"): geodesic edges around (108.40..108.41, 31.20..31.21).
        let square = MultiPolygon::new(vec![Bounds::new(108.40, 31.20, 108.41, 31.21).polygon()]);
        let area = square_metres(&square);
        assert!((area - 1_056_612.368_632).abs() < 0.01, "{area}");
        assert!((mu(area) / hectares(area) - 15.0).abs() < 1e-12);
    }
}
