//! How a value between pixels is made.
//!
//! In every kernel the pixel that contains the place decides whether there is a value at all, so
//! that valid areas neither grow nor shrink; neighbours without data are left out and the weights
//! of the others made to sum to one again.

use serde::{Deserialize, Serialize};

/// How a value between pixels is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kernel {
    /// The nearest pixel: classes and masks.
    Nearest,
    /// From 2 × 2.
    Bilinear,
    /// From 4 × 4 (Catmull-Rom); where one of them is missing, from 2 × 2.
    Cubic,
    /// The mean over the target pixel's footprint.
    Average,
    /// The class with the largest area in the target pixel's footprint; of equals the lowest.
    Mode,
}

/// Pixels of one band of an image, where they lie in it. Kernels count in the image's own pixels, so
/// that a value is the same to the last bit whatever part of the image was read for it.
#[derive(Debug, Clone, Copy)]
pub struct Patch<'a> {
    /// The pixels that were read, row after row; NaN for no data.
    pub values: &'a [f32],
    /// How many are in a row.
    pub width: usize,
    /// Their first column in the image.
    pub column: i64,
    /// Their first row in the image.
    pub row: i64,
}

/// The classes in a footprint, each with its area; kept from pixel to pixel for its memory.
pub type Areas = Vec<(f32, f64)>;

impl Kernel {
    /// How far from its place a kernel looks, in source pixels, when a target pixel is `ratio`
    /// source pixels wide.
    pub fn reach(self, ratio: f64) -> f64 {
        match self {
            Self::Nearest => 1.0,
            Self::Bilinear => 2.0,
            Self::Cubic => 3.0,
            // Its four columns and rows begin with the footprint.
            Self::Average => (ratio.max(1.0) / 2.0 + 1.0).max(4.0),
            Self::Mode => ratio.max(1.0) / 2.0 + 1.0,
        }
    }

    /// Whether a footprint is so small that it lies on four columns and four rows.
    pub fn averages_four(self, ratio: f64) -> bool {
        self == Self::Average && ratio <= 3.0
    }

    /// Whether it is so small that it lies on three.
    pub fn averages_three(self, ratio: f64) -> bool {
        self == Self::Average && ratio <= 2.0
    }

    /// The value at a place in pixel coordinates of the image; NaN where there is none.
    pub fn sample(
        self,
        patch: Patch<'_>,
        (x, y): (f64, f64),
        ratio: f64,
        areas: &mut Areas,
    ) -> f32 {
        let here = patch.at(x, y);
        if here.is_nan() {
            return f32::NAN;
        }
        let half = ratio.max(1.0) / 2.0;
        match self {
            Self::Nearest => here,
            Self::Bilinear => bilinear(patch, x, y),
            Self::Cubic => cubic(patch, x, y).unwrap_or_else(|| bilinear(patch, x, y)),
            Self::Average => average(patch, x, y, half),
            Self::Mode => mode(patch, x, y, half, areas),
        }
    }
}

impl Patch<'_> {
    /// The value of the pixel that contains a place; NaN outside, and where a place is no number.
    fn at(self, column: f64, row: f64) -> f32 {
        // Exact for whole numbers and their neighbours; a cast rounds down from 0 on, without a call.
        let (column, row) = (column - self.column as f64, row - self.row as f64);
        // NaN fails all comparisons.
        if column >= 0.0 && column < self.width as f64 && row >= 0.0 {
            let index = (row as usize).saturating_mul(self.width) + column as usize;
            self.values.get(index).copied().unwrap_or(f32::NAN)
        } else {
            f32::NAN
        }
    }
}

fn bilinear(patch: Patch<'_>, x: f64, y: f64) -> f32 {
    let (left, top) = ((x - 0.5).floor(), (y - 0.5).floor());
    let (right, lower) = (x - 0.5 - left, y - 0.5 - top);
    let [a, b, c, d] = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)]
        .map(|(column, row)| patch.at(left + column, top + row));
    let whole = between([a, b, c, d], right as f32, lower as f32);
    if !whole.is_nan() {
        return whole;
    }
    let weights = [
        (1.0 - right) * (1.0 - lower),
        right * (1.0 - lower),
        (1.0 - right) * lower,
        right * lower,
    ];
    let (mut sum, mut total) = (0.0, 0.0);
    for (value, weight) in [a, b, c, d].into_iter().zip(weights) {
        if !value.is_nan() {
            sum += f64::from(value) * weight;
            total += weight;
        }
    }
    (sum / total) as f32
}

fn cubic(patch: Patch<'_>, x: f64, y: f64) -> Option<f32> {
    let (left, top) = ((x - 0.5).floor(), (y - 0.5).floor());
    let columns = catmull_rom((x - 0.5 - left) as f32);
    let rows = catmull_rom((y - 0.5 - top) as f32);
    let near = [-1.0, 0.0, 1.0, 2.0];
    let values = near.map(|row| near.map(|column| patch.at(left + column, top + row)));
    // A missing value makes the whole sum NaN.
    let sum = weighed(values.each_ref(), columns, rows);
    (!sum.is_nan()).then_some(sum)
}

/// Bilinear between upper left, upper right, lower left and lower right; NaN where one is missing.
#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
pub fn between([a, b, c, d]: [f32; 4], right: f32, down: f32) -> f32 {
    let (upper, lower) = (a + (b - a) * right, c + (d - c) * right);
    upper + (lower - upper) * down
}

/// The sum of `N` × `N` values by the weights of their columns and rows; NaN where one is missing.
#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
pub fn weighed<const N: usize>(values: [&[f32; 4]; N], columns: [f32; 4], rows: [f32; 4]) -> f32 {
    let mut sums = [0.0; 4];
    for (lane, (sum, weight)) in sums.iter_mut().zip(columns).enumerate() {
        let at = |row: usize| {
            values
                .get(row)
                .map_or(0.0, |values| values[lane] * rows[row])
        };
        *sum = ((at(0) + at(1)) + (at(2) + at(3))) * weight;
    }
    // A fourth column that weighs nothing may be missing.
    let last = if N == 4 { sums[3] } else { 0.0 };
    (sums[0] + sums[1]) + (sums[2] + last)
}

/// The weights of four neighbours when the place is `t` beyond the second; compiled again inside a
/// function for AVX2.
#[inline(always)]
pub fn catmull_rom(t: f32) -> [f32; 4] {
    const CUBE: [f32; 4] = [-0.5, 1.5, -1.5, 0.5];
    const SQUARE: [f32; 4] = [1.0, -2.5, 2.0, -0.5];
    const LINE: [f32; 4] = [-0.5, 0.0, 0.5, 0.0];
    const POINT: [f32; 4] = [0.0, 1.0, 0.0, 0.0];
    let mut weights = [0.0; 4];
    for (lane, weight) in weights.iter_mut().enumerate() {
        *weight = ((CUBE[lane] * t + SQUARE[lane]) * t + LINE[lane]) * t + POINT[lane];
    }
    weights
}

/// The weights of four neighbours in a footprint `length` long that begins `t` beyond the start of the
/// first; compiled again inside a function for AVX2.
#[inline(always)]
pub fn boxed(t: f32, length: f32) -> [f32; 4] {
    const STARTS: [f32; 4] = [0.0, 1.0, 2.0, 3.0];
    let mut weights = [0.0; 4];
    for (lane, weight) in weights.iter_mut().enumerate() {
        let inside = (t + length).min(STARTS[lane] + 1.0) - t.max(STARTS[lane]);
        *weight = inside.max(0.0) / length;
    }
    weights
}

/// The mean over a square of twice `half`, pixels weighing by the part of them inside it.
fn average(patch: Patch<'_>, x: f64, y: f64, half: f64) -> f32 {
    if Kernel::Average.averages_four(half * 2.0) {
        let (left, top) = ((x - half).floor(), (y - half).floor());
        let length = (half * 2.0) as f32;
        let columns = boxed((x - half - left) as f32, length);
        let rows = boxed((y - half - top) as f32, length);
        let near = [0.0, 1.0, 2.0, 3.0];
        let values = near.map(|row| near.map(|column| patch.at(left + column, top + row)));
        let [first, second, third, _] = &values;
        let whole = if Kernel::Average.averages_three(half * 2.0) {
            weighed([first, second, third], columns, rows)
        } else {
            weighed(values.each_ref(), columns, rows)
        };
        if !whole.is_nan() {
            return whole;
        }
    }
    let (mut sum, mut total) = (0.0, 0.0);
    footprint(patch, x, y, half, |value, area| {
        sum += f64::from(value) * area;
        total += area;
    });
    (sum / total) as f32
}

/// The value with the largest area in a square of twice `half`; of equals the lowest.
fn mode(patch: Patch<'_>, x: f64, y: f64, half: f64, areas: &mut Areas) -> f32 {
    areas.clear();
    footprint(patch, x, y, half, |value, area| {
        match areas
            .iter_mut()
            .find(|(known, _)| known.to_bits() == value.to_bits())
        {
            Some((_, sum)) => *sum += area,
            None => areas.push((value, area)),
        }
    });
    // What differs by rounding only is equal.
    let least = half * half * 1e-9;
    let larger = |best: (f32, f64), one: &(f32, f64)| {
        let (more, equal) = (one.1 > best.1 + least, one.1 > best.1 - least);
        if more || (equal && one.0 < best.0) {
            *one
        } else {
            best
        }
    };
    areas.iter().fold((f32::NAN, 0.0), larger).0
}

/// The pixels of a square of twice `half` that have a value, each with the part of it inside.
fn footprint(patch: Patch<'_>, x: f64, y: f64, half: f64, mut visit: impl FnMut(f32, f64)) {
    let mut row = (y - half).floor();
    while row < y + half {
        let down = (row + 1.0).min(y + half) - row.max(y - half);
        let mut column = (x - half).floor();
        while column < x + half {
            let value = patch.at(column, row);
            if !value.is_nan() {
                visit(
                    value,
                    down * ((column + 1.0).min(x + half) - column.max(x - half)),
                );
            }
            column += 1.0;
        }
        row += 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Raster;
    use proptest::prelude::*;

    const NO: f32 = f32::NAN;

    fn sample(kernel: Kernel, values: &Raster, x: f64, y: f64, ratio: f64) -> f32 {
        let patch = Patch {
            values: &values.values,
            width: values.width,
            column: 0,
            row: 0,
        };
        kernel.sample(patch, (x, y), ratio, &mut Areas::new())
    }

    fn near(found: f32, expected: f32) {
        assert!((found - expected).abs() < 1e-5, "{found} is not {expected}");
    }

    #[test]
    fn bilinear_by_hand() {
        let values = Raster::from_values(2, 2, vec![0.0, 10.0, 20.0, 30.0]);
        near(sample(Kernel::Bilinear, &values, 1.0, 1.0, 1.0), 15.0);
        // A quarter of the way right, half-way down: 0.75·0 + 0.25·10 and 0.75·20 + 0.25·30, halved.
        near(sample(Kernel::Bilinear, &values, 0.75, 1.0, 1.0), 12.5);
        // In the outermost half pixel the edge goes on.
        near(sample(Kernel::Bilinear, &values, 0.1, 0.1, 1.0), 0.0);
    }

    #[test]
    fn a_missing_neighbour_is_left_out_and_weights_renormalised() {
        let values = Raster::from_values(2, 2, vec![1.0, NO, 3.0, 5.0]);
        // Weights a half right, a quarter down: 0.375·1 + 0.125·3 + 0.125·5 of 0.625.
        near(sample(Kernel::Bilinear, &values, 0.999_999, 0.75, 1.0), 2.2);
        assert!(
            sample(Kernel::Bilinear, &values, 1.25, 0.5, 1.0).is_nan(),
            "in the missing pixel"
        );
        assert!(
            sample(Kernel::Bilinear, &values, 2.1, 0.5, 1.0).is_nan(),
            "outside"
        );
        assert!(
            sample(Kernel::Nearest, &values, f64::NAN, 0.5, 1.0).is_nan(),
            "nowhere"
        );
    }

    #[test]
    fn cubic_by_hand_and_with_a_gap() {
        let row = [0.0, 1.0, 4.0, 9.0];
        let values = Raster::from_values(4, 4, [row, row, row, row].concat());
        // Catmull-Rom half-way between 1 and 4: (−0 + 9·1 + 9·4 − 9) / 16.
        near(sample(Kernel::Cubic, &values, 2.0, 2.0, 1.0), 36.0 / 16.0);
        let mut gap = values.clone();
        gap.values[0] = NO;
        near(sample(Kernel::Cubic, &gap, 2.0, 2.0, 1.0), 2.5);
    }

    #[test]
    fn average_weighs_by_area() {
        let values = Raster::from_values(3, 3, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, NO]);
        // The square from 0.5 to 2.5: corners a quarter, edges a half, the middle whole; 9 is missing.
        let sum = 0.25 * (1.0 + 3.0 + 7.0) + 0.5 * (2.0 + 4.0 + 6.0 + 8.0) + 5.0;
        near(sample(Kernel::Average, &values, 1.5, 1.5, 2.0), sum / 3.75);
    }

    #[test]
    fn mode_is_the_largest_area() {
        let values = Raster::from_values(3, 3, vec![7.0, 2.0, 2.0, 7.0, 7.0, 2.0, 5.0, 5.0, NO]);
        let found = |x, y, ratio| sample(Kernel::Mode, &values, x, y, ratio);
        // From 0.5 to 2.5: 7 has 0.25 + 0.5 + 1, 2 has 0.5 + 0.25 + 0.5, 5 has 0.25 + 0.5.
        assert_eq!(found(1.5, 1.5, 2.0).to_bits(), 7.0_f32.to_bits());
        // Two of 7 and two of 5, none of them before the other.
        assert_eq!(found(1.0, 2.0, 2.0).to_bits(), 5.0_f32.to_bits());
        assert!(found(2.5, 2.5, 2.0).is_nan(), "in the missing pixel");
        assert_eq!(found(2.2, 0.1, 1.0).to_bits(), 2.0_f32.to_bits());
    }

    proptest! {
        #[test]
        fn every_kernel_keeps_a_plane_inside(x in 3.0..9.0_f64, y in 3.0..9.0_f64, a in -5.0..5.0_f64, b in -5.0..5.0_f64) {
            let plane = |x: f64, y: f64| a * x + b * y + 1.0;
            let values = (0..144).map(|index| plane(f64::from(index % 12) + 0.5, f64::from(index / 12) + 0.5) as f32);
            let values = Raster::from_values(12, 12, values.collect());
            for kernel in [Kernel::Bilinear, Kernel::Cubic, Kernel::Average] {
                // A box mean of pixels is exact on a plane only where the box is whole pixels wide.
                let (x, y) = if kernel == Kernel::Average { (x.floor(), y.floor()) } else { (x, y) };
                let found = f64::from(sample(kernel, &values, x, y, 2.0));
                prop_assert!((found - plane(x, y)).abs() < 1e-3, "{:?}: {} {}", kernel, found, plane(x, y));
            }
        }
    }
}
