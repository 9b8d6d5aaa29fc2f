//! A village street at dusk: windows shine, the lamp in front does not.

use super::view::{Colour, Scenery, blend, shade};
use crate::demo::noise::{Noise, hash, step, unit};

pub(super) struct Lamp;

impl Lamp {
    /// The house at a place: its number and height, if there is one.
    fn house(x: f64, z: f64) -> Option<(i64, f64)> {
        let plot = (z / 11.0).floor();
        let number = plot as i64 * 2 + i64::from(x > 0.0);
        let chance = unit(hash(501, number, 0));
        let front = 4.6 + 1.3 * chance;
        let within =
            (z - plot * 11.0) < 9.2 + 1.2 * chance && x.abs() > front && x.abs() < front + 9.0;
        let height = 3.3 * (1.0 + (unit(hash(502, number, 1)) * 2.9).floor());
        (within && (3.0..90.0).contains(&z)).then_some((number, height))
    }
}

impl Scenery for Lamp {
    const EYE: f64 = 1.6;
    const HORIZON: f64 = 358.0;
    const HAZE: (Colour, f64) = ([0.40, 0.38, 0.44], 150.0);
    const LIGHT: [f64; 3] = [0.1, 0.98, 0.17];
    const AMBIENT: f64 = 0.72;

    fn ground(&self, x: f64, z: f64) -> f64 {
        if let Some((_, height)) = Self::house(x, z) {
            return height;
        }
        let kerb = 0.12 * step(3.1, 3.2, x.abs());
        if z < 110.0 {
            return kerb;
        }
        let hills = 130.0
            * step(110.0, 800.0, z)
            * (0.55 + 0.6 * Noise(503).fractal(x / 240.0 + 5.0, z / 300.0, 4)).max(0.05);
        kerb + 0.01 * Noise(504).at(x * 2.0, z * 2.0) + hills
    }

    fn colour(&self, x: f64, y: f64, z: f64) -> Colour {
        let fine = Noise(511).fractal(x * 7.0, z * 7.0, 2);
        if let Some((number, height)) = Self::house(x, z) {
            let chance = unit(hash(512, number, 2));
            let wall = blend([0.42, 0.40, 0.40], [0.50, 0.44, 0.38], chance);
            let floor = (y / 3.3).floor();
            let (along, up) = ((z / 2.9).fract(), y / 3.3 - floor);
            let bay = (z / 2.9).floor() as i64;
            let opening = if floor < 1.0 {
                (0.12..0.9).contains(&along) && up < 0.78
            } else {
                (0.26..0.74).contains(&along) && (0.3..0.74).contains(&up)
            };
            if height - y < 0.35 {
                return shade(wall, 0.75);
            }
            if opening {
                let lit = unit(hash(513, bay * 31 + number, floor as i64)) < 0.30;
                return match (lit, floor < 1.0) {
                    (true, _) => [1.0, 0.80 + 0.06 * up, 0.46],
                    (false, true) => shade([0.30, 0.33, 0.36], 0.8 + 0.2 * ((y * 9.0).fract())),
                    (false, false) => [0.16, 0.19, 0.25],
                };
            }
            return shade(wall, 0.86 + 0.06 * fine + 0.10 * up);
        }
        if z > 95.0 {
            return blend([0.15, 0.18, 0.22], [0.20, 0.23, 0.25], 0.5 + fine);
        }
        let stain = Noise(514).fractal(x * 0.6, z * 0.6, 3);
        let grey = 0.30 + 0.035 * stain + 0.02 * fine + 0.07 * step(3.15, 3.2, x.abs());
        // Light of the lit windows lies on the street.
        let glow = 0.10
            * step(0.2, 0.8, Noise(515).at(z / 7.0, x.signum() * 3.0))
            * step(0.5, 4.0, x.abs());
        [
            grey + glow,
            grey * 0.98 + glow * 0.8,
            grey * 1.04 + glow * 0.4,
        ]
    }

    fn sky(&self, u: f64, v: f64) -> Colour {
        let band = blend([0.86, 0.58, 0.42], [0.52, 0.47, 0.56], step(0.0, 0.32, v));
        let sky = blend(band, [0.17, 0.22, 0.36], step(0.15, 1.0, v));
        let cloud = step(0.0, 0.7, Noise(516).fractal(u * 3.2, v * 7.0, 4));
        blend(sky, [0.48, 0.36, 0.40], cloud * 0.5 * (1.0 - v))
    }

    fn before(&self, column: f64, row: f64, behind: Colour) -> Colour {
        let (foot, top, pole) = (580.0, 80.0, 533.0);
        let half = 5.4 - 2.5 * (foot - row) / (foot - top);
        let metal = |across: f64| shade([0.30, 0.32, 0.34], 0.55 + 0.5 * (1.0 - across.abs()));
        let mut colour = behind;
        let across = (column - pole) / half;
        if (top..foot).contains(&row) && across.abs() < 1.0 {
            colour = metal(across);
        }
        // The arm reaches over the street and rises a little; at its end hangs the head, askew.
        let reach = (pole - column) / 125.0;
        let arm = top + 12.0 - 22.0 * reach * (2.0 - reach) * 0.5;
        if (0.0..1.0).contains(&reach) && (row - arm).abs() < 2.7 {
            colour = metal((row - arm) / 2.7);
        }
        let (dx, dy) = (column - 392.0, row - 98.0);
        let (u, v) = (dx * 0.80 - dy * 0.60, dx * 0.60 + dy * 0.80);
        let tapered = 10.0 - 0.07 * u;
        if u.abs() < 40.0 && v.abs() < tapered {
            colour = if v > tapered * 0.35 {
                [0.42, 0.43, 0.42]
            } else {
                metal(v / tapered)
            };
        }
        // A torn cable hangs from the arm.
        let sway = 410.0 + 8.0 * Noise(517).at(row / 50.0, 0.5);
        if (85.0..180.0).contains(&row) && (column - sway).abs() < 1.3 {
            colour = [0.10, 0.10, 0.11];
        }
        colour
    }
}
