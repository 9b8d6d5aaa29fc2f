//! How large the pixels are on the ground.

use grid::projection::Projection;

use crate::Window;
use crate::georeference::GeoReference;

/// WGS 84.
const SEMI_MAJOR: f64 = 6_378_137.0;
/// The square of WGS 84's first eccentricity.
const ECCENTRICITY_SQUARED: f64 = 6.694_379_990_141_316e-3;

/// A window of an image and the true size of its pixels, row by row.
///
/// Grids in metres (UTM, Gauss-Krüger) are taken as they are: their scale is off by less than a
/// thousandth within a zone. In degrees, Web Mercator and every other projection a row has the size and
/// the direction that its pixels have in the middle of the image on the WGS 84 ellipsoid.
#[derive(Debug, Clone)]
pub struct Ground {
    window: Window,
    edges: Edges,
    rows: Vec<Footing>,
}

/// The columns and rows just beyond the image, counted in the window with its margin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edges {
    pub west: Option<usize>,
    pub east: Option<usize>,
    pub north: Option<usize>,
    pub south: Option<usize>,
}

impl Edges {
    fn of(georeference: &GeoReference, window: Window) -> Self {
        let beyond = |image: i64, start: i64, length: usize| {
            usize::try_from(image - start + 1)
                .ok()
                .filter(|&index| index < length + 2)
        };
        Self {
            west: beyond(-1, window.column, window.width),
            east: beyond(i64::from(georeference.width), window.column, window.width),
            north: beyond(-1, window.row, window.height),
            south: beyond(i64::from(georeference.height), window.row, window.height),
        }
    }
}

/// From a gradient in metres a pixel to one in metres a metre.
#[derive(Debug, Clone, Copy)]
pub(super) struct Footing {
    /// East = `east.0` × along the columns + `east.1` × along the rows.
    pub east: (f32, f32),
    /// North, in the same way.
    pub north: (f32, f32),
}

impl Ground {
    /// A window of an image; it may be all of it, and reach beyond it.
    pub fn of(georeference: &GeoReference, window: Window) -> Self {
        let rows = window.row..window.row + window.height as i64;
        Self {
            window,
            edges: Edges::of(georeference, window),
            rows: rows.map(|row| footing(georeference, row)).collect(),
        }
    }

    /// The window.
    pub fn window(&self) -> Window {
        self.window
    }

    pub(super) fn edges(&self) -> Edges {
        self.edges
    }

    pub(super) fn rows(&self) -> &[Footing] {
        &self.rows
    }
}

/// The size of a pixel in the middle of an image's row: metres from west to east and from north to
/// south, were the image turned north up.
pub fn cell_size(georeference: &GeoReference, row: i64) -> (f64, f64) {
    let (column, down) = steps(georeference, row as f64 + 0.5);
    (column.0.hypot(column.1), down.0.hypot(down.1))
}

/// Turns the two steps round, as a matrix.
fn footing(georeference: &GeoReference, row: i64) -> Footing {
    let (column, down) = steps(georeference, row as f64 + 0.5);
    let determinant = column.0 * down.1 - column.1 * down.0;
    let part = |value: f64| (value / determinant) as f32;
    Footing {
        east: (part(down.1), part(-column.1)),
        north: (part(-down.0), part(column.0)),
    }
}

/// Metres (east, north) of one column to the right and of one row down.
fn steps(georeference: &GeoReference, row: f64) -> ((f64, f64), (f64, f64)) {
    let t = &georeference.transform;
    if let Projection::TransverseMercator(_) = georeference.projection {
        return ((t[1], t[4]), (t[2], t[5]));
    }
    let column = f64::from(georeference.width) / 2.0;
    let between = |from: (f64, f64), to: (f64, f64)| {
        let from = georeference.lonlat(from.0, from.1);
        let to = georeference.lonlat(to.0, to.1);
        let (east, north) = metres_of_degree(0.5 * (from.1 + to.1));
        ((to.0 - from.0) * east, (to.1 - from.1) * north)
    };
    (
        between((column - 0.5, row), (column + 0.5, row)),
        between((column, row - 0.5), (column, row + 0.5)),
    )
}

/// Metres of a degree of longitude and of latitude at a latitude: the ellipsoid's two radii of
/// curvature (J. P. Snyder, "Map Projections: A Working Manual", USGS 1395 (1987), 4-18 to 4-20).
pub fn metres_of_degree(latitude: f64) -> (f64, f64) {
    let (sine, cosine) = latitude.to_radians().sin_cos();
    let flat = 1.0 - ECCENTRICITY_SQUARED * sine * sine;
    let across = SEMI_MAJOR / flat.sqrt();
    let along = across * (1.0 - ECCENTRICITY_SQUARED) / flat;
    ((across * cosine).to_radians(), along.to_radians())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_at_three_latitudes() {
        // pyproj.Geod(ellps="WGS84") over a thousandth of a degree.
        for (latitude, east, north) in [
            (0.0, 111_319.491, 110_574.276),
            (37.5, 88_425.444, 110_987.037),
            (60.0, 55_800.002, 111_412.287),
        ] {
            let (found_east, found_north) = metres_of_degree(latitude);
            assert!((found_east - east).abs() < 1e-3, "{latitude}: {found_east}");
            assert!(
                (found_north - north).abs() < 1e-3,
                "{latitude}: {found_north}"
            );
        }
    }

    #[test]
    fn a_mercator_pixel_shrinks_with_the_cosine() {
        let (_, y) = grid::mercator::project(0.0, 60.0);
        let image = GeoReference::from_epsg(3857, [0.0, 100.0, 0.0, y + 50.0, 0.0, -100.0], 10, 1);
        let (east, north) = cell_size(&image.expect("Web Mercator"), 0);
        // 100 m of the map's sphere at 60° N: times N cos φ / a, and times M cos φ / a.
        assert!((east - 50.125_6).abs() < 2e-3, "{east}");
        assert!((north - 50.041_5).abs() < 2e-2, "{north}");
    }

    #[test]
    fn metres_stay_metres() {
        let image = GeoReference::from_epsg(32648, [5e5, 10.0, 0.0, 3.4e6, 0.0, -20.0], 9, 9);
        assert_eq!(cell_size(&image.expect("UTM"), 4), (10.0, 20.0));
    }
}
