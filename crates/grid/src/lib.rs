//! Tile matrix sets, map projections, ellipsoidal area: pure arithmetic.
//!
//! Longitudes and latitudes are degrees on WGS 84 (CGCS2000 and NAD 83 are taken as equal to it:
//! they differ by centimetres to a metre, less than a pixel of any imagery here). Map coordinates
//! are metres. No files, no databases, no network.

pub mod area;
pub mod bounds;
pub mod lattice;
pub mod mercator;
pub mod offset_datum;
pub mod projection;
pub mod sinusoidal;
pub mod tile;
pub mod transverse_mercator;
