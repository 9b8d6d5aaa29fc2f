//! What is known of a foreign raster before its pixels are read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::sample::DataType;
pub use crate::sample::Samples;

/// A raster file: its grid, its place and its bands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RasterDescription {
    /// GDAL's short name of the format.
    pub driver: String,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Pixel to coordinates in GDAL's order: origin x, column width, row skew, origin y, column
    /// skew, row height (negative in north-up images); units of the reference system.
    pub transform: [f64; 6],
    /// EPSG code of the reference system, where one is certain.
    pub epsg: Option<u32>,
    /// Its name.
    pub crs_name: String,
    /// Its definition as WKT.
    pub wkt: String,
    /// The projection where no EPSG code says it: a formula of `grid`, or PROJ's answers on a lattice
    /// over the image.
    pub lattice: Option<grid::projection::Projection>,
    /// The bands in file order.
    pub bands: Vec<BandDescription>,
    /// The file's own metadata (GDAL's default domain).
    pub metadata: BTreeMap<String, String>,
}

/// One band of a raster file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BandDescription {
    /// The type its samples arrive in: 32-bit integers and 64-bit numbers come as `F32` and lose
    /// what lies beyond 24 bits of precision.
    pub data_type: DataType,
    /// The value that stands for "nothing here", when the file sets one its type can hold.
    #[serde(with = "crate::sample::number_as_text")]
    pub nodata: Option<f64>,
    /// The band's name or description.
    pub description: Option<String>,
    /// value = sample × scale + offset, when the file says so.
    pub scale: Option<f64>,
    /// See `scale`.
    pub offset: Option<f64>,
    /// Unit of the value.
    pub unit: Option<String>,
    /// Colour meaning in GDAL's words ("Red", "Alpha", …), when it has one.
    pub colour: Option<String>,
    /// The band's own metadata.
    pub tags: BTreeMap<String, String>,
}

/// Whole rows of one band.
#[derive(Debug, Clone, PartialEq)]
pub struct Strip {
    /// The first row, counted from 0 at the top.
    pub first_row: usize,
    /// How many rows.
    pub rows: usize,
    /// Samples in a row.
    pub width: usize,
    /// `rows × width` samples.
    pub samples: Samples,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nodata_of_nan_survives_json() {
        let band = BandDescription {
            data_type: DataType::F32,
            nodata: Some(f64::NAN),
            description: None,
            scale: None,
            offset: None,
            unit: None,
            colour: None,
            tags: BTreeMap::new(),
        };
        let text = serde_json::to_string(&band).unwrap();
        let back: BandDescription = serde_json::from_str(&text).unwrap();
        assert!(back.nodata.is_some_and(f64::is_nan), "{text}");
    }
}
