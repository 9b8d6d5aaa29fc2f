//! Light and shade.

use serde::{Deserialize, Serialize};

use super::{TerrainError, checked, checked_z_factor};

/// Where the light comes from. Shades are those of GDAL's `gdaldem hillshade`: 1 where no light falls
/// to 255 where it falls straight, so that 0 is free for "no data".
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Hillshade {
    /// Degrees clockwise from the top of the map; not looked at where `multidirectional`.
    pub azimuth: f64,
    /// Degrees above the horizon, 0 to 90.
    pub altitude: f64,
    /// Exaggeration, times what makes metres of the heights.
    pub z_factor: f64,
    /// Light from 225°, 270°, 315° and 360° at once, each weighed by how far the slope turns across it:
    /// no valley is lost in the shade. (`gdaldem -multidirectional` has the weights of 270° and 360°
    /// the other way round.) R. K. Mark, "Multidirectional, oblique-weighted, shaded-relief
    /// image of the Island of Hawaii", USGS Open-File Report 92-422 (1992).
    pub multidirectional: bool,
}

impl Default for Hillshade {
    fn default() -> Self {
        Self {
            azimuth: 315.0,
            altitude: 45.0,
            z_factor: 1.0,
            multidirectional: false,
        }
    }
}

/// The numbers of a [`Hillshade`], ready for every pixel.
#[derive(Debug, Clone, Copy)]
pub struct Light {
    z_factor: f32,
    /// Of the altitude.
    sine: f32,
    /// Of the altitude.
    cosine: f32,
    /// The level part of the way to the light, east and north; its length is `cosine`.
    towards: (f32, f32),
    multidirectional: bool,
}

impl Hillshade {
    /// # Errors
    /// When an angle or the z factor is out of its range.
    pub(crate) fn light(&self) -> Result<Light, TerrainError> {
        let azimuth = checked(
            "azimuth",
            self.azimuth,
            -360.0..=360.0,
            "within −360 and 360",
        )?;
        let altitude = checked("altitude", self.altitude, 0.0..=90.0, "within 0 and 90")?;
        let (sine, cosine) = altitude.to_radians().sin_cos();
        let (east, north) = azimuth.to_radians().sin_cos();
        Ok(Light {
            z_factor: checked_z_factor(self.z_factor)? as f32,
            sine: sine as f32,
            cosine: cosine as f32,
            towards: ((cosine * east) as f32, (cosine * north) as f32),
            multidirectional: self.multidirectional,
        })
    }
}

impl Light {
    /// The same over land that is `factor` times as high.
    pub fn over_raised(self, factor: f32) -> Self {
        Self {
            z_factor: self.z_factor * factor,
            ..self
        }
    }

    /// The shade of level land.
    pub fn level(&self) -> f32 {
        self.shade(0.0, 0.0)
    }

    /// The shade of a gradient, 1 to 255.
    pub fn shade(&self, east: f32, north: f32) -> f32 {
        let (east, north) = (self.z_factor * east, self.z_factor * north);
        let steep = east * east + north * north;
        let length = (1.0 + steep).sqrt();
        let lit = if self.multidirectional {
            self.by_four_lights(east, north, steep)
        } else {
            not_below_zero(self.sine - east * self.towards.0 - north * self.towards.1)
        };
        1.0 + 254.0 * (lit / length)
    }

    /// Half the sum of the four lights times sin²(aspect − azimuth); those four squares add up to 2.
    fn by_four_lights(&self, east: f32, north: f32, steep: f32) -> f32 {
        let side = self.cosine;
        let corner = self.cosine * std::f32::consts::FRAC_1_SQRT_2;
        let lit = |against: f32| not_below_zero(self.sine + against);
        let weight_225 = 0.5 * (east - north) * (east - north);
        let weight_315 = 0.5 * (east + north) * (east + north);
        let sum = weight_225 * lit(corner * (east + north))
            + squared(north) * lit(side * east)
            + weight_315 * lit(corner * (east - north))
            + squared(east) * lit(-side * north);
        if steep == 0.0 {
            self.sine
        } else {
            0.5 * sum / steep
        }
    }
}

/// The weight of light along an axis: the square of the gradient across it.
fn squared(across: f32) -> f32 {
    across * across
}

/// Zero for what is below it; NaN stays NaN, which `f32::max` would lose.
fn not_below_zero(value: f32) -> f32 {
    if value < 0.0 { 0.0 } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn light_from_all_sides_as_mark_wrote_it() {
        // The formula with its angles written out, in Python.
        let hillshade = Hillshade {
            multidirectional: true,
            ..Hillshade::default()
        };
        let shade = hillshade.light().expect("light").shade(0.325, 0.05);
        assert!((shade - 186.7903).abs() < 1e-3, "{shade}");
        let level = hillshade.light().expect("light").shade(0.0, 0.0);
        assert!((level - 180.605).abs() < 1e-3, "{level}");
    }
}
