//! What a block's values are like, for thresholds and stretches.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cog::Band;
use crate::sample::Samples;

/// Bits of a number's fraction that a bin of the histogram keeps: bins are 0.4 % wide.
const FRACTION_BITS: u32 = 8;
/// What is cut off a number to find its bin.
const CUT: u32 = 23 - FRACTION_BITS;
/// The bits that are cut off.
const LOW_BITS: u32 = (1 << CUT) - 1;

/// The values of a block, band by band, as they are stored (after rounding, scale applied).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// One for each band.
    pub bands: Vec<BandSummary>,
}

/// The values of one band; those of several blocks can be put together in any order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BandSummary {
    /// How many pixels have a value.
    pub valid: u64,
    /// The smallest value.
    pub minimum: Option<f32>,
    /// The largest value.
    pub maximum: Option<f32>,
    /// Values counted in bins of 1/256 of their magnitude, by the bin's number.
    bins: BTreeMap<u32, Tally>,
}

/// What is in a bin, in whole numbers: merged in any order it is the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Tally(
    /// How many values.
    u64,
    /// How far they lie above the bin's smallest number, all together, in steps from one `f32` to the
    /// next.
    u64,
);

/// Values of almost one size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// Their mean.
    pub mean: f64,
    /// The largest number that belongs here.
    pub last: f64,
    /// How many there are.
    pub count: u64,
}

impl Summary {
    /// Counts another block's values in.
    pub fn merge(&mut self, other: &Self) {
        if self.bands.len() < other.bands.len() {
            let bands = other.bands.len();
            self.bands.resize_with(bands, BandSummary::default);
        }
        for (band, other) in self.bands.iter_mut().zip(&other.bands) {
            band.merge(other);
        }
    }
}

impl BandSummary {
    /// What the stored numbers of a band stand for.
    pub fn of(samples: &Samples, band: &Band, nodata: Option<f64>) -> Self {
        let value = |number: f64| (number * band.scale + band.offset) as f32;
        let index = |number: f64| (number as i32 & 0xFFFF) as usize;
        let mut summary = Self::default();
        let counts = match samples {
            Samples::U8(samples) => tally(samples.iter().map(|&number| number.into())),
            Samples::U16(samples) => tally(samples.iter().copied()),
            Samples::I16(samples) => tally(samples.iter().map(|&number| number as u16)),
            Samples::F32(samples) => {
                let missing = nodata.map(|nodata| nodata as f32);
                let there = samples.iter().filter(|&&sample| Some(sample) != missing);
                summary.count(there.map(|&sample| value(f64::from(sample))));
                return summary;
            }
        };
        let missing = nodata.map(index);
        let numbers = if matches!(samples, Samples::I16(_)) {
            i32::from(i16::MIN)..=i32::from(i16::MAX)
        } else {
            0..=i32::from(u16::MAX)
        };
        for number in numbers.map(f64::from) {
            let count = counts[index(number)];
            if count > 0 && Some(index(number)) != missing {
                summary.widen(value(number), value(number));
                let ordered = ordered(value(number));
                let above = count * u64::from(ordered & LOW_BITS);
                summary.add(ordered >> CUT, Tally(count, above));
            }
        }
        summary
    }

    /// Counts values in; NaN is none.
    pub fn count(&mut self, values: impl Iterator<Item = f32>) {
        let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
        let mut counts = vec![Tally::default(); 1 << (32 - CUT)];
        for value in values.filter(|value| !value.is_nan()) {
            low = if value < low { value } else { low };
            high = if value > high { value } else { high };
            let number = ordered(value);
            let tally = &mut counts[(number >> CUT) as usize];
            tally.0 += 1;
            tally.1 += u64::from(number & LOW_BITS);
        }
        for (bin, count) in (0..).zip(counts) {
            self.add(bin, count);
        }
        if low <= high {
            self.widen(low, high);
        }
    }

    fn widen(&mut self, low: f32, high: f32) {
        self.minimum = Some(self.minimum.map_or(low, |known| known.min(low)));
        self.maximum = Some(self.maximum.map_or(high, |known| known.max(high)));
    }

    fn add(&mut self, bin: u32, Tally(count, above): Tally) {
        if count > 0 {
            let known = self.bins.entry(bin).or_default();
            *known = Tally(known.0 + count, known.1 + above);
            self.valid += count;
        }
    }

    /// Counts another block's values in.
    pub fn merge(&mut self, other: &Self) {
        for (&bin, &tally) in &other.bins {
            self.add(bin, tally);
        }
        let least = self.minimum.into_iter().chain(other.minimum);
        self.minimum = least.reduce(f32::min);
        let most = self.maximum.into_iter().chain(other.maximum);
        self.maximum = most.reduce(f32::max);
    }

    /// The bins in ascending order.
    pub fn bins(&self) -> impl Iterator<Item = Bin> + '_ {
        self.bins.iter().map(|(&bin, &Tally(count, above))| {
            let first = number(bin << CUT);
            let last = number(bin << CUT | LOW_BITS);
            let step = (last - first) / f64::from(LOW_BITS);
            Bin {
                mean: first + step * above as f64 / count as f64,
                last,
                count,
            }
        })
    }

    /// Mean and standard deviation (population) of the finite values; `None` without any. The mean is
    /// that of the values themselves; for the deviation they count as the mean of their bin.
    pub fn moments(&self) -> Option<(f64, f64)> {
        let finite = || self.bins().filter(|bin| bin.mean.is_finite());
        let count = finite().map(|bin| bin.count).sum::<u64>() as f64;
        let average = |of: &dyn Fn(f64) -> f64| {
            let sums = finite().map(|bin| of(bin.mean) * bin.count as f64);
            sums.sum::<f64>() / count
        };
        let mean = average(&|value| value);
        let variance = average(&|value| (value - mean).powi(2));
        (count > 0.0).then(|| (mean, variance.sqrt()))
    }

    /// The value below which a share (0 to 1) of the values lies, to within a bin; `None` where there
    /// are no values.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let (low, high) = (f64::from(self.minimum?), f64::from(self.maximum?));
        let wanted = (self.valid as f64 * share.clamp(0.0, 1.0)).ceil().max(1.0) as u64;
        let mut seen = 0;
        let bin = self.bins().find(|bin| {
            seen += bin.count;
            seen >= wanted
        });
        bin.map(|bin| bin.mean.clamp(low, high))
    }
}

/// How many there are of each number.
fn tally(numbers: impl Iterator<Item = u16>) -> Vec<u64> {
    // Two in turn: a counter that was just written is slow to read again, and neighbours are alike.
    let mut counts = vec![[0_u64; 2]; 1 << 16];
    for (turn, number) in numbers.enumerate() {
        counts[usize::from(number)][turn % 2] += 1;
    }
    counts.into_iter().map(|[one, two]| one + two).collect()
}

/// Numbers in the order of their size: the next larger one is one more.
fn ordered(value: f32) -> u32 {
    // −0 is 0.
    let bits = (value + 0.0).to_bits();
    if bits >> 31 == 0 {
        bits | 1 << 31
    } else {
        !bits
    }
}

/// The number at a place in that order.
fn number(ordered: u32) -> f64 {
    let bits = if ordered >> 31 == 1 {
        ordered & !(1 << 31)
    } else {
        !ordered
    };
    f64::from(f32::from_bits(bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_and_in_parts_are_the_same() {
        let values: Vec<f32> = (0..5000)
            .map(|index| (index as f32 - 1500.0) * 0.37)
            .collect();
        let mut whole = BandSummary::default();
        whole.count(values.iter().copied().chain([f32::NAN]));
        let mut parts = BandSummary::default();
        for part in values.chunks(777).rev() {
            let mut summary = BandSummary::default();
            summary.count(part.iter().copied());
            parts.merge(&summary);
        }
        assert_eq!(whole, parts);
        assert_eq!(
            (whole.valid, whole.minimum, whole.maximum),
            (5000, Some(-555.0), Some(1294.63))
        );
        let json = serde_json::to_string(&whole).expect("to JSON");
        assert_eq!(
            serde_json::from_str::<BandSummary>(&json).expect("from JSON"),
            whole
        );
    }

    #[test]
    fn quantiles_within_a_bin() {
        let mut summary = BandSummary::default();
        summary.count((0..=1000).map(|index| (index as f32 - 200.0) / 100.0));
        for (share, expected) in [(0.0, -2.0), (0.1, -1.0), (0.5, 3.0), (0.9, 7.0), (1.0, 8.0)] {
            let found = summary.quantile(share).expect("there are values");
            assert!((found - expected).abs() < 0.04, "{share}: {found}");
        }
        assert_eq!(BandSummary::default().quantile(0.5), None);
    }

    #[test]
    fn numbers_are_in_order_and_come_back() {
        let numbers = [
            -1e9_f32, -3.5, -1e-3, 0.0, 1e-3, 0.2, 0.201, 3.5, 7000.0, 1e9,
        ];
        assert!(numbers.map(ordered).is_sorted());
        for value in numbers {
            assert_eq!(number(ordered(value)).to_bits(), f64::from(value).to_bits());
        }
    }

    #[test]
    fn moments_are_those_of_the_values() {
        let mut summary = BandSummary::default();
        let values = [-7.3_f32, -7.29, 0.1, 0.100_1, 250.0, 251.0, 3e6];
        summary.count(values.into_iter().chain([f32::INFINITY]));
        let mean = values.iter().copied().map(f64::from).sum::<f64>() / 7.0;
        let squares = values.map(|value| (f64::from(value) - mean).powi(2));
        let deviation = (squares.iter().sum::<f64>() / 7.0).sqrt();
        let (found, spread) = summary.moments().expect("there are values");
        assert!((found - mean).abs() < 1e-9 * mean, "{found} {mean}");
        assert!((spread - deviation).abs() < 1e-6 * deviation);
        assert_eq!(BandSummary::default().moments(), None);
    }
}
