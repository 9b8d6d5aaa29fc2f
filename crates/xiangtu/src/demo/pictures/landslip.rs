//! Earth and rocks from a cut slope lie across a concrete road; beyond the road the valley.

use super::view::{Colour, Scenery, blend, shade};
use crate::demo::noise::{Noise, mix, step};

pub(super) struct Landslip;

/// How far ahead the slope came down, metres.
const WHERE: f64 = 15.0;

impl Landslip {
    /// Metres to the right of the road's middle: the road bends to the left.
    fn beside(x: f64, z: f64) -> f64 {
        x + 0.3 + 0.0085 * z * z - 0.5 * step(0.0, 40.0, z)
    }

    /// How thick the fallen earth lies, metres.
    fn debris(beside: f64, z: f64) -> f64 {
        if (z - WHERE).abs() > 9.0 || beside > 4.0 {
            return 0.0;
        }
        let ragged = Noise(301).fractal(beside * 0.55, z * 0.55, 3);
        let along = (z - WHERE) / (4.6 + 0.5 * beside.min(0.0).abs());
        let across = (beside + 4.2) / (5.2 + 1.2 * ragged);
        let body = 1.0 - along * along - across * across * step(-1.0, 0.0, across);
        let stones = Noise(302).at(beside * 1.7, z * 1.7).max(0.0)
            + 0.5 * Noise(303).at(beside * 4.1, z * 4.1).max(0.0);
        let thickness = body.max(0.0).sqrt() * (1.75 + 0.5 * ragged);
        thickness + step(0.02, 0.3, body + 0.12) * stones * 0.42
    }

    /// Where the slope lost its plants, 0..1.
    fn scar(beside: f64, z: f64) -> f64 {
        if (z - WHERE).abs() > 12.0 {
            return 0.0;
        }
        let ragged = 1.3 * Noise(304).fractal(beside * 0.4, z * 0.3, 3);
        let width = 4.4 + 0.12 * (-beside - 3.0).max(0.0) + ragged;
        let top = step(17.0, 12.0, -beside + ragged);
        step(1.0, 0.72, ((z - WHERE - 0.6) / width).abs()) * top
    }
}

impl Scenery for Landslip {
    const EYE: f64 = 1.65;
    const HORIZON: f64 = 243.0;
    const HAZE: (Colour, f64) = ([0.80, 0.84, 0.86], 190.0);
    const LIGHT: [f64; 3] = [0.48, 0.76, -0.44];
    const AMBIENT: f64 = 0.46;

    fn ground(&self, x: f64, z: f64) -> f64 {
        let beside = Self::beside(x, z);
        let debris = Self::debris(beside, z);
        if beside.abs() < 2.3 {
            return debris;
        }
        if beside < 0.0 {
            let up = -beside - 2.3;
            let ditch = 0.22 * step(0.0, 0.25, up) * step(0.9, 0.5, up);
            let scar = Self::scar(beside, z);
            let rock = 0.5 * Noise(305).fractal(beside * 0.5, z * 0.5, 3);
            let plants = (0.9 + 1.1 * Noise(306).fractal(x * 0.8, z * 0.8, 4)) * step(0.5, 2.2, up);
            let slope =
                (up - 0.55).max(0.0) * (1.05 + 0.05 * rock) + 0.6 * rock * step(0.6, 2.0, up);
            let hollow = 1.5 * scar * step(1.0, 5.0, up);
            return slope - ditch - hollow + plants.max(0.0) * (1.0 - scar) + debris;
        }
        // Guard posts stand on the edge; behind it the ground falls to the valley.
        let out = beside - 2.3;
        let post = (z / 2.4).fract() < 0.09 && (0.25..0.5).contains(&out) && z > 4.0;
        let fall = -0.55 * (out - 0.7).max(0.0);
        if post {
            return 0.62;
        }
        if out > 60.0 && z < 70.0 {
            return -34.0;
        }
        let bushes = if z > 150.0 {
            0.0
        } else {
            0.8 * Noise(307).fractal(x * 0.9, z * 0.9, 4).max(-0.3) * step(0.7, 2.5, out)
        };
        if z < 60.0 {
            return (fall + bushes).max(-34.0);
        }
        let hills = -34.0
            + 120.0
                * step(70.0, 620.0, z)
                * (0.62 + 0.5 * Noise(308).fractal(x / 190.0, z / 190.0, 4))
            + 3.0 * Noise(309).fractal(x / 12.0, z / 12.0, 3) * step(60.0, 160.0, z);
        (fall + bushes).max(hills)
    }

    fn colour(&self, x: f64, y: f64, z: f64) -> Colour {
        let beside = Self::beside(x, z);
        let fine = Noise(311).fractal(x * 9.0, z * 9.0, 2);
        let coarse = Noise(312).fractal(x * 0.9, z * 0.9, 3);
        let earth = shade(
            blend([0.55, 0.37, 0.25], [0.40, 0.27, 0.19], 0.5 + 0.6 * coarse),
            1.0 + 0.16 * fine,
        );
        if Self::debris(beside, z) > 0.05 && beside < 3.0 {
            let stone = step(0.35, 0.6, Noise(302).at(beside * 1.7, z * 1.7));
            return blend(
                earth,
                shade([0.56, 0.53, 0.49], 1.0 + 0.2 * fine),
                stone * 0.8,
            );
        }
        if beside.abs() < 2.3 {
            let joint = (z / 5.0).fract() < 0.012 || beside.abs() < 0.012;
            let mud = step(9.0, 1.0, (z - WHERE).abs()) * (0.35 + 0.4 * coarse);
            let grey = 0.66 + 0.03 * coarse + 0.03 * fine - if joint { 0.18 } else { 0.0 };
            return blend(
                [grey, grey * 0.985, grey * 0.95],
                earth,
                mud.clamp(0.0, 0.8),
            );
        }
        if beside < 0.0 {
            let up = -beside - 2.3;
            let green = blend(
                [0.20, 0.33, 0.12],
                [0.36, 0.46, 0.18],
                0.5 + 0.8 * Noise(306).fractal(x * 0.8, z * 0.8, 4),
            );
            let wall = blend([0.50, 0.47, 0.42], [0.38, 0.30, 0.23], 0.5 + coarse);
            let bare = Self::scar(beside, z).max(step(0.9, 0.5, up));
            let soil = if up < 0.9 { wall } else { earth };
            return blend(shade(green, 1.0 + 0.22 * fine), soil, bare);
        }
        if y > 0.04 && z < 120.0 && (2.5..2.85).contains(&beside) {
            return if y > 0.45 {
                [0.78, 0.24, 0.18]
            } else {
                [0.88, 0.87, 0.84]
            };
        }
        let far = step(40.0, 160.0, z);
        let fields = Noise(313).fractal(x / 30.0, z / 55.0, 3);
        let green = blend([0.22, 0.36, 0.14], [0.38, 0.47, 0.20], 0.5 + 0.7 * coarse);
        let land = blend(
            [0.19, 0.32, 0.17],
            [0.47, 0.52, 0.28],
            step(0.0, 0.5, fields),
        );
        shade(blend(green, land, far), mix(1.0 + 0.2 * fine, 1.0, far))
    }

    fn sky(&self, u: f64, v: f64) -> Colour {
        let cloud = Noise(314).fractal(u * 4.0, v * 5.0 + 3.0, 5);
        let blue = blend([0.82, 0.86, 0.88], [0.60, 0.71, 0.82], v);
        blend(blue, [0.93, 0.93, 0.93], step(-0.1, 0.5, cloud) * 0.8)
    }
}
