//! Pixels: foreign formats, COG reading and writing, warping, indices, zonal statistics, styles.
//!
//! Everywhere: column and row 0 are the north-west pixel; pixel coordinates are those of GDAL, the
//! centre of the first pixel is (0.5, 0.5); rasters of computed values are `f32` with NaN for "no
//! data". Nothing here waits on a network or knows the database; every function may take CPU time
//! and belongs on a blocking thread.

pub mod align;
pub mod change;
pub mod classify;
pub mod clouds;
pub mod cog;
pub mod composite;
pub mod contour;
pub mod expression;
pub mod foreign;
pub mod georeference;
pub mod glyph;
pub mod index;
pub mod mask;
pub mod mosaic;
pub mod picture;
pub mod pipeline;
pub mod product;
pub mod raster;
pub mod sample;
mod simd;
pub mod sprite;
pub mod style;
pub mod terrain;
pub mod threshold;
pub mod vectorise;
pub mod viewshed;
pub mod visual;
pub mod warp;
pub mod zonal;

pub use crate::raster::{Raster, Window};
