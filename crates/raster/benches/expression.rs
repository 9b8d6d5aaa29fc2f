//! The normalised difference of two `UInt16` bands with nodata, 100 million pixels in memory, to
//! Float32 or to an 8-bit colour index; the other side is `scripts/benchmarks/rivals/index_numexpr.py`.
//!
//! usage: `expression float|colours`

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
    let (seconds, sum) = if std::env::args().nth(1).as_deref() == Some("colours") {
        let mut levels = vec![0_u8; count];
        let (low, high) = (-0.2, 0.9);
        let seconds = best(|| {
            let pixels = &mut levels;
            program.evaluate_samples(&columns, Output::Stretched { pixels, low, high });
        });
        (seconds, levels.iter().map(|level| f64::from(*level)).sum())
    } else {
        let mut values = vec![0.0_f32; count];
        let seconds = best(|| program.evaluate_samples(&columns, Output::F32(&mut values)));
        let valid = values.iter().filter(|value| !value.is_nan());
        (seconds, valid.map(|value| f64::from(*value)).sum::<f64>())
    };
    writeln!(
        std::io::stdout(),
        "took {seconds:.4} s, the sum is {sum:.3}"
    )?;
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
