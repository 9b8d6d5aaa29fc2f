//! Between `geo` and PostGIS: well-known binary.

use geo::{Geometry, MultiPolygon};
use geo_traits::to_geo::ToGeoGeometry as _;
use wkb::writer::{WriteOptions, write_geometry};

use crate::{Error, Result};

/// For `ST_GeomFromWKB($n, 4326)`.
pub(crate) fn to_wkb(geometry: &Geometry) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    write_geometry(&mut bytes, geometry, &WriteOptions::default()).map_err(unreadable)?;
    Ok(bytes)
}

/// From `ST_AsBinary(geom)`.
pub(crate) fn multi_polygon(bytes: &[u8]) -> Result<MultiPolygon> {
    let geometry = wkb::reader::read_wkb(bytes)
        .map_err(unreadable)?
        .to_geometry();
    match geometry {
        Geometry::MultiPolygon(polygons) => Ok(polygons),
        Geometry::Polygon(polygon) => Ok(polygon.into()),
        other => Err(Error::Geometry {
            reason: format!("expected polygons, found {other:?}"),
        }),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape map_err wants")]
fn unreadable(error: wkb::error::WkbError) -> Error {
    Error::Geometry {
        reason: error.to_string(),
    }
}
