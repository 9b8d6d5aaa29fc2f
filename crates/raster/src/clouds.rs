//! Where clouds hide the ground.

use crate::cog::{CogError, CogReader};
use crate::georeference::GeoReference;
use crate::product::Classes;
use crate::{Raster, Window, align};

/// A band of classes that tells clouds, in any grid.
#[derive(Debug, Clone, Copy)]
pub struct Clouds<'a> {
    /// The band.
    pub band: &'a CogReader,
    /// How its numbers are read.
    pub classes: Classes,
}

impl Clouds<'_> {
    /// Makes NaN of what clouds hide in a window of `grid`.
    ///
    /// # Errors
    /// When the classes cannot be read.
    pub fn hide(
        &self,
        raster: &mut Raster,
        grid: &GeoReference,
        window: Window,
    ) -> Result<(), CogError> {
        let classes = align::classes(self.band, grid, window)?;
        for (value, class) in raster.values.iter_mut().zip(&classes.values) {
            if self.classes.is_cloud(*class as u16) {
                *value = f32::NAN;
            }
        }
        Ok(())
    }
}
