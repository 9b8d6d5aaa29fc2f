//! Blocks of 8 × 8 samples to whole numbers: the discrete cosine transform of Arai, Agui and
//! Nakajima (1988) in floats, whose scale factors go into the divisors. Floats lose nothing that
//! the rounding to whole numbers does not lose anyway, and eight of them fit a register.

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

/// Added to a float below 2²² and taken away again, it leaves the nearest whole number; added
/// only, it leaves that number in the lowest bits.
const ROUND: f32 = 12_582_912.0;

/// Codes for larger numbers than this do not exist (T.81, F.1.2.2).
const LARGEST: f32 = 1023.0;

/// Eight samples, or the same frequency of eight columns.
type Lanes = [f32; 8];

/// Where in a transformed block a place of the zigzag is: blocks come out with rows and columns
/// exchanged.
const PLACES: [u8; 64] = {
    let mut places = [0; 64];
    let mut index = 0;
    while index < 64 {
        places[index] = ZIGZAG[index] % 8 * 8 + ZIGZAG[index] / 8;
        index += 1;
    }
    places
};

/// What a block's frequencies are multiplied with, in the order of the transform.
pub struct Quantiser([Lanes; 8]);

impl Quantiser {
    /// Of luma (0) or chroma (1).
    pub fn new(table: usize, quality: u8) -> Self {
        let divisors = quantisers(table, quality);
        Self(std::array::from_fn(|column| {
            std::array::from_fn(|row| {
                let divisor = f64::from(divisors[row * 8 + column]);
                (1.0 / (divisor * FACTORS[row] * FACTORS[column] * 8.0)) as f32
            })
        }))
    }

    /// The coefficients of a block in zigzag order, and a bit for each that is not zero. The block's
    /// first sample is the first of `samples`, whose rows are `width` long.
    #[expect(
        clippy::inline_always,
        reason = "compiled again inside a function for AVX2"
    )]
    #[inline(always)]
    pub fn coefficients(&self, samples: &[i16], width: usize) -> ([i16; 64], u64) {
        let mut block = [[0.0; 8]; 8];
        for (lanes, row) in block.iter_mut().zip(samples.chunks(width)) {
            if let Some(row) = row.first_chunk::<8>() {
                *lanes = row.map(f32::from);
            }
        }
        let block = transform(transposed(transform(block)));
        let mut whole = [0_i16; 64];
        for (out, (lanes, factors)) in whole
            .as_chunks_mut::<8>()
            .0
            .iter_mut()
            .zip(block.iter().zip(&self.0))
        {
            for (out, (value, factor)) in out.iter_mut().zip(lanes.iter().zip(factors)) {
                let value = (value * factor).clamp(-LARGEST, LARGEST);
                *out = (value + ROUND).to_bits() as i16;
            }
        }
        let (mut ordered, mut some) = ([0; 64], 0);
        for (index, (out, place)) in ordered.iter_mut().zip(PLACES).enumerate() {
            *out = whole[usize::from(place)];
            some |= u64::from(*out != 0) << index;
        }
        (ordered, some)
    }
}

#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn transposed(block: [Lanes; 8]) -> [Lanes; 8] {
    std::array::from_fn(|row| std::array::from_fn(|column| block[column][row]))
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
    let (a, h) = (add(a, h), subtract(a, h));
    let (b, g) = (add(b, g), subtract(b, g));
    let (c, f) = (add(c, f), subtract(c, f));
    let (d, e) = (add(d, e), subtract(d, e));

    let (outer, difference) = (add(a, d), subtract(a, d));
    let (inner, other) = (add(b, c), subtract(b, c));
    let turned = scale(add(other, difference), HALF);

    let (low, middle, high) = (add(e, f), add(f, g), add(g, h));
    let shared = scale(subtract(low, high), TURN);
    let low = add(scale(low, LESS), shared);
    let high = add(scale(high, MORE), shared);
    let middle = scale(middle, HALF);
    let (near, far) = (add(h, middle), subtract(h, middle));

    [
        add(outer, inner),
        add(near, high),
        add(difference, turned),
        subtract(far, low),
        subtract(outer, inner),
        add(far, low),
        subtract(difference, turned),
        subtract(near, high),
    ]
}

#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn add(a: Lanes, b: Lanes) -> Lanes {
    std::array::from_fn(|lane| a[lane] + b[lane])
}

#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn subtract(a: Lanes, b: Lanes) -> Lanes {
    std::array::from_fn(|lane| a[lane] - b[lane])
}

#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn scale(a: Lanes, factor: f32) -> Lanes {
    a.map(|value| value * factor)
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
                    let difference = (f64::from(found[index]) - exact).abs();
                    assert!(difference < 0.5001, "{place}: {} for {exact}", found[index]);
                    assert_eq!(some >> index & 1 == 1, found[index] != 0);
                }
            }
        }
    }
}
