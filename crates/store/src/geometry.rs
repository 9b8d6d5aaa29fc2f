//! Between `geo` and PostGIS.
//!
//! Places, bounds and footprints are columns of a known kind: they are written and read as the
//! types of `postgis_diesel` (`schema`). Outlines of areas and features are worked on by the
//! database on their way (made valid, measured, searched): they travel as well-known binary.

use std::iter;

use diesel::QueryableByName;
use diesel::sql_types::Double;
use geo::{Geometry, LineString, MultiPolygon, Rect};
use geo_traits::to_geo::ToGeoGeometry as _;
use grid::bounds::Bounds;
use postgis_diesel::types::{self as typed, Point};
use wkb::writer::{WriteOptions, write_geometry};

use crate::{Error, Result};

/// Degrees; the columns accept nothing else.
const SRID: Option<u32> = Some(4326);

/// A place, for a column.
///
/// # Errors
/// [`Error::Geometry`] when it is not finite: PostGIS would take it for an empty point.
pub(crate) fn place(longitude: f64, latitude: f64) -> Result<Point> {
    if longitude.is_finite() && latitude.is_finite() {
        Ok(Point::new(longitude, latitude, SRID))
    } else {
        Err(nowhere("the place"))
    }
}

/// Longitude and latitude of a place; `whose` it is, for the message. An empty point reads as NaN.
pub(crate) fn coordinates(place: &Point, whose: &str) -> Result<(f64, f64)> {
    if place.x.is_finite() && place.y.is_finite() {
        Ok((place.x, place.y))
    } else {
        Err(nowhere(whose))
    }
}

/// Bounds, for a column.
///
/// # Errors
/// [`Error::Geometry`] when they are not finite.
pub(crate) fn rectangle(bounds: &Bounds) -> Result<typed::Polygon<Point>> {
    let corners = Rect::new((bounds.west, bounds.south), (bounds.east, bounds.north));
    polygon(&corners.to_polygon())
}

/// A footprint, for a column.
///
/// # Errors
/// [`Error::Geometry`] when it is empty or not finite.
pub(crate) fn footprint(polygons: &MultiPolygon) -> Result<typed::MultiPolygon<Point>> {
    if polygons.0.is_empty() {
        return Err(nowhere("the footprint"));
    }
    let polygons = polygons.iter().map(polygon).collect::<Result<_>>()?;
    Ok(typed::MultiPolygon {
        polygons,
        srid: SRID,
    })
}

fn polygon(polygon: &geo::Polygon) -> Result<typed::Polygon<Point>> {
    let rings = iter::once(polygon.exterior()).chain(polygon.interiors());
    let rings = rings.map(ring).collect::<Result<_>>()?;
    Ok(typed::Polygon { rings, srid: SRID })
}

fn ring(ring: &LineString) -> Result<Vec<Point>> {
    if ring.0.is_empty() {
        return Err(nowhere("a ring of a polygon"));
    }
    ring.coords().map(|at| place(at.x, at.y)).collect()
}

/// The bounds of polygons of a column; `whose` they are, for the message.
///
/// # Errors
/// [`Error::Geometry`] when they are empty.
pub(crate) fn bounds_around(polygons: &[typed::Polygon<Point>], whose: &str) -> Result<Bounds> {
    let rings = polygons.iter().flat_map(|polygon| &polygon.rings);
    let points = rings.flatten().map(|point| (point.x, point.y));
    Bounds::around(points).ok_or_else(|| nowhere(whose))
}

fn nowhere(what: &str) -> Error {
    Error::Geometry {
        reason: format!("{what} is empty or not a number; give it a place in degrees"),
    }
}

/// For `ST_GeomFromWKB($n, 4326)`.
pub(crate) fn to_wkb(geometry: &Geometry) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    write_geometry(&mut bytes, geometry, &WriteOptions::default()).map_err(unreadable)?;
    Ok(bytes)
}

/// From `ST_AsBinary(geom)`.
pub(crate) fn from_wkb(bytes: &[u8]) -> Result<Geometry> {
    Ok(wkb::reader::read_wkb(bytes)
        .map_err(unreadable)?
        .to_geometry())
}

/// From `ST_AsBinary(geom)` of polygons.
pub(crate) fn polygons_from_wkb(bytes: &[u8]) -> Result<MultiPolygon> {
    match from_wkb(bytes)? {
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

#[cfg(test)]
mod tests;
