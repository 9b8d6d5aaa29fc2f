//! Polygons in pixel coordinates on the earth.

use geo::{MapCoords, MultiPolygon};

use crate::georeference::GeoReference;

/// Polygons in pixel coordinates as polygons in degrees. Pixels' edges are short: they are straight on
/// both sides.
pub fn in_degrees(polygons: &MultiPolygon<f64>, georeference: &GeoReference) -> MultiPolygon<f64> {
    polygons.map_coords(|place| georeference.lonlat(place.x, place.y).into())
}
