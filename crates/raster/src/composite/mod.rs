//! One image from the looks of many dates.
//!
//! Looks are columns: for one row of pixels, one slice a look, NaN where it sees nothing. Medians
//! and percentiles sort sixteen pixels at a time with a sorting network ([`sorted`]).

mod network;
mod period;
mod sorted;
mod whole;

use serde::{Deserialize, Serialize};

use network::Network;
pub use period::{Period, groups};
pub use whole::Choice;

/// How the looks of a pixel become one value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Method {
    /// The middle one of the values, or the mean of the two middle ones.
    Median,
    /// The mean of the values.
    Mean,
    /// A percentile, 0 to 100, linear between the two nearest values (R's type 7, numpy's default).
    Percentile(f64),
    /// All bands of the look whose (high − low) / (high + low) is greatest; the first of equals. With
    /// `high` near infrared and `low` red it is the greenest date.
    MaximumIndex {
        /// The band that adds.
        high: String,
        /// The band that takes away.
        low: String,
    },
    /// All bands of the last look that has a value in each of them.
    MostRecent,
    /// How many looks have a value in every band asked for: one band, `count`.
    Count,
}

impl Method {
    /// Whether all bands of a pixel come from one look.
    pub fn is_whole(&self) -> bool {
        matches!(self, Self::MaximumIndex { .. } | Self::MostRecent)
    }
}

/// Makes one value of many, for rows of any number of looks. Keeps what it needs for its next row.
#[derive(Debug, Clone)]
pub struct Reducer {
    kind: Kind,
    network: Network,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Mean,
    /// 0 to 1; the median is 0.5: linear between two middle ones is their mean.
    Share(f64),
}

impl Reducer {
    /// For a method that works on each band by itself; `None` for the others.
    pub fn new(method: &Method, looks: usize) -> Option<Self> {
        let kind = match method {
            Method::Median => Kind::Share(0.5),
            Method::Percentile(percent) => Kind::Share(percent.clamp(0.0, 100.0) / 100.0),
            Method::Mean => Kind::Mean,
            _ => return None,
        };
        let network = Network::new(if matches!(kind, Kind::Mean) { 0 } else { looks });
        Some(Self { kind, network })
    }

    /// One row: `looks` are as long as `out`; NaN where no look has a value.
    pub fn row(&self, looks: &[&[f32]], out: &mut [f32]) {
        match self.kind {
            Kind::Mean => mean(looks, out),
            Kind::Share(share) => sorted::percentile(&self.network, share, looks, out),
        }
    }
}

/// The mean of the values, summed in double precision in the order of the looks.
fn mean(looks: &[&[f32]], out: &mut [f32]) {
    const LANES: usize = 64;
    for start in (0..out.len()).step_by(LANES) {
        let end = out.len().min(start + LANES);
        let (mut sums, mut counts) = ([0.0_f64; LANES], [0.0_f64; LANES]);
        for look in looks {
            let Some(values) = look.get(start..end) else {
                continue;
            };
            for ((sum, count), &value) in sums.iter_mut().zip(&mut counts).zip(values) {
                let there = !value.is_nan();
                *sum += if there { f64::from(value) } else { 0.0 };
                *count += f64::from(u8::from(there));
            }
        }
        // 0 / 0 is NaN, which is what it shall be.
        for ((out, sum), count) in out[start..end].iter_mut().zip(sums).zip(counts) {
            *out = (sum / count) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NO: f32 = f32::NAN;

    fn reduce(method: &Method, pixel: &[f32]) -> f32 {
        let looks: Vec<[f32; 1]> = pixel.iter().map(|&value| [value]).collect();
        let looks: Vec<&[f32]> = looks.iter().map(<[f32; 1]>::as_slice).collect();
        let mut out = [0.0];
        let reducer = Reducer::new(method, looks.len()).expect("works on each band");
        reducer.row(&looks, &mut out);
        out[0]
    }

    #[test]
    fn by_hand() {
        let near = |found: f32, expected: f32| assert!((found - expected).abs() < 1e-6, "{found}");
        near(reduce(&Method::Median, &[5.0, 1.0, NO, 9.0]), 5.0);
        near(reduce(&Method::Median, &[5.0, 1.0, 2.0, 9.0]), 3.5);
        near(reduce(&Method::Median, &[7.0]), 7.0);
        near(reduce(&Method::Mean, &[5.0, NO, 2.0]), 3.5);
        // numpy.percentile([1, 2, 10], 75) = 6.
        near(
            reduce(&Method::Percentile(75.0), &[10.0, 1.0, NO, 2.0]),
            6.0,
        );
        near(reduce(&Method::Percentile(0.0), &[10.0, 1.0, NO]), 1.0);
        near(reduce(&Method::Percentile(100.0), &[10.0, 1.0, NO]), 10.0);
        for method in [Method::Median, Method::Mean, Method::Percentile(10.0)] {
            assert!(reduce(&method, &[NO, NO]).is_nan(), "{method:?}");
            assert!(reduce(&method, &[]).is_nan(), "{method:?}");
        }
    }

    proptest! {
        #[test]
        fn as_sorting_every_pixel(
            looks in 1_usize..90,
            share in 0.0..1.0_f64,
            seed in any::<u64>(),
        ) {
            let mut state = seed | 1;
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let number = (state >> 40) as f32;
                if (state >> 33) % 4 == 0 { NO } else { number }
            };
            let width = 37;
            let rows: Vec<Vec<f32>> = (0..looks).map(|_| (0..width).map(|_| next()).collect()).collect();
            let slices: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
            let mut out = vec![0.0; width];
            let reducer = Reducer::new(&Method::Percentile(share * 100.0), looks).expect("a reducer");
            reducer.row(&slices, &mut out);
            for (column, &found) in out.iter().enumerate() {
                let mut values: Vec<f32> = rows.iter().map(|row| row[column]).filter(|value| !value.is_nan()).collect();
                values.sort_by(f32::total_cmp);
                if values.is_empty() {
                    prop_assert!(found.is_nan());
                    continue;
                }
                let place = share * (values.len() - 1) as f64;
                let low = f64::from(values[place.floor() as usize]);
                let high = f64::from(values[place.ceil() as usize]);
                let expected = low + (high - low) * place.fract();
                prop_assert!((f64::from(found) - expected).abs() <= expected.abs() * 1e-6, "{} {}", found, expected);
            }
        }
    }
}
