//! A row of pixels at a time: where they lie in the source, then the values of each band there.
//!
//! Pixels are worked side by side as if all the neighbours that a kernel wants were there. Where one is
//! missing the arithmetic gives NaN, and the pixel is asked again by the kernel's own rules; where
//! none is, both ways give the same bits.

use std::ops::Range;

use wide::f32x4;

use super::control_grid::{ControlGrid, LANES, Positions};
use super::kernel::{Areas, Kernel, Patch, between, boxed, catmull_rom};
use crate::Window;

/// A row's places in a patch. Kept from row to row for its memory.
#[derive(Debug, Default)]
pub struct Row {
    positions: Positions,
    places: Vec<Places>,
    /// For kernels of 4 × 4, the weights of the columns and of the rows.
    weights: Vec<[[[f32; 4]; LANES]; 2]>,
    /// The ones in the patch that the pixels lie in, −1 where they lie outside: found for the first band
    /// that wants to know.
    here: Vec<[i32; LANES]>,
    level: Level,
    areas: Areas,
}

/// Pixels side by side.
#[derive(Debug, Clone, Copy)]
struct Places {
    /// The upper left one of a pixel's neighbours in the patch; −1 where they are not all inside it.
    first: [i32; LANES],
    /// How far the pixel is beyond the neighbour on its left.
    right: [f32; LANES],
    /// How far it is below the neighbour above it.
    down: [f32; LANES],
}

/// Which neighbours a kernel asks for: so many before the place, so many behind the first.
#[derive(Debug, Clone, Copy)]
struct Neighbours {
    /// From a pixel's corner to the place that its value stands for, or to where a footprint begins.
    centre: f64,
    before: f64,
    more: f64,
}

impl Neighbours {
    fn of(kernel: Kernel, ratio: f64) -> Self {
        let (centre, before, more) = match kernel {
            Kernel::Average if kernel.averages_four(ratio) => (ratio.max(1.0) / 2.0, 0.0, 3.0),
            Kernel::Bilinear => (0.5, 0.0, 1.0),
            Kernel::Cubic => (0.5, 1.0, 3.0),
            Kernel::Nearest | Kernel::Average | Kernel::Mode => (0.0, 0.0, 0.0),
        };
        Self {
            centre,
            before,
            more,
        }
    }
}

impl Row {
    /// Finds the places of some pixels of a row in what was read of a level. `finer`: pixels of level 0
    /// a pixel of that level; `ratio`: pixels of the level a pixel of the row.
    pub fn place(
        &mut self,
        control: &ControlGrid,
        (row, columns): (usize, Range<usize>),
        (finer, ratio): (f64, f64),
        kernel: Kernel,
        read: Window,
    ) {
        control.along_row(row, columns, &mut self.positions);
        let level = Level {
            per_pixel: 1.0 / finer,
            column: read.column as f64,
            row: read.row as f64,
            width: read.width as f64,
            height: read.height as f64,
        };
        let (positions, places) = (&mut self.positions, &mut self.places);
        settle(level, Neighbours::of(kernel, ratio), positions, places);
        self.level = level;
        self.here.clear();
        if kernel == Kernel::Cubic {
            weigh(&self.places, &mut self.weights);
        } else if kernel.averages_four(ratio) {
            let length = ratio.max(1.0) as f32;
            weigh_footprint(&self.places, &mut self.weights, length);
        }
    }

    /// The values of a band at those places; NaN where there are none.
    pub fn values(&mut self, kernel: Kernel, patch: Patch<'_>, ratio: f64, out: &mut [f32]) {
        match kernel {
            Kernel::Nearest => {
                out.fill(f32::NAN);
                self.pick(patch.values, out);
            }
            Kernel::Bilinear => bilinear(patch, &self.places, out),
            Kernel::Cubic => neighbourhood(patch, &self.places, &self.weights, false, out),
            Kernel::Average if kernel.averages_four(ratio) => {
                let three = kernel.averages_three(ratio);
                neighbourhood(patch, &self.places, &self.weights, three, out);
            }
            Kernel::Average | Kernel::Mode => out.fill(f32::NAN),
        }
        if out.iter().fold(false, |some, value| some | value.is_nan()) {
            self.fill(kernel, patch, ratio, out);
        }
    }

    /// Asks the kernel for each value that is missing. Where there is nothing, as beyond the edge of an
    /// image, no kernel makes anything.
    fn fill(&mut self, kernel: Kernel, patch: Patch<'_>, ratio: f64, out: &mut [f32]) {
        if self.here.is_empty() {
            find_here(self.level, &self.positions, &mut self.here);
        }
        let x = self.positions.x.as_chunks::<LANES>().0;
        let y = self.positions.y.as_chunks::<LANES>().0;
        let places = self.here.iter().zip(x.iter().zip(y));
        for (out, (here, (x, y))) in out.chunks_mut(LANES).zip(places) {
            // Far from an image there are many such chunks.
            if here.iter().all(|here| *here < 0) {
                continue;
            }
            for (lane, out) in out.iter_mut().enumerate() {
                if out.is_nan() && patch.some(here[lane]) {
                    *out = kernel.sample(patch, (x[lane], y[lane]), ratio, &mut self.areas);
                }
            }
        }
    }

    /// The pixels that contain those places; where there are none `out` is left as it is. For places
    /// of [`Kernel::Nearest`].
    pub fn pick<T: Copy>(&self, values: &[T], out: &mut [T]) {
        for (places, out) in self.places.iter().zip(out.chunks_mut(LANES)) {
            for (out, &first) in out.iter_mut().zip(&places.first) {
                // −1 is beyond them all.
                if let Some(value) = values.get(first as usize) {
                    *out = *value;
                }
            }
        }
    }
}

/// Where in a level was read.
#[derive(Debug, Default, Clone, Copy)]
struct Level {
    per_pixel: f64,
    column: f64,
    row: f64,
    width: f64,
    height: f64,
}

fn settle(level: Level, wants: Neighbours, positions: &mut Positions, places: &mut Vec<Places>) {
    let empty = Places {
        first: [-1; LANES],
        right: [0.0; LANES],
        down: [0.0; LANES],
    };
    places.resize(positions.x.len() / LANES, empty);
    crate::simd::widest!(settle_wide(
        level: Level,
        wants: Neighbours,
        positions: &mut Positions,
        places: &mut [Places],
    ));
}

impl Level {
    /// The place of a pixel in the patch; −1 where it is not inside with `more` pixels beyond it.
    #[expect(
        clippy::inline_always,
        clippy::needless_bitwise_bool,
        reason = "compiled again inside a function for AVX2, where a branch costs more than a comparison"
    )]
    #[inline(always)]
    fn index(self, column: f64, row: f64, more: f64) -> i32 {
        let index = row * self.width + column;
        // NaN fails all comparisons.
        let inside = (column >= 0.0)
            & (column < self.width - more)
            & (row >= 0.0)
            & (row < self.height - more)
            & (index < f64::from(i32::MAX));
        if inside { index as i32 } else { -1 }
    }
}

#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn settle_wide(level: Level, wants: Neighbours, positions: &mut Positions, places: &mut [Places]) {
    let x = positions.x.as_chunks_mut::<LANES>().0;
    let y = positions.y.as_chunks_mut::<LANES>().0;
    for (places, (x, y)) in places.iter_mut().zip(x.iter_mut().zip(y)) {
        for lane in 0..LANES {
            x[lane] *= level.per_pixel;
            y[lane] *= level.per_pixel;
            let (right, down) = (x[lane] - wants.centre, y[lane] - wants.centre);
            let (left, top) = (right.floor(), down.floor());
            places.right[lane] = (right - left) as f32;
            places.down[lane] = (down - top) as f32;
            // Whole numbers: exact.
            let column = left - wants.before - level.column;
            let row = top - wants.before - level.row;
            places.first[lane] = level.index(column, row, wants.more);
        }
    }
}

fn find_here(level: Level, positions: &Positions, here: &mut Vec<[i32; LANES]>) {
    here.resize(positions.x.len() / LANES, [-1; LANES]);
    crate::simd::widest!(find_here_wide(
        level: Level,
        positions: &Positions,
        here: &mut [[i32; LANES]],
    ));
}

#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn find_here_wide(level: Level, positions: &Positions, here: &mut [[i32; LANES]]) {
    let x = positions.x.as_chunks::<LANES>().0;
    let y = positions.y.as_chunks::<LANES>().0;
    for (here, (x, y)) in here.iter_mut().zip(x.iter().zip(y)) {
        for lane in 0..LANES {
            let column = x[lane].floor() - level.column;
            let row = y[lane].floor() - level.row;
            here[lane] = level.index(column, row, 0.0);
        }
    }
}

fn weigh(places: &[Places], weights: &mut Vec<[[[f32; 4]; LANES]; 2]>) {
    weights.resize(places.len(), [[[0.0; 4]; LANES]; 2]);
    crate::simd::widest!(weigh_wide(
        places: &[Places],
        weights: &mut [[[[f32; 4]; LANES]; 2]],
    ));
}

#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn weigh_wide(places: &[Places], weights: &mut [[[[f32; 4]; LANES]; 2]]) {
    for (places, [columns, rows]) in places.iter().zip(weights) {
        for lane in 0..LANES {
            columns[lane] = catmull_rom(places.right[lane]);
            rows[lane] = catmull_rom(places.down[lane]);
        }
    }
}

fn weigh_footprint(places: &[Places], weights: &mut Vec<[[[f32; 4]; LANES]; 2]>, length: f32) {
    weights.resize(places.len(), [[[0.0; 4]; LANES]; 2]);
    crate::simd::widest!(weigh_footprint_wide(
        places: &[Places],
        weights: &mut [[[[f32; 4]; LANES]; 2]],
        length: f32,
    ));
}

#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn weigh_footprint_wide(places: &[Places], weights: &mut [[[[f32; 4]; LANES]; 2]], length: f32) {
    for (places, [columns, rows]) in places.iter().zip(weights) {
        for lane in 0..LANES {
            columns[lane] = boxed(places.right[lane], length);
            rows[lane] = boxed(places.down[lane], length);
        }
    }
}

fn bilinear(patch: Patch<'_>, places: &[Places], out: &mut [f32]) {
    crate::simd::widest!(bilinear_wide(
        patch: Patch<'_>,
        places: &[Places],
        out: &mut [f32],
    ));
}

#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn bilinear_wide(patch: Patch<'_>, places: &[Places], out: &mut [f32]) {
    let rows = patch.rows::<2>();
    let mut corners = [[0.0; LANES]; 4];
    for (places, out) in places.iter().zip(out.chunks_mut(LANES)) {
        for (lane, &first) in places.first.iter().enumerate() {
            let upper = from::<2>(rows[0], first);
            let lower = from::<2>(rows[1], first);
            let (Some([a, b]), Some([c, d])) = (upper, lower) else {
                corners[0][lane] = f32::NAN;
                continue;
            };
            corners[0][lane] = *a;
            corners[1][lane] = *b;
            corners[2][lane] = *c;
            corners[3][lane] = *d;
        }
        let mut values = [0.0; LANES];
        for (lane, value) in values.iter_mut().enumerate() {
            let corners = [0, 1, 2, 3].map(|corner| corners[corner][lane]);
            *value = between(corners, places.right[lane], places.down[lane]);
        }
        put(&values, out);
    }
}

/// Copies as many as there is room for: nearly always all, for which no call is needed.
#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn put(values: &[f32], out: &mut [f32]) {
    match (values.first_chunk::<LANES>(), out.first_chunk_mut()) {
        (Some(values), Some(out)) => *out = *values,
        _ => out.copy_from_slice(&values[..out.len()]),
    }
}

/// Weighs four columns and rows, or three where the fourth weighs nothing.
fn neighbourhood(
    patch: Patch<'_>,
    places: &[Places],
    weights: &[[[[f32; 4]; LANES]; 2]],
    three: bool,
    out: &mut [f32],
) {
    crate::simd::widest!(neighbourhood_wide(
        patch: Patch<'_>,
        places: &[Places],
        weights: &[[[[f32; 4]; LANES]; 2]],
        three: bool,
        out: &mut [f32],
    ));
}

#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn neighbourhood_wide(
    patch: Patch<'_>,
    places: &[Places],
    weights: &[[[[f32; 4]; LANES]; 2]],
    three: bool,
    out: &mut [f32],
) {
    if three {
        weigh_rows::<3>(patch, places, weights, out);
    } else {
        weigh_rows::<4>(patch, places, weights, out);
    }
}

#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn weigh_rows<const ROWS: usize>(
    patch: Patch<'_>,
    places: &[Places],
    weights: &[[[[f32; 4]; LANES]; 2]],
    out: &mut [f32],
) {
    let lines = patch.rows::<ROWS>();
    let places = places.iter().zip(weights);
    for ((places, [columns, rows]), out) in places.zip(out.chunks_mut(LANES)) {
        let mut values = [[f32::NAN; 4]; LANES / 4];
        for (quad, values) in values.iter_mut().enumerate() {
            let mut sums = [f32x4::ZERO; 4];
            for (pixel, sums) in sums.iter_mut().enumerate() {
                let lane = quad * 4 + pixel;
                let columns = f32x4::new(columns[lane]);
                *sums = columns_of(lines, places.first[lane], rows[lane]) * columns;
            }
            // From the columns of each pixel to each column of four pixels.
            let [first, second, third, fourth] = f32x4::transpose(sums);
            // A fourth column that weighs nothing may be missing.
            let last = if ROWS == 4 { fourth } else { f32x4::ZERO };
            *values = ((first + second) + (third + last)).to_array();
        }
        put(values.as_flattened(), out);
    }
}

/// The weighed sums of four columns, whose first values lie at one place of each row; NaN where there is
/// no such place.
#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn columns_of<const ROWS: usize>(rows: [&[f32]; ROWS], first: i32, weights: [f32; 4]) -> f32x4 {
    let mut weighed = [f32x4::ZERO; 4];
    for (row, values) in rows.iter().enumerate() {
        let Some(values) = from::<4>(values, first) else {
            return f32x4::splat(f32::NAN);
        };
        weighed[row] = f32x4::new(*values) * weights[row];
    }
    (weighed[0] + weighed[1]) + (weighed[2] + weighed[3])
}

/// So many values from a place on; `None` where that is −1.
#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn from<const N: usize>(values: &[f32], first: i32) -> Option<&[f32; N]> {
    // −1 lies beyond any patch.
    let first = first as u32 as usize;
    values.get(first..first + N)?.first_chunk()
}

impl<'a> Patch<'a> {
    /// Whether there is a value at a place in the patch.
    fn some(self, place: i32) -> bool {
        // −1 lies beyond any patch.
        let value = self.values.get(place as u32 as usize);
        value.is_some_and(|value| !value.is_nan())
    }

    /// All from the first row on, from the second on, and so forth: a place's neighbours below it lie at
    /// the same place of each.
    fn rows<const ROWS: usize>(self) -> [&'a [f32]; ROWS] {
        std::array::from_fn(|row| self.values.get(row * self.width..).unwrap_or_default())
    }
}
