//! From longitude and latitude to a map's own coordinates and back.

use serde::{Deserialize, Serialize};

use crate::lattice::Lattice;
use crate::mercator;
use crate::sinusoidal::Sinusoidal;
use crate::transverse_mercator::TransverseMercator;

/// A map projection; stored with every coverage as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Projection {
    /// Degrees as they are: EPSG:4326, 4490 (CGCS2000), 4269 (NAD 83).
    Geographic,
    /// EPSG:3857.
    WebMercator,
    /// UTM and Gauss-Krüger.
    TransverseMercator(TransverseMercator),
    /// MODIS and VIIRS land products; it has no EPSG code.
    Sinusoidal(Sinusoidal),
    /// Any other, as points that PROJ computed at import.
    Lattice(Lattice),
}

impl Projection {
    /// The projection of an EPSG code we have a formula for; `None` asks for a [`Lattice`].
    pub fn from_epsg(code: u32) -> Option<Self> {
        match code {
            4326 | 4490 | 4269 => Some(Self::Geographic),
            3857 => Some(Self::WebMercator),
            _ => TransverseMercator::from_epsg(code).map(Self::TransverseMercator),
        }
    }

    /// Degrees to the map's coordinates (metres, or degrees where geographic); NaN where the
    /// projection has no answer.
    pub fn forward(&self, longitude: f64, latitude: f64) -> (f64, f64) {
        match self {
            Self::Geographic => (longitude, latitude),
            Self::WebMercator => mercator::project(longitude, latitude),
            Self::TransverseMercator(projection) => projection.forward(longitude, latitude),
            Self::Sinusoidal(projection) => projection.forward(longitude, latitude),
            Self::Lattice(lattice) => lattice.forward(longitude, latitude),
        }
    }

    /// The map's coordinates to degrees; NaN where the projection has no answer.
    pub fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        match self {
            Self::Geographic => (x, y),
            Self::WebMercator => mercator::unproject(x, y),
            Self::TransverseMercator(projection) => projection.inverse(x, y),
            Self::Sinusoidal(projection) => projection.inverse(x, y),
            Self::Lattice(lattice) => lattice.inverse(x, y),
        }
    }
}
