//! Changed pieces of land, with what a ledger says of each.

use std::ops::Range;

use geo::{BoundingRect, Coord, LineString, MultiPolygon, Polygon};
use grid::area;

use crate::georeference::GeoReference;
use crate::{Raster, Window};

/// The most pixels read at a time: bounds the memory whatever the size of a patch.
const STRIP_PIXELS: usize = 1 << 20;

/// A changed piece of land.
#[derive(Debug, Clone, PartialEq)]
pub struct Patch {
    /// Its outline in degrees.
    pub outline: MultiPolygon<f64>,
    /// Pixels whose centre is inside.
    pub pixels: u64,
    /// Square metres on the ellipsoid (`grid::area`).
    pub square_metres: f64,
    /// Mean of |change| over its pixels; NaN without values.
    pub strength: f64,
    /// Mean value before; NaN without values.
    pub before: f64,
    /// Mean value after; NaN without values.
    pub after: f64,
}

impl Patch {
    /// Area in hectares.
    pub fn hectares(&self) -> f64 {
        area::hectares(self.square_metres)
    }

    /// Area in mu (亩).
    pub fn mu(&self) -> f64 {
        area::mu(self.square_metres)
    }
}

/// The patches of at least `minimum` square metres (mu × 10000/15) among outlines in pixel
/// coordinates, in their order. `read` gives change, before and after of a window, first bands of the
/// same size.
///
/// # Errors
/// Those of `read`.
pub fn patches<E>(
    outlines: impl IntoIterator<Item = Polygon<f64>>,
    grid: &GeoReference,
    minimum: f64,
    mut read: impl FnMut(Window) -> Result<[Raster; 3], E>,
) -> Result<Vec<Patch>, E> {
    let mut kept = Vec::new();
    for outline in outlines {
        let degrees = MultiPolygon::new(vec![in_degrees(&outline, grid)]);
        let square_metres = area::square_metres(&degrees);
        if square_metres < minimum {
            continue;
        }
        let mut means = [Mean::default(); 3];
        let pixels = gather(&outline, &mut read, &mut means)?;
        let [strength, before, after] = means.map(Mean::value);
        kept.push(Patch {
            outline: degrees,
            pixels,
            square_metres,
            strength,
            before,
            after,
        });
    }
    Ok(kept)
}

#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    sum: f64,
    count: f64,
}

impl Mean {
    fn add(&mut self, values: &[f32], of: impl Fn(f32) -> f32) {
        for value in values.iter().filter(|value| !value.is_nan()) {
            self.sum += f64::from(of(*value));
            self.count += 1.0;
        }
    }

    fn value(self) -> f64 {
        self.sum / self.count
    }
}

/// Adds every pixel inside to the means of change, before and after; tells how many they are.
fn gather<E>(
    outline: &Polygon<f64>,
    read: &mut impl FnMut(Window) -> Result<[Raster; 3], E>,
    means: &mut [Mean; 3],
) -> Result<u64, E> {
    let Some(bounds) = outline.bounding_rect() else {
        return Ok(0);
    };
    let (left, right) = (bounds.min().x.floor() as i64, bounds.max().x.ceil() as i64);
    let (top, bottom) = (bounds.min().y.floor() as i64, bounds.max().y.ceil() as i64);
    let width = (right - left).max(1) as usize;
    let strip = (STRIP_PIXELS / width).max(1);
    let mut pixels = 0;
    for first in (top..bottom).step_by(strip) {
        let rows = strip.min((bottom - first) as usize);
        let rasters = read(Window::new(left, first, width, rows))?;
        for row in 0..rows {
            for inside in spans(outline, (first + row as i64) as f64 + 0.5) {
                pixels += inside.end.saturating_sub(inside.start) as u64;
                let columns = (inside.start - left) as usize..(inside.end - left) as usize;
                for (index, (mean, raster)) in means.iter_mut().zip(&rasters).enumerate() {
                    let values = raster.row(row).get(columns.clone()).unwrap_or_default();
                    mean.add(values, |value| if index == 0 { value.abs() } else { value });
                }
            }
        }
    }
    Ok(pixels)
}

/// The columns whose centres lie inside on the line of a row's centres (even-odd rule).
fn spans(outline: &Polygon<f64>, y: f64) -> Vec<Range<i64>> {
    let rings = std::iter::once(outline.exterior()).chain(outline.interiors());
    let lines = rings.flat_map(LineString::lines);
    let crosses = lines.filter(|line| (line.start.y <= y) != (line.end.y <= y));
    let mut crossings: Vec<f64> = crosses
        .map(|line| {
            let part = (y - line.start.y) / (line.end.y - line.start.y);
            line.start.x + part * (line.end.x - line.start.x)
        })
        .collect();
    crossings.sort_by(f64::total_cmp);
    let column = |x: f64| (x - 0.5).ceil() as i64;
    let pairs = crossings.chunks_exact(2);
    pairs.map(|pair| column(pair[0])..column(pair[1])).collect()
}

fn in_degrees(outline: &Polygon<f64>, grid: &GeoReference) -> Polygon<f64> {
    let ring = |ring: &LineString<f64>| {
        let points = ring.coords().map(|point| {
            let (x, y) = grid.lonlat(point.x, point.y);
            Coord { x, y }
        });
        LineString::new(points.collect())
    };
    let holes = outline.interiors().iter().map(ring).collect();
    Polygon::new(ring(outline.exterior()), holes)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use geo::polygon;

    use super::*;

    fn grid() -> GeoReference {
        let transform = [5e5, 10.0, 0.0, 3.45e6, 0.0, -10.0];
        GeoReference::from_epsg(32648, transform, 20, 20).expect("a known code")
    }

    /// Change is −column, before the column, after the row.
    #[expect(clippy::unnecessary_wraps, reason = "a reader may fail")]
    fn read(window: Window) -> Result<[Raster; 3], Infallible> {
        let of = |value: &dyn Fn(i64, i64) -> i64| {
            let rows = window.row..window.row + window.height as i64;
            let values = rows.flat_map(|row| {
                let columns = window.column..window.column + window.width as i64;
                columns.map(move |column| value(column, row) as f32)
            });
            Raster::from_values(window.width, window.height, values.collect())
        };
        Ok([
            of(&|column, _| -column),
            of(&|column, _| column),
            of(&|_, row| row),
        ])
    }

    #[test]
    fn a_patch_with_a_hole() {
        // Columns 2 to 5, rows 3 to 6, without the pixel of column 3 and row 4.
        let outline = polygon!(
            exterior: [(x: 2.0, y: 3.0), (x: 6.0, y: 3.0), (x: 6.0, y: 7.0), (x: 2.0, y: 7.0)],
            interiors: [[(x: 3.0, y: 4.0), (x: 4.0, y: 4.0), (x: 4.0, y: 5.0), (x: 3.0, y: 5.0)]],
        );
        let found = patches([outline], &grid(), 0.0, read).expect("reads");
        let patch = &found[0];
        assert_eq!(patch.pixels, 15);
        let columns = (4.0 * (2.0 + 3.0 + 4.0 + 5.0) - 3.0) / 15.0;
        let rows = (4.0 * (3.0 + 4.0 + 5.0 + 6.0) - 4.0) / 15.0;
        assert!((patch.strength - columns).abs() < 1e-12);
        assert!((patch.before - columns).abs() < 1e-12);
        assert!((patch.after - rows).abs() < 1e-12);
        // On the central meridian the map is 0.9996 as long as the ground.
        let ground = 1500.0 / 0.9996_f64.powi(2);
        assert!(
            (patch.square_metres - ground).abs() < 0.01,
            "{}",
            patch.square_metres
        );
        assert!((patch.mu() - ground * 0.0015).abs() < 1e-4);
    }

    #[test]
    fn small_ones_are_left_out() {
        let square = |side: f64| polygon![(x: 0.0, y: 0.0), (x: side, y: 0.0), (x: side, y: side), (x: 0.0, y: side)];
        // 100 m² and 400 m²; the least is 0.5 mu, 333 m².
        let least = 0.5 * 10_000.0 / 15.0;
        let found = patches([square(1.0), square(2.0)], &grid(), least, read).expect("reads");
        assert_eq!(
            found.iter().map(|patch| patch.pixels).collect::<Vec<_>>(),
            [4]
        );
    }
}
