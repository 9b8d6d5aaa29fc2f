//! Weighted quantiles.
//!
//! The definition is exactextract's: the distinct values v₀ < v₁ < … < vₙ₋₁ with their summed weights wᵢ
//! stand at sᵢ = i·wᵢ + (n−1)·(w₀ + … + wᵢ₋₁), and the quantile q lies at q·(n−1)·Σw, linearly between
//! its neighbours. With equal weights it is the usual linear interpolation (R's type 7).

use std::collections::BTreeMap;

/// The values that share their first 16 bits, and the bits that are left.
const HALF: usize = 1 << 16;

/// A value and its weight as one number that sorts by the value.
pub fn key(value: f32, weight: f32) -> u64 {
    // Adding zero makes −0 and 0 one value.
    let bits = (value + 0.0).to_bits();
    let ordered = if bits >> 31 == 1 {
        !bits
    } else {
        bits | 1 << 31
    };
    u64::from(ordered) << 32 | u64::from(weight.to_bits())
}

fn value(ordered: u32) -> f32 {
    f32::from_bits(if ordered >> 31 == 1 {
        ordered & !(1 << 31)
    } else {
        !ordered
    })
}

fn parts(key: u64) -> (u32, f64) {
    ((key >> 32) as u32, f32::from_bits(key as u32).into())
}

/// A distinct value where it stands.
#[derive(Debug, Clone, Copy)]
struct Stand {
    value: f64,
    at: f64,
}

impl Stand {
    /// Of the value that `index` smaller ones of the weight `before` precede, among `count`.
    fn new(value: f32, weight: f64, index: usize, before: f64, count: usize) -> Self {
        Self {
            value: value.into(),
            at: index as f64 * weight + (count - 1) as f64 * before,
        }
    }
}

/// The values at `target`, between those that stand around it; none when there are none.
fn between(stands: &[Stand], target: f64) -> Option<f64> {
    let right = stands.partition_point(|stand| stand.at <= target);
    let left = stands.get(right.saturating_sub(1))?;
    Some(match stands.get(right) {
        Some(next) if right > 0 => {
            left.value + (target - left.at) * (next.value - left.value) / (next.at - left.at)
        }
        _ => left.value,
    })
}

/// The percentiles (0 to 100) of values given as keys, in the order asked for.
pub fn of_keys(mut keys: Vec<u64>, percentiles: &[f64]) -> Vec<Option<f64>> {
    keys.sort_unstable();
    let same = |one: &u64, two: &u64| one >> 32 == two >> 32;
    let count = keys.chunk_by(same).count();
    let mut total = 0.0;
    let mut stands = Vec::with_capacity(count);
    for (index, group) in keys.chunk_by(same).enumerate() {
        let (ordered, _) = parts(group[0]);
        let weight: f64 = group.iter().map(|&key| parts(key).1).sum();
        stands.push(Stand::new(value(ordered), weight, index, total, count));
        total += weight;
    }
    let end = total * count.saturating_sub(1) as f64;
    let at = |percentile: &f64| between(&stands, percentile / 100.0 * end);
    percentiles.iter().map(at).collect()
}

/// The same in bounded memory for more values than can be held: they are shown twice. The first time
/// they are counted by the first 16 of their 32 bits, the second time exactly where the quantiles lie.
#[derive(Debug)]
pub struct Histogram {
    weights: Vec<f64>,
    /// Which values of a bin there are, a bit each: 8 KB for each bin that has any.
    seen: Vec<Option<Box<[u64]>>>,
    /// The weights of every value of the bins that are looked at closely.
    close: BTreeMap<usize, Vec<f64>>,
}

impl Histogram {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            weights: vec![0.0; HALF],
            seen: vec![None; HALF],
            close: BTreeMap::new(),
        }
    }

    /// Shows values the first time.
    pub fn count(&mut self, keys: &[u64]) {
        for &key in keys {
            let (ordered, weight) = parts(key);
            let (bin, low) = (ordered as usize / HALF, ordered as usize % HALF);
            self.weights[bin] += weight;
            let seen = self.seen[bin].get_or_insert_with(|| vec![0; HALF / 64].into());
            seen[low / 64] |= 1 << (low % 64);
        }
    }

    /// Between the first time and the second: finds the bins the percentiles lie in.
    pub fn focus(&mut self, percentiles: &[f64]) {
        let used: Vec<usize> = (0..HALF).filter(|&bin| self.seen[bin].is_some()).collect();
        let mut sums = Vec::with_capacity(used.len());
        let mut total = 0.0;
        for &bin in &used {
            total += self.weights[bin];
            sums.push(total);
        }
        for percentile in percentiles {
            let middle = sums.partition_point(|&sum| sum <= percentile / 100.0 * total);
            // A quantile lies between the value at its weight and one beside it.
            for &bin in used.iter().skip(middle.saturating_sub(1)).take(3) {
                self.close.entry(bin).or_insert_with(|| vec![0.0; HALF]);
            }
            if let Some(&bin) = used.last().filter(|_| middle >= used.len()) {
                self.close.entry(bin).or_insert_with(|| vec![0.0; HALF]);
            }
        }
    }

    /// Shows the same values the second time.
    pub fn look(&mut self, keys: &[u64]) {
        for &key in keys {
            let (ordered, weight) = parts(key);
            if let Some(weights) = self.close.get_mut(&(ordered as usize / HALF)) {
                weights[ordered as usize % HALF] += weight;
            }
        }
    }

    /// The percentiles (0 to 100), in the order asked for.
    pub fn percentiles(&self, percentiles: &[f64]) -> Vec<Option<f64>> {
        let distinct = |bin: usize| {
            let words = self.seen[bin].iter().flat_map(|seen| seen.iter());
            words.map(|word| word.count_ones() as usize).sum::<usize>()
        };
        let count: usize = (0..HALF).map(distinct).sum();
        let mut stands = Vec::new();
        let (mut index, mut before) = (0, 0.0);
        for bin in 0..HALF {
            if let Some(weights) = self.close.get(&bin) {
                let (mut index, mut before) = (index, before);
                for (low, &weight) in weights
                    .iter()
                    .enumerate()
                    .filter(|(_, weight)| **weight > 0.0)
                {
                    let value = value((bin * HALF + low) as u32);
                    stands.push(Stand::new(value, weight, index, before, count));
                    index += 1;
                    before += weight;
                }
            }
            index += distinct(bin);
            before += self.weights[bin];
        }
        let end = before * count.saturating_sub(1) as f64;
        let at = |percentile: &f64| between(&stands, percentile / 100.0 * end);
        percentiles.iter().map(at).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn equal_weights_interpolate_as_usual() {
        let keys = |values: &[f32]| {
            values
                .iter()
                .map(|&value| key(value, 1.0))
                .collect::<Vec<_>>()
        };
        let found = of_keys(
            keys(&[4.0, -1.0, 3.0, 2.0]),
            &[0.0, 25.0, 50.0, 90.0, 100.0],
        );
        let expected = [-1.0, 1.25, 2.5, 3.7, 4.0];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found.unwrap() - expected).abs() < 1e-12, "{found:?}");
        }
        assert_eq!(of_keys(Vec::new(), &[50.0]), [None]);
        assert_eq!(
            of_keys(keys(&[7.0, 7.0]), &[0.0, 50.0, 100.0]),
            [Some(7.0); 3]
        );
    }

    #[test]
    fn weights_move_the_median_as_in_exactextract() {
        // By hand: s = 0, 1·0.5 + 2·1 = 2.5, 2·0.25 + 2·1.5 = 3.5; the median stands at 0.5·2·1.75.
        let found = of_keys(
            vec![key(10.0, 1.0), key(20.0, 0.5), key(30.0, 0.25)],
            &[50.0],
        );
        assert!((found[0].unwrap() - 17.0).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn the_histogram_finds_what_sorting_finds(
            values in prop::collection::vec((prop_oneof![-3.0_f32..3.0, Just(0.5_f32), Just(-0.0_f32), Just(0.0_f32), -1e9_f32..1e9], 0.1_f32..1.0), 1..300),
            percentiles in prop::collection::vec(0.0_f64..=100.0, 1..6),
        ) {
            let keys: Vec<u64> = values.iter().map(|&(value, weight)| key(value, weight)).collect();
            let percentiles = [percentiles, vec![0.0, 100.0]].concat();
            let mut histogram = Histogram::new();
            histogram.count(&keys);
            histogram.focus(&percentiles);
            histogram.look(&keys);
            let sorted = of_keys(keys, &percentiles);
            for (found, sorted) in histogram.percentiles(&percentiles).iter().zip(&sorted) {
                let (found, sorted) = (found.unwrap(), sorted.unwrap());
                prop_assert!((found - sorted).abs() <= 1e-6 * sorted.abs().max(1.0), "{} {}", found, sorted);
            }
        }
    }
}
