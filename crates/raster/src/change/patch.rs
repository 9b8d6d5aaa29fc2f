//! Changed pieces of land, with what a ledger says of each.

use geo::{BoundingRect, LineString, MultiPolygon};
use grid::area;
use rayon::prelude::*;

use crate::georeference::GeoReference;
use crate::vectorise::in_degrees;
use crate::{Raster, Window};

/// What is read at a time: 25 MB, in whole tiles of 512.
const ROWS: usize = 512;
/// See [`ROWS`].
const COLUMNS: usize = 4096;

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
/// same size; every part of the image where there are patches is read once, however many they are.
///
/// # Errors
/// Those of `read`.
pub fn patches<E>(
    outlines: impl IntoIterator<Item = MultiPolygon<f64>>,
    grid: &GeoReference,
    minimum: f64,
    mut read: impl FnMut(Window) -> Result<[Raster; 3], E>,
) -> Result<Vec<Patch>, E> {
    let large = |outline: MultiPolygon<f64>| Sketch::of(outline, grid, minimum);
    let mut sketches: Vec<Sketch> = outlines.into_iter().filter_map(large).collect();
    for square in squares(grid) {
        let within = |sketch: &Sketch| sketch.bounds.meet(square);
        let parts = sketches.iter().filter_map(within);
        let Some(part) = parts.reduce(Part::join) else {
            continue;
        };
        let rasters = read(part.window())?;
        sketches
            .par_iter_mut()
            .for_each(|sketch| sketch.gather(part, &rasters));
    }
    Ok(sketches.into_iter().map(Sketch::finish).collect())
}

/// The parts of an image that are read at a time.
fn squares(grid: &GeoReference) -> impl Iterator<Item = Part> {
    let (width, height) = (i64::from(grid.width), i64::from(grid.height));
    (0..height).step_by(ROWS).flat_map(move |row| {
        (0..width).step_by(COLUMNS).map(move |column| Part {
            columns: (column, width.min(column + COLUMNS as i64)),
            rows: (row, height.min(row + ROWS as i64)),
        })
    })
}

/// Columns and rows, from the first to the one after the last.
#[derive(Debug, Clone, Copy)]
struct Part {
    columns: (i64, i64),
    rows: (i64, i64),
}

impl Part {
    fn meet(self, other: Self) -> Option<Self> {
        let meet = |one: (i64, i64), two: (i64, i64)| {
            let (low, high) = (one.0.max(two.0), one.1.min(two.1));
            (low < high).then_some((low, high))
        };
        Some(Self {
            columns: meet(self.columns, other.columns)?,
            rows: meet(self.rows, other.rows)?,
        })
    }

    fn join(self, other: Self) -> Self {
        let join = |one: (i64, i64), two: (i64, i64)| (one.0.min(two.0), one.1.max(two.1));
        Self {
            columns: join(self.columns, other.columns),
            rows: join(self.rows, other.rows),
        }
    }

    fn window(self) -> Window {
        let ((left, right), (top, bottom)) = (self.columns, self.rows);
        Window::new(left, top, (right - left) as usize, (bottom - top) as usize)
    }
}

/// A patch whose pixels are being gathered.
struct Sketch {
    /// In pixel coordinates.
    outline: MultiPolygon<f64>,
    bounds: Part,
    degrees: MultiPolygon<f64>,
    square_metres: f64,
    pixels: u64,
    /// Of change, before and after.
    means: [Mean; 3],
}

impl Sketch {
    /// `None` for an outline that is too small or empty.
    fn of(outline: MultiPolygon<f64>, grid: &GeoReference, minimum: f64) -> Option<Self> {
        let bounds = outline.bounding_rect()?;
        let degrees = in_degrees(&outline, grid);
        let square_metres = area::square_metres(&degrees);
        let whole = |low: f64, high: f64| (low.floor() as i64, high.ceil() as i64);
        let (low, high) = (bounds.min(), bounds.max());
        (square_metres >= minimum).then_some(Self {
            outline,
            bounds: Part {
                columns: whole(low.x, high.x),
                rows: whole(low.y, high.y),
            },
            degrees,
            square_metres,
            pixels: 0,
            means: [Mean::default(); 3],
        })
    }

    /// Adds its pixels in a part of the image; `rasters` are of that part.
    fn gather(&mut self, part: Part, rasters: &[Raster; 3]) {
        let Some(within) = self.bounds.meet(part) else {
            return;
        };
        let mut crossings = crossings(&self.outline, within.rows);
        crossings.sort_by(|one, two| one.0.cmp(&two.0).then(one.1.total_cmp(&two.1)));
        let place = |at: i64, start: i64| (at - start).max(0) as usize;
        for pair in crossings.chunks_exact(2) {
            let (row, [left, right]) = (pair[0].0, [pair[0].1, pair[1].1].map(column));
            let (left, right) = (left.max(within.columns.0), right.min(within.columns.1));
            if left >= right {
                continue;
            }
            self.pixels += (right - left) as u64;
            let columns = place(left, part.columns.0)..place(right, part.columns.0);
            let row = place(row, part.rows.0);
            for (index, (mean, raster)) in self.means.iter_mut().zip(rasters).enumerate() {
                let values = raster.row(row).get(columns.clone()).unwrap_or_default();
                mean.add(values, |value| if index == 0 { value.abs() } else { value });
            }
        }
    }

    fn finish(self) -> Patch {
        let [strength, before, after] = self.means.map(Mean::value);
        Patch {
            outline: self.degrees,
            pixels: self.pixels,
            square_metres: self.square_metres,
            strength,
            before,
            after,
        }
    }
}

/// The first column whose centre is not west of a place.
fn column(x: f64) -> i64 {
    (x - 0.5).ceil() as i64
}

/// Where the lines of the centres of some rows cross an outline: row and place. Between the first and the
/// second of a row is inside, and so on (even-odd rule).
fn crossings(outline: &MultiPolygon<f64>, (top, bottom): (i64, i64)) -> Vec<(i64, f64)> {
    let rings = outline
        .iter()
        .flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
    let mut found = Vec::new();
    for line in rings.flat_map(LineString::lines) {
        let (start, end) = (line.start, line.end);
        let first = column(start.y.min(end.y)).max(top);
        let last = column(start.y.max(end.y)).min(bottom);
        for row in first..last {
            let part = (row as f64 + 0.5 - start.y) / (end.y - start.y);
            found.push((row, start.x + part * (end.x - start.x)));
        }
    }
    found
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

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use geo::{Polygon, Rect, polygon};

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
        let found = patches([MultiPolygon::from(outline)], &grid(), 0.0, read).expect("reads");
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
        let squares = [square(1.0), square(2.0)].map(MultiPolygon::from);
        let found = patches(squares, &grid(), least, read).expect("reads");
        assert_eq!(
            found.iter().map(|patch| patch.pixels).collect::<Vec<_>>(),
            [4]
        );
    }

    #[test]
    fn many_patches_over_several_parts_are_read_once() {
        let grid = GeoReference {
            width: 6000,
            height: 700,
            ..grid()
        };
        let rectangle = |left: u32, top: u32, width: u32, height: u32| {
            let corner = |x: u32, y: u32| (f64::from(x), f64::from(y));
            let rectangle = Rect::new(corner(left, top), corner(left + width, top + height));
            MultiPolygon::from(Polygon::from(rectangle))
        };
        // One of two pieces across all four parts, and small ones in the first.
        let large: Vec<_> = [rectangle(4000, 500, 200, 30), rectangle(10, 600, 5, 2)]
            .into_iter()
            .flat_map(|piece| piece.0)
            .collect();
        let small = (0..2000).map(|index| rectangle(index % 100 * 3, index / 100 * 3, 2, 1));
        let mut reads = 0;
        let outlines = std::iter::once(MultiPolygon::new(large)).chain(small);
        let found = patches(outlines, &grid, 0.0, |window| {
            reads += 1;
            read(window)
        });
        let found = found.expect("reads");
        assert_eq!(reads, 4);
        assert_eq!(found.len(), 2001);
        assert_eq!(found[0].pixels, 6010);
        let columns = (6000.0 * 4099.5 + 10.0 * 12.0) / 6010.0;
        assert!(
            (found[0].before - columns).abs() < 1e-9,
            "{}",
            found[0].before
        );
        let rows = (6000.0 * 514.5 + 10.0 * 600.5) / 6010.0;
        assert!((found[0].after - rows).abs() < 1e-9, "{}", found[0].after);
        let last = &found[2000];
        assert_eq!((last.pixels, last.after), (2, 57.0));
        assert!((last.strength - 297.5).abs() < 1e-12);
    }
}
