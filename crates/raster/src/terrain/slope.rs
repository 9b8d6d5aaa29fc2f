//! How steep the land is.

use serde::{Deserialize, Serialize};

use super::arctangent::atan_positive;
use super::{TerrainError, checked_z_factor};

/// How to give the steepness.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Slope {
    /// Degrees or percent.
    pub unit: SlopeUnit,
    /// What makes metres of the heights: 1, or 0.3048 for feet.
    pub z_factor: f64,
}

impl Default for Slope {
    fn default() -> Self {
        Self {
            unit: SlopeUnit::Degrees,
            z_factor: 1.0,
        }
    }
}

/// The unit of steepness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlopeUnit {
    /// 0 (level) to 90 (a wall).
    Degrees,
    /// Metres up in a hundred metres along: 100 at 45°.
    Percent,
}

/// The numbers of a [`Slope`], ready for every pixel.
pub struct Steepness {
    unit: SlopeUnit,
    z_factor: f32,
}

impl Slope {
    /// # Errors
    /// When the z factor is not above 0.
    pub(super) fn steepness(&self) -> Result<Steepness, TerrainError> {
        Ok(Steepness {
            unit: self.unit,
            z_factor: checked_z_factor(self.z_factor)? as f32,
        })
    }
}

impl Steepness {
    /// Of a gradient.
    pub fn of(&self, east: f32, north: f32) -> f32 {
        let rise = self.z_factor * (east * east + north * north).sqrt();
        match self.unit {
            SlopeUnit::Degrees => atan_positive(rise).to_degrees(),
            SlopeUnit::Percent => 100.0 * rise,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_units_and_the_factor() {
        let steep = |unit, z_factor| {
            let slope = Slope { unit, z_factor };
            slope.steepness().expect("a good factor").of(0.6, -0.8)
        };
        assert!((steep(SlopeUnit::Percent, 1.0) - 100.0).abs() < 1e-4);
        assert!((steep(SlopeUnit::Degrees, 1.0) - 45.0).abs() < 1e-5);
        assert!((steep(SlopeUnit::Percent, 0.3048) - 30.48).abs() < 1e-4);
    }

    #[test]
    fn a_z_factor_of_nothing_is_refused() {
        let slope = Slope {
            z_factor: 0.0,
            ..Slope::default()
        };
        let error = slope.steepness().err().expect("refused");
        assert_eq!(error.to_string(), "z_factor is 0; it must be above 0");
    }
}
