//! Relief from heights: hillshade, slope, aspect.
//!
//! All three start from the gradient of B. K. P. Horn, "Hill shading and the reflectance map",
//! Proceedings of the IEEE 69 (1981) 14–47, on 3 × 3 pixels, divided by the pixel's true size on
//! the ground ([`Ground`]), so that a map in degrees is as steep as the land. They take a piece of
//! the elevation model with a margin of one pixel and answer without it: whoever works tile by
//! tile gets what one call for everything gives, bit for bit.

mod arctangent;
mod aspect;
mod gradient;
mod ground;
mod hillshade;
mod slope;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Raster;
pub(crate) use ground::metres_of_degree;
pub use ground::{Ground, cell_size};
pub use hillshade::Hillshade;
pub(crate) use hillshade::Light;
pub use slope::{Slope, SlopeUnit};

/// Pixels around its window that an operation wants to see.
pub const MARGIN: usize = 1;

/// What to make of the heights.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Terrain {
    /// Light and shade, 1 (dark) to 255 (lit straight on).
    Hillshade(Hillshade),
    /// Steepness, in degrees or percent.
    Slope(Slope),
    /// Where the land faces: degrees clockwise from the top of the map; no data where it is level.
    Aspect,
}

impl Terrain {
    /// One band of `ground`'s window, from the first band of `elevation`: the same window with
    /// [`MARGIN`] pixels more on every side, metres, NaN for no data. Beyond the image's edge the land
    /// goes on as it came (its pixels in the margin are not looked at); a hole in the data counts as
    /// level with the pixel beside it; a pixel without height has no answer.
    ///
    /// # Errors
    /// When the elevation is not the window with its margin, or an option is out of its range.
    pub fn apply(&self, elevation: &Raster, ground: &Ground) -> Result<Raster, TerrainError> {
        let (width, height) = (ground.window().width, ground.window().height);
        if (elevation.width, elevation.height) != (width + 2 * MARGIN, height + 2 * MARGIN) {
            return Err(TerrainError::Margin {
                width: elevation.width,
                height: elevation.height,
                wanted_width: width + 2 * MARGIN,
                wanted_height: height + 2 * MARGIN,
            });
        }
        Ok(match self {
            Self::Hillshade(hillshade) => shade(elevation, ground, hillshade.light()?),
            Self::Slope(slope) => {
                let steepness = slope.steepness()?;
                gradient::map(elevation, ground, |east, north| steepness.of(east, north))
            }
            Self::Aspect => gradient::map(elevation, ground, aspect::degrees),
        })
    }
}

/// [`Terrain::Hillshade`] with a light that is ready; `elevation` is the window with its margin.
pub(crate) fn shade(elevation: &Raster, ground: &Ground, light: Light) -> Raster {
    gradient::map(elevation, ground, |east, north| light.shade(east, north))
}

/// Why there is no relief.
#[derive(Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum TerrainError {
    /// The elevation is of another size than the window with its margin.
    #[error(
        "the elevation has {width} × {height} pixels, not the {wanted_width} × {wanted_height} of the \
         window with a pixel more on every side; read the window with its margin"
    )]
    Margin {
        /// Columns given.
        width: usize,
        /// Rows given.
        height: usize,
        /// Columns wanted.
        wanted_width: usize,
        /// Rows wanted.
        wanted_height: usize,
    },
    /// An option that makes no sense.
    #[error("{name} is {value}; it must be {wanted}")]
    Option {
        /// The option.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        wanted: &'static str,
    },
}

/// An option if it lies in its range.
fn checked(
    name: &'static str,
    value: f64,
    range: std::ops::RangeInclusive<f64>,
    wanted: &'static str,
) -> Result<f64, TerrainError> {
    if range.contains(&value) {
        Ok(value)
    } else {
        Err(TerrainError::Option {
            name,
            value,
            wanted,
        })
    }
}

/// The factor that makes metres of heights, as an option.
fn checked_z_factor(z_factor: f64) -> Result<f64, TerrainError> {
    let range = f64::MIN_POSITIVE..=1e9;
    checked("z_factor", z_factor, range, "above 0")
}

#[cfg(test)]
mod tests;
