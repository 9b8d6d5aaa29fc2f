//! Transverse Mercator on the ellipsoid: UTM and Gauss-Krüger.
//!
//! Krüger's series to the sixth order in the third flattening, with the coefficients of
//! C. F. F. Karney, "Transverse Mercator with an accuracy of a few nanometers", Journal of Geodesy
//! 85 (2011) 475–485, equations 35 and 36; nanometres within 3 900 km of the central meridian.

use serde::{Deserialize, Serialize};

const WGS84: Ellipsoid = Ellipsoid {
    semi_major: 6_378_137.0,
    inverse_flattening: 298.257_223_563,
};
/// GRS 80, and CGCS2000 to all digits that matter.
const GRS80: Ellipsoid = Ellipsoid {
    semi_major: 6_378_137.0,
    inverse_flattening: 298.257_222_101,
};

const SCALE_UTM: f64 = 0.9996;

/// An ellipsoid of revolution.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ellipsoid {
    /// Metres.
    pub semi_major: f64,
    /// 1/f.
    pub inverse_flattening: f64,
}

/// What makes one transverse Mercator differ from another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Parameters {
    /// The ellipsoid.
    pub ellipsoid: Ellipsoid,
    /// Degrees.
    pub central_meridian: f64,
    /// Scale on the central meridian: 0.9996 for UTM, 1 for Gauss-Krüger.
    pub scale: f64,
    /// Metres.
    pub false_easting: f64,
    /// Metres.
    pub false_northing: f64,
}

/// A transverse Mercator projection with its latitude of origin on the equator.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "Parameters", into = "Parameters")]
pub struct TransverseMercator {
    parameters: Parameters,
    eccentricity: f64,
    /// Radius of the rectifying sphere times the scale, metres.
    radius: f64,
    /// Karney's α, to the map.
    forward: [f64; 6],
    /// Karney's β, from the map.
    inverse: [f64; 6],
}

impl From<TransverseMercator> for Parameters {
    fn from(projection: TransverseMercator) -> Self {
        projection.parameters
    }
}

impl From<Parameters> for TransverseMercator {
    fn from(parameters: Parameters) -> Self {
        let flattening = 1.0 / parameters.ellipsoid.inverse_flattening;
        let n = flattening / (2.0 - flattening);
        let n2 = n * n;
        let series = 1.0 + n2 / 4.0 + n2 * n2 / 64.0 + n2 * n2 * n2 / 256.0;
        Self {
            parameters,
            eccentricity: (flattening * (2.0 - flattening)).sqrt(),
            radius: parameters.scale * parameters.ellipsoid.semi_major / (1.0 + n) * series,
            forward: series_forward(n),
            inverse: series_inverse(n),
        }
    }
}

impl TransverseMercator {
    /// UTM zone 1 to 60 on WGS 84.
    pub fn utm(zone: u8, north: bool) -> Self {
        Self::zone_of_utm(WGS84, zone, north)
    }

    /// The projection of an EPSG code we know: UTM on WGS 84 (32601–32660, 32701–32760), on NAD 83
    /// (26901–26923), and Gauss-Krüger on CGCS2000 in 6° and 3° zones (4491–4554).
    pub fn from_epsg(code: u32) -> Option<Self> {
        match code {
            32601..=32660 => Some(Self::zone_of_utm(WGS84, (code - 32600) as u8, true)),
            32701..=32760 => Some(Self::zone_of_utm(WGS84, (code - 32700) as u8, false)),
            26901..=26923 => Some(Self::zone_of_utm(GRS80, (code - 26900) as u8, true)),
            _ => gauss_kruger(code),
        }
    }

    fn zone_of_utm(ellipsoid: Ellipsoid, zone: u8, north: bool) -> Self {
        Parameters {
            ellipsoid,
            central_meridian: f64::from(zone) * 6.0 - 183.0,
            scale: SCALE_UTM,
            false_easting: 500_000.0,
            false_northing: if north { 0.0 } else { 10_000_000.0 },
        }
        .into()
    }

    /// Degrees to metres.
    pub fn forward(&self, longitude: f64, latitude: f64) -> (f64, f64) {
        let longitude = wrapped(longitude - self.parameters.central_meridian).to_radians();
        let tangent = latitude.to_radians().tan();
        // Karney (7)–(9): the conformal latitude's tangent.
        let sigma =
            (self.eccentricity * (self.eccentricity * tangent / tangent.hypot(1.0)).atanh()).sinh();
        let conformal = tangent * sigma.hypot(1.0) - sigma * tangent.hypot(1.0);
        let xi = conformal.atan2(longitude.cos());
        let eta = (longitude.sin() / conformal.hypot(longitude.cos())).asinh();
        let (sum_xi, sum_eta) = sum(&self.forward, xi, eta);
        (
            self.parameters.false_easting + self.radius * (eta + sum_eta),
            self.parameters.false_northing + self.radius * (xi + sum_xi),
        )
    }

    /// Metres to degrees.
    pub fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let eta = (x - self.parameters.false_easting) / self.radius;
        let xi = (y - self.parameters.false_northing) / self.radius;
        let (sum_xi, sum_eta) = sum(&self.inverse, xi, eta);
        let (xi, eta) = (xi - sum_xi, eta - sum_eta);
        let conformal = xi.sin() / eta.sinh().hypot(xi.cos());
        let longitude = eta.sinh().atan2(xi.cos());
        (
            wrapped(self.parameters.central_meridian + longitude.to_degrees()),
            self.geographic_tangent(conformal).atan().to_degrees(),
        )
    }

    /// The tangent of the latitude whose conformal latitude has this tangent: Newton's method,
    /// Karney (19)–(21).
    fn geographic_tangent(&self, conformal: f64) -> f64 {
        let e2 = self.eccentricity * self.eccentricity;
        let mut tangent = conformal;
        for _ in 0..5 {
            let root = tangent.hypot(1.0);
            let sigma = (self.eccentricity * (self.eccentricity * tangent / root).atanh()).sinh();
            let estimate = tangent * sigma.hypot(1.0) - sigma * root;
            let change = (conformal - estimate) / estimate.hypot(1.0)
                * (1.0 + (1.0 - e2) * tangent * tangent)
                / ((1.0 - e2) * root);
            tangent += change;
            if change.abs() < 1e-14 * tangent.abs().max(1.0) {
                break;
            }
        }
        tangent
    }
}

/// CGCS2000 Gauss-Krüger as EPSG numbers it: 6° zones 13–23 with the zone before the easting
/// (4491–4501) and without (4502–4512), 3° zones 25–45 with (4513–4533) and without (4534–4554).
fn gauss_kruger(code: u32) -> Option<TransverseMercator> {
    let (zone, width, prefixed) = match code {
        4491..=4501 => (code - 4491 + 13, 6.0, true),
        4502..=4512 => (code - 4502 + 13, 6.0, false),
        4513..=4533 => (code - 4513 + 25, 3.0, true),
        4534..=4554 => (code - 4534 + 25, 3.0, false),
        _ => return None,
    };
    let zone = f64::from(zone);
    let parameters = Parameters {
        ellipsoid: GRS80,
        central_meridian: if width > 3.0 {
            zone * 6.0 - 3.0
        } else {
            zone * 3.0
        },
        scale: 1.0,
        false_easting: 500_000.0 + if prefixed { zone * 1_000_000.0 } else { 0.0 },
        false_northing: 0.0,
    };
    Some(parameters.into())
}

/// Degrees brought to −180…180.
pub(crate) fn wrapped(degrees: f64) -> f64 {
    if (-180.0..=180.0).contains(&degrees) {
        degrees
    } else {
        (degrees + 180.0).rem_euclid(360.0) - 180.0
    }
}

/// The two sums over j of the coefficients times sin 2jξ cosh 2jη and cos 2jξ sinh 2jη.
fn sum(coefficients: &[f64; 6], xi: f64, eta: f64) -> (f64, f64) {
    coefficients
        .iter()
        .zip(1..)
        .fold((0.0, 0.0), |(sum_xi, sum_eta), (coefficient, j)| {
            let (angle, hyper) = (f64::from(2 * j) * xi, f64::from(2 * j) * eta);
            (
                sum_xi + coefficient * angle.sin() * hyper.cosh(),
                sum_eta + coefficient * angle.cos() * hyper.sinh(),
            )
        })
}

/// Karney (35), Horner's form.
fn series_forward(n: f64) -> [f64; 6] {
    polynomials(
        n,
        &[
            &[
                1.0 / 2.0,
                -2.0 / 3.0,
                5.0 / 16.0,
                41.0 / 180.0,
                -127.0 / 288.0,
                7891.0 / 37800.0,
            ],
            &[
                13.0 / 48.0,
                -3.0 / 5.0,
                557.0 / 1440.0,
                281.0 / 630.0,
                -1_983_433.0 / 1_935_360.0,
            ],
            &[
                61.0 / 240.0,
                -103.0 / 140.0,
                15061.0 / 26880.0,
                167_603.0 / 181_440.0,
            ],
            &[
                49561.0 / 161_280.0,
                -179.0 / 168.0,
                6_601_661.0 / 7_257_600.0,
            ],
            &[34729.0 / 80640.0, -3_418_889.0 / 1_995_840.0],
            &[212_378_941.0 / 319_334_400.0],
        ],
    )
}

/// Karney (36), Horner's form.
fn series_inverse(n: f64) -> [f64; 6] {
    polynomials(
        n,
        &[
            &[
                1.0 / 2.0,
                -2.0 / 3.0,
                37.0 / 96.0,
                -1.0 / 360.0,
                -81.0 / 512.0,
                96199.0 / 604_800.0,
            ],
            &[
                1.0 / 48.0,
                1.0 / 15.0,
                -437.0 / 1440.0,
                46.0 / 105.0,
                -1_118_711.0 / 3_870_720.0,
            ],
            &[
                17.0 / 480.0,
                -37.0 / 840.0,
                -209.0 / 4480.0,
                5569.0 / 90720.0,
            ],
            &[4397.0 / 161_280.0, -11.0 / 504.0, -830_251.0 / 7_257_600.0],
            &[4583.0 / 161_280.0, -108_847.0 / 3_991_680.0],
            &[20_648_693.0 / 638_668_800.0],
        ],
    )
}

/// The j-th polynomial starts with n^j.
fn polynomials(n: f64, rows: &[&[f64]; 6]) -> [f64; 6] {
    std::array::from_fn(|index| {
        let value = rows[index]
            .iter()
            .rev()
            .fold(0.0, |value, coefficient| value * n + coefficient);
        value * n.powi(index as i32 + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// EPSG code, longitude, latitude, easting, northing; PROJ 9.5 by way of pyproj 3.7.2.
    const BY_PROJ: [(u32, f64, f64, f64, f64); 18] = [
        (32648, 108.4, 31.2, 823_993.931_079, 3_456_750.782_986),
        (32630, -0.1234, 43.6, 732_177.533_996, 4_831_468.381_654),
        (32720, -60.5, -25.25, 751_812.595_662, 7_205_025.209_538),
        (32601, -179.5, 60.0, 360_577.911_540, 6_654_046.023_776),
        (26914, -97.1, 47.2, 643_906.697_515, 5_229_140.810_778),
        (32633, 20.9, 70.0, 724_905.401_362, 7_776_766.425_792),
        (4491, 76.2, 39.1, 13_603_806.772_443, 4_330_291.267_607),
        (4496, 105.1, 30.0, 18_509_648.630_493, 3_320_117.607_857),
        (4501, 135.9, 48.0, 23_567_162.533_127, 5_318_819.614_640),
        (4502, 73.4, 40.0, 363_366.705_774, 4_430_755.489_707),
        (4507, 106.4, 31.2, 633_432.298_747, 3_453_993.143_861),
        (4513, 75.5, 38.2, 25_543_796.825_153, 4_229_815.872_410),
        (4525, 110.4, 31.2, 37_442_816.897_753, 3_453_303.666_434),
        (4524, 108.4, 31.2, 36_538_121.887_436, 3_453_217.495_233),
        (4533, 134.3, 48.3, 45_448_065.976_468, 5_352_022.441_420),
        (4534, 75.9, 38.0, 579_050.009_723, 4_207_880.274_744),
        (4545, 108.4, 31.2, 538_121.887_436, 3_453_217.495_233),
        (4554, 135.2, 48.0, 514_925.067_585, 5_318_446.953_701),
    ];

    #[test]
    fn agrees_with_proj_to_a_micrometre() {
        for (code, longitude, latitude, easting, northing) in BY_PROJ {
            let projection = TransverseMercator::from_epsg(code).expect("a known code");
            let (x, y) = projection.forward(longitude, latitude);
            assert!(
                (x - easting).hypot(y - northing) < 1.5e-6,
                "EPSG:{code}: {x} {y}"
            );
            let (back_longitude, back_latitude) = projection.inverse(easting, northing);
            assert!(
                (back_longitude - longitude).abs() < 1e-10,
                "EPSG:{code}: {back_longitude}"
            );
            assert!(
                (back_latitude - latitude).abs() < 1e-10,
                "EPSG:{code}: {back_latitude}"
            );
        }
    }

    #[test]
    fn codes_without_a_formula() {
        for code in [4490, 4555, 32600, 32661, 32700, 32761, 2154] {
            assert_eq!(TransverseMercator::from_epsg(code), None, "EPSG:{code}");
        }
    }

    proptest! {
        #[test]
        fn there_and_back_within_a_millimetre(
            code in prop::sample::select(vec![32601_u32, 32631, 32660, 32748, 26914, 4491, 4512, 4513, 4554]),
            offset in -9.0..9.0_f64,
            latitude in -84.0..84.0_f64,
        ) {
            let projection = TransverseMercator::from_epsg(code).expect("a known code");
            let longitude = wrapped(projection.parameters.central_meridian + offset);
            let (x, y) = projection.forward(longitude, latitude);
            let (back_longitude, back_latitude) = projection.inverse(x, y);
            // 1 mm is 9e-9 of a degree.
            prop_assert!((wrapped(back_longitude - longitude) * latitude.to_radians().cos()).abs() < 9e-9);
            prop_assert!((back_latitude - latitude).abs() < 9e-9);
            let (again_x, again_y) = projection.forward(back_longitude, back_latitude);
            prop_assert!((again_x - x).hypot(again_y - y) < 1e-3);
        }
    }
}
