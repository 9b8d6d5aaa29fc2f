//! Where "changed" begins: by hand, by Otsu, by standard deviations.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How a threshold is found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Threshold {
    /// This value.
    Value(f64),
    /// Where the variance between the two sides is greatest (Otsu 1979, IEEE Transactions on Systems,
    /// Man, and Cybernetics 9, 62-66).
    Otsu,
    /// So many standard deviations above the mean; below it when negative.
    Sigma(f64),
}

/// Counts of values in bins of one width between two ends; values beyond them count in the outermost
/// bins. Whole numbers only, so that parts may be merged in any order with the same outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    low: f64,
    high: f64,
    counts: Vec<u64>,
}

/// Why there is no threshold.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ThresholdError {
    /// Ends that span nothing, or no bins.
    #[error(
        "a histogram from {low} to {high} in {bins} bins holds nothing; the first end must be lower"
    )]
    Bins {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
        /// How many.
        bins: usize,
    },
    /// Bins of another histogram.
    #[error("histograms of different bins cannot be merged")]
    Different,
    /// Nothing to separate.
    #[error("no threshold can be found: the values are {0}; give one with `value`")]
    Alike(&'static str),
    /// NaN or infinite.
    #[error("{0} is no threshold")]
    Value(f64),
}

impl Histogram {
    /// Without values yet. 4096 bins put a threshold to within 1/4096 of the span.
    ///
    /// # Errors
    /// When the ends span nothing or there are no bins.
    pub fn new(low: f64, high: f64, bins: usize) -> Result<Self, ThresholdError> {
        let span = high - low;
        if bins == 0 || !span.is_finite() || span <= 0.0 {
            return Err(ThresholdError::Bins { low, high, bins });
        }
        let counts = vec![0; bins];
        Ok(Self { low, high, counts })
    }

    /// Counts every value that is one.
    pub fn add(&mut self, values: &[f32]) {
        let last = self.counts.len() - 1;
        let per_unit = self.counts.len() as f64 / (self.high - self.low);
        for value in values.iter().filter(|value| !value.is_nan()) {
            // A cast saturates at zero.
            let bin = ((f64::from(*value) - self.low) * per_unit) as usize;
            self.counts[bin.min(last)] += 1;
        }
    }

    /// Adds the counts of a histogram of the same bins.
    ///
    /// # Errors
    /// When the bins differ.
    pub fn merge(&mut self, other: &Self) -> Result<(), ThresholdError> {
        let ends = |histogram: &Self| (histogram.low.to_bits(), histogram.high.to_bits());
        if ends(self) != ends(other) || self.counts.len() != other.counts.len() {
            return Err(ThresholdError::Different);
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        Ok(())
    }

    /// Values counted.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Values in each bin.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Mean and standard deviation (population), every value taken as the middle of its bin; `None`
    /// without values.
    pub fn moments(&self) -> Option<(f64, f64)> {
        let count = self.count() as f64;
        if count == 0.0 {
            return None;
        }
        let weighted = |of: &dyn Fn(f64) -> f64| {
            let bins = self.counts.iter().enumerate();
            bins.map(|(bin, count)| of(self.edge(bin as f64 + 0.5)) * *count as f64)
                .sum::<f64>()
                / count
        };
        let mean = weighted(&|value| value);
        let variance = weighted(&|value| (value - mean).powi(2));
        Some((mean, variance.sqrt()))
    }

    fn edge(&self, bin: f64) -> f64 {
        self.low + (self.high - self.low) * bin / self.counts.len() as f64
    }

    /// The upper edge of the bin after which the variance between both sides is greatest, the first
    /// of equals.
    fn otsu(&self) -> Option<f64> {
        let total = self.count() as f64;
        let middle = |bin: usize| bin as f64 + 0.5;
        let bins = self.counts.iter().enumerate();
        let whole: f64 = bins.map(|(bin, count)| middle(bin) * *count as f64).sum();
        let (mut below, mut sum, mut best) = (0.0, 0.0, None);
        for (bin, count) in self.counts.iter().enumerate() {
            below += *count as f64;
            sum += middle(bin) * *count as f64;
            let above = total - below;
            if below == 0.0 || above == 0.0 {
                continue;
            }
            let apart = sum / below - (whole - sum) / above;
            let between = below * above * apart * apart;
            if best.is_none_or(|(most, _)| between > most) {
                best = Some((between, bin));
            }
        }
        best.map(|(_, bin)| self.edge(bin as f64 + 1.0))
    }
}

/// The threshold as a number: what is greater lies beyond it.
///
/// # Errors
/// When the values are too few or too much alike to find one.
pub fn resolve(threshold: &Threshold, histogram: &Histogram) -> Result<f64, ThresholdError> {
    match *threshold {
        Threshold::Value(value) if value.is_finite() => Ok(value),
        Threshold::Value(value) => Err(ThresholdError::Value(value)),
        Threshold::Otsu => histogram
            .otsu()
            .ok_or(ThresholdError::Alike("all in one bin")),
        Threshold::Sigma(deviations) => {
            let (mean, deviation) = histogram.moments().ok_or(ThresholdError::Alike("none"))?;
            let value = mean + deviations * deviation;
            Some(value)
                .filter(|value| value.is_finite())
                .ok_or(ThresholdError::Value(deviations))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_heaps_are_parted_between_them() {
        let mut histogram = Histogram::new(0.0, 1.0, 100).unwrap();
        histogram.add(&[0.105, 0.115, 0.125, 0.135, 0.805, 0.825, f32::NAN]);
        let found = resolve(&Threshold::Otsu, &histogram).unwrap();
        // The first of the equal places between the heaps: after the bin of 0.135.
        assert!((found - 0.14).abs() < 1e-9, "{found}");
        assert_eq!(histogram.count(), 6);
    }

    #[test]
    fn deviations_from_the_mean() {
        let mut histogram = Histogram::new(-4.0, 4.0, 8).unwrap();
        histogram.add(&[-1.5, 0.5, 2.5, 0.5]);
        // Mean 0.5, variance (4 + 0 + 4 + 0) / 4 = 2.
        let found = resolve(&Threshold::Sigma(-2.0), &histogram).unwrap();
        assert!((found - (0.5 - 2.0 * 2_f64.sqrt())).abs() < 1e-12);
        assert_eq!(resolve(&Threshold::Value(0.25), &histogram), Ok(0.25));
    }

    #[test]
    fn parts_make_the_whole_in_any_order() {
        let empty = Histogram::new(0.0, 10.0, 5).unwrap();
        let part = |values: &[f32]| {
            let mut part = empty.clone();
            part.add(values);
            part
        };
        let (one, two) = (part(&[-3.0, 1.0, 5.0]), part(&[5.5, 99.0, f32::INFINITY]));
        let (mut forth, mut back) = (one.clone(), two.clone());
        forth.merge(&two).unwrap();
        back.merge(&one).unwrap();
        assert_eq!(forth, back);
        assert_eq!(forth.counts(), [2, 0, 2, 0, 2]);
        let other = Histogram::new(0.0, 9.0, 5).unwrap();
        assert_eq!(forth.merge(&other), Err(ThresholdError::Different));
    }

    #[test]
    fn nothing_to_part_is_said() {
        let mut histogram = Histogram::new(0.0, 1.0, 10).unwrap();
        assert!(resolve(&Threshold::Sigma(1.0), &histogram).is_err());
        histogram.add(&[0.5, 0.51]);
        assert!(resolve(&Threshold::Otsu, &histogram).is_err());
        assert!(resolve(&Threshold::Value(f64::NAN), &histogram).is_err());
        assert!(Histogram::new(1.0, 1.0, 10).is_err());
    }

    #[test]
    fn stored_form() {
        for (threshold, json) in [
            (Threshold::Value(0.2), r#"{"value":0.2}"#),
            (Threshold::Otsu, r#""otsu""#),
            (Threshold::Sigma(2.0), r#"{"sigma":2.0}"#),
        ] {
            assert_eq!(serde_json::to_string(&threshold).unwrap(), json);
        }
    }
}
