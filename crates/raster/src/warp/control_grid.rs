//! Where target pixels lie in the source, exact at the nodes of a net and bilinear in between.

use std::ops::Range;

use grid::bounds::Bounds;

/// The error allowed between nodes, in pixels of the source or of the target, whichever are larger.
const TOLERANCE: f64 = 0.05;
/// Cells a side to begin with.
const FIRST: usize = 4;
/// Cells are never smaller than this many target pixels: exact values would cost no more.
const SMALLEST: usize = 2;

/// Positions (column, row) in the source of the pixels of a target.
pub struct ControlGrid {
    width: usize,
    height: usize,
    /// Cells a side.
    cells: usize,
    /// (cells + 1)² positions, row by row.
    nodes: Vec<(f64, f64)>,
}

impl ControlGrid {
    /// A net fine enough that in the middle of every cell and of its edges the position is within
    /// 0.05 pixels of `exact`, which takes pixel coordinates of the target.
    pub fn fit(width: usize, height: usize, exact: impl Fn(f64, f64) -> (f64, f64)) -> Self {
        let mut cells = FIRST;
        loop {
            let control = Self::sampled(width, height, cells, &exact);
            let finest = cells * SMALLEST >= width.max(height);
            if finest || control.error(&exact) < TOLERANCE * control.scale().max(1.0) {
                return control;
            }
            cells *= 2;
        }
    }

    fn sampled(
        width: usize,
        height: usize,
        cells: usize,
        exact: &impl Fn(f64, f64) -> (f64, f64),
    ) -> Self {
        let place = |index: usize, length: usize| length as f64 * index as f64 / cells as f64;
        let nodes = (0..=cells)
            .flat_map(|row| (0..=cells).map(move |column| (column, row)))
            .map(|(column, row)| exact(place(column, width), place(row, height)))
            .collect();
        Self {
            width,
            height,
            cells,
            nodes,
        }
    }

    /// The largest distance from `exact` in the middle of the cells and of their northern and western
    /// edges (opposite curvatures cancel in the middle of a cell, not on its edges). Where only one
    /// of the two is defined the net is too coarse as well.
    fn error(&self, exact: &impl Fn(f64, f64) -> (f64, f64)) -> f64 {
        let mut worst = 0.0_f64;
        let probes = [(0.5, 0.5), (0.5, 0.0), (0.0, 0.5)];
        let cells =
            (0..self.cells).flat_map(|row| (0..self.cells).map(move |column| (column, row)));
        for (column, row) in cells {
            for (across, down) in probes {
                let place = |index: usize, part: f64, length: usize| {
                    length as f64 * (index as f64 + part) / self.cells as f64
                };
                let (x, y) = exact(
                    place(column, across, self.width),
                    place(row, down, self.height),
                );
                let (near_x, near_y) = between(self.corners(column, row), across, down);
                match (
                    x.is_finite() && y.is_finite(),
                    near_x.is_finite() && near_y.is_finite(),
                ) {
                    (true, true) => worst = worst.max((near_x - x).hypot(near_y - y)),
                    (false, false) => {}
                    _ => return f64::INFINITY,
                }
            }
        }
        worst
    }

    /// North-west, north-east, south-west, south-east.
    fn corners(&self, column: usize, row: usize) -> [(f64, f64); 4] {
        let first = row * (self.cells + 1) + column;
        let below = first + self.cells + 1;
        [
            self.nodes[first],
            self.nodes[first + 1],
            self.nodes[below],
            self.nodes[below + 1],
        ]
    }

    /// Source pixels a target pixel (the square root of the area), in the middle of the target.
    pub fn scale(&self) -> f64 {
        let middle = self.cells / 2;
        let [a, b, c, _] = self.corners(middle, middle);
        let across = self.width as f64 / self.cells as f64;
        let down = self.height as f64 / self.cells as f64;
        let area = (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0);
        let scale = (area.abs() / (across * down)).sqrt();
        if scale.is_finite() { scale } else { 1.0 }
    }

    /// A rectangle of columns (west, east) and rows (south < north as numbers) that holds the positions
    /// of these columns and rows of the target: that of the cells they touch.
    pub fn bounds(&self, columns: &Range<usize>, rows: &Range<usize>) -> Option<Bounds> {
        let nodes = |pixels: &Range<usize>, length: usize| {
            let first = pixels.start * self.cells / length;
            let last = (pixels.end * self.cells).div_ceil(length);
            first..=last.min(self.cells)
        };
        let columns = nodes(columns, self.width);
        let rows = nodes(rows, self.height);
        let places = rows.flat_map(|row| {
            let columns = columns.clone();
            columns.map(move |column| row * (self.cells + 1) + column)
        });
        Bounds::around(places.filter_map(|index| self.nodes.get(index).copied()))
    }

    /// The positions of the centres of some of a row's pixels, from the first to the last.
    pub fn along_row(
        &self,
        row: usize,
        columns: Range<usize>,
        mut visit: impl FnMut(usize, (f64, f64)),
    ) {
        let down = (row as f64 + 0.5) * self.cells as f64 / self.height as f64;
        let cell_row = (down as usize).min(self.cells - 1);
        let down = down - cell_row as f64;
        let per_pixel = self.cells as f64 / self.width as f64;
        let mut column = columns.start;
        for cell in 0..self.cells {
            let [a, b, c, d] = self.corners(cell, cell_row);
            let mix = |one: f64, two: f64| one + (two - one) * down;
            let (left, right) = (
                (mix(a.0, c.0), mix(a.1, c.1)),
                (mix(b.0, d.0), mix(b.1, d.1)),
            );
            let (step_x, step_y) = (right.0 - left.0, right.1 - left.1);
            while column < columns.end {
                let across = (column as f64 + 0.5) * per_pixel - cell as f64;
                if across >= 1.0 && cell + 1 < self.cells {
                    break;
                }
                visit(column, (left.0 + step_x * across, left.1 + step_y * across));
                column += 1;
            }
        }
    }
}

/// Bilinear between the corners of a cell.
fn between(corners: [(f64, f64); 4], across: f64, down: f64) -> (f64, f64) {
    let [a, b, c, d] = corners;
    let mix = |a: f64, b: f64, c: f64, d: f64| {
        let (upper, lower) = (a + (b - a) * across, c + (d - c) * across);
        upper + (lower - upper) * down
    };
    (mix(a.0, b.0, c.0, d.0), mix(a.1, b.1, c.1, d.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::georeference::GeoReference;
    use grid::mercator;
    use grid::tile::Tile;

    #[test]
    fn every_pixel_of_a_tile_is_within_a_twentieth() {
        let utm =
            GeoReference::from_epsg(32648, [6e5, 10.0, 0.0, 3.5e6, 0.0, -10.0], 10_980, 10_980)
                .expect("a known code");
        for (zoom, longitude) in [(8, 106.1), (11, 106.3), (14, 106.3), (17, 107.9)] {
            let bounds = Tile::at(longitude, 31.2, zoom).bounds_mercator();
            let exact = |column: f64, row: f64| {
                let x = bounds.west + bounds.width() * column / 256.0;
                let y = bounds.north - bounds.height() * row / 256.0;
                let (longitude, latitude) = mercator::unproject(x, y);
                utm.pixel(longitude, latitude)
            };
            let control = ControlGrid::fit(256, 256, exact);
            let mut visited = 0;
            for row in 0..256 {
                control.along_row(row, 0..256, |column, (x, y)| {
                    let (exact_x, exact_y) = exact(column as f64 + 0.5, row as f64 + 0.5);
                    let error = (x - exact_x).hypot(y - exact_y);
                    let larger = control.scale().max(1.0);
                    assert!(
                        error < 0.055 * larger,
                        "zoom {zoom}, pixel {column} {row}: {error}"
                    );
                    visited += 1;
                });
            }
            assert_eq!(visited, 256 * 256);
        }
    }

    #[test]
    fn scale_of_a_plain_enlargement() {
        let control = ControlGrid::fit(100, 50, |column, row| (column * 2.5, row * 2.5));
        assert!((control.scale() - 2.5).abs() < 1e-12);
    }
}
