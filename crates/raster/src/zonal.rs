//! Statistics of the pixels inside a polygon, each weighted by the share of it that is inside.
use geo::MultiPolygon;
use serde::{Deserialize, Serialize};

use crate::cog::{CogError, CogReader};

/// Statistics of one band inside one polygon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ZonalStatistics {
    /// Sum of the shares of valid pixels inside.
    pub count: f64,
    /// `count` by the polygon's whole area in pixels: 1 when every pixel is valid.
    pub valid_share: f64,
    /// Weighted mean.
    pub mean: Option<f64>,
    /// Weighted standard deviation (population).
    pub std: Option<f64>,
    /// Smallest valid pixel touched.
    pub min: Option<f64>,
    /// Largest valid pixel touched.
    pub max: Option<f64>,
}

/// Statistics of one band, physical values, inside polygons given in degrees.
///
/// # Errors
/// When there is no such band or reading fails.
pub fn statistics(
    _reader: &CogReader,
    _band: usize,
    _polygons: &MultiPolygon<f64>,
) -> Result<ZonalStatistics, CogError> {
    Err(CogError::Missing("zonal yet".to_owned()))
}
