//! What a block's values are like, for thresholds and stretches.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cog::Band;
use crate::sample::Samples;

/// Bits of a number's fraction that a bin of the histogram keeps: bins are 0.4 % wide.
const FRACTION_BITS: u32 = 8;
/// What is cut off a number to find its bin.
const CUT: u32 = 23 - FRACTION_BITS;

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
    /// Values counted in bins of 1/256 of their magnitude: the bin's number and its count.
    bins: BTreeMap<u32, u64>,
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
                summary.add(bin_of(value(number)), count);
            }
        }
        summary
    }

    /// Counts values in; NaN is none.
    fn count(&mut self, values: impl Iterator<Item = f32>) {
        let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
        let mut counts = vec![0_u32; 1 << (32 - CUT)];
        for value in values.filter(|value| !value.is_nan()) {
            low = if value < low { value } else { low };
            high = if value > high { value } else { high };
            counts[bin_of(value) as usize] += 1;
        }
        for (bin, count) in (0..).zip(counts) {
            self.add(bin, count.into());
        }
        if low <= high {
            self.widen(low, high);
        }
    }

    fn widen(&mut self, low: f32, high: f32) {
        self.minimum = Some(self.minimum.map_or(low, |known| known.min(low)));
        self.maximum = Some(self.maximum.map_or(high, |known| known.max(high)));
    }

    fn add(&mut self, bin: u32, count: u64) {
        if count > 0 {
            *self.bins.entry(bin).or_default() += count;
            self.valid += count;
        }
    }

    /// Counts another block's values in.
    pub fn merge(&mut self, other: &Self) {
        for (&bin, &count) in &other.bins {
            self.add(bin, count);
        }
        let least = self.minimum.into_iter().chain(other.minimum);
        self.minimum = least.reduce(f32::min);
        let most = self.maximum.into_iter().chain(other.maximum);
        self.maximum = most.reduce(f32::max);
    }

    /// The bins in ascending order: the value in the middle of each, and how many there are.
    pub fn bins(&self) -> impl Iterator<Item = (f64, u64)> + '_ {
        self.bins.iter().map(|(&bin, &count)| {
            let (low, high) = (edge(bin), edge(bin + 1));
            (f64::midpoint(low, high), count)
        })
    }

    /// The value below which a share (0 to 1) of the values lies, to within a bin; `None` where there
    /// are no values.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let (low, high) = (f64::from(self.minimum?), f64::from(self.maximum?));
        let wanted = (self.valid as f64 * share.clamp(0.0, 1.0)).ceil().max(1.0) as u64;
        let mut seen = 0;
        let bin = self.bins().find(|(_, count)| {
            seen += count;
            seen >= wanted
        });
        bin.map(|(value, _)| value.clamp(low, high))
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

/// Numbers in the order of their size, the lowest bits cut off.
fn bin_of(value: f32) -> u32 {
    // −0 is 0.
    let bits = (value + 0.0).to_bits();
    let ordered = if bits >> 31 == 0 {
        bits | 1 << 31
    } else {
        !bits
    };
    ordered >> CUT
}

/// The smallest number of a bin.
fn edge(bin: u32) -> f64 {
    let ordered = bin << CUT;
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
    fn bins_are_in_order_and_hold_their_numbers() {
        let numbers = [
            -1e9_f32, -3.5, -1e-3, 0.0, 1e-3, 0.2, 0.201, 3.5, 7000.0, 1e9,
        ];
        assert!(numbers.map(bin_of).is_sorted());
        for number in numbers {
            let bin = bin_of(number);
            let (low, high) = (edge(bin), edge(bin + 1));
            assert!(
                (low..=high).contains(&f64::from(number)),
                "{number}: {low} {high}"
            );
        }
    }
}
