//! Bands of different resolution brought onto the finest grid.

use crate::cog::{CogError, CogReader};
use crate::georeference::GeoReference;
use crate::warp::{self, Kernel};
use crate::{Raster, Window};

/// The grid with the smallest pixels on the ground; the first of equals.
pub fn finest<'a>(readers: &[&'a CogReader]) -> Option<&'a GeoReference> {
    let grids = readers.iter().map(|reader| reader.georeference());
    grids.min_by(|one, two| {
        one.mercator_resolution()
            .total_cmp(&two.mercator_resolution())
    })
}

/// A window of `target`'s grid from the first band of `source`, in physical values: read as it is
/// when the grids are the same, else bilinear from the valid neighbours.
///
/// # Errors
/// When reading fails.
pub fn window(
    source: &CogReader,
    target: &GeoReference,
    window: Window,
) -> Result<Raster, CogError> {
    warp::resample(source, 0, target, window, Kernel::Bilinear)
}

/// As [`window`] for classes and masks: the nearest pixel.
///
/// # Errors
/// When reading fails.
pub fn classes(
    source: &CogReader,
    target: &GeoReference,
    window: Window,
) -> Result<Raster, CogError> {
    warp::resample(source, 0, target, window, Kernel::Nearest)
}
