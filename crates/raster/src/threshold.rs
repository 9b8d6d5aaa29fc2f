//! Where "changed" begins: by hand, by Otsu, by standard deviations.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::pipeline::BandSummary;

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

/// Why there is no threshold.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ThresholdError {
    /// Nothing to separate.
    #[error("no threshold can be found: the values are {0}; give one with `value`")]
    Alike(&'static str),
    /// NaN or infinite.
    #[error("{0} is no threshold")]
    Value(f64),
}

/// The threshold as a number: what is greater lies beyond it. The values' summary is enough, so a job
/// that has merged those of its chunks reads nothing again. Otsu's lies between two bins of the summary,
/// which are 1/256 of their values wide.
///
/// # Errors
/// When the values are too few or too much alike to find one.
pub fn find(summary: &BandSummary, threshold: Threshold) -> Result<f64, ThresholdError> {
    match threshold {
        Threshold::Value(value) if value.is_finite() => Ok(value),
        Threshold::Value(value) => Err(ThresholdError::Value(value)),
        Threshold::Otsu => otsu(summary).ok_or(ThresholdError::Alike("all of one size")),
        Threshold::Sigma(deviations) => {
            let (mean, deviation) = summary.moments().ok_or(ThresholdError::Alike("none"))?;
            let value = mean + deviations * deviation;
            Some(value)
                .filter(|value| value.is_finite())
                .ok_or(ThresholdError::Value(deviations))
        }
    }
}

/// The largest number of the bin after which the variance between both sides is greatest, the first of
/// equals.
fn otsu(summary: &BandSummary) -> Option<f64> {
    let bins = || summary.bins().filter(|bin| bin.mean.is_finite());
    let total: f64 = bins().map(|bin| bin.count as f64).sum();
    let whole: f64 = bins().map(|bin| bin.mean * bin.count as f64).sum();
    let (mut below, mut sum, mut best) = (0.0, 0.0, None);
    for bin in bins() {
        below += bin.count as f64;
        sum += bin.mean * bin.count as f64;
        let above = total - below;
        if above == 0.0 {
            break;
        }
        let apart = sum / below - (whole - sum) / above;
        let between = below * above * apart * apart;
        if best.is_none_or(|(most, _)| between > most) {
            best = Some((between, bin.last));
        }
    }
    best.map(|(_, last)| last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(values: &[f32]) -> BandSummary {
        let mut summary = BandSummary::default();
        summary.count(values.iter().copied());
        summary
    }

    #[test]
    fn two_heaps_are_parted_between_them() {
        let values = summary(&[0.105, 0.115, 0.125, 0.135, 0.805, 0.825, f32::NAN]);
        let found = find(&values, Threshold::Otsu).unwrap();
        // The first of the equal places between the heaps: the end of the bin of 0.135.
        assert!((0.135..0.1356).contains(&found), "{found}");
        // Of whole numbers the lower one is not beyond the threshold, the higher one is.
        let found = find(&summary(&[-2.0, -2.0, -1.0]), Threshold::Otsu).unwrap();
        assert!((-2.0..-1.0).contains(&found), "{found}");
    }

    #[test]
    fn deviations_from_the_mean() {
        let values = summary(&[-1.5, 0.5, 2.5, 0.5]);
        // Mean 0.5, variance (4 + 0 + 4 + 0) / 4 = 2.
        let found = find(&values, Threshold::Sigma(-2.0)).unwrap();
        assert!((found - (0.5 - 2.0 * 2_f64.sqrt())).abs() < 1e-12);
        assert_eq!(find(&values, Threshold::Value(0.25)), Ok(0.25));
    }

    #[test]
    fn nothing_to_part_is_said() {
        assert!(find(&summary(&[]), Threshold::Sigma(1.0)).is_err());
        assert!(find(&summary(&[]), Threshold::Otsu).is_err());
        assert!(find(&summary(&[0.5, 0.5]), Threshold::Otsu).is_err());
        assert!(find(&summary(&[1.0]), Threshold::Value(f64::NAN)).is_err());
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
