//! A path between paddies under brown water.

use super::view::{Colour, Scenery, blend, shade};
use crate::demo::noise::{Noise, step};

pub(super) struct Flood;

impl Flood {
    fn beside(x: f64, z: f64) -> f64 {
        x - 1.1 * Noise(401).at(z / 26.0, 0.5) + 0.2
    }

    /// The ground under the water.
    fn bottom(x: f64, z: f64) -> f64 {
        let beside = Self::beside(x, z);
        if z > 130.0 {
            return 0.14;
        }
        let rough = 0.05 * Noise(402).fractal(x * 1.4, z * 1.4, 3);
        let dip = -0.42 * step(3.4, 7.5, z) * step(34.0, 23.0, z);
        let path = dip + rough;
        let shoulder = step(1.5, 2.1, beside.abs());
        let bank = 0.14 + rough + dip * 0.45 + 0.16 * Noise(403).fractal(x * 0.7, z * 0.7, 3);
        let tufts = 0.34 * Noise(404).fractal(x * 3.1, z * 3.1, 3).max(0.0);
        path + shoulder * (bank - path + tufts)
    }

    /// Trees and far hills.
    fn growth(x: f64, z: f64) -> f64 {
        let beside = Self::beside(x, z);
        let rows = step(5.0, 9.0, -beside) * step(16.0, 24.0, z)
            + step(13.0, 18.0, beside) * step(26.0, 34.0, z);
        if rows == 0.0 && z < 120.0 {
            return 0.0;
        }
        let crowns =
            5.2 * (0.25 + Noise(405).fractal(x * 0.22, z * 0.22, 4)).max(0.0) * rows.min(1.0);
        if z < 120.0 {
            return crowns;
        }
        let hills = 110.0
            * step(120.0, 760.0, z)
            * (0.45 + 0.75 * Noise(406).fractal(x / 210.0 + 2.0, z / 260.0, 4)).max(0.02);
        crowns + hills
    }
}

impl Scenery for Flood {
    const EYE: f64 = 1.6;
    const HORIZON: f64 = 208.0;
    const HAZE: (Colour, f64) = ([0.74, 0.77, 0.78], 130.0);
    const LIGHT: [f64; 3] = [-0.30, 0.90, -0.31];
    const AMBIENT: f64 = 0.62;

    fn ground(&self, x: f64, z: f64) -> f64 {
        let dry = Self::bottom(x, z) + Self::growth(x, z);
        dry.max(0.0)
    }

    fn colour(&self, x: f64, y: f64, z: f64) -> Colour {
        let fine = Noise(411).fractal(x * 8.0, z * 8.0, 2);
        let coarse = Noise(412).fractal(x * 0.8, z * 0.8, 3);
        let depth = -Self::bottom(x, z);
        if depth > 0.0 && Self::growth(x, z) < 0.01 {
            let ripple = Noise(413).fractal(x * 1.6, z * 0.62 + 9.0, 3);
            let glance = step(2.0, 24.0, z);
            let brown = blend([0.50, 0.40, 0.28], [0.44, 0.35, 0.25], 0.5 + coarse);
            let water = blend(brown, [0.76, 0.77, 0.76], 0.20 + 0.52 * glance);
            let rim = step(0.06, 0.0, depth) * 0.35;
            return shade(
                blend(water, [0.36, 0.29, 0.20], rim),
                1.0 + 0.13 * ripple * (1.0 - 0.5 * glance),
            );
        }
        if z > 110.0 {
            return blend(
                [0.22, 0.33, 0.24],
                [0.33, 0.42, 0.27],
                0.5 + Noise(414).fractal(x / 40.0, z / 40.0, 3),
            );
        }
        if y > 0.75 {
            let leaf = Noise(405).fractal(x * 0.9, z * 0.9 + y * 0.8, 3);
            return shade(
                blend([0.13, 0.24, 0.10], [0.31, 0.42, 0.16], 0.5 + 0.8 * leaf),
                1.0 + 0.25 * fine,
            );
        }
        let beside = Self::beside(x, z);
        let dirt = blend([0.52, 0.45, 0.35], [0.43, 0.36, 0.27], 0.5 + coarse);
        let grass = blend([0.26, 0.38, 0.13], [0.46, 0.55, 0.22], 0.5 + 0.8 * coarse);
        let rice = [0.40, 0.56, 0.20];
        let side = blend(grass, rice, step(3.6, 4.4, beside.abs()) * 0.8);
        shade(
            blend(dirt, side, step(1.3, 1.9, beside.abs() + 0.3 * coarse)),
            1.0 + 0.24 * fine,
        )
    }

    fn sky(&self, u: f64, v: f64) -> Colour {
        let cloud = Noise(415).fractal(u * 3.0, v * 4.0, 5);
        let grey = blend([0.80, 0.82, 0.83], [0.62, 0.66, 0.70], v);
        shade(grey, 1.0 + 0.10 * cloud)
    }
}
