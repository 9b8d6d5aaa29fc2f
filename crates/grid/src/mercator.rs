//! Web Mercator (EPSG:3857): the sphere of radius 6 378 137 m that every web map uses.

/// Half the width of the square world, in metres.
pub const HALF_WORLD: f64 = 20_037_508.342_789_244;

/// The latitude of the square world's upper edge, in degrees.
pub const MAX_LATITUDE: f64 = 85.051_128_779_806_6;

const RADIUS: f64 = 6_378_137.0;

/// Degrees to metres. Latitudes beyond the square world are kept: only the poles are infinite.
pub fn project(longitude: f64, latitude: f64) -> (f64, f64) {
    let y = RADIUS * latitude.to_radians().sin().atanh();
    (RADIUS * longitude.to_radians(), y)
}

/// Metres to degrees.
pub fn unproject(x: f64, y: f64) -> (f64, f64) {
    let latitude = (y / RADIUS).sinh().atan();
    ((x / RADIUS).to_degrees(), latitude.to_degrees())
}

/// Metres (at the equator) that one pixel of a `tile_size`-pixel tile spans at `zoom`.
pub fn resolution(zoom: u8, tile_size: u32) -> f64 {
    2.0 * HALF_WORLD / (f64::from(tile_size) * f64::from(zoom).exp2())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn corners_of_the_square_world() {
        let (x, y) = project(180.0, MAX_LATITUDE);
        assert!((x - HALF_WORLD).abs() < 1e-6);
        assert!((y - HALF_WORLD).abs() < 1e-6);
    }

    #[test]
    fn a_known_place() {
        // PROJ 9.5: EPSG:4326 (108.4, 31.2) to EPSG:3857.
        let (x, y) = project(108.4, 31.2);
        assert!((x - 12_067_032.801_990_855).abs() < 1e-3, "{x}");
        assert!((y - 3_658_750.280_282_993).abs() < 1e-3, "{y}");
    }

    proptest! {
        #[test]
        fn there_and_back(longitude in -180.0..180.0_f64, latitude in -85.0..85.0_f64) {
            let (x, y) = project(longitude, latitude);
            let (back_longitude, back_latitude) = unproject(x, y);
            prop_assert!((back_longitude - longitude).abs() < 1e-9);
            prop_assert!((back_latitude - latitude).abs() < 1e-9);
        }
    }
}
