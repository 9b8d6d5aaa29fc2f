//! Statistics of the pixels inside a polygon, each weighted by the share of it that is inside.
//!
//! Pixels of one image count alike: in UTM and Gauss-Krüger they are of one size to a thousandth.

pub mod coverage;
mod outline;
mod summary;

use geo::{Area, MultiPolygon};
use serde::{Deserialize, Serialize};

use crate::Window;
use crate::cog::{CogError, CogReader};
use coverage::Coverage;
pub use outline::in_pixels;
use summary::Summary;

/// The most pixels of a strip: bounds the memory to some 50 MB whatever the polygon's size.
const STRIP_PIXELS: usize = 1 << 22;

/// Statistics of one band inside one polygon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ZonalStatistics {
    /// Sum of the shares of valid pixels inside.
    pub count: f64,
    /// `count` by the polygon's whole area in pixels (also what lies beyond the image): 1 when every
    /// pixel is valid.
    pub valid_share: f64,
    /// Weighted mean.
    pub mean: Option<f64>,
    /// Weighted standard deviation (population).
    pub std: Option<f64>,
    /// Smallest valid pixel touched.
    pub min: Option<f64>,
    /// Largest valid pixel touched.
    pub max: Option<f64>,
}

/// Statistics of one band, physical values, inside polygons given in degrees.
///
/// # Errors
/// When there is no such band or reading fails.
pub fn statistics(
    reader: &CogReader,
    band: usize,
    polygons: &MultiPolygon<f64>,
) -> Result<ZonalStatistics, CogError> {
    statistics_in_pixels(reader, band, &in_pixels(polygons, reader.georeference()))
}

/// As [`statistics`], for polygons in pixel coordinates. Read strip by strip: memory is bounded.
///
/// # Errors
/// As [`statistics`].
pub fn statistics_in_pixels(
    reader: &CogReader,
    band: usize,
    polygons: &MultiPolygon<f64>,
) -> Result<ZonalStatistics, CogError> {
    let coverage = Coverage::of(polygons);
    let mut summary = Summary::default();
    let georeference = reader.georeference();
    if let Some(whole) = coverage.window(georeference.width, georeference.height) {
        for strip in strips(whole, reader.tile_size() as usize) {
            let values = reader.read_physical(0, band, strip)?;
            for (value, share) in values.values.iter().zip(coverage.shares(strip)) {
                summary.add(f64::from(*value), share);
            }
        }
    }
    let area = polygons.unsigned_area();
    Ok(summary.statistics(area))
}

/// A window in strips that begin and end with the image's tiles, so that none is unpacked twice,
/// unless they are too wide for that.
fn strips(window: Window, tile_size: usize) -> impl Iterator<Item = Window> {
    let most = (STRIP_PIXELS / window.width.max(1)).clamp(1, tile_size);
    let end = window.row + window.height as i64;
    let mut row = window.row;
    std::iter::from_fn(move || {
        if row >= end {
            return None;
        }
        let tile_end = (row / tile_size as i64 + 1) * tile_size as i64;
        let next = tile_end.min(row + most as i64).min(end);
        let strip = Window::new(window.column, row, window.width, (next - row) as usize);
        row = next;
        Some(strip)
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use geo::{BooleanOps, polygon};
    use grid::bounds::Bounds;

    use super::*;
    use crate::cog::{Band, CogOptions, CogWriter, DataType};
    use crate::georeference::GeoReference;

    /// 100 × 80 pixels of 10 m; the value is the column, row 40 and below are nodata.
    fn columns() -> CogReader {
        let transform = [6e5, 10.0, 0.0, 3.45e6, 0.0, -10.0];
        let georeference =
            GeoReference::from_epsg(32648, transform, 100, 80).expect("a known code");
        let band = Band::new("a").scaled(0.5, 1.0);
        let options = CogOptions {
            tile_size: 16,
            ..CogOptions::new(georeference, DataType::I16, band)
        };
        let mut writer = CogWriter::new(options.with_nodata(Some(-1.0))).expect("a writer");
        let values: Vec<i16> = (0..8000)
            .map(|index| if index >= 4000 { -1 } else { index % 100 })
            .collect();
        writer.write_rows(&values).expect("takes rows");
        let mut bytes = Vec::new();
        writer.finish(&mut bytes).expect("finishes");
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(&bytes).expect("writes");
        CogReader::open(file).expect("opens")
    }

    fn rectangle(west: f64, south: f64, east: f64, north: f64) -> MultiPolygon<f64> {
        MultiPolygon::new(vec![Bounds::new(west, south, east, north).polygon()])
    }

    fn near(found: Option<f64>, expected: f64) {
        assert!(
            found.is_some_and(|found| (found - expected).abs() < 1e-9),
            "{found:?} is not {expected}"
        );
    }

    #[test]
    fn a_rectangle_by_hand() {
        // Half of column 10, all of 11, a quarter of 12; 20 rows. Values are column × 0.5 + 1.
        let found =
            statistics_in_pixels(&columns(), 0, &rectangle(10.5, 5.0, 12.25, 25.0)).expect("reads");
        let (a, b, c) = (6.0_f64, 6.5_f64, 7.0_f64);
        let mean = (0.5 * a + b + 0.25 * c) / 1.75;
        let spread =
            (0.5 * (a - mean).powi(2) + (b - mean).powi(2) + 0.25 * (c - mean).powi(2)) / 1.75;
        near(Some(found.count), 35.0);
        near(Some(found.valid_share), 1.0);
        near(found.mean, mean);
        near(found.std, spread.sqrt());
        near(found.min, 6.0);
        near(found.max, 7.0);
    }

    #[test]
    fn nodata_and_the_edge_lower_the_valid_share() {
        // Rows 30 to 50: half are nodata. Columns 90 to 110: half are beyond the image.
        let found = statistics_in_pixels(&columns(), 0, &rectangle(90.0, 30.0, 110.0, 50.0))
            .expect("reads");
        near(Some(found.count), 100.0);
        near(Some(found.valid_share), 0.25);
        near(found.mean, 94.5 * 0.5 + 1.0);
    }

    #[test]
    fn elsewhere_there_is_nothing() {
        for place in [
            rectangle(200.0, 0.0, 210.0, 10.0),
            rectangle(0.0, 50.0, 10.0, 60.0),
            MultiPolygon::new(vec![]),
        ] {
            let found = statistics_in_pixels(&columns(), 0, &place).expect("reads");
            assert_eq!(
                (found.mean, found.std, found.min, found.max),
                (None, None, None, None)
            );
            assert!(found.count.abs() < 1e-12 && found.valid_share.abs() < 1e-12);
        }
    }

    #[test]
    fn degrees_and_pixels_agree() {
        let reader = columns();
        let corner = |column, row| reader.georeference().lonlat(column, row);
        let outline = vec![
            corner(20.0, 4.0),
            corner(40.0, 4.0),
            corner(40.0, 24.0),
            corner(20.0, 24.0),
        ];
        let outline = geo::Polygon::new(geo::LineString::from(outline), vec![]);
        let found = statistics(&reader, 0, &MultiPolygon::new(vec![outline])).expect("reads");
        assert!((found.count - 400.0).abs() < 0.01, "{}", found.count);
        assert!((found.mean.unwrap_or_default() - (29.5 * 0.5 + 1.0)).abs() < 1e-4);
    }

    #[test]
    fn a_hole_and_a_second_part() {
        let outer = rectangle(10.0, 10.0, 30.0, 30.0);
        let holed = outer.difference(&rectangle(15.0, 15.0, 25.0, 25.0));
        let second = polygon![(x: 50.0, y: 10.0), (x: 60.0, y: 10.0), (x: 50.0, y: 20.0)];
        let both = MultiPolygon::new([holed.0, vec![second]].concat());
        let found = statistics_in_pixels(&columns(), 0, &both).expect("reads");
        near(Some(found.count), 400.0 - 100.0 + 50.0);
    }
}
