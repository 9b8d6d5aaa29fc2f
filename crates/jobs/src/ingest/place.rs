//! Where a scene lies, and which area it is for.

use geo::{Coord, Intersects as _, LineString, MultiPolygon, Polygon, Rect};
use grid::bounds::Bounds;
use raster::georeference::GeoReference;
use store::{
    Scope, Store,
    area::{self, Area},
};

use super::plan::Plan;
use crate::{Error, Result, SceneBand};

/// Points along each edge of the footprint: edges of an image are curved in degrees.
const EDGE: u32 = 8;

/// The area asked for, else the largest one the scene touches.
pub(super) async fn area(store: &Store, wanted: Option<&str>, plan: &Plan) -> Result<Area> {
    if let Some(code) = wanted {
        let unknown = || store::Error::UnknownArea {
            code: code.to_owned(),
        };
        return Ok(area::by_code(store, &Scope::Everything, code)
            .await?
            .ok_or_else(unknown)?);
    }
    let bounds = plan.finest().ok_or(Error::NoBands)?.bounds();
    at(store, &bounds).await
}

/// The largest area that bounds touch.
///
/// # Errors
/// When there is none.
pub(crate) async fn at(store: &Store, bounds: &Bounds) -> Result<Area> {
    let mut touched: Vec<Area> = area::list(store, &Scope::Everything).await?;
    touched.retain(|area| overlap(&area.bounds, bounds));
    touched.sort_by(|one, other| other.area_m2.total_cmp(&one.area_m2));
    let scene = Rect::new((bounds.west, bounds.south), (bounds.east, bounds.north)).to_polygon();
    for area in touched {
        let outlines = area::outlines(store, &Scope::Everything, Some(area.id)).await?;
        let own = outlines.iter().find(|outline| outline.area.id == area.id);
        if own.is_some_and(|outline| outline.polygons.intersects(&scene)) {
            return Ok(area);
        }
    }
    let Bounds {
        west,
        south,
        east,
        north,
    } = *bounds;
    Err(Error::NoArea {
        bounds: format!("{west:.4}, {south:.4}, {east:.4}, {north:.4}"),
    })
}

fn overlap(one: &Bounds, other: &Bounds) -> bool {
    one.west <= other.east
        && other.west <= one.east
        && one.south <= other.north
        && other.south <= one.north
}

/// The outline of the finest band, in degrees.
pub(super) fn footprint(bands: &[SceneBand]) -> MultiPolygon<f64> {
    let grids = bands.iter().map(|band| &band.georeference);
    let finest = grids.max_by_key(|grid| u64::from(grid.width) * u64::from(grid.height));
    MultiPolygon(finest.map(outline).into_iter().collect())
}

fn outline(grid: &GeoReference) -> Polygon<f64> {
    let (width, height) = (f64::from(grid.width), f64::from(grid.height));
    let corners = [
        (0.0, 0.0),
        (0.0, height),
        (width, height),
        (width, 0.0),
        (0.0, 0.0),
    ];
    let sides = corners.windows(2).flat_map(|side| {
        let &[(from_x, from_y), (to_x, to_y)] = side else {
            return Vec::new();
        };
        (0..EDGE)
            .map(|step| {
                let part = f64::from(step) / f64::from(EDGE);
                let (x, y) = grid.lonlat(
                    from_x + part * (to_x - from_x),
                    from_y + part * (to_y - from_y),
                );
                Coord { x, y }
            })
            .collect()
    });
    // A polygon closes its ring itself.
    Polygon::new(LineString::new(sides.collect()), Vec::new())
}

#[cfg(test)]
mod tests {
    use geo::{Area as _, BoundingRect as _, Contains as _};

    use super::*;

    #[test]
    fn the_outline_runs_along_the_edges() {
        let transform = [742_910.0, 10.0, 0.0, 4_848_610.0, 0.0, -10.0];
        let grid = GeoReference::from_epsg(32_630, transform, 1198, 1170).unwrap();
        let outline = outline(&grid);
        assert!(
            outline.signed_area() > 0.0,
            "counter-clockwise, as GeoJSON asks"
        );
        let (around, bounds) = (outline.bounding_rect().unwrap(), grid.bounds());
        assert!((around.min().x - bounds.west).abs() < 1e-6);
        assert!((around.max().y - bounds.north).abs() < 1e-6);
        let (longitude, latitude) = grid.lonlat(1.0, 1.0);
        assert!(outline.contains(&Coord {
            x: longitude,
            y: latitude
        }));
    }
}
