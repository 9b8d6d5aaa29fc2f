//! Chance that falls the same way on every machine: integer hashes, lattice noise, and a
//! sine made of additions and multiplications only (the platform's own may differ in the
//! last bit from one machine to the next).

/// Mixes a seed with a lattice position into 64 well-spread bits (the finaliser of `SplitMix64`).
pub(super) fn hash(seed: u64, x: i64, y: i64) -> u64 {
    let mut bits = seed
        ^ (x as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ (y as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// 64 bits as a number in 0..1.
pub(super) fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// A sequence of numbers that depends on its seed alone.
pub(super) struct Random {
    seed: u64,
    drawn: i64,
}

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    /// The next number in 0..1.
    pub(super) fn unit(&mut self) -> f64 {
        self.drawn += 1;
        unit(hash(self.seed, self.drawn, 0x5eed))
    }

    /// The next number between two bounds.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }
}

/// Gradient noise on a unit lattice.
#[derive(Clone, Copy)]
pub(super) struct Noise(pub(super) u64);

impl Noise {
    /// One octave at a position in lattice units: about -1..1, zero on average.
    pub(super) fn at(self, x: f64, y: f64) -> f64 {
        let (column, row) = (below(x), below(y));
        let (across, down) = (x - column as f64, y - row as f64);
        let corner = |dx: i64, dy: i64| {
            let (gx, gy) = DIRECTIONS[(hash(self.0, column + dx, row + dy) & 7) as usize];
            gx * (across - dx as f64) + gy * (down - dy as f64)
        };
        let (u, v) = (fade(across), fade(down));
        let top = mix(corner(0, 0), corner(1, 0), u);
        let bottom = mix(corner(0, 1), corner(1, 1), u);
        1.4 * mix(top, bottom, v)
    }

    /// Octaves of halving size and weight, about -1..1.
    pub(super) fn fractal(self, x: f64, y: f64, octaves: u32) -> f64 {
        let (mut sum, mut weight, mut total) = (0.0, 1.0, 0.0);
        let (mut x, mut y) = (x, y);
        for octave in 0..octaves {
            let layer = Self(self.0.wrapping_add(u64::from(octave) * 0x51_7CC1));
            sum += weight * layer.at(x, y);
            total += weight;
            weight *= 0.5;
            // Twice as fine, and turned, so that no two octaves share the lines of their lattice.
            (x, y) = (1.62 * x - 1.22 * y + 0.37, 1.22 * x + 1.62 * y + 0.71);
        }
        sum / total * 1.3
    }
}

const DIAGONAL: f64 = std::f64::consts::FRAC_1_SQRT_2;
/// Eight directions of equal length.
const DIRECTIONS: [(f64, f64); 8] = [
    (1.0, 0.0),
    (-1.0, 0.0),
    (0.0, 1.0),
    (0.0, -1.0),
    (DIAGONAL, DIAGONAL),
    (-DIAGONAL, DIAGONAL),
    (DIAGONAL, -DIAGONAL),
    (-DIAGONAL, -DIAGONAL),
];

/// The largest whole number that is not above a value (the platform's own is a slow call).
fn below(value: f64) -> i64 {
    let whole = value as i64;
    whole - i64::from(whole as f64 > value)
}

fn fade(t: f64) -> f64 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

/// The number `share` of the way from `from` to `to`.
pub(super) fn mix(from: f64, to: f64, share: f64) -> f64 {
    from + (to - from) * share
}

/// 0 below `low`, 1 above `high`, smooth in between.
pub(super) fn step(low: f64, high: f64, value: f64) -> f64 {
    let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}

/// Sine and cosine of an angle in degrees, to about 1e-12, by Taylor's series around the
/// nearest right angle.
pub(super) fn sine_cosine(degrees: f64) -> (f64, f64) {
    let quarter = (degrees / 90.0).round();
    let angle = (degrees - quarter * 90.0) * (std::f64::consts::PI / 180.0);
    let square = angle * angle;
    let series = |start: f64| {
        let mut factor = start;
        let (mut term, mut sum) = (1.0, 1.0);
        for _ in 0..8 {
            term *= -square / (factor * (factor + 1.0));
            sum += term;
            factor += 2.0;
        }
        sum
    };
    let (sine, cosine) = (angle * series(2.0), series(1.0));
    match (quarter as i64).rem_euclid(4) {
        0 => (sine, cosine),
        1 => (cosine, -sine),
        2 => (-sine, -cosine),
        _ => (-cosine, sine),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sine_and_cosine_agree_with_the_platform() {
        for tenth in -7200..7200 {
            let degrees = f64::from(tenth) / 10.0;
            let (sine, cosine) = sine_cosine(degrees);
            assert!(
                (sine - degrees.to_radians().sin()).abs() < 1e-12,
                "{degrees}"
            );
            assert!(
                (cosine - degrees.to_radians().cos()).abs() < 1e-12,
                "{degrees}"
            );
        }
    }

    #[test]
    fn noise_stays_in_its_range_and_has_both_signs() {
        let noise = Noise(7);
        let values: Vec<f64> = (0..10_000)
            .map(|step| noise.fractal(f64::from(step) * 0.173, f64::from(step) * 0.091, 4))
            .collect();
        assert!(values.iter().all(|value| value.abs() < 1.4));
        let mean = values.iter().sum::<f64>() / 10_000.0;
        assert!(mean.abs() < 0.1, "{mean}");
    }
}
