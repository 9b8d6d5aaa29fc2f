//! A camera over a height field: every column of the picture is walked from near to far, and
//! what rises above everything before it is painted.

use image::{Rgb, RgbImage};
use rayon::prelude::*;

use crate::demo::noise::{hash, step, unit};

/// Pixels across.
pub(super) const WIDTH: usize = 800;
/// Pixels down.
pub(super) const HEIGHT: usize = 600;
/// Pixels a metre at a metre's distance.
const FOCAL: f64 = 633.0;
/// How far the eye sees, metres.
const FAR: f64 = 900.0;

/// Red, green and blue, 0..1.
pub(super) type Colour = [f64; 3];

/// What there is to see. `x` metres to the right, `y` up, `z` ahead of the eye's foot.
pub(super) trait Scenery: Sync {
    /// The eye above the ground at its foot, metres.
    const EYE: f64;
    /// The row of the horizon.
    const HORIZON: f64;
    /// The haze: its colour and the distance at which it hides half.
    const HAZE: (Colour, f64);
    /// Towards the light: right, up, ahead; of length 1.
    const LIGHT: [f64; 3];
    /// The share of light that comes from everywhere.
    const AMBIENT: f64;

    /// The height of the ground.
    fn ground(&self, x: f64, z: f64) -> f64;
    /// The colour of the ground or of a wall at a height.
    fn colour(&self, x: f64, y: f64, z: f64) -> Colour;
    /// The colour of the sky: `u` 0..1 to the right, `v` 0 at the horizon, 1 at the top.
    fn sky(&self, u: f64, v: f64) -> Colour;
    /// What stands before all the rest, over what is there.
    fn before(&self, _column: f64, _row: f64, behind: Colour) -> Colour {
        behind
    }
}

/// Paints the scenery.
pub(super) fn paint<S: Scenery>(scenery: &S) -> RgbImage {
    let columns: Vec<Vec<Colour>> = (0..WIDTH)
        .into_par_iter()
        .map(|column| walk(scenery, column))
        .collect();
    RgbImage::from_fn(WIDTH as u32, HEIGHT as u32, |column, row| {
        let (u, v) = (f64::from(column), f64::from(row));
        let colour = scenery.before(u, v, columns[column as usize][row as usize]);
        let (dx, dy) = (u / WIDTH as f64 - 0.5, v / HEIGHT as f64 - 0.5);
        let vignette = 1.0 - 0.42 * (dx * dx + dy * dy);
        let grain = 0.022 * (unit(hash(5, i64::from(column), i64::from(row))) - 0.5);
        Rgb(colour.map(|value| ((value * vignette + grain).clamp(0.0, 1.0) * 255.0) as u8))
    })
}

fn walk<S: Scenery>(scenery: &S, column: usize) -> Vec<Colour> {
    let across = (column as f64 + 0.5 - WIDTH as f64 / 2.0) / FOCAL;
    let mut pixels: Vec<Colour> = (0..HEIGHT)
        .map(|row| {
            let v = (S::HORIZON - row as f64) / S::HORIZON;
            scenery.sky(column as f64 / WIDTH as f64, v.max(0.0))
        })
        .collect();
    let mut top = HEIGHT as f64;
    let mut z = 1.0;
    let mut last = (z, scenery.ground(across * z, z));
    while z < FAR && top > 0.0 {
        z += (z * z * 1.4 / (FOCAL * S::EYE)).min(z * 0.0125);
        let x = across * z;
        let height = scenery.ground(x, z);
        let row = S::HORIZON + (S::EYE - height) * FOCAL / z;
        if row < top {
            let light = light(scenery, x, z, height, last);
            let hidden = 1.0 - 1.0 / (1.0 + z / S::HAZE.1);
            let from = row.max(0.0) as usize;
            for (line, pixel) in pixels.iter_mut().enumerate().take(top as usize).skip(from) {
                let y = S::EYE - (line as f64 - S::HORIZON) * z / FOCAL;
                let colour = scenery
                    .colour(x, y.min(height), z)
                    .map(|value| value * light);
                // The first line is covered in part only: smooth edges.
                let share = if line == from {
                    (from as f64 + 1.0 - row).clamp(0.0, 1.0)
                } else {
                    1.0
                };
                let colour = blend(colour, S::HAZE.0, hidden * hidden);
                *pixel = blend(*pixel, colour, share);
            }
            top = row.ceil();
        }
        last = (z, height);
    }
    pixels
}

fn light<S: Scenery>(
    scenery: &S,
    x: f64,
    z: f64,
    height: f64,
    (last_z, last_height): (f64, f64),
) -> f64 {
    let aside = 0.03 + z * 0.002;
    let slope_x = (scenery.ground(x + aside, z) - height) / aside;
    let slope_z = (height - last_height) / (z - last_z);
    let length = (1.0 + slope_x * slope_x + slope_z * slope_z).sqrt();
    let facing = (S::LIGHT[1] - S::LIGHT[0] * slope_x - S::LIGHT[2] * slope_z) / length;
    S::AMBIENT + (1.0 - S::AMBIENT) * step(-0.25, 1.05, facing) * 1.25
}

/// A blend of two colours.
pub(super) fn blend(a: Colour, b: Colour, share: f64) -> Colour {
    [0, 1, 2].map(|channel| a[channel] + (b[channel] - a[channel]) * share)
}

/// A colour made brighter or darker.
pub(super) fn shade(a: Colour, factor: f64) -> Colour {
    a.map(|value| value * factor)
}
