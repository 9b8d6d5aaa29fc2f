//! The normalised difference of two `UInt16` bands with nodata, 100 million pixels in memory, to
//! Float32 and to an 8-bit colour index; the other side is `scripts/benchmarks/rivals/index_numexpr.py`.
//!
//! `cargo bench -p raster --bench expression`

use std::io::Write as _;
use std::time::Instant;

use raster::expression::{Column, Expression, Output, Pixels};

const SIDE: usize = 10_000;
const ROUNDS: usize = 7;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count = SIDE * SIDE;
    let nir = band(1, count);
    let red = band(2, count);
    let program = Expression::parse("(nir - red) / (nir + red)")?.compile(&["nir", "red"])?;
    let columns = [&nir, &red].map(|band| Column::new(Pixels::U16(band)).with_nodata(Some(0.0)));
    let mut values = vec![0.0_f32; count];
    let mut levels = vec![0_u8; count];
    let mut out = std::io::stdout();
    let best = best(|| program.evaluate_samples(&columns, Output::F32(&mut values)));
    let mean = values
        .iter()
        .filter(|value| !value.is_nan())
        .map(|value| f64::from(*value));
    let (sum, valid) = mean.fold((0.0, 0), |(sum, valid), value| (sum + value, valid + 1));
    writeln!(
        out,
        "to Float32: {best:.4} s (valid {valid}, mean {:.9})",
        sum / f64::from(valid)
    )?;
    let best = self::best(|| {
        let (low, high) = (-0.2, 0.9);
        let pixels = &mut levels;
        program.evaluate_samples(&columns, Output::Stretched { pixels, low, high });
    });
    let sum: u64 = levels.iter().map(|level| u64::from(*level)).sum();
    writeln!(out, "to a colour index: {best:.4} s (sum {sum})")?;
    Ok(())
}

/// Reflectances with one pixel in fifty missing; the same numbers as the other side's.
fn band(seed: u64, count: usize) -> Vec<u16> {
    let value = |index: u64| {
        let hash = (index + seed * 0x9E37_79B9).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        if hash.is_multiple_of(50) {
            0
        } else {
            (hash % 10_000 + 1) as u16
        }
    };
    (0..count as u64).map(value).collect()
}

/// Seconds of the quickest round.
fn best(mut work: impl FnMut()) -> f64 {
    let round = |_| {
        let began = Instant::now();
        work();
        began.elapsed().as_secs_f64()
    };
    (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min)
}
