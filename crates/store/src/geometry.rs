//! Between `geo` and PostGIS: well-known binary.

use diesel::QueryableByName;
use diesel::sql_types::Double;
use geo::{Geometry, MultiPolygon};
use geo_traits::to_geo::ToGeoGeometry as _;
use grid::bounds::Bounds;
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

/// SQL for the four columns of a [`BoundsRow`].
pub(crate) fn bounds_of(geometry: &str) -> String {
    format!(
        "st_xmin({geometry}) as west, st_ymin({geometry}) as south, \
         st_xmax({geometry}) as east, st_ymax({geometry}) as north"
    )
}

/// Embedded in other rows.
#[derive(Debug, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub(crate) struct BoundsRow {
    #[diesel(sql_type = Double)]
    west: f64,
    #[diesel(sql_type = Double)]
    south: f64,
    #[diesel(sql_type = Double)]
    east: f64,
    #[diesel(sql_type = Double)]
    north: f64,
}

impl From<BoundsRow> for Bounds {
    fn from(row: BoundsRow) -> Self {
        Self {
            west: row.west,
            south: row.south,
            east: row.east,
            north: row.north,
        }
    }
}
