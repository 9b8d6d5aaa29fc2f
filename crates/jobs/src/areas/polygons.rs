//! The polygons of a shape.

use geo::{Area as _, Geometry, MultiPolygon};

/// The polygons in a shape, or why there are none to take. Lines and points beside polygons in a
/// collection are left out.
pub(super) fn of(shape: &Geometry<f64>) -> Result<MultiPolygon<f64>, String> {
    let polygons = match shape {
        Geometry::Polygon(polygon) => MultiPolygon(vec![polygon.clone()]),
        Geometry::MultiPolygon(polygons) => polygons.clone(),
        Geometry::GeometryCollection(parts) => MultiPolygon(
            parts
                .iter()
                .filter_map(|part| of(part).ok())
                .flatten()
                .collect(),
        ),
        _ => MultiPolygon(Vec::new()),
    };
    if polygons.0.is_empty() {
        return Err(format!("it is a {}, not a polygon", kind(shape)));
    }
    // Of a bow tie the signed halves cancel out, so each ring's own extent decides.
    let flat = polygons.iter().all(|polygon| {
        use geo::BoundingRect as _;
        polygon.unsigned_area() == 0.0
            && polygon
                .bounding_rect()
                .is_none_or(|around| around.unsigned_area() == 0.0)
    });
    if flat {
        Err("its polygon has no area".to_owned())
    } else {
        Ok(polygons)
    }
}

/// What kind of shape it is, in words.
pub(super) fn kind(shape: &Geometry<f64>) -> &'static str {
    match shape {
        Geometry::Point(_) => "point",
        Geometry::MultiPoint(_) => "set of points",
        Geometry::Line(_) | Geometry::LineString(_) => "line",
        Geometry::MultiLineString(_) => "set of lines",
        Geometry::Polygon(_) | Geometry::Rect(_) | Geometry::Triangle(_) => "polygon",
        Geometry::MultiPolygon(_) => "set of polygons",
        Geometry::GeometryCollection(_) => "collection without polygons",
    }
}

#[cfg(test)]
mod tests {
    use geo::{GeometryCollection, Point, line_string, polygon};

    use super::*;

    #[test]
    fn polygons_are_taken_out_of_collections() {
        let square = polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 1.0, y: 1.0)];
        let shape = Geometry::GeometryCollection(GeometryCollection(vec![
            Point::new(5.0, 5.0).into(),
            square.clone().into(),
        ]));
        assert_eq!(of(&shape).unwrap().0, [square]);
    }

    #[test]
    fn lines_and_flat_polygons_are_not_areas() {
        let line = Geometry::LineString(line_string![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0)]);
        assert!(of(&line).unwrap_err().contains("line"));
        let flat = polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 2.0, y: 0.0)];
        assert!(of(&flat.into()).unwrap_err().contains("no area"));
    }

    #[test]
    fn a_bow_tie_can_still_be_repaired() {
        let bow = polygon![
            (x: 0.0, y: 0.0), (x: 1.0, y: 1.0), (x: 1.0, y: 0.0), (x: 0.0, y: 1.0), (x: 0.0, y: 0.0)
        ];
        assert!(of(&bow.into()).is_ok());
    }
}
