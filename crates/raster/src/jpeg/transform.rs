//! Blocks of 8 × 8 samples to whole numbers: the discrete cosine transform of Arai, Agui and
//! Nakajima (1988) in floats, whose scale factors go into the divisors. Floats lose nothing that
//! the rounding to whole numbers does not lose anyway, and eight of them fit a register.

use bytemuck::cast;
use wide::{f32x4, f32x8, i16x8, i32x8};

use super::tables::{ZIGZAG, quantisers};

/// The last factor of each frequency: √2 · cos(k π / 16), and 1 for the first.
const FACTORS: [f64; 8] = [
    1.0,
    1.387_039_845_322_147_5,
    1.306_562_964_876_376_6,
    1.175_875_602_419_358_7,
    1.0,
    0.785_694_958_387_102_1,
    0.541_196_100_146_197,
    0.275_899_379_282_943_1,
];

/// Codes for larger numbers than this do not exist (T.81, F.1.2.2).
const LARGEST: f32 = 1023.0;

/// Eight samples, or the same frequency of eight columns.
type Lanes = f32x8;

/// Where in a transformed block a place of the zigzag is: blocks come out with rows and columns
/// exchanged.
pub const PLACES: [u8; 64] = {
    let mut places = [0; 64];
    let mut index = 0;
    while index < 64 {
        places[index] = ZIGZAG[index] % 8 * 8 + ZIGZAG[index] / 8;
        index += 1;
    }
    places
};

/// The other way round.
const ORDER: [u8; 64] = {
    let mut order = [0; 64];
    let mut index = 0;
    while index < 64 {
        order[PLACES[index] as usize] = index as u8;
        index += 1;
    }
    order
};

/// What a block's frequencies are multiplied with, in the order of the transform.
pub struct Quantiser([Lanes; 8]);

impl Quantiser {
    /// Of luma (0) or chroma (1).
    pub fn new(table: usize, quality: u8) -> Self {
        let divisors = quantisers(table, quality);
        Self(std::array::from_fn(|column| {
            f32x8::new(std::array::from_fn(|row| {
                let divisor = f64::from(divisors[row * 8 + column]);
                (1.0 / (divisor * FACTORS[row] * FACTORS[column] * 8.0)) as f32
            }))
        }))
    }

    /// The coefficients of a block, each in its place of [`PLACES`], and a bit for each that is not zero
    /// in zigzag order. The block's first sample is the first of `samples`, whose rows are `width` long.
    #[expect(
        clippy::inline_always,
        reason = "compiled again inside a function for AVX2"
    )]
    #[inline(always)]
    pub fn coefficients(&self, samples: &[i16], width: usize) -> ([i16; 64], u64) {
        let mut block = [f32x8::ZERO; 8];
        for (lanes, row) in block.iter_mut().zip(samples.chunks(width)) {
            if let Some(row) = row.first_chunk::<8>() {
                *lanes = i32x8::from_i16x8(i16x8::new(*row)).round_float();
            }
        }
        let block = transform(transposed(transform(block)));
        let (mut whole, mut some) = ([[0; 8]; 8], 0_u64);
        let largest = f32x8::splat(LARGEST);
        for (row, (lanes, factors)) in block.iter().zip(&self.0).enumerate() {
            let value = (*lanes * *factors).fast_max(-largest).fast_min(largest);
            let value = i16x8::from_i32x8_saturate(value.fast_round_int());
            let zeros = value.simd_eq(i16x8::ZERO).to_bitmask();
            some |= u64::from(!zeros as u8) << (row * 8);
            whole[row] = value.to_array();
        }
        let mut ordered = 0;
        while some != 0 {
            ordered |= 1 << ORDER[some.trailing_zeros() as usize % 64];
            some &= some - 1;
        }
        (cast(whole), ordered)
    }
}

/// Rows and columns exchanged, a quarter at a time.
#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn transposed(block: [Lanes; 8]) -> [Lanes; 8] {
    let [a, b, c, d, e, f, g, h]: [[f32x4; 2]; 8] = cast(block);
    let upper_left = f32x4::transpose([a[0], b[0], c[0], d[0]]);
    let upper_right = f32x4::transpose([a[1], b[1], c[1], d[1]]);
    let lower_left = f32x4::transpose([e[0], f[0], g[0], h[0]]);
    let lower_right = f32x4::transpose([e[1], f[1], g[1], h[1]]);
    let mut exchanged = [[f32x4::ZERO; 2]; 8];
    for row in 0..4 {
        exchanged[row] = [upper_left[row], lower_left[row]];
        exchanged[row + 4] = [upper_right[row], lower_right[row]];
    }
    cast(exchanged)
}

/// Each lane by itself: eight samples to eight frequencies, less their factors; compiled again inside a
/// function for AVX2.
#[inline(always)]
fn transform(block: [Lanes; 8]) -> [Lanes; 8] {
    const HALF: f32 = std::f32::consts::FRAC_1_SQRT_2;
    // sin(π/8), √2 sin(π/8)… of the odd half's turn.
    const TURN: f32 = 0.382_683_43;
    const LESS: f32 = 0.541_196_1;
    const MORE: f32 = 1.306_563;
    let [a, b, c, d, e, f, g, h] = block;
    let (a, h) = (a + h, a - h);
    let (b, g) = (b + g, b - g);
    let (c, f) = (c + f, c - f);
    let (d, e) = (d + e, d - e);

    let (outer, difference) = (a + d, a - d);
    let (inner, other) = (b + c, b - c);
    let turned = (other + difference) * HALF;

    let (low, middle, high) = (e + f, f + g, g + h);
    let shared = (low - high) * TURN;
    let low = low * LESS + shared;
    let high = high * MORE + shared;
    let middle = middle * HALF;
    let (near, far) = (h + middle, h - middle);

    [
        outer + inner,
        near + high,
        difference + turned,
        far - low,
        outer - inner,
        far + low,
        difference - turned,
        near - high,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T.81, A.3.3, as it stands there.
    fn defined(samples: &[i16], frequency: (usize, usize)) -> f64 {
        let wave = |at: usize, frequency: usize| {
            ((2 * at + 1) as f64 * frequency as f64 * std::f64::consts::PI / 16.0).cos()
        };
        let weight = |frequency: usize| if frequency == 0 { 0.5_f64.sqrt() } else { 1.0 };
        let terms = samples.iter().enumerate().map(|(place, sample)| {
            f64::from(*sample) * wave(place / 8, frequency.0) * wave(place % 8, frequency.1)
        });
        terms.sum::<f64>() * weight(frequency.0) * weight(frequency.1) / 4.0
    }

    #[test]
    fn coefficients_are_those_of_the_standard() {
        let samples: Vec<i16> = (0..64)
            .map(|place| (place * place * 37 % 256) as i16 - 128)
            .collect();
        for quality in [30, 80, 100] {
            for table in [0, 1] {
                let divisors = quantisers(table, quality);
                let (found, some) = Quantiser::new(table, quality).coefficients(&samples, 8);
                for (index, place) in ZIGZAG.map(usize::from).into_iter().enumerate() {
                    let exact =
                        defined(&samples, (place / 8, place % 8)) / f64::from(divisors[place]);
                    let found = found[usize::from(PLACES[index])];
                    let difference = (f64::from(found) - exact).abs();
                    assert!(difference < 0.5001, "{place}: {found} for {exact}");
                    assert_eq!(some >> index & 1 == 1, found != 0);
                }
            }
        }
    }
}
