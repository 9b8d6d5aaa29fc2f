//! Computed values as they are stored.

use crate::cog::{Band, CogOptions};
use crate::sample::{DataType, Sample, Samples, with_type};

/// Values as numbers of the output's type: (value − offset) / scale to the nearest, within the type's
/// range; a value that would land on nodata goes to the number beside it.
pub fn stored(values: &[f32], band: &Band, options: &CogOptions) -> Samples {
    with_type!(options.data_type, S => {
        fn fill(values: &[f32], rule: Rule<S>, numbers: &mut [S]) {
            crate::simd::widest!(convert(values: &[f32], rule: Rule<S>, numbers: &mut [S]));
        }
        let missing = S::from_f64(options.nodata.unwrap_or(f64::NAN));
        let rule = Rule {
            per_unit: 1.0 / band.scale,
            offset: band.offset,
            missing,
            beside: beside(missing, options.nodata),
        };
        let mut numbers = vec![missing; values.len()];
        fill(values, rule, &mut numbers);
        S::wrap(numbers)
    })
}

/// How the values of a band become numbers.
#[derive(Clone, Copy)]
struct Rule<S> {
    per_unit: f64,
    offset: f64,
    missing: S,
    beside: S,
}

#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn convert<S: Sample>(values: &[f32], rule: Rule<S>, numbers: &mut [S]) {
    for (out, &value) in numbers.iter_mut().zip(values) {
        let number = S::from_f64((f64::from(value) - rule.offset) * rule.per_unit);
        let number = if number == rule.missing {
            rule.beside
        } else {
            number
        };
        *out = if value.is_nan() { rule.missing } else { number };
    }
}

/// The number beside nodata, on the side of the type's middle; for floats nodata itself (only a
/// computed value that equals it exactly is lost).
fn beside<S: Sample>(missing: S, nodata: Option<f64>) -> S {
    let Some(nodata) = nodata.filter(|_| S::DATA_TYPE != DataType::F32) else {
        return missing;
    };
    let up = S::from_f64(nodata + 1.0);
    if up == missing {
        S::from_f64(nodata - 1.0)
    } else {
        up
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::georeference::GeoReference;

    fn options(data_type: DataType, nodata: Option<f64>) -> CogOptions {
        let transform = [0.0, 1.0, 0.0, 0.0, 0.0, -1.0];
        let grid = GeoReference::from_epsg(3857, transform, 4, 4).expect("a known code");
        CogOptions::new(grid, data_type, Band::new("a")).with_nodata(nodata)
    }

    #[test]
    fn rounded_clamped_and_never_nodata_by_chance() {
        let band = Band::new("a").scaled(0.0001, -0.1);
        let values = [0.2, -0.1, f32::NAN, 9.0, 0.123_46];
        let found = stored(&values, &band, &options(DataType::U16, Some(0.0)));
        // −0.1 is the number 0, which is nodata: 1 is the nearest that is not.
        assert_eq!(found, Samples::U16(vec![3000, 1, 0, 65_535, 2235]));
        let found = stored(
            &values,
            &Band::new("a"),
            &options(DataType::U8, Some(255.0)),
        );
        assert_eq!(found, Samples::U8(vec![0, 0, 255, 9, 0]));
        let found = stored(
            &[300.0],
            &Band::new("a"),
            &options(DataType::U8, Some(255.0)),
        );
        assert_eq!(found, Samples::U8(vec![254]));
    }
}
