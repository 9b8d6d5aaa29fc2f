//! The arctangent, the same on every machine and fit for vector registers.
//!
//! Cephes' `atanf` (S. L. Moshier): reduction to ±tan(π/8), then a polynomial; 2e-7 relative. The
//! system's own differs from one C library to the next, and pixels must not.

use std::f32::consts::{FRAC_PI_2, FRAC_PI_4, PI};

const TAN_PI_8: f32 = 0.414_213_56;
const TAN_3_PI_8: f32 = 2.414_213_6;

/// The angle whose tangent is `x`, for `x` ≥ 0; radians.
pub fn atan_positive(x: f32) -> f32 {
    let (base, reduced) = if x > TAN_3_PI_8 {
        (FRAC_PI_2, -1.0 / x)
    } else if x > TAN_PI_8 {
        (FRAC_PI_4, (x - 1.0) / (x + 1.0))
    } else {
        (0.0, x)
    };
    let z = reduced * reduced;
    let polynomial = ((8.053_744_5e-2 * z - 0.138_776_86) * z + 0.199_777_1) * z - 0.333_329_5;
    base + (polynomial * z * reduced + reduced)
}

/// The angle of (x, y) from the x axis, −π to π; NaN of a NaN.
pub fn atan2(y: f32, x: f32) -> f32 {
    let angle = atan_positive(y.abs() / x.abs());
    let angle = if x < 0.0 { PI - angle } else { angle };
    if y < 0.0 { -angle } else { angle }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn is_the_arctangent(y in -1e3_f32..1e3, x in -1e3_f32..1e3) {
            let exact = f64::from(y).atan2(f64::from(x));
            prop_assert!((f64::from(atan2(y, x)) - exact).abs() < 4e-7, "{} for {exact}", atan2(y, x));
        }
    }

    #[test]
    fn along_the_axes() {
        assert!((atan2(1.0, 0.0) - FRAC_PI_2).abs() < 1e-7);
        assert!((atan2(-1.0, 0.0) + FRAC_PI_2).abs() < 1e-7);
        assert!((atan2(0.0, -1.0) - PI).abs() < 1e-7);
        assert!(atan2(f32::NAN, 1.0).is_nan());
        assert!((atan_positive(f32::INFINITY) - FRAC_PI_2).abs() < 1e-7);
    }
}
