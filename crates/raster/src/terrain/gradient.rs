//! Horn's gradient of a window of heights.

use super::ground::{Edges, Footing, Ground};
use crate::Raster;

/// What `of` makes of the gradient (metres up a metre, east and north) of every pixel of the window.
/// `elevation` has a margin of one pixel. NaN where there is no height.
pub fn map(elevation: &Raster, ground: &Ground, of: impl Fn(f32, f32) -> f32) -> Raster {
    let width = ground.window().width;
    let mut raster = Raster::empty(width, ground.window().height, 1);
    let mut rows = Rows::new(elevation, ground.edges());
    let out = raster.values.chunks_exact_mut(width.max(1));
    for (row, (out, footing)) in out.zip(ground.rows()).enumerate() {
        let [above, here, below] = rows.around(row);
        for (column, out) in out.iter_mut().enumerate() {
            let window = |row: &[f32]| [row[column], row[column + 1], row[column + 2]];
            let (east, north) = horn(window(above), window(here), window(below), footing);
            *out = of(east, north);
        }
    }
    raster
}

/// Horn's formula: differences weighed 1, 2, 1 over eight.
fn horn(above: [f32; 3], here: [f32; 3], below: [f32; 3], footing: &Footing) -> (f32, f32) {
    let centre = here[1];
    let level = |height: f32| if height.is_nan() { centre } else { height };
    let ([a, b, c], [d, _, f], [g, h, i]) = (above.map(level), here.map(level), below.map(level));
    let along = ((c - a) + 2.0 * (f - d) + (i - g)) * 0.125;
    let down = ((g - a) + 2.0 * (h - b) + (i - c)) * 0.125;
    // A pixel without height next to valid ones must not get an answer from them.
    let along = if centre.is_nan() { f32::NAN } else { along };
    (
        footing.east.0 * along + footing.east.1 * down,
        footing.north.0 * along + footing.north.1 * down,
    )
}

/// Rows of heights with what lies beyond the image's edges filled in.
struct Rows<'a> {
    elevation: &'a Raster,
    edges: Edges,
    scratch: [Vec<f32>; 3],
}

impl<'a> Rows<'a> {
    fn new(elevation: &'a Raster, edges: Edges) -> Self {
        Self {
            elevation,
            edges,
            scratch: std::array::from_fn(|_| Vec::with_capacity(elevation.width)),
        }
    }

    /// The rows above, at and below a row of the window.
    fn around(&mut self, row: usize) -> [&[f32]; 3] {
        for (offset, scratch) in self.scratch.iter_mut().enumerate() {
            scratch.clear();
            scratch.extend_from_slice(self.elevation.row(row + offset));
        }
        let [above, here, below] = &mut self.scratch;
        let north = self.edges.north == Some(row);
        let south = self.edges.south == Some(row + 2);
        match (north, south) {
            (true, true) => {
                above.clone_from(here);
                below.clone_from(here);
            }
            (true, false) => extend(above, here, below),
            (false, true) => extend(below, here, above),
            (false, false) => {}
        }
        for row in [&mut *above, &mut *here, &mut *below] {
            extend_sides(row, self.edges);
        }
        [above, here, below]
    }
}

/// A row beyond the edge: as far from the row at the edge as that is from the row within.
fn extend(beyond: &mut [f32], edge: &[f32], within: &[f32]) {
    for ((beyond, edge), within) in beyond.iter_mut().zip(edge).zip(within) {
        *beyond = 2.0 * edge - within;
    }
}

/// The same for the columns beyond the edges.
fn extend_sides(row: &mut [f32], edges: Edges) {
    let (west, east) = (edges.west, edges.east);
    if let (Some(west), Some(east)) = (west, east)
        && east == west + 2
    {
        // An image of a single column is level across.
        row[west] = row[west + 1];
        row[east] = row[west + 1];
        return;
    }
    if let Some(west) = west.filter(|west| west + 2 < row.len()) {
        row[west] = 2.0 * row[west + 1] - row[west + 2];
    }
    if let Some(east) = east.filter(|&east| east >= 2) {
        row[east] = 2.0 * row[east - 1] - row[east - 2];
    }
}
