//! Pixels: foreign formats, COG reading and writing, warping, indices, zonal statistics, styles.

pub mod foreign;
pub mod product;
