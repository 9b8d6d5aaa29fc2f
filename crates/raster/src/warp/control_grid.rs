//! Where target pixels lie in the source, exact at the nodes of a net and bilinear in between.

use std::ops::Range;

use grid::bounds::Bounds;

/// The error allowed in the middle between nodes, in pixels of the source or of the target, whichever
/// are larger. It is greatest there, or very near: nowhere more than 0.05.
const TOLERANCE: f64 = 0.045;
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

    /// The largest distance from `exact` in the middle of the cells and of their edges (opposite
    /// curvatures cancel in the middle of a cell, not on its edges). Where only one
    /// of the two is defined the net is too coarse as well.
    fn error(&self, exact: &impl Fn(f64, f64) -> (f64, f64)) -> f64 {
        let mut worst = 0.0_f64;
        let inside = [(0.5, 0.5), (0.5, 0.0), (0.0, 0.5)];
        let cells =
            (0..self.cells).flat_map(|row| (0..self.cells).map(move |column| (column, row)));
        for (column, row) in cells {
            let last = |index: usize| index + 1 == self.cells;
            let east = last(column).then_some((1.0, 0.5));
            let south = last(row).then_some((0.5, 1.0));
            for (across, down) in inside.into_iter().chain(east).chain(south) {
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
    /// of the centres of these columns and rows of the target.
    pub fn bounds(&self, columns: &Range<usize>, rows: &Range<usize>) -> Option<Bounds> {
        // Within a cell positions are bilinear: they are farthest out at corners.
        let cuts = |pixels: &Range<usize>, length: usize| {
            let per_pixel = self.cells as f64 / length as f64;
            let first = (pixels.start as f64 + 0.5) * per_pixel;
            let last = (pixels.end as f64 - 0.5) * per_pixel;
            let nodes = (first.ceil() as usize..=last.floor() as usize).map(|node| node as f64);
            [first, last].into_iter().chain(nodes).collect::<Vec<_>>()
        };
        if columns.is_empty() || rows.is_empty() {
            return None;
        }
        let columns = cuts(columns, self.width);
        let rows = cuts(rows, self.height);
        let columns = &columns;
        let places = rows.iter().flat_map(|&row| {
            let column = columns.iter();
            column.map(move |&column| self.at(column, row))
        });
        Bounds::around(places)
    }

    /// The position of a place counted in cells.
    fn at(&self, column: f64, row: f64) -> (f64, f64) {
        let cell = |place: f64| (place as usize).min(self.cells - 1);
        let (west, north) = (cell(column), cell(row));
        let (across, down) = (column - west as f64, row - north as f64);
        between(self.corners(west, north), across, down)
    }

    /// The positions of the centres of some of a row's pixels.
    pub fn along_row(&self, row: usize, columns: Range<usize>, into: &mut Positions) {
        let down = (row as f64 + 0.5) * self.cells as f64 / self.height as f64;
        let cell_row = (down as usize).min(self.cells - 1);
        let down = down - cell_row as f64;
        into.resize(columns.len());
        let mut column = columns.start;
        for cell in 0..self.cells {
            let end = self.end_of(cell).min(columns.end);
            if column >= end {
                continue;
            }
            let [a, b, c, d] = self.corners(cell, cell_row);
            let mix = |one: f64, two: f64| one + (two - one) * down;
            let (left, right) = (
                (mix(a.0, c.0), mix(a.1, c.1)),
                (mix(b.0, d.0), mix(b.1, d.1)),
            );
            let line = Line {
                first: column as i32,
                per_pixel: self.cells as f64 / self.width as f64,
                cell: cell as f64,
            };
            let places = column - columns.start..end - columns.start;
            line.draw(left.0, right.0 - left.0, &mut into.x[places.clone()]);
            line.draw(left.1, right.1 - left.1, &mut into.y[places]);
            column = end;
        }
    }

    /// The first column whose centre lies beyond a column of cells.
    fn end_of(&self, cell: usize) -> usize {
        if cell + 1 == self.cells {
            return self.width;
        }
        let edge = (cell + 1) as f64 * self.width as f64 / self.cells as f64;
        (edge - 0.5).ceil().max(0.0) as usize
    }
}

/// Positions in the source of pixels side by side. There is room for whole registers: beyond the last
/// pixel they are NaN.
#[derive(Debug, Default)]
pub struct Positions {
    pub x: Vec<f64>,
    pub y: Vec<f64>,
}

/// Pixels that are worked on side by side.
pub const LANES: usize = 16;

impl Positions {
    fn resize(&mut self, count: usize) {
        for values in [&mut self.x, &mut self.y] {
            values.clear();
            values.resize(count.next_multiple_of(LANES), f64::NAN);
        }
    }
}

/// Pixels of a row within one cell.
#[derive(Clone, Copy)]
struct Line {
    first: i32,
    /// Cells a pixel.
    per_pixel: f64,
    cell: f64,
}

impl Line {
    fn draw(self, start: f64, step: f64, out: &mut [f64]) {
        let line = self;
        crate::simd::widest!(draw(line: Line, start: f64, step: f64, out: &mut [f64]));
    }
}

#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn draw(line: Line, start: f64, step: f64, out: &mut [f64]) {
    for (column, out) in (line.first..).zip(out) {
        let across = (f64::from(column) + 0.5) * line.per_pixel - line.cell;
        *out = start + step * across;
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
    use crate::Window;
    use crate::georeference::GeoReference;
    use grid::mercator;
    use grid::projection::Projection;
    use grid::sinusoidal::Sinusoidal;
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
            let mut positions = Positions::default();
            for row in 0..256 {
                control.along_row(row, 0..256, &mut positions);
                for column in 0..256 {
                    let (x, y) = (positions.x[column], positions.y[column]);
                    let (exact_x, exact_y) = exact(column as f64 + 0.5, row as f64 + 0.5);
                    let error = (x - exact_x).hypot(y - exact_y);
                    let larger = control.scale().max(1.0);
                    assert!(
                        error < 0.05 * larger,
                        "zoom {zoom}, pixel {column} {row}: {error}"
                    );
                }
            }
        }
    }

    /// An image of 10 980² pixels around a place.
    fn image(projection: Projection, place: (f64, f64), pixel: f64) -> GeoReference {
        let (x, y) = projection.forward(place.0, place.1);
        let half = pixel * 5490.0;
        GeoReference {
            projection,
            epsg: None,
            transform: [x - half, pixel, 0.0, y + half, 0.0, -pixel],
            width: 10_980,
            height: 10_980,
        }
    }

    /// The largest error of a net, in pixels of the coarser side, at every seventh pixel.
    fn worst(source: &GeoReference, target: &GeoReference, window: Window) -> f64 {
        let control = crate::warp::control(source, target, window);
        let mut positions = Positions::default();
        let mut worst = 0.0_f64;
        for row in (0..window.height).step_by(7) {
            control.along_row(row, 0..window.width, &mut positions);
            for column in (0..window.width).step_by(7) {
                let (across, down) = (
                    window.column as f64 + column as f64 + 0.5,
                    window.row as f64 + row as f64 + 0.5,
                );
                let (longitude, latitude) = target.lonlat(across, down);
                let (x, y) = source.pixel(longitude, latitude);
                let error = (positions.x[column] - x).hypot(positions.y[column] - y);
                worst = worst.max(error / control.scale().max(1.0));
            }
        }
        worst
    }

    #[test]
    fn every_pair_of_projections_is_within_a_twentieth() {
        let of_code = |code| Projection::from_epsg(code).expect("a known code");
        let zones = (4513..=4554).map(|code: u32| {
            // Three-degree zones 25 to 45; at their edge, where they are turned the most.
            let zone = (code - 4513) % 21 + 25;
            let place = (
                f64::from(zone) * 3.0 + 1.5,
                20.0 + f64::from(zone - 25) * 1.5,
            );
            (of_code(code), place, 10.0)
        });
        let others = [
            (of_code(32648), (107.9, 31.2), 10.0),
            (of_code(32633), (17.9, 68.0), 10.0),
            (of_code(4326), (106.3, 31.2), 1e-4),
            (of_code(3857), (106.3, 31.2), 12.0),
            (
                Projection::Sinusoidal(Sinusoidal::modis()),
                (106.3, 31.2),
                463.3,
            ),
            (
                Projection::Sinusoidal(Sinusoidal::modis()),
                (132.0, 48.0),
                231.7,
            ),
        ];
        for (projection, place, pixel) in zones.chain(others) {
            let source = image(projection, place, pixel);
            let metres = if pixel < 0.01 { pixel * 111e3 } else { pixel };
            let targets = [
                (of_code(3857), metres * 1.2),
                (of_code(4326), metres * 9e-6),
                (of_code(32648), metres),
                (Projection::Sinusoidal(Sinusoidal::modis()), metres),
            ];
            for (projection, pixel) in targets {
                // A zone of UTM says nothing sensible far from its meridian.
                let beside = (place.0 - 105.0).abs() > 20.0;
                if beside && matches!(projection, Projection::TransverseMercator(_)) {
                    continue;
                }
                let target = image(projection, place, pixel);
                for corner in [(0, 0), (5120, 5120), (10_240, 512)] {
                    let window = Window::new(corner.0, corner.1, 512, 512);
                    let error = worst(&source, &target, window);
                    assert!(
                        error < 0.05,
                        "{:?} to {:?} at {corner:?}: {error}",
                        source.projection,
                        target.projection
                    );
                }
            }
        }
    }

    #[test]
    fn scale_of_a_plain_enlargement() {
        let control = ControlGrid::fit(100, 50, |column, row| (column * 2.5, row * 2.5));
        assert!((control.scale() - 2.5).abs() < 1e-12);
    }
}
