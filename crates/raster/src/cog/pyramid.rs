//! Half the resolution: 2 × 2 pixels become one.

use rayon::prelude::*;

use super::{Overviews, Sample};

/// What a coarser pixel must respect.
#[derive(Debug, Clone, Copy)]
pub struct Halving {
    pub bands: usize,
    pub overviews: Overviews,
    pub nodata: Option<f64>,
    pub alpha: bool,
}

impl Halving {
    /// Rows of half the width and height (rounded up) from `width` columns of little-endian,
    /// pixel-interleaved samples. A last column or row without a partner counts alone.
    pub fn halve<S: Sample>(&self, rows: &[u8], width: usize) -> Vec<u8> {
        let pixel = self.bands * size_of::<S>();
        let (row_bytes, half_bytes) = (width * pixel, width.div_ceil(2) * pixel);
        let height = rows.len() / row_bytes;
        let mut halved = vec![0; half_bytes * height.div_ceil(2)];
        let pairs = rows.par_chunks(row_bytes * 2);
        halved
            .par_chunks_exact_mut(half_bytes)
            .zip(pairs)
            .for_each(|(half, pair)| {
                let (upper, lower) = pair.split_at(row_bytes);
                for (out, column) in half
                    .chunks_exact_mut(pixel)
                    .zip((0..row_bytes).step_by(pixel * 2))
                {
                    let end = (column + pixel * 2).min(row_bytes);
                    let below = lower.get(column..end).unwrap_or_default();
                    self.merge::<S>(&upper[column..end], below, out);
                }
            });
        halved
    }

    /// One pixel from up to two of the upper row and up to two of the lower.
    fn merge<S: Sample>(&self, upper: &[u8], lower: &[u8], out: &mut [u8]) {
        let pixel = self.bands * size_of::<S>();
        let pixels = upper.chunks_exact(pixel).chain(lower.chunks_exact(pixel));
        if self.alpha {
            let count = (upper.len() + lower.len()) / pixel;
            merge_colours::<S>(&pixels, count, out);
            return;
        }
        for (band, out) in out.chunks_exact_mut(size_of::<S>()).enumerate() {
            let at = band * size_of::<S>();
            let values = pixels
                .clone()
                .map(|bytes| S::read_le(&bytes[at..]).to_f64());
            let valid = values.filter(|value| self.is_valid(*value));
            let empty = self.nodata.unwrap_or(0.0);
            let merged = match self.overviews {
                Overviews::Nearest => valid.into_iter().next().unwrap_or(empty),
                Overviews::Average => {
                    let (sum, count) =
                        valid.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
                    if count > 0.0 {
                        self.beside_nodata::<S>(sum / count)
                    } else {
                        empty
                    }
                }
            };
            S::from_f64(merged).put_le(out);
        }
    }

    fn is_valid(&self, value: f64) -> bool {
        !value.is_nan()
            && self
                .nodata
                .is_none_or(|nodata| nodata.is_nan() || (value - nodata).abs() > 0.0)
    }

    /// A mean that rounds to the nodata value by chance would vanish: it takes the next number.
    fn beside_nodata<S: Sample>(&self, mean: f64) -> f64 {
        let rounded = S::from_f64(mean).to_f64();
        if self.is_valid(rounded) {
            return rounded;
        }
        let next = S::from_f64(rounded + 1.0).to_f64();
        if self.is_valid(next) {
            next
        } else {
            rounded - 1.0
        }
    }
}

/// Colours weigh by their alpha (the last band), so that the black of nothing never bleeds in.
fn merge_colours<'a, S: Sample>(
    pixels: &(impl Iterator<Item = &'a [u8]> + Clone),
    count: usize,
    out: &mut [u8],
) {
    let size = size_of::<S>();
    let last = out.len() - size;
    let alpha = |pixel: &[u8]| S::read_le(&pixel[last..]).to_f64();
    let total: f64 = pixels.clone().map(alpha).sum();
    for at in (0..last).step_by(size) {
        let sum: f64 = pixels
            .clone()
            .map(|pixel| S::read_le(&pixel[at..]).to_f64() * alpha(pixel))
            .sum();
        S::from_f64(if total > 0.0 { sum / total } else { 0.0 }).put_le(&mut out[at..]);
    }
    S::from_f64(total / count as f64).put_le(&mut out[last..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Halving = Halving {
        bands: 1,
        overviews: Overviews::Average,
        nodata: Some(0.0),
        alpha: false,
    };

    fn bytes<S: Sample>(values: &[S]) -> Vec<u8> {
        let mut bytes = Vec::new();
        S::write_le(values, &mut bytes);
        bytes
    }

    #[test]
    fn nodata_is_left_out_of_the_mean() {
        let rows = [10_u16, 20, 0, 0, 7, 30, 40, 0, 0, 9];
        // (10 20 / 30 40) → 25, all nodata → nodata, a lone column (7 / 9) → 8.
        assert_eq!(PLAIN.halve::<u16>(&bytes(&rows), 5), bytes(&[25_u16, 0, 8]));
        // A lone last row.
        assert_eq!(
            PLAIN.halve::<u16>(&bytes(&[4_u16, 0, 6]), 3),
            bytes(&[4_u16, 6])
        );
    }

    #[test]
    fn a_mean_never_turns_into_nodata() {
        assert_eq!(
            PLAIN.halve::<i16>(&bytes(&[-1_i16, 1, -1, 1]), 2),
            bytes(&[1_i16])
        );
    }

    #[test]
    fn nan_is_left_out_of_the_mean() {
        let halving = Halving {
            nodata: Some(f64::NAN),
            ..PLAIN
        };
        let halved = halving.halve::<f32>(&bytes(&[f32::NAN, 1.0, f32::NAN, 0.5]), 2);
        assert_eq!(halved, bytes(&[0.75_f32]));
        let halved = halving.halve::<f32>(&bytes(&[f32::NAN; 4]), 2);
        assert!(f32::read_le(&halved).is_nan());
    }

    #[test]
    fn classes_are_never_mixed() {
        let halving = Halving {
            overviews: Overviews::Nearest,
            ..PLAIN
        };
        assert_eq!(halving.halve::<u8>(&[0, 4, 8, 8], 2), [4]);
    }

    #[test]
    fn colours_weigh_by_alpha() {
        let halving = Halving {
            bands: 4,
            alpha: true,
            nodata: None,
            ..PLAIN
        };
        let pixels = [
            [200, 100, 50, 255],
            [0, 0, 0, 0],
            [100, 100, 50, 255],
            [9, 9, 9, 0],
        ]
        .concat();
        assert_eq!(halving.halve::<u8>(&pixels, 2), [150, 100, 50, 128]);
    }
}
