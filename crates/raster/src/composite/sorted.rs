//! Percentiles of columns of looks.

use super::network::Network;

/// Pixels sorted side by side: two registers of AVX2.
const LANES: usize = 16;
/// Beyond this many looks a network has more comparisons than sorting pixel by pixel.
const MOST_COLUMNS: usize = 64;

/// The percentile `share` (0 to 1) of every pixel's values, linear between the two nearest; NaN
/// where there are none.
pub fn percentile(network: &Network, share: f64, looks: &[&[f32]], out: &mut [f32]) {
    if looks.len() > MOST_COLUMNS || looks.len() != network.size() {
        return one_by_one(share, looks, out);
    }
    crate::simd::widest!(in_columns(
        network: &Network,
        share: f64,
        looks: &[&[f32]],
        out: &mut [f32]
    ));
}

#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn in_columns(network: &Network, share: f64, looks: &[&[f32]], out: &mut [f32]) {
    let mut storage = [[f32::INFINITY; LANES]; MOST_COLUMNS];
    let columns = &mut storage[..looks.len()];
    for start in (0..out.len()).step_by(LANES) {
        let end = out.len().min(start + LANES);
        let mut counts = [0_u32; LANES];
        for (column, look) in columns.iter_mut().zip(looks) {
            // What is missing sorts to the end.
            *column = [f32::INFINITY; LANES];
            let Some(values) = look.get(start..end) else {
                continue;
            };
            for ((column, count), &value) in column.iter_mut().zip(&mut counts).zip(values) {
                let there = !value.is_nan();
                *column = if there { value } else { f32::INFINITY };
                *count += u32::from(there);
            }
        }
        network.sort(columns);
        for (lane, out) in out[start..end].iter_mut().enumerate() {
            *out = between(share, counts[lane] as usize, |index| columns[index][lane]);
        }
    }
}

fn one_by_one(share: f64, looks: &[&[f32]], out: &mut [f32]) {
    let mut values = Vec::with_capacity(looks.len());
    for (column, out) in out.iter_mut().enumerate() {
        values.clear();
        let here = looks.iter().filter_map(|look| look.get(column).copied());
        values.extend(here.filter(|value| !value.is_nan()));
        values.sort_unstable_by(f32::total_cmp);
        *out = between(share, values.len(), |index| values[index]);
    }
}

/// Between the two of `count` sorted values that lie around the share.
#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn between(share: f64, count: usize, value: impl Fn(usize) -> f32) -> f32 {
    if count == 0 {
        return f32::NAN;
    }
    let place = share * (count - 1) as f64;
    // Never negative: cutting off is rounding down.
    let low = place as usize;
    let part = place - low as f64;
    let first = value(low);
    if part == 0.0 {
        return first;
    }
    let first = f64::from(first);
    (first + (f64::from(value(low + 1)) - first) * part) as f32
}
