//! The shifted coordinates of Chinese web maps: GCJ-02 (高德, 腾讯) and BD-09 (百度).
//!
//! Both are WGS 84 moved by up to 700 m. The forward shift is the formula that every map program
//! uses since it became known ("eviltransform"); the way back has no formula and is found by
//! fixed-point iteration. Coordinates are longitude and latitude in degrees.

use std::f64::consts::PI;

/// Krasovsky's ellipsoid: semi-major axis in metres and squared eccentricity.
const MAJOR: f64 = 6_378_245.0;
const ECCENTRICITY: f64 = 0.006_693_421_622_965_943;
/// The angle in the formula of BD-09.
const BAIDU_PI: f64 = PI * 3000.0 / 180.0;
/// Where the way back has arrived: a tenth of a millimetre.
const ARRIVED: f64 = 1e-9;
/// The shift changes slowly, so that each step gains two digits or more.
const STEPS: usize = 20;

/// A shifted system that data may have been drawn on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffsetDatum {
    /// 国测局坐标, the "Mars coordinates" of Amap and Tencent.
    Gcj02,
    /// 百度坐标, GCJ-02 shifted once more.
    Bd09,
}

impl OffsetDatum {
    /// Its name as people write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gcj02 => "GCJ-02",
            Self::Bd09 => "BD-09",
        }
    }

    /// From the shifted system to WGS 84, to within 1e-9°.
    pub fn to_wgs84(self, longitude: f64, latitude: f64) -> (f64, f64) {
        let (longitude, latitude) = match self {
            Self::Gcj02 => (longitude, latitude),
            Self::Bd09 => bd09_to_gcj02(longitude, latitude),
        };
        gcj02_to_wgs84(longitude, latitude)
    }

    /// From WGS 84 to the shifted system.
    pub fn from_wgs84(self, longitude: f64, latitude: f64) -> (f64, f64) {
        let (longitude, latitude) = wgs84_to_gcj02(longitude, latitude);
        match self {
            Self::Gcj02 => (longitude, latitude),
            Self::Bd09 => gcj02_to_bd09(longitude, latitude),
        }
    }
}

/// The rectangle in which maps are shifted: the formula's own, wrong near borders as it is everywhere.
fn is_shifted(longitude: f64, latitude: f64) -> bool {
    (72.004..=137.8347).contains(&longitude) && (0.8293..=55.8271).contains(&latitude)
}

fn wgs84_to_gcj02(longitude: f64, latitude: f64) -> (f64, f64) {
    if !is_shifted(longitude, latitude) {
        return (longitude, latitude);
    }
    let (east, north) = shift(longitude, latitude);
    (longitude + east, latitude + north)
}

/// Degrees to the east and to the north.
fn shift(longitude: f64, latitude: f64) -> (f64, f64) {
    let (x, y) = (longitude - 105.0, latitude - 35.0);
    let wave = |at: f64, long: f64| (at * PI).sin() * 2.0 / 3.0 * long;
    let ripples = wave(6.0 * x, 20.0) + wave(2.0 * x, 20.0);
    let common = 0.1 * x * y + 0.2 * x.abs().sqrt();
    let east = 300.0 + x + 2.0 * y + 0.1 * x * x + common - 0.1 * x.abs().sqrt()
        + ripples
        + wave(x, 20.0)
        + wave(x / 3.0, 40.0)
        + wave(x / 12.0, 150.0)
        + wave(x / 30.0, 300.0);
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + common
        + ripples
        + wave(y, 20.0)
        + wave(y / 3.0, 40.0)
        + wave(y / 12.0, 160.0)
        + wave(y / 30.0, 320.0);
    let radians = latitude.to_radians();
    let flat = 1.0 - ECCENTRICITY * radians.sin().powi(2);
    let parallel = MAJOR / flat.sqrt() * radians.cos();
    let meridian = MAJOR * (1.0 - ECCENTRICITY) / (flat * flat.sqrt());
    (
        (east / parallel).to_degrees(),
        (north / meridian).to_degrees(),
    )
}

fn gcj02_to_wgs84(longitude: f64, latitude: f64) -> (f64, f64) {
    let (mut east, mut north) = (longitude, latitude);
    for _ in 0..STEPS {
        let (x, y) = wgs84_to_gcj02(east, north);
        let (off_east, off_north) = (longitude - x, latitude - y);
        east += off_east;
        north += off_north;
        if off_east.abs() < ARRIVED && off_north.abs() < ARRIVED {
            break;
        }
    }
    (east, north)
}

fn gcj02_to_bd09(longitude: f64, latitude: f64) -> (f64, f64) {
    let distance = longitude.hypot(latitude) + 0.00002 * (latitude * BAIDU_PI).sin();
    let angle = latitude.atan2(longitude) + 0.000_003 * (longitude * BAIDU_PI).cos();
    (
        distance * angle.cos() + 0.0065,
        distance * angle.sin() + 0.006,
    )
}

/// Baidu's own way back is off by a few centimetres; this one goes on until the way there agrees.
fn bd09_to_gcj02(longitude: f64, latitude: f64) -> (f64, f64) {
    let (mut east, mut north) = (longitude - 0.0065, latitude - 0.006);
    for _ in 0..STEPS {
        let (x, y) = gcj02_to_bd09(east, north);
        let (off_east, off_north) = (longitude - x, latitude - y);
        east += off_east;
        north += off_north;
        if off_east.abs() < ARRIVED && off_north.abs() < ARRIVED {
            break;
        }
    }
    (east, north)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: (f64, f64), expected: (f64, f64), degrees: f64) {
        let off = (found.0 - expected.0)
            .abs()
            .max((found.1 - expected.1).abs());
        assert!(off <= degrees, "{found:?}, not {expected:?}");
    }

    /// Pairs (WGS 84, GCJ-02) as published implementations give them: those of the test
    /// suites of "eviltransform" and its relatives.
    const KNOWN: [[(f64, f64); 2]; 3] = [
        [
            (121.527_210_6, 31.177_427_6),
            (121.531_541_859_215, 31.175_303_983_645_97),
        ],
        [
            (113.912_316, 22.543_847),
            (113.917_176_480_836_3, 22.540_796_131_694_766),
        ],
        [
            (116.377_817, 39.911_954),
            (116.384_047_224_556_57, 39.913_345_455_360_69),
        ],
    ];

    #[test]
    fn known_pairs_in_both_directions() {
        for [plain, shifted] in KNOWN {
            near(
                OffsetDatum::Gcj02.from_wgs84(plain.0, plain.1),
                shifted,
                1e-9,
            );
            near(
                OffsetDatum::Gcj02.to_wgs84(shifted.0, shifted.1),
                plain,
                1e-8,
            );
        }
        let baidu = (108.411_165_843_770_63, 31.163_706_875_474_73);
        near(
            OffsetDatum::Bd09.to_wgs84(baidu.0, baidu.1),
            (108.4, 31.16),
            1e-8,
        );
    }

    #[test]
    fn there_and_back_is_where_one_was() {
        for datum in [OffsetDatum::Gcj02, OffsetDatum::Bd09] {
            for step in 0..400 {
                let at = (
                    74.0 + f64::from(step % 20) * 3.1,
                    4.0 + f64::from(step / 20) * 2.5,
                );
                let there = datum.from_wgs84(at.0, at.1);
                let metres = (there.0 - at.0).hypot(there.1 - at.1) * 111_320.0;
                assert!((20.0..2_000.0).contains(&metres), "{at:?} moves {metres} m");
                near(datum.to_wgs84(there.0, there.1), at, 2e-9);
            }
        }
    }

    #[test]
    fn abroad_nothing_is_shifted() {
        assert_eq!(OffsetDatum::Gcj02.from_wgs84(1.52, 42.5), (1.52, 42.5));
        assert_eq!(OffsetDatum::Gcj02.to_wgs84(1.52, 42.5), (1.52, 42.5));
    }
}
