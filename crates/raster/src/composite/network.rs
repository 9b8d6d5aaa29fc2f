//! Which pairs to put in order so that everything is: a sorting network.

/// The comparisons that sort so many values, whatever they are.
#[derive(Debug, Clone)]
pub struct Network {
    size: usize,
    pairs: Vec<(usize, usize)>,
}

impl Network {
    /// Batcher's odd-even merge sort for any number of values (Knuth, The Art of Computer
    /// Programming, volume 3, algorithm 5.2.2M).
    pub fn new(size: usize) -> Self {
        let mut pairs = Vec::new();
        let top = size.next_power_of_two() / 2;
        let mut p = top;
        while p > 0 {
            let (mut q, mut r, mut d) = (top, 0, p);
            loop {
                let first = 0..size.saturating_sub(d);
                pairs.extend(first.filter(|i| i & p == r).map(|i| (i, i + d)));
                if q == p {
                    break;
                }
                d = q - p;
                q /= 2;
                r = p;
            }
            p /= 2;
        }
        Self { size, pairs }
    }

    /// How many values it sorts.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Puts columns of `N` numbers side by side in ascending order; no number may be NaN, and there
    /// are [`Self::size`] of them.
    #[expect(
        clippy::inline_always,
        reason = "compiled again inside a function for AVX2"
    )]
    #[inline(always)]
    pub fn sort<const N: usize>(&self, columns: &mut [[f32; N]]) {
        for &(one, two) in &self.pairs {
            let (Some(&low), Some(&high)) = (columns.get(one), columns.get(two)) else {
                return;
            };
            let (mut least, mut most) = (low, high);
            for lane in 0..N {
                // One instruction each, where f32::min would look for NaN.
                let (a, b) = (low[lane], high[lane]);
                least[lane] = if a < b { a } else { b };
                most[lane] = if a < b { b } else { a };
            }
            columns[one] = least;
            columns[two] = most;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_every_pattern_of_zeros_and_ones() {
        // The zero-one principle: what sorts these sorts everything.
        for size in 0..=13_usize {
            let network = Network::new(size);
            for pattern in 0..1_u32 << size {
                let mut values: Vec<[f32; 1]> =
                    (0..size).map(|bit| [(pattern >> bit & 1) as f32]).collect();
                network.sort(&mut values);
                assert!(values.is_sorted(), "{size} values, pattern {pattern:b}");
            }
        }
    }

    #[test]
    fn as_few_comparisons_as_the_book_says() {
        let counts = [1, 2, 4, 8, 16].map(|size| Network::new(size).pairs.len());
        assert_eq!(counts, [0, 1, 5, 19, 63]);
    }
}
