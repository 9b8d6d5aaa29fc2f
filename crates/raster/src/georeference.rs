//! Where an image lies on the earth.

use grid::bounds::Bounds;
use grid::mercator;
use grid::projection::Projection;
use serde::{Deserialize, Serialize};

/// Points taken along each edge of an image to find its bounds: edges are curved in degrees.
const EDGE_POINTS: u32 = 32;

/// Where an image lies on the earth; stored as JSON with every coverage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeoReference {
    /// From degrees to the map's coordinates.
    pub projection: Projection,
    /// The EPSG code, where the CRS has one.
    pub epsg: Option<u32>,
    /// From pixel coordinates to the map's, in GDAL's order:
    /// x = t0 + column·t1 + row·t2, y = t3 + column·t4 + row·t5.
    pub transform: [f64; 6],
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl GeoReference {
    /// An image in a CRS we have a formula for; `None` when we have none for this code.
    pub fn from_epsg(epsg: u32, transform: [f64; 6], width: u32, height: u32) -> Option<Self> {
        let projection = Projection::from_epsg(epsg)?;
        Some(Self {
            projection,
            epsg: Some(epsg),
            transform,
            width,
            height,
        })
    }

    /// Degrees to pixel coordinates (column, row); NaN where the projection has no answer.
    pub fn pixel(&self, longitude: f64, latitude: f64) -> (f64, f64) {
        let (x, y) = self.projection.forward(longitude, latitude);
        self.pixel_of_map(x, y)
    }

    /// Pixel coordinates to degrees (longitude, latitude).
    pub fn lonlat(&self, column: f64, row: f64) -> (f64, f64) {
        let (x, y) = self.map_of_pixel(column, row);
        self.projection.inverse(x, y)
    }

    /// Pixel coordinates to the map's.
    pub fn map_of_pixel(&self, column: f64, row: f64) -> (f64, f64) {
        let t = &self.transform;
        (
            t[0] + column * t[1] + row * t[2],
            t[3] + column * t[4] + row * t[5],
        )
    }

    /// The map's coordinates to pixel coordinates; NaN when the transform cannot be turned round.
    pub fn pixel_of_map(&self, x: f64, y: f64) -> (f64, f64) {
        let t = &self.transform;
        let determinant = t[1] * t[5] - t[2] * t[4];
        if determinant == 0.0 {
            return (f64::NAN, f64::NAN);
        }
        let (dx, dy) = (x - t[0], y - t[3]);
        (
            (dx * t[5] - dy * t[2]) / determinant,
            (dy * t[1] - dx * t[4]) / determinant,
        )
    }

    /// The image's bounds in degrees, from points along its edges.
    pub fn bounds(&self) -> Bounds {
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        let edge = (0..=EDGE_POINTS).flat_map(|step| {
            let part = f64::from(step) / f64::from(EDGE_POINTS);
            [
                (width * part, 0.0),
                (width * part, height),
                (0.0, height * part),
                (width, height * part),
            ]
        });
        let points = edge.map(|(column, row)| self.lonlat(column, row));
        Bounds::around(points).unwrap_or_else(|| Bounds::new(0.0, 0.0, 0.0, 0.0))
    }

    /// The side of a pixel in the map's unit: the square root of its area.
    pub fn pixel_size(&self) -> f64 {
        (self.transform[1] * self.transform[5] - self.transform[2] * self.transform[4])
            .abs()
            .sqrt()
    }

    /// The side of a pixel in Web Mercator metres in the middle of the image.
    pub fn mercator_resolution(&self) -> f64 {
        let (column, row) = (f64::from(self.width) / 2.0, f64::from(self.height) / 2.0);
        let at = |column, row| {
            let (longitude, latitude) = self.lonlat(column, row);
            mercator::project(longitude, latitude)
        };
        let (x, y) = at(column, row);
        let (east_x, east_y) = at(column + 1.0, row);
        let (south_x, south_y) = at(column, row + 1.0);
        ((east_x - x) * (south_y - y) - (east_y - y) * (south_x - x))
            .abs()
            .sqrt()
    }

    /// The zoom whose pixels (of 256-pixel tiles) are nearest to the image's own, by ratio.
    pub fn native_zoom(&self) -> u8 {
        let zoom = (mercator::resolution(0, 256) / self.mercator_resolution())
            .log2()
            .round();
        zoom.clamp(0.0, f64::from(grid::tile::MAX_ZOOM)) as u8
    }

    /// From the zoom at which the image is a few dozen pixels small to its own.
    pub fn zooms(&self) -> (u8, u8) {
        let native = self.native_zoom();
        let halvings = (f64::from(self.width.max(self.height)) / 64.0)
            .log2()
            .ceil()
            .max(0.0);
        (native.saturating_sub(halvings as u8), native)
    }

    /// The same ground in `width` × `height` pixels.
    #[must_use]
    pub fn resized(&self, width: u32, height: u32) -> Self {
        let across = f64::from(self.width) / f64::from(width);
        let down = f64::from(self.height) / f64::from(height);
        let t = &self.transform;
        Self {
            transform: [
                t[0],
                t[1] * across,
                t[2] * down,
                t[3],
                t[4] * across,
                t[5] * down,
            ],
            width,
            height,
            ..self.clone()
        }
    }

    /// Whether both have the same pixels on the same ground.
    pub fn same_grid(&self, other: &Self) -> bool {
        let pixel = self.pixel_size();
        let same = |one: f64, two: f64| (one - two).abs() <= pixel * 1e-6;
        (self.width, self.height) == (other.width, other.height)
            && self.projection == other.projection
            && self
                .transform
                .iter()
                .zip(&other.transform)
                .all(|(&one, &two)| same(one, two))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gers() -> GeoReference {
        GeoReference::from_epsg(
            32630,
            [600_000.0, 10.0, 0.0, 4_900_020.0, 0.0, -10.0],
            10_980,
            10_980,
        )
        .expect("UTM 30 N")
    }

    #[test]
    fn json_round_trip_keeps_everything() {
        let json = serde_json::to_string(&gers()).expect("to JSON");
        let back: GeoReference = serde_json::from_str(&json).expect("from JSON");
        assert_eq!(back, gers());
    }

    #[test]
    fn native_zoom_of_ten_metres() {
        // 10 m at 43.7° N are 13.8 m of Web Mercator: between zoom 13 (19.1 m) and 14 (9.55 m),
        // nearer to 14 (ratio 1.38 against 1.45).
        assert_eq!(gers().native_zoom(), 13);
    }

    #[test]
    fn resized_keeps_the_ground() {
        let half = gers().resized(5490, 5490);
        assert_eq!(
            half.map_of_pixel(5490.0, 5490.0),
            gers().map_of_pixel(10_980.0, 10_980.0)
        );
        assert!((half.pixel_size() - 20.0).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn pixel_round_trip(column in 0.0..10_980.0_f64, row in 0.0..10_980.0_f64) {
            let (longitude, latitude) = gers().lonlat(column, row);
            let (back_column, back_row) = gers().pixel(longitude, latitude);
            prop_assert!((back_column - column).abs() < 1e-5 && (back_row - row).abs() < 1e-5);
        }

        #[test]
        fn a_turned_image_round_trips(column in 0.0..100.0_f64, row in 0.0..100.0_f64, angle in 0.0..6.3_f64) {
            let (sine, cosine) = angle.sin_cos();
            let turned = GeoReference {
                transform: [5e5, 10.0 * cosine, 10.0 * sine, 4e6, 10.0 * sine, -10.0 * cosine],
                ..gers()
            };
            let (x, y) = turned.map_of_pixel(column, row);
            let (back_column, back_row) = turned.pixel_of_map(x, y);
            prop_assert!((back_column - column).abs() < 1e-6 && (back_row - row).abs() < 1e-6);
        }
    }
}
