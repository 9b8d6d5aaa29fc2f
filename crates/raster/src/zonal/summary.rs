//! Count, mean, spread and extremes of weighted values in one pass.

use super::ZonalStatistics;

/// West's incremental algorithm (Communications of the ACM 22, 1979): no large sums of squares to
/// cancel.
#[derive(Debug)]
pub struct Summary {
    count: f64,
    mean: f64,
    squares: f64,
    min: f64,
    max: f64,
}

impl Default for Summary {
    fn default() -> Self {
        Self {
            count: 0.0,
            mean: 0.0,
            squares: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        }
    }
}

impl Summary {
    /// Adds a value; NaN and weightless ones are left out.
    pub fn add(&mut self, value: f64, weight: f64) {
        if value.is_nan() || weight <= 0.0 {
            return;
        }
        self.count += weight;
        let from_mean = value - self.mean;
        self.mean += from_mean * weight / self.count;
        self.squares += weight * from_mean * (value - self.mean);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    /// The statistics, for polygons of `area` pixels.
    pub fn statistics(&self, area: f64) -> ZonalStatistics {
        let any = self.count > 0.0;
        ZonalStatistics {
            count: self.count,
            // Rounding may leave it a hair above one.
            valid_share: if area > 0.0 {
                (self.count / area).min(1.0)
            } else {
                0.0
            },
            mean: any.then_some(self.mean),
            std: any.then(|| (self.squares / self.count).max(0.0).sqrt()),
            min: any.then_some(self.min),
            max: any.then_some(self.max),
        }
    }
}
