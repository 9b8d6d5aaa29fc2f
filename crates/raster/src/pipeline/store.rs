//! Computed values as they are stored.

use crate::cog::{Band, CogOptions};
use crate::sample::{DataType, Sample, Samples};

/// Values as numbers of the output's type: (value − offset) / scale to the nearest, within the type's
/// range; a value that would land on nodata goes to the number beside it. And the values that those
/// numbers stand for, for the summary.
pub fn stored(values: &[f32], band: &Band, options: &CogOptions) -> Samples {
    match options.data_type {
        DataType::U8 => Samples::U8(numbers(values, band, options.nodata)),
        DataType::U16 => Samples::U16(numbers(values, band, options.nodata)),
        DataType::I16 => Samples::I16(numbers(values, band, options.nodata)),
        DataType::F32 => Samples::F32(numbers(values, band, options.nodata)),
    }
}

fn numbers<S: Sample>(values: &[f32], band: &Band, nodata: Option<f64>) -> Vec<S> {
    let missing = S::from_f64(nodata.unwrap_or(f64::NAN));
    let beside = beside(missing, nodata);
    let plain = band.scale.to_bits() == 1_f64.to_bits() && band.offset == 0.0;
    let per_unit = 1.0 / band.scale;
    let number = |value: f32| {
        let value = f64::from(value);
        S::from_f64(if plain {
            value
        } else {
            (value - band.offset) * per_unit
        })
    };
    let store = |&value: &f32| {
        if value.is_nan() {
            return missing;
        }
        let number = number(value);
        if nodata.is_some() && number == missing {
            beside
        } else {
            number
        }
    };
    values.iter().map(store).collect()
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

/// The values that stored numbers stand for, NaN for nodata.
pub fn meant(samples: &Samples, band: &Band, nodata: Option<f64>) -> Vec<f32> {
    fn all<S: Sample>(samples: &[S], band: &Band, nodata: Option<f64>) -> Vec<f32> {
        let missing = nodata.map(S::from_f64);
        let value = |&sample: &S| {
            if Some(sample) == missing {
                f32::NAN
            } else {
                (sample.to_f64() * band.scale + band.offset) as f32
            }
        };
        samples.iter().map(value).collect()
    }
    match samples {
        Samples::U8(samples) => all(samples, band, nodata),
        Samples::U16(samples) => all(samples, band, nodata),
        Samples::I16(samples) => all(samples, band, nodata),
        Samples::F32(samples) => all(samples, band, nodata),
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
        let meant = meant(&found, &band, Some(0.0));
        assert!((meant[0] - 0.2).abs() < 1e-6 && meant[2].is_nan());
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
