//! How a value between pixels is made.
//!
//! In every kernel the pixel that contains the place decides whether there is a value at all, so
//! that valid areas neither grow nor shrink; neighbours without data are left out and the weights
//! of the others made to sum to one again.

use serde::{Deserialize, Serialize};

use crate::Raster;

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
}

/// Pixels of an image, where they lie in it. Kernels count in the image's own pixels, so that a value
/// is the same to the last bit whatever part of the image was read for it.
#[derive(Debug, Clone, Copy)]
pub struct Patch<'a> {
    /// The pixels that were read.
    pub values: &'a Raster,
    /// Their first column in the image.
    pub column: i64,
    /// Their first row in the image.
    pub row: i64,
}

impl Kernel {
    /// How far from its place a kernel looks, in source pixels, when a target pixel is `ratio`
    /// source pixels wide.
    pub fn reach(self, ratio: f64) -> f64 {
        match self {
            Self::Nearest => 1.0,
            Self::Bilinear => 2.0,
            Self::Cubic => 3.0,
            Self::Average => ratio.max(1.0) / 2.0 + 1.0,
        }
    }

    /// The value at a place in pixel coordinates of the image; NaN where there is none.
    pub fn sample(self, values: Patch<'_>, x: f64, y: f64, ratio: f64) -> f32 {
        let here = at(values, x.floor(), y.floor());
        if here.is_nan() {
            return f32::NAN;
        }
        match self {
            Self::Nearest => here,
            Self::Bilinear => bilinear(values, x, y),
            Self::Cubic => cubic(values, x, y).unwrap_or_else(|| bilinear(values, x, y)),
            Self::Average => average(values, x, y, ratio.max(1.0) / 2.0),
        }
    }
}

/// A pixel's value; NaN outside, and where a place is no number.
fn at(patch: Patch<'_>, column: f64, row: f64) -> f32 {
    // Whole numbers: their difference is exact.
    let (column, row) = (column - patch.column as f64, row - patch.row as f64);
    // NaN fails both comparisons.
    if column >= 0.0 && row >= 0.0 {
        patch.values.get(0, column as usize, row as usize)
    } else {
        f32::NAN
    }
}

fn bilinear(values: Patch<'_>, x: f64, y: f64) -> f32 {
    let (left, top) = ((x - 0.5).floor(), (y - 0.5).floor());
    let (right, lower) = (x - 0.5 - left, y - 0.5 - top);
    let corners = [
        (0.0, 0.0, (1.0 - right) * (1.0 - lower)),
        (1.0, 0.0, right * (1.0 - lower)),
        (0.0, 1.0, (1.0 - right) * lower),
        (1.0, 1.0, right * lower),
    ];
    let (mut sum, mut total) = (0.0, 0.0);
    for (column, row, weight) in corners {
        let value = at(values, left + column, top + row);
        if !value.is_nan() {
            sum += f64::from(value) * weight;
            total += weight;
        }
    }
    (sum / total) as f32
}

fn cubic(values: Patch<'_>, x: f64, y: f64) -> Option<f32> {
    let (left, top) = ((x - 0.5).floor(), (y - 0.5).floor());
    let (columns, rows) = (catmull_rom(x - 0.5 - left), catmull_rom(y - 0.5 - top));
    let mut sum = 0.0;
    for (row, weight) in (-1..).zip(rows) {
        let mut along = 0.0;
        for (column, weight) in (-1..).zip(columns) {
            along += f64::from(at(values, left + f64::from(column), top + f64::from(row))) * weight;
        }
        sum += along * weight;
    }
    // A missing value makes the whole sum NaN.
    (!sum.is_nan()).then_some(sum as f32)
}

/// The weights of four neighbours when the place is `t` beyond the second.
fn catmull_rom(t: f64) -> [f64; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [
        0.5 * (-t3 + 2.0 * t2 - t),
        0.5 * (3.0 * t3 - 5.0 * t2 + 2.0),
        0.5 * (-3.0 * t3 + 4.0 * t2 + t),
        0.5 * (t3 - t2),
    ]
}

/// The mean over a square of twice `half`, pixels weighing by the part of them inside it.
fn average(values: Patch<'_>, x: f64, y: f64, half: f64) -> f32 {
    let (mut sum, mut total) = (0.0, 0.0);
    let mut row = (y - half).floor();
    while row < y + half {
        let down = (row + 1.0).min(y + half) - row.max(y - half);
        let mut column = (x - half).floor();
        while column < x + half {
            let value = at(values, column, row);
            if !value.is_nan() {
                let weight = down * ((column + 1.0).min(x + half) - column.max(x - half));
                sum += f64::from(value) * weight;
                total += weight;
            }
            column += 1.0;
        }
        row += 1.0;
    }
    (sum / total) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NO: f32 = f32::NAN;

    fn whole(values: &Raster) -> Patch<'_> {
        Patch {
            values,
            column: 0,
            row: 0,
        }
    }

    fn near(found: f32, expected: f32) {
        assert!((found - expected).abs() < 1e-5, "{found} is not {expected}");
    }

    #[test]
    fn bilinear_by_hand() {
        let values = Raster::from_values(2, 2, vec![0.0, 10.0, 20.0, 30.0]);
        near(Kernel::Bilinear.sample(whole(&values), 1.0, 1.0, 1.0), 15.0);
        // A quarter of the way right, half-way down: 0.75·0 + 0.25·10 and 0.75·20 + 0.25·30, halved.
        near(
            Kernel::Bilinear.sample(whole(&values), 0.75, 1.0, 1.0),
            12.5,
        );
        // In the outermost half pixel the edge goes on.
        near(Kernel::Bilinear.sample(whole(&values), 0.1, 0.1, 1.0), 0.0);
    }

    #[test]
    fn a_missing_neighbour_is_left_out_and_weights_renormalised() {
        let values = Raster::from_values(2, 2, vec![1.0, NO, 3.0, 5.0]);
        // Weights a half right, a quarter down: 0.375·1 + 0.125·3 + 0.125·5 of 0.625.
        near(
            Kernel::Bilinear.sample(whole(&values), 0.999_999, 0.75, 1.0),
            2.2,
        );
        assert!(
            Kernel::Bilinear
                .sample(whole(&values), 1.25, 0.5, 1.0)
                .is_nan(),
            "in the missing pixel"
        );
        assert!(
            Kernel::Bilinear
                .sample(whole(&values), 2.1, 0.5, 1.0)
                .is_nan(),
            "outside"
        );
        assert!(
            Kernel::Nearest
                .sample(whole(&values), f64::NAN, 0.5, 1.0)
                .is_nan(),
            "nowhere"
        );
    }

    #[test]
    fn cubic_by_hand_and_with_a_gap() {
        let row = [0.0, 1.0, 4.0, 9.0];
        let values = Raster::from_values(4, 4, [row, row, row, row].concat());
        // Catmull-Rom half-way between 1 and 4: (−0 + 9·1 + 9·4 − 9) / 16.
        near(
            Kernel::Cubic.sample(whole(&values), 2.0, 2.0, 1.0),
            36.0 / 16.0,
        );
        let mut gap = values.clone();
        gap.values[0] = NO;
        near(Kernel::Cubic.sample(whole(&gap), 2.0, 2.0, 1.0), 2.5);
    }

    #[test]
    fn average_weighs_by_area() {
        let values = Raster::from_values(3, 3, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, NO]);
        // The square from 0.5 to 2.5: corners a quarter, edges a half, the middle whole; 9 is missing.
        let sum = 0.25 * (1.0 + 3.0 + 7.0) + 0.5 * (2.0 + 4.0 + 6.0 + 8.0) + 5.0;
        near(
            Kernel::Average.sample(whole(&values), 1.5, 1.5, 2.0),
            sum / 3.75,
        );
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
                let found = f64::from(kernel.sample(whole(&values), x, y, 2.0));
                prop_assert!((found - plane(x, y)).abs() < 1e-3, "{:?}: {} {}", kernel, found, plane(x, y));
            }
        }
    }
}
