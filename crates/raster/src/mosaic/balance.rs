//! The brightness of looks brought together.
//!
//! After M. Brown, D. G. Lowe, "Automatic Panoramic Image Stitching using Invariant Features",
//! International Journal of Computer Vision 74 (2007) 59–73, chapter 6, with an offset beside the gain:
//! gains so that the deviations of every overlap agree (in logarithms, where ratios are differences), then
//! offsets so that its means agree, both by least squares, each overlap weighed by its pixels. A weak wish
//! to change nothing decides what the overlaps leave open: looks keep their brightness on the whole.

/// Value × the first + the second.
pub type Gain = (f64, f64);

/// How weak that wish is, beside the pixels of an average overlap.
const WISH: f64 = 1e-6;

/// What two looks see of the same ground in one band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlap {
    /// The two looks by their places in the list.
    pub looks: [usize; 2],
    /// How many pixels both see.
    pub pixels: f64,
    /// The mean of these pixels in each of the two.
    pub means: [f64; 2],
    /// Their standard deviation in each of the two.
    pub deviations: [f64; 2],
}

impl Overlap {
    /// From the values of two looks, NaN for none; `None` where fewer than `least` pixels have both.
    pub fn of(looks: [usize; 2], one: &[f32], two: &[f32], least: usize) -> Option<Self> {
        let both = one.iter().zip(two).map(|(one, two)| [*one, *two]);
        let both: Vec<[f64; 2]> = both
            .filter(|pair| !pair.iter().any(|value| value.is_nan()))
            .map(|pair| pair.map(f64::from))
            .collect();
        if both.len() < least.max(1) {
            return None;
        }
        let pixels = both.len() as f64;
        let mean = |side: usize| both.iter().map(|pair| pair[side]).sum::<f64>() / pixels;
        let means = [mean(0), mean(1)];
        let spread = |side: usize| {
            let squares = both.iter().map(|pair| (pair[side] - means[side]).powi(2));
            (squares.sum::<f64>() / pixels).sqrt()
        };
        Some(Self {
            looks,
            pixels,
            means,
            deviations: [spread(0), spread(1)],
        })
    }

    /// Whether there is enough to be seen to tell a gain: more than a thousandth of the mean.
    fn has_contrast(&self) -> bool {
        let sides = self.means.iter().zip(&self.deviations);
        sides
            .into_iter()
            .all(|(mean, deviation)| *deviation > 1e-3 * mean.abs())
    }
}

/// The gain of every look in one band. A look that overlaps no other keeps its values.
pub fn gains(looks: usize, overlaps: &[Overlap]) -> Vec<Gain> {
    let contrasts: Vec<&Overlap> = overlaps.iter().filter(|one| one.has_contrast()).collect();
    let ratios = contrasts.iter().map(|one| {
        let [here, there] = one.deviations;
        (one.looks, one.pixels, (there / here).ln())
    });
    let gains = solve(looks, &ratios.collect::<Vec<_>>(), &vec![0.0; looks]);
    let gains: Vec<f64> = gains.into_iter().map(f64::exp).collect();
    let steps = overlaps.iter().map(|one| {
        let [here, there] = [0, 1].map(|side| gains[one.looks[side]] * one.means[side]);
        (one.looks, one.pixels, there - here)
    });
    // With these a look is as bright as before where it overlaps others.
    let kept: Vec<f64> = (0..looks)
        .map(|look| {
            let sides = overlaps.iter().flat_map(|one| {
                let sides = one.looks.iter().zip(one.means);
                sides.map(|(other, mean)| (*other, one.pixels, mean))
            });
            let own = sides.filter(|(other, ..)| *other == look);
            let (pixels, sum) = own.fold((0.0, 0.0), |(pixels, sum), (_, count, mean)| {
                (pixels + count, sum + count * mean)
            });
            if pixels > 0.0 {
                (1.0 - gains[look]) * sum / pixels
            } else {
                0.0
            }
        })
        .collect();
    let offsets = solve(looks, &steps.collect::<Vec<_>>(), &kept);
    gains.into_iter().zip(offsets).collect()
}

/// The numbers whose differences (first − second of a pair) come nearest to those wanted, weighed; and
/// apart from that near to `wished`.
fn solve(count: usize, wanted: &[([usize; 2], f64, f64)], wished: &[f64]) -> Vec<f64> {
    let pixels: f64 = wanted.iter().map(|(_, weight, _)| weight).sum();
    let wish = WISH * (pixels / wanted.len().max(1) as f64).max(1.0);
    let mut rows: Vec<Vec<f64>> = (0..count)
        .map(|row| {
            let mut equation = vec![0.0; count + 1];
            equation[row] = wish;
            equation[count] = wish * wished[row];
            equation
        })
        .collect();
    for &([one, two], weight, difference) in wanted {
        for (here, there, sign) in [(one, two, 1.0), (two, one, -1.0)] {
            rows[here][here] += weight;
            rows[here][there] -= weight;
            rows[here][count] += sign * weight * difference;
        }
    }
    eliminate(rows)
}

/// Gauss's way; the matrix is symmetric and positive, so no pivot is sought.
fn eliminate(mut rows: Vec<Vec<f64>>) -> Vec<f64> {
    let count = rows.len();
    for pivot in 0..count {
        let (above, below) = rows.split_at_mut(pivot + 1);
        let row = &above[pivot];
        for other in below {
            let part = other[pivot] / row[pivot];
            if part != 0.0 {
                for (value, above) in other[pivot..].iter_mut().zip(&row[pivot..]) {
                    *value -= part * above;
                }
            }
        }
    }
    let mut answer = vec![0.0; count];
    for row in (0..count).rev() {
        let known = row + 1..count;
        let rest: f64 = known.map(|other| rows[row][other] * answer[other]).sum();
        answer[row] = (rows[row][count] - rest) / rows[row][row];
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same ground as three sensors would see it, in a chain; a fourth sees none of it.
    #[test]
    fn a_chain_of_three_comes_together_and_one_alone_stays() {
        let ground: Vec<f32> = (0..600)
            .map(|index| 100.0 + (index * 37 % 211) as f32)
            .collect();
        let truth = [(1.0, 0.0), (1.25, -20.0), (0.8, 15.0)];
        let seen = |look: usize, part: std::ops::Range<usize>| -> Vec<f32> {
            let (gain, offset) = truth[look];
            let part = ground[part].iter();
            part.map(|value| ((f64::from(*value) - offset) / gain) as f32)
                .collect()
        };
        let pair = |looks: [usize; 2], part: std::ops::Range<usize>| {
            let [one, two] = looks.map(|look| seen(look, part.clone()));
            Overlap::of(looks, &one, &two, 10).expect("enough pixels")
        };
        let overlaps = [pair([0, 1], 0..300), pair([1, 2], 300..500)];
        let found = gains(4, &overlaps);
        let through = |look: usize, value: f64| {
            let (gain, offset) = found[look];
            (value - truth[look].1) / truth[look].0 * gain + offset
        };
        for value in [100.0, 180.0, 310.0] {
            let first = through(0, value);
            for look in [1, 2] {
                let other = through(look, value);
                assert!((first - other).abs() < 0.01, "{look}: {first} {other}");
            }
        }
        assert_eq!(found[3], (1.0, 0.0));
        // On the whole as before: the gains' product stays 1.
        let product: f64 = found.iter().map(|(gain, _)| gain).product();
        assert!((product - 1.0).abs() < 1e-9, "{product}");
    }

    #[test]
    fn without_contrast_only_the_means_come_together() {
        let (one, two) = ([5.0_f32; 50], [9.0_f32; 50]);
        let overlap = Overlap::of([0, 1], &one, &two, 10).expect("enough pixels");
        let [(first, up), (second, down)] = gains(2, &[overlap])[..] else {
            panic!("two gains");
        };
        assert_eq!((first, second), (1.0, 1.0));
        assert!(
            (up - 2.0).abs() < 1e-4 && (down + 2.0).abs() < 1e-4,
            "{up} {down}"
        );
        assert_eq!(Overlap::of([0, 1], &one, &[f32::NAN; 50], 10), None);
    }
}
