//! Where the land faces.

use super::arctangent::atan2;

/// Degrees clockwise from the top of the map, 0 to below 360, of the way down from a gradient that
/// points up (east, north); NaN where it is level. The convention of GDAL's `gdaldem aspect`.
pub fn degrees(east: f32, north: f32) -> f32 {
    // Level land gives 0 / 0 here, which is the NaN it shall be.
    let angle = atan2(-east, -north).to_degrees();
    let angle = if angle < 0.0 { angle + 360.0 } else { angle };
    if angle >= 360.0 { 0.0 } else { angle }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eight_ways_to_face() {
        let ways = [
            ((0.0, -1.0), 0.0),
            ((-1.0, -1.0), 45.0),
            ((-1.0, 0.0), 90.0),
            ((-1.0, 1.0), 135.0),
            ((0.0, 1.0), 180.0),
            ((1.0, 1.0), 225.0),
            ((1.0, 0.0), 270.0),
            ((1.0, -1.0), 315.0),
        ];
        for ((east, north), facing) in ways {
            assert!(
                (degrees(east, north) - facing).abs() < 1e-4,
                "uphill to {east} {north}"
            );
        }
        assert!(degrees(0.0, 0.0).is_nan());
        assert!(degrees(1e-9, -1.0) < 360.0);
    }
}
