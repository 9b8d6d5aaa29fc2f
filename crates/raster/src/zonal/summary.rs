//! Count, mean, spread and extremes of weighted values: of one piece of a zone, and of pieces put
//! together.

/// Values summed up side by side, so that the processor adds several at once.
const LANES: usize = 8;

/// What is known of the values of one piece of a zone.
///
/// Values are summed up as their distance from one of them: no large sums of squares to cancel.
#[derive(Debug, Clone)]
pub struct Piece {
    /// The value distances are from; NaN before there is one.
    from: f64,
    count: f64,
    weight: f64,
    sum: f64,
    squares: f64,
    lanes: Lanes,
}

#[derive(Debug, Clone)]
struct Lanes {
    counts: [u32; LANES],
    sums: [f64; LANES],
    squares: [f64; LANES],
    low: [f32; LANES],
    high: [f32; LANES],
}

impl Default for Piece {
    fn default() -> Self {
        Self {
            from: f64::NAN,
            count: 0.0,
            weight: 0.0,
            sum: 0.0,
            squares: 0.0,
            lanes: Lanes {
                counts: [0; LANES],
                sums: [0.0; LANES],
                squares: [0.0; LANES],
                low: [f32::INFINITY; LANES],
                high: [f32::NEG_INFINITY; LANES],
            },
        }
    }
}

impl Piece {
    /// Adds values that count wholly and weigh one each; NaN and infinities are left out.
    pub fn add_whole(&mut self, values: &[f32]) {
        let Some(from) = self.settle(values) else {
            return;
        };
        let lanes = &mut self.lanes;
        let (chunks, rest) = values.as_chunks::<LANES>();
        for chunk in chunks {
            lanes.add(chunk, from);
        }
        let mut last = [f32::NAN; LANES];
        last[..rest.len()].copy_from_slice(rest);
        lanes.add(&last, from);
    }

    /// Adds values of which each counts and weighs the same; NaN and infinities are left out.
    pub fn add_weighted(&mut self, values: &[f32], share: f64, weight: f64) {
        let Some(from) = self.settle(values) else {
            return;
        };
        for &value in values.iter().filter(|value| value.is_finite()) {
            let distance = f64::from(value) - from;
            self.count += share;
            self.weight += weight;
            self.sum += weight * distance;
            self.squares += weight * distance * distance;
            self.lanes.low[0] = self.lanes.low[0].min(value);
            self.lanes.high[0] = self.lanes.high[0].max(value);
        }
    }

    /// The value distances are from: the first that is one.
    fn settle(&mut self, values: &[f32]) -> Option<f64> {
        if self.from.is_nan() {
            self.from = f64::from(*values.iter().find(|value| value.is_finite())?);
        }
        Some(self.from)
    }

    /// The piece as a summary.
    pub fn summary(&self) -> Summary {
        let lanes = &self.lanes;
        let whole = f64::from(lanes.counts.iter().sum::<u32>());
        let weight = self.weight + whole;
        if weight <= 0.0 {
            return Summary::default();
        }
        let sum = self.sum + lanes.sums.iter().sum::<f64>();
        let squares = self.squares + lanes.squares.iter().sum::<f64>();
        let mean = sum / weight;
        Summary {
            count: self.count + whole,
            weight,
            mean: self.from + mean,
            squares: (squares - sum * mean).max(0.0),
            min: lanes.low.iter().copied().fold(f32::INFINITY, f32::min),
            max: lanes.high.iter().copied().fold(f32::NEG_INFINITY, f32::max),
        }
    }
}

impl Lanes {
    #[inline]
    fn add(&mut self, values: &[f32; LANES], from: f64) {
        for (lane, &value) in values.iter().enumerate() {
            let valid = value.is_finite();
            let distance = if valid { f64::from(value) - from } else { 0.0 };
            self.counts[lane] += u32::from(valid);
            self.sums[lane] += distance;
            self.squares[lane] += distance * distance;
            let (low, high) = if valid {
                (value, value)
            } else {
                (f32::INFINITY, f32::NEG_INFINITY)
            };
            self.low[lane] = if low < self.low[lane] {
                low
            } else {
                self.low[lane]
            };
            self.high[lane] = if high > self.high[lane] {
                high
            } else {
                self.high[lane]
            };
        }
    }
}

/// Pieces put together.
#[derive(Debug, Clone, Copy)]
pub struct Summary {
    /// The sum of the shares.
    pub count: f64,
    /// The sum of the weights.
    pub weight: f64,
    mean: f64,
    /// The weighted sum of the squared distances from the mean.
    squares: f64,
    min: f32,
    max: f32,
}

impl Default for Summary {
    fn default() -> Self {
        Self {
            count: 0.0,
            weight: 0.0,
            mean: 0.0,
            squares: 0.0,
            min: f32::INFINITY,
            max: f32::NEG_INFINITY,
        }
    }
}

impl Summary {
    /// Adds another part of the same zone (Chan, Golub and `LeVeque`, Updating formulae and a pairwise
    /// algorithm for computing sample variances, 1979).
    pub fn merge(&mut self, other: &Self) {
        if other.weight <= 0.0 {
            return;
        }
        let weight = self.weight + other.weight;
        let between = other.mean - self.mean;
        if self.weight <= 0.0 {
            self.mean = other.mean;
        } else {
            self.mean += between * other.weight / weight;
            self.squares += between * between * self.weight * other.weight / weight;
        }
        self.squares += other.squares;
        self.count += other.count;
        self.weight = weight;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// The weighted mean; none without values.
    pub fn mean(&self) -> Option<f64> {
        (self.weight > 0.0).then_some(self.mean)
    }

    /// The weighted standard deviation of the population; none without values.
    pub fn std(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| (self.squares / self.weight).max(0.0).sqrt())
    }

    /// The smallest value; none without values.
    pub fn min(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| f64::from(self.min))
    }

    /// The largest value; none without values.
    pub fn max(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| f64::from(self.max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_put_together_are_the_two_pass_formulas(
            whole in prop::collection::vec(prop_oneof![9 => 1e4_f32..1.01e4, 1 => Just(f32::NAN)], 0..70),
            edge in prop::collection::vec((1e4_f32..1.01e4, 0.01_f64..1.0), 1..9),
            cut in 0_usize..70,
        ) {
            let cut = cut.min(whole.len());
            let (mut one, mut two) = (Piece::default(), Piece::default());
            one.add_whole(&whole[..cut]);
            two.add_whole(&whole[cut..]);
            for &(value, share) in &edge {
                two.add_weighted(&[value], share, share);
            }
            let mut summary = one.summary();
            summary.merge(&two.summary());

            let valid = whole.iter().filter(|value| !value.is_nan()).map(|&value| (value, 1.0));
            let all: Vec<(f32, f64)> = valid.chain(edge).collect();
            let weight: f64 = all.iter().map(|(_, weight)| weight).sum();
            let mean = all.iter().map(|&(value, weight)| f64::from(value) * weight).sum::<f64>() / weight;
            let spread = all.iter().map(|&(value, weight)| (f64::from(value) - mean).powi(2) * weight).sum::<f64>() / weight;
            prop_assert!((summary.count - weight).abs() < 1e-9);
            prop_assert!((summary.mean().unwrap() - mean).abs() < 1e-8);
            prop_assert!((summary.std().unwrap() - spread.sqrt()).abs() < 1e-6);
            let values = || all.iter().map(|(value, _)| f64::from(*value));
            prop_assert_eq!(summary.min(), values().reduce(f64::min));
            prop_assert_eq!(summary.max(), values().reduce(f64::max));
        }
    }

    #[test]
    fn a_constant_has_no_spread_and_infinities_are_no_values() {
        let mut piece = Piece::default();
        piece.add_whole(&[0.1, f32::INFINITY, 0.1, f32::NEG_INFINITY, 0.1]);
        piece.add_weighted(&[0.1, f32::NAN], 0.3, 0.3);
        let summary = piece.summary();
        assert!((summary.count - 3.3).abs() < 1e-12);
        assert_eq!(summary.std(), Some(0.0));
        assert_eq!(summary.max(), Some(f64::from(0.1_f32)));
        assert_eq!(Piece::default().summary().mean(), None);
    }
}
