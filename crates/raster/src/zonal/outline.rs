//! Outlines in degrees as outlines in pixels.

use geo::{Coord, LineString, MultiPolygon, Polygon};

use crate::georeference::GeoReference;

/// How far an edge, straight in degrees, may stray from its image, in pixels.
const TOLERANCE: f64 = 0.002;
/// An edge becomes at most 2^10 pieces.
const DEEPEST: u32 = 10;

/// Polygons in degrees as polygons in pixel coordinates: edges are straight in degrees, so on the
/// image they get points in between wherever they would stray by more than two thousandths of a pixel.
/// Points that the projection has no answer for are left out.
pub fn in_pixels(polygons: &MultiPolygon<f64>, georeference: &GeoReference) -> MultiPolygon<f64> {
    polygons
        .iter()
        .map(|polygon| {
            let holes = polygon
                .interiors()
                .iter()
                .map(|hole| ring(hole, georeference));
            Polygon::new(ring(polygon.exterior(), georeference), holes.collect())
        })
        .collect()
}

fn ring(line: &LineString<f64>, georeference: &GeoReference) -> LineString<f64> {
    let mut points = Vec::with_capacity(line.0.len());
    let mut before = None;
    for &place in line {
        let end = (place, pixel(place, georeference));
        if let Some(start) = before {
            divide(start, end, georeference, DEEPEST, &mut points);
        }
        points.push(end.1);
        before = Some(end);
    }
    points.retain(|point| point.x.is_finite() && point.y.is_finite());
    LineString::new(points)
}

/// The points between `start` and `end`, each in degrees and in pixels, without either.
fn divide(
    start: (Coord<f64>, Coord<f64>),
    end: (Coord<f64>, Coord<f64>),
    georeference: &GeoReference,
    depth: u32,
    points: &mut Vec<Coord<f64>>,
) {
    let place = (start.0 + end.0) / 2.0;
    let exact = pixel(place, georeference);
    let straight = (start.1 + end.1) / 2.0;
    let off = (exact - straight).x.hypot((exact - straight).y);
    // Where the projection has no answer there is nothing to refine.
    if depth == 0 || off.is_nan() || off <= TOLERANCE {
        return;
    }
    let middle = (place, exact);
    divide(start, middle, georeference, depth - 1, points);
    points.push(exact);
    divide(middle, end, georeference, depth - 1, points);
}

fn pixel(place: Coord<f64>, georeference: &GeoReference) -> Coord<f64> {
    georeference.pixel(place.x, place.y).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::polygon;

    #[test]
    fn long_edges_get_points_and_short_ones_do_not() {
        let georeference =
            GeoReference::from_epsg(32648, [6e5, 10.0, 0.0, 3.45e6, 0.0, -10.0], 10_980, 10_980)
                .expect("a known code");
        let square = |side: f64| {
            MultiPolygon::new(vec![polygon![
                (x: 106.2, y: 31.0), (x: 106.2 + side, y: 31.0), (x: 106.2 + side, y: 31.0 + side), (x: 106.2, y: 31.0 + side),
            ]])
        };
        let points = |side: f64| {
            in_pixels(&square(side), &georeference).0[0]
                .exterior()
                .0
                .len()
        };
        assert_eq!(points(0.0002), 5);
        assert!(points(0.5) > 40, "{}", points(0.5));
        // Every point of the long northern edge lies on its parallel.
        for place in in_pixels(&square(0.5), &georeference).0[0].exterior() {
            let (longitude, latitude) = georeference.lonlat(place.x, place.y);
            let on_side = |value: f64, low: f64| {
                (value - low).abs() < 1e-9 || (value - low - 0.5).abs() < 1e-9
            };
            assert!(on_side(longitude, 106.2) || on_side(latitude, 31.0));
        }
    }
}
