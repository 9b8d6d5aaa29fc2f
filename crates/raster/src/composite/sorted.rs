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
    for (group, out) in out.chunks_mut(LANES).enumerate() {
        let mut counts = [0_u32; LANES];
        for (column, look) in columns.iter_mut().zip(looks) {
            let values = lanes(look.get(group * LANES..).unwrap_or_default());
            for lane in 0..LANES {
                // What is missing sorts to the end.
                let there = !values[lane].is_nan();
                column[lane] = if there { values[lane] } else { f32::INFINITY };
                counts[lane] += u32::from(there);
            }
        }
        network.sort(columns);
        if counts[0] > 0 && counts == [counts[0]; LANES] {
            // Where clouds are over all of them or over none, which is almost everywhere.
            let place = Place::of(share, counts[0] as usize);
            let (first, second) = (columns[place.low], columns[place.high]);
            let mut values = [0.0; LANES];
            for (lane, value) in values.iter_mut().enumerate() {
                *value = place.between(first[lane], second[lane]);
            }
            out.copy_from_slice(&values[..out.len()]);
            continue;
        }
        for (lane, out) in out.iter_mut().enumerate() {
            *out = percentile_of(share, counts[lane] as usize, |index| columns[index][lane]);
        }
    }
}

/// The first values of a slice; NaN where it is shorter.
#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn lanes(values: &[f32]) -> [f32; LANES] {
    if let Some(values) = values.first_chunk() {
        return *values;
    }
    let mut few = [f32::NAN; LANES];
    few[..values.len()].copy_from_slice(values);
    few
}

fn one_by_one(share: f64, looks: &[&[f32]], out: &mut [f32]) {
    let mut values = Vec::with_capacity(looks.len());
    for (column, out) in out.iter_mut().enumerate() {
        values.clear();
        let here = looks.iter().filter_map(|look| look.get(column).copied());
        values.extend(here.filter(|value| !value.is_nan()));
        values.sort_unstable_by(f32::total_cmp);
        *out = percentile_of(share, values.len(), |index| values[index]);
    }
}

/// The percentile of `count` sorted values.
#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn percentile_of(share: f64, count: usize, value: impl Fn(usize) -> f32) -> f32 {
    if count == 0 {
        return f32::NAN;
    }
    let place = Place::of(share, count);
    place.between(value(place.low), value(place.high))
}

/// Between which two sorted values a percentile lies.
struct Place {
    low: usize,
    high: usize,
    part: f64,
}

impl Place {
    fn of(share: f64, count: usize) -> Self {
        let place = share * (count - 1) as f64;
        // Never negative: cutting off is rounding down.
        let low = place as usize;
        Self {
            low,
            high: (low + 1).min(count - 1),
            part: place - low as f64,
        }
    }

    #[expect(
        clippy::inline_always,
        reason = "compiled again inside a function for AVX2"
    )]
    #[inline(always)]
    fn between(&self, first: f32, second: f32) -> f32 {
        // Not by the formula: infinity less infinity is no number.
        if self.part == 0.0 {
            return first;
        }
        let first = f64::from(first);
        (first + (f64::from(second) - first) * self.part) as f32
    }
}
