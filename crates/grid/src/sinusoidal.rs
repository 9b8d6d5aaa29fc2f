//! Sinusoidal on a sphere: the grid of MODIS and VIIRS land products.
//!
//! J. P. Snyder, "Map projections: a working manual", USGS Professional Paper 1395 (1987), equations
//! 30-1, 30-2, 30-6 and 30-7. Latitudes are taken over to the sphere as they are, as PROJ and the
//! products' makers do.

use serde::{Deserialize, Serialize};

use crate::transverse_mercator::wrapped;

/// The sphere of MODIS and VIIRS, in metres.
pub const MODIS_RADIUS: f64 = 6_371_007.181;

/// A sinusoidal projection of a sphere.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sinusoidal {
    /// Metres; see [`MODIS_RADIUS`].
    pub radius: f64,
    /// Degrees.
    pub central_meridian: f64,
    /// Metres.
    pub false_easting: f64,
    /// Metres.
    pub false_northing: f64,
}

impl Sinusoidal {
    /// The projection of the MODIS and VIIRS tiles.
    pub fn modis() -> Self {
        Self {
            radius: MODIS_RADIUS,
            central_meridian: 0.0,
            false_easting: 0.0,
            false_northing: 0.0,
        }
    }

    /// Degrees to metres.
    pub fn forward(&self, longitude: f64, latitude: f64) -> (f64, f64) {
        let longitude = wrapped(longitude - self.central_meridian).to_radians();
        let latitude = latitude.to_radians();
        (
            self.false_easting + self.radius * longitude * latitude.cos(),
            self.false_northing + self.radius * latitude,
        )
    }

    /// Metres to degrees; NaN beyond the edge of the world, which is curved.
    pub fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let latitude = (y - self.false_northing) / self.radius;
        let longitude = (x - self.false_easting) / (self.radius * latitude.cos());
        let (longitude, latitude) = (longitude.to_degrees(), latitude.to_degrees());
        if longitude.abs() <= 180.0 && latitude.abs() <= 90.0 {
            (wrapped(longitude + self.central_meridian), latitude)
        } else {
            (f64::NAN, f64::NAN)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Central meridian, false easting and northing, longitude, latitude, x, y; PROJ 9.5 by way of
    /// pyproj 3.7.2: `+proj=sinu +R=6371007.181`.
    const BY_PROJ: [(f64, f64, f64, f64, f64, f64, f64); 7] = [
        (
            0.0,
            0.0,
            0.0,
            108.4,
            31.2,
            10_310_170.433_039,
            3_469_285.621_672,
        ),
        (
            0.0,
            0.0,
            0.0,
            -60.5,
            -25.25,
            -6_084_541.683_016,
            -2_807_675.062_410,
        ),
        (
            0.0,
            0.0,
            0.0,
            16.6,
            47.6,
            1_244_652.877_987,
            5_292_884.474_089,
        ),
        (
            0.0,
            0.0,
            0.0,
            179.9,
            70.0,
            6_841_767.475_787,
            7_783_653.638_366,
        ),
        (0.0, 0.0, 0.0, -0.1, 0.05, -11_119.500_964, 5_559.752_599),
        (
            105.0,
            5e5,
            -1e3,
            108.4,
            31.2,
            823_381.729_450,
            3_468_285.621_672,
        ),
        (
            105.0,
            5e5,
            -1e3,
            -100.0,
            20.0,
            16_695_821.320_607,
            2_222_901.039_533,
        ),
    ];

    #[test]
    fn agrees_with_proj_to_a_micrometre() {
        for (central_meridian, east, north, longitude, latitude, x, y) in BY_PROJ {
            let projection = Sinusoidal {
                central_meridian,
                false_easting: east,
                false_northing: north,
                ..Sinusoidal::modis()
            };
            let (found_x, found_y) = projection.forward(longitude, latitude);
            assert!(
                (found_x - x).hypot(found_y - y) < 1.5e-6,
                "{longitude} {latitude}: {found_x} {found_y}"
            );
            let (back_longitude, back_latitude) = projection.inverse(x, y);
            assert!(
                (back_longitude - longitude).abs() < 1e-10,
                "{back_longitude}"
            );
            assert!((back_latitude - latitude).abs() < 1e-10, "{back_latitude}");
        }
    }

    #[test]
    fn nothing_beyond_the_edge_of_the_world() {
        let modis = Sinusoidal::modis();
        // At 60° north the world ends at half its width on the equator: 10 007 554 m.
        let y = MODIS_RADIUS * 60_f64.to_radians();
        assert!(modis.inverse(10_007_554.0, y).0 < 180.0);
        assert!(modis.inverse(10_007_555.0, y).0.is_nan());
        assert!(modis.inverse(0.0, 10_100_000.0).1.is_nan());
    }

    proptest! {
        #[test]
        fn there_and_back(longitude in -180.0..180.0_f64, latitude in -89.0..89.0_f64) {
            let modis = Sinusoidal::modis();
            let (x, y) = modis.forward(longitude, latitude);
            let (back_longitude, back_latitude) = modis.inverse(x, y);
            prop_assert!((back_longitude - longitude).abs() < 1e-9);
            prop_assert!((back_latitude - latitude).abs() < 1e-9);
        }
    }
}
