//! Indices of two bands.
use std::io::Write;
use thiserror::Error;

use crate::Raster;
use crate::cog::{CogError, CogReader};
use crate::georeference::GeoReference;

/// Why an index could not be computed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IndexError {
    /// A band could not be read or the result not written.
    #[error(transparent)]
    Cog(#[from] CogError),
}

/// What an index layer turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexSummary {
    /// The grid of the finer band.
    pub georeference: GeoReference,
    /// Pixels with a value, of all.
    pub valid_share: f64,
}

/// (a − b) / (a + b), pixel by pixel; NaN where either is NaN or the sum is zero.
pub fn normalised_difference(_a: &Raster, _b: &Raster) -> Raster {
    Raster::empty(0, 0, 1)
}

/// The normalised difference of the first bands of two COGs as a COG of `F32` on the finer grid.
///
/// # Errors
/// When a band cannot be read or the result not written.
pub fn write(
    _a: &CogReader,
    _b: &CogReader,
    _name: &str,
    _out: &mut impl Write,
) -> Result<IndexSummary, IndexError> {
    Err(CogError::Missing("index yet".to_owned()).into())
}
