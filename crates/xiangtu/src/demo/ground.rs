//! The ground the village stands on: its place on the Earth, and grids of values over it.
//!
//! Everything is grown in local metres, east and north of the south-west corner of the
//! images; only what is written to files becomes UTM metres or degrees.

use geo::Coord;

/// The projection of the images: UTM zone 49 north.
pub(super) const EPSG: u32 = 32649;
/// UTM metres of the south-west corner of the images.
pub(super) const ORIGIN: Coord<f64> = Coord {
    x: 249_000.0,
    y: 3_451_000.0,
};
/// Columns and rows of the images.
pub(super) const COLUMNS: usize = 700;
/// Rows of the images.
pub(super) const ROWS: usize = 600;
/// Metres a pixel of the images.
pub(super) const PIXEL: f64 = 10.0;
/// Metres a cell of the finer grid on which fields, roads and roofs are drawn.
pub(super) const FINE: f64 = 5.0;
/// Metres from west to east.
pub(super) const WIDTH: f64 = COLUMNS as f64 * PIXEL;
/// Metres from south to north.
pub(super) const HEIGHT: f64 = ROWS as f64 * PIXEL;

/// A grid of square cells, north up, in local metres.
#[derive(Clone)]
pub(super) struct Lattice<T> {
    pub(super) west: f64,
    pub(super) north: f64,
    pub(super) step: f64,
    pub(super) columns: usize,
    pub(super) rows: usize,
    pub(super) cells: Vec<T>,
}

impl<T: Copy> Lattice<T> {
    /// A grid over a rectangle that starts at its north-west corner, filled with one value.
    pub(super) fn new(
        corner: Coord<f64>,
        step: f64,
        columns: usize,
        rows: usize,
        value: T,
    ) -> Self {
        Self {
            west: corner.x,
            north: corner.y,
            step,
            columns,
            rows,
            cells: vec![value; columns * rows],
        }
    }

    /// A grid over the images with cells of the given size.
    pub(super) fn over_images(step: f64, value: T) -> Self {
        let corner = Coord { x: 0.0, y: HEIGHT };
        Self::new(
            corner,
            step,
            (WIDTH / step) as usize,
            (HEIGHT / step) as usize,
            value,
        )
    }

    /// The same cells with other values.
    pub(super) fn with<U>(&self, cells: Vec<U>) -> Lattice<U> {
        Lattice {
            west: self.west,
            north: self.north,
            step: self.step,
            columns: self.columns,
            rows: self.rows,
            cells,
        }
    }

    /// The middle of a cell.
    pub(super) fn centre(&self, index: usize) -> Coord<f64> {
        let (column, row) = (index % self.columns, index / self.columns);
        Coord {
            x: self.west + (column as f64 + 0.5) * self.step,
            y: self.north - (row as f64 + 0.5) * self.step,
        }
    }

    /// The cell a place falls into, if it is on the grid.
    pub(super) fn index(&self, place: Coord<f64>) -> Option<usize> {
        let column = ((place.x - self.west) / self.step).floor();
        let row = ((self.north - place.y) / self.step).floor();
        let inside =
            column >= 0.0 && row >= 0.0 && column < self.columns as f64 && row < self.rows as f64;
        inside.then(|| row as usize * self.columns + column as usize)
    }

    /// The value of the cell at a place, of the nearest cell outside the grid.
    pub(super) fn nearest(&self, place: Coord<f64>) -> T {
        let column = ((place.x - self.west) / self.step).floor() as i64;
        let row = ((self.north - place.y) / self.step).floor() as i64;
        self.clamped(column, row)
    }

    /// The value at a column and row, those of the edge repeated beyond it.
    pub(super) fn clamped(&self, column: i64, row: i64) -> T {
        let column = column.clamp(0, self.columns as i64 - 1) as usize;
        let row = row.clamp(0, self.rows as i64 - 1) as usize;
        self.cells[row * self.columns + column]
    }

    /// The neighbours of a cell, with how many cells away they are (1 or √2).
    pub(super) fn neighbours(&self, index: usize) -> impl Iterator<Item = (usize, f64)> + use<T> {
        const AROUND: [(i64, i64); 8] = [
            (0, -1),
            (1, 0),
            (0, 1),
            (-1, 0),
            (1, -1),
            (1, 1),
            (-1, 1),
            (-1, -1),
        ];
        let (columns, rows) = (self.columns as i64, self.rows as i64);
        let (column, row) = (index as i64 % columns, index as i64 / columns);
        AROUND.into_iter().filter_map(move |(dx, dy)| {
            let (c, r) = (column + dx, row + dy);
            let inside = c >= 0 && r >= 0 && c < columns && r < rows;
            let away = if dx != 0 && dy != 0 {
                std::f64::consts::SQRT_2
            } else {
                1.0
            };
            inside.then_some(((r * columns + c) as usize, away))
        })
    }
}

impl Lattice<f64> {
    /// The value between the cells, by a cubic B-spline: no creases where cells meet.
    pub(super) fn smooth(&self, place: Coord<f64>) -> f64 {
        let x = (place.x - self.west) / self.step - 0.5;
        let y = (self.north - place.y) / self.step - 0.5;
        let (column, row) = (x.floor(), y.floor());
        let (across, down) = (spline(x - column), spline(y - row));
        let mut sum = 0.0;
        for (dy, weight_down) in down.into_iter().enumerate() {
            for (dx, weight_across) in across.into_iter().enumerate() {
                let value = self.clamped(column as i64 + dx as i64 - 1, row as i64 + dy as i64 - 1);
                sum += weight_down * weight_across * value;
            }
        }
        sum
    }

    /// The rise to the east and to the north at a place, metres a metre.
    pub(super) fn gradient(&self, place: Coord<f64>) -> (f64, f64) {
        let column = ((place.x - self.west) / self.step).floor() as i64;
        let row = ((self.north - place.y) / self.step).floor() as i64;
        let across = self.clamped(column + 1, row) - self.clamped(column - 1, row);
        let up = self.clamped(column, row - 1) - self.clamped(column, row + 1);
        (across / (2.0 * self.step), up / (2.0 * self.step))
    }
}

fn spline(t: f64) -> [f64; 4] {
    let back = 1.0 - t;
    [
        back * back * back / 6.0,
        (3.0 * t * t * t - 6.0 * t * t + 4.0) / 6.0,
        (-3.0 * t * t * t + 3.0 * t * t + 3.0 * t + 1.0) / 6.0,
        t * t * t / 6.0,
    ]
}

/// The distance between two places, metres.
pub(super) fn distance(a: Coord<f64>, b: Coord<f64>) -> f64 {
    ((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)).sqrt()
}
