//! True colour for the map.
use std::io::Write;
use thiserror::Error;

use crate::cog::{CogError, CogReader};
use crate::georeference::GeoReference;

/// How reflectances become colours.
#[derive(Debug, Clone)]
pub struct VisualOptions {
    /// The share of valid pixels that may turn black in each band; 0.02.
    pub low: f64,
    /// The share of valid pixels that do not turn white; 0.98.
    pub high: f64,
    /// Mid-tones are raised to 1/gamma; 1 leaves them.
    pub gamma: f64,
    /// WebP quality; 80.
    pub quality: f32,
}

impl Default for VisualOptions {
    fn default() -> Self {
        Self {
            low: 0.02,
            high: 0.98,
            gamma: 1.2,
            quality: 80.0,
        }
    }
}

/// What a visual layer turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Visual {
    /// In Web Mercator, on the tile grid.
    pub georeference: GeoReference,
    /// The coarsest zoom stored.
    pub min_zoom: u8,
    /// The finest zoom stored.
    pub max_zoom: u8,
    /// Physical values that became black and white, for red, green and blue.
    pub stretch: [(f64, f64); 3],
}

/// Why a visual layer could not be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VisualError {
    /// A band could not be read or the result not written.
    #[error(transparent)]
    Cog(#[from] CogError),
    /// No band has a valid pixel in common.
    #[error("the scene has no valid pixels to make a picture of; check its nodata value")]
    Empty,
}

/// Red, green and blue (the first band of each COG, any grids) as a web-aligned COG of WebP tiles.
///
/// # Errors
/// When a band cannot be read, nothing is valid, or the result cannot be written.
pub fn true_colour(
    _bands: [&CogReader; 3],
    _options: &VisualOptions,
    _out: &mut impl Write,
) -> Result<Visual, VisualError> {
    Err(VisualError::Empty)
}
