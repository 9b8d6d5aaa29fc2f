//! How large the pixels of a geographic image are.

use grid::projection::Projection;

use crate::georeference::GeoReference;

/// WGS 84: the semi-major axis in metres and the first eccentricity.
const AXIS: f64 = 6_378_137.0;
const ECCENTRICITY: f64 = 0.081_819_190_842_621_49;

/// The area in m² on the WGS 84 ellipsoid of a pixel of every row, of an image in degrees whose rows
/// run along parallels; `None` for others, whose pixels are taken as equal. Equations 3-12 and 3-13
/// of Snyder, Map Projections: A Working Manual (1987).
pub fn areas(georeference: &GeoReference) -> Option<Vec<f64>> {
    let [_, across, turn, north, skew, down] = georeference.transform;
    let geographic = matches!(georeference.projection, Projection::Geographic);
    if !geographic || turn != 0.0 || skew != 0.0 {
        return None;
    }
    let width = across.abs().to_radians() * AXIS * AXIS / 2.0;
    let edge = |row: u32| authalic((north + f64::from(row) * down).clamp(-90.0, 90.0));
    let rows = 0..georeference.height;
    Some(
        rows.map(|row| (edge(row + 1) - edge(row)).abs() * width)
            .collect(),
    )
}

/// Snyder's q of a latitude in degrees.
fn authalic(latitude: f64) -> f64 {
    let (e, sine) = (ECCENTRICITY, latitude.to_radians().sin());
    (1.0 - e * e) * (sine / (1.0 - e * e * sine * sine) + (e * sine).atanh() / e)
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{MultiPolygon, Rect};

    #[test]
    fn a_row_is_as_large_as_its_polygon_on_the_ellipsoid() {
        let transform = [106.0, 0.01, 0.0, 32.0, 0.0, -0.01];
        let georeference = GeoReference::from_epsg(4326, transform, 5, 300).expect("degrees");
        let areas = areas(&georeference).expect("geographic");
        for row in [0, 150, 299] {
            let north = 32.0 - row as f64 * 0.01;
            let cell = Rect::new((106.0, north - 0.01), (106.01, north)).to_polygon();
            let exact = grid::area::square_metres(&MultiPolygon::new(vec![cell]));
            // A polygon's edges are geodesics, which bulge a little beyond the parallel.
            assert!(
                (areas[row] / exact - 1.0).abs() < 1e-6,
                "{} {exact}",
                areas[row]
            );
        }
    }

    #[test]
    fn metres_are_taken_as_equal() {
        let transform = [6e5, 10.0, 0.0, 3.45e6, 0.0, -10.0];
        let georeference = GeoReference::from_epsg(32648, transform, 5, 5).expect("UTM");
        assert_eq!(areas(&georeference), None);
    }
}
