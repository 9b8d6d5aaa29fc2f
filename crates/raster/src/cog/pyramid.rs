//! Half the resolution: 2 × 2 pixels become one.

use rayon::prelude::*;

use super::{CogOptions, Overviews, Sample};
use crate::simd::widest;

/// Rows of the result that one core makes at a time.
const STRIP: usize = 32;

/// What a coarser pixel must respect.
#[derive(Debug, Clone, Copy)]
pub struct Halving {
    pub overviews: Overviews,
    pub nodata: Option<f64>,
    pub alpha: bool,
}

/// One row of 2 × 2 pixels of one band; `lower` is empty where the last row is alone.
#[derive(Clone, Copy)]
struct Pair<'rows, S> {
    upper: &'rows [S],
    lower: &'rows [S],
}

impl Halving {
    pub fn of(options: &CogOptions) -> Self {
        Self {
            overviews: options.overviews,
            nodata: options.nodata,
            alpha: options.alpha,
        }
    }

    /// Bands of half the width and height (rounded up) from bands of `width` columns. A last column
    /// or row without a partner counts alone.
    pub fn halve<S: Sample>(&self, bands: &[&[S]], width: usize) -> Vec<Vec<S>> {
        match bands.split_last() {
            Some((alpha, colours)) if self.alpha => {
                let mut halves: Vec<Vec<S>> = colours
                    .iter()
                    .map(|band| halve_colour(band, alpha, width))
                    .collect();
                halves.push(by_rows(alpha, width, halve_alpha));
                halves
            }
            _ => bands
                .iter()
                .map(|band| self.halve_band(band, width))
                .collect(),
        }
    }

    fn halve_band<S: Sample>(&self, band: &[S], width: usize) -> Vec<S> {
        // Without nodata, every whole number counts and no test stands in the way of the sums.
        let nodata = self.nodata.filter(|nodata| !nodata.is_nan());
        let plain = nodata.is_none() && S::DATA_TYPE != super::DataType::F32;
        match self.overviews {
            Overviews::Average if plain => by_rows(band, width, halve_plain),
            Overviews::Average => by_rows(band, width, |pair, out| self.halve_valid(pair, out)),
            Overviews::Nearest => by_rows(band, width, |pair, out| {
                pair.for_each(out, |pixels| self.first_valid(pixels));
            }),
        }
    }

    fn halve_valid<S: Sample>(&self, pair: Pair<'_, S>, out: &mut [S]) {
        let nodata = self.nodata.map(S::from_f64);
        pair.for_each(out, |pixels| {
            let valid = |value: &S| value.to_f64().is_nan() || Some(*value) == nodata;
            match *pixels {
                [a, b, c, d] if !pixels.iter().any(valid) => {
                    self.beside_nodata(S::mean_of_four([a, b, c, d]))
                }
                _ => self.mean_of_valid(pixels),
            }
        });
    }

    fn mean_of_valid<S: Sample>(&self, pixels: &[S]) -> S {
        let values = pixels.iter().map(|value| value.to_f64());
        let valid = values.filter(|value| self.is_valid(*value));
        let (sum, count) = valid.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
        if count > 0.0 {
            self.beside_nodata(S::from_f64(sum / count))
        } else {
            S::from_f64(self.nodata.unwrap_or(0.0))
        }
    }

    fn first_valid<S: Sample>(&self, pixels: &[S]) -> S {
        let valid = pixels.iter().find(|value| self.is_valid(value.to_f64()));
        valid
            .copied()
            .unwrap_or_else(|| S::from_f64(self.nodata.unwrap_or(0.0)))
    }

    fn is_valid(&self, value: f64) -> bool {
        !value.is_nan()
            && self
                .nodata
                .is_none_or(|nodata| nodata.is_nan() || (value - nodata).abs() > 0.0)
    }

    /// A mean that rounds to the nodata value by chance would vanish: it takes the next number.
    fn beside_nodata<S: Sample>(&self, mean: S) -> S {
        let rounded = mean.to_f64();
        if self.is_valid(rounded) {
            return mean;
        }
        let next = S::from_f64(rounded + 1.0);
        if self.is_valid(next.to_f64()) {
            next
        } else {
            S::from_f64(rounded - 1.0)
        }
    }
}

impl<S: Sample> Pair<'_, S> {
    /// Gives every 2 × 2 pixels (fewer at the edges) to `merge`: the upper ones first.
    fn for_each(self, out: &mut [S], merge: impl Fn(&[S]) -> S) {
        let whole = if self.lower.is_empty() {
            0
        } else {
            self.upper.len() / 2
        };
        let (upper, lower) = (self.upper.as_chunks::<2>().0, self.lower.as_chunks::<2>().0);
        for (out, (upper, lower)) in out.iter_mut().zip(upper.iter().zip(lower)) {
            *out = merge(&[upper[0], upper[1], lower[0], lower[1]]);
        }
        for (index, out) in out.iter_mut().enumerate().skip(whole) {
            let columns = index * 2..(index * 2 + 2).min(self.upper.len());
            let mut pixels = [S::default(); 4];
            let upper = &self.upper[columns.clone()];
            let lower = self.lower.get(columns).unwrap_or_default();
            pixels[..upper.len()].copy_from_slice(upper);
            pixels[upper.len()..upper.len() + lower.len()].copy_from_slice(lower);
            *out = merge(&pixels[..upper.len() + lower.len()]);
        }
    }
}

/// Makes the rows of a band of half the size from its pairs of rows, on all cores.
fn by_rows<S: Sample>(
    band: &[S],
    width: usize,
    halve: impl Fn(Pair<'_, S>, &mut [S]) + Sync,
) -> Vec<S> {
    let half = width.div_ceil(2);
    let height = band.len() / width;
    let mut halved = vec![S::default(); half * height.div_ceil(2)];
    halved
        .par_chunks_mut(half * STRIP)
        .zip(band.par_chunks(width * 2 * STRIP))
        .for_each(|(out, rows)| {
            for (out, pair) in out.chunks_exact_mut(half).zip(rows.chunks(width * 2)) {
                let (upper, lower) = pair.split_at(width);
                halve(Pair { upper, lower }, out);
            }
        });
    halved
}

fn halve_plain<S: Sample>(pair: Pair<'_, S>, out: &mut [S]) {
    let whole = if pair.lower.is_empty() {
        0
    } else {
        pair.upper.len() / 2
    };
    let (fours, edge) = out.split_at_mut(whole);
    halve_fours(pair.upper, pair.lower, fours);
    if !edge.is_empty() {
        let upper = pair.upper.get(whole * 2..).unwrap_or_default();
        let lower = pair.lower.get(whole * 2..).unwrap_or_default();
        Pair { upper, lower }.for_each(edge, mean_of_few);
    }
}

/// The greater part of the work: the compiler takes many pixels at a time.
fn halve_fours<S: Sample>(upper: &[S], lower: &[S], out: &mut [S]) {
    #[expect(
        clippy::inline_always,
        reason = "compiled again inside a function for AVX2"
    )]
    #[inline(always)]
    fn fours<S: Sample>(upper: &[S], lower: &[S], out: &mut [S]) {
        let (upper, lower) = (upper.as_chunks::<2>().0, lower.as_chunks::<2>().0);
        for (out, (upper, lower)) in out.iter_mut().zip(upper.iter().zip(lower)) {
            *out = S::mean_of_four([upper[0], upper[1], lower[0], lower[1]]);
        }
    }
    widest!(fours<S: Sample>(upper: &[S], lower: &[S], out: &mut [S]));
}

fn mean_of_few<S: Sample>(pixels: &[S]) -> S {
    let sum: f64 = pixels.iter().map(|value| value.to_f64()).sum();
    S::from_f64(sum / pixels.len() as f64)
}

fn halve_alpha<S: Sample>(pair: Pair<'_, S>, out: &mut [S]) {
    pair.for_each(out, mean_of_few);
}

/// Colours weigh by their alpha, so that the black of nothing never bleeds in.
fn halve_colour<S: Sample>(colour: &[S], alpha: &[S], width: usize) -> Vec<S> {
    let half = width.div_ceil(2);
    let mut halved = vec![S::default(); half * (colour.len() / width).div_ceil(2)];
    halved
        .par_chunks_mut(half)
        .zip(
            colour
                .par_chunks(width * 2)
                .zip(alpha.par_chunks(width * 2)),
        )
        .for_each(|(out, (colour, alpha))| {
            let ((upper, lower), (above, below)) = (colour.split_at(width), alpha.split_at(width));
            for (index, out) in out.iter_mut().enumerate() {
                let columns = index * 2..(index * 2 + 2).min(width);
                let values = [
                    &upper[columns.clone()],
                    lower.get(columns.clone()).unwrap_or_default(),
                ];
                let weights = [
                    &above[columns.clone()],
                    below.get(columns).unwrap_or_default(),
                ];
                *out = weighted(values, weights);
            }
        });
    halved
}

fn weighted<S: Sample>(values: [&[S]; 2], weights: [&[S]; 2]) -> S {
    let pixels = values[0].iter().chain(values[1]);
    let weights = weights[0].iter().chain(weights[1]);
    let (sum, total) = pixels
        .zip(weights)
        .fold((0.0, 0.0), |(sum, total), (value, weight)| {
            let weight = weight.to_f64();
            (sum + value.to_f64() * weight, total + weight)
        });
    S::from_f64(if total > 0.0 { sum / total } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLAIN: Halving = Halving {
        overviews: Overviews::Average,
        nodata: Some(0.0),
        alpha: false,
    };

    fn one<S: Sample>(halving: Halving, band: &[S], width: usize) -> Vec<S> {
        halving.halve(&[band], width).remove(0)
    }

    #[test]
    fn nodata_is_left_out_of_the_mean() {
        let rows = [10_u16, 20, 0, 0, 7, 30, 40, 0, 0, 9];
        // (10 20 / 30 40) → 25, all nodata → nodata, a lone column (7 / 9) → 8.
        assert_eq!(one(PLAIN, &rows, 5), [25, 0, 8]);
        // A lone last row.
        assert_eq!(one(PLAIN, &[4_u16, 0, 6], 3), [4, 6]);
    }

    #[test]
    fn a_mean_never_turns_into_nodata() {
        assert_eq!(one(PLAIN, &[-1_i16, 1, -1, 1], 2), [1]);
    }

    #[test]
    fn nan_is_left_out_of_the_mean() {
        let halving = Halving {
            nodata: Some(f64::NAN),
            ..PLAIN
        };
        let halved = one(halving, &[f32::NAN, 1.0, f32::NAN, 0.5], 2);
        assert_eq!(halved[0].to_bits(), 0.75_f32.to_bits());
        assert!(one(halving, &[f32::NAN; 4], 2)[0].is_nan());
    }

    #[test]
    fn classes_are_never_mixed() {
        let halving = Halving {
            overviews: Overviews::Nearest,
            ..PLAIN
        };
        assert_eq!(one(halving, &[0_u8, 4, 8, 8], 2), [4]);
    }

    #[test]
    fn colours_weigh_by_alpha() {
        let halving = Halving {
            alpha: true,
            nodata: None,
            ..PLAIN
        };
        let bands: [&[u8]; 4] = [
            &[200, 0, 100, 9],
            &[100, 0, 100, 9],
            &[50, 0, 50, 9],
            &[255, 0, 255, 0],
        ];
        assert_eq!(halving.halve(&bands, 2), [[150], [100], [50], [128]]);
    }

    proptest! {
        /// The fast ways give what the plain arithmetic gives.
        #[test]
        fn every_mean_is_the_rounded_mean(
            width in 1_usize..9, height in 1_usize..9, seed in any::<u64>(), nodata in prop::option::of(-1_i16..3),
        ) {
            let mut state = seed | 1;
            let band: Vec<i16> = (0..width * height).map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                ((state >> 60) as i16) - 6
            }).collect();
            let halving = Halving { nodata: nodata.map(f64::from), ..PLAIN };
            let halved = one(halving, &band, width);
            for (index, found) in halved.iter().enumerate() {
                let (column, row) = (index % width.div_ceil(2) * 2, index / width.div_ceil(2) * 2);
                let place = |column: usize, row: usize| (column < width && row < height).then(|| band[row * width + column]);
                let all = [place(column, row), place(column + 1, row), place(column, row + 1), place(column + 1, row + 1)];
                let valid: Vec<f64> = all.into_iter().flatten().filter(|value| Some(*value) != nodata).map(f64::from).collect();
                let expected = if valid.is_empty() {
                    nodata.unwrap_or(0)
                } else {
                    let mean = (valid.iter().sum::<f64>() / valid.len() as f64).round() as i16;
                    if Some(mean) == nodata { mean + 1 } else { mean }
                };
                prop_assert_eq!(*found, expected);
            }
        }
    }
}
