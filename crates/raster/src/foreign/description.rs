//! What is known of a foreign raster before its pixels are read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::sample::DataType;

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
    /// PROJ's answers on a lattice over the image, when `grid` cannot compute the system itself.
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
    #[serde(with = "number_as_text")]
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

/// Samples in the band's type.
#[derive(Debug, Clone, PartialEq)]
pub enum Samples {
    /// Unsigned bytes.
    U8(Vec<u8>),
    /// Unsigned 16-bit integers.
    U16(Vec<u16>),
    /// Signed 16-bit integers.
    I16(Vec<i16>),
    /// 32-bit floating point numbers.
    F32(Vec<f32>),
}

impl Samples {
    /// Decodes little-endian bytes; a tail that makes no whole sample is left out.
    pub fn from_bytes(data_type: DataType, bytes: &[u8]) -> Self {
        match data_type {
            DataType::U8 => Self::U8(bytes.to_vec()),
            DataType::U16 => Self::U16(words(bytes, u16::from_le_bytes)),
            DataType::I16 => Self::I16(words(bytes, i16::from_le_bytes)),
            DataType::F32 => Self::F32(words(bytes, f32::from_le_bytes)),
        }
    }

    /// The samples as numbers, one by one.
    pub fn numbers(&self) -> Box<dyn Iterator<Item = f64> + '_> {
        match self {
            Self::U8(samples) => Box::new(samples.iter().copied().map(f64::from)),
            Self::U16(samples) => Box::new(samples.iter().copied().map(f64::from)),
            Self::I16(samples) => Box::new(samples.iter().copied().map(f64::from)),
            Self::F32(samples) => Box::new(samples.iter().copied().map(f64::from)),
        }
    }
}

fn words<const N: usize, T>(bytes: &[u8], decode: fn([u8; N]) -> T) -> Vec<T> {
    let (whole, _) = bytes.as_chunks::<N>();
    whole.iter().copied().map(decode).collect()
}

/// JSON has no NaN and no infinity, which nodata often is: numbers travel as text.
mod number_as_text {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "the signature serde asks for")]
    pub fn serialize<S: Serializer>(value: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
        value.map(|number| number.to_string()).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
        Option::<String>::deserialize(from)?
            .map(|text| text.parse().map_err(serde::de::Error::custom))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_little_endian() {
        let bytes = [0x10, 0x27, 0xf0, 0xd8];
        assert_eq!(
            Samples::from_bytes(DataType::U16, &bytes),
            Samples::U16(vec![10_000, 55_536])
        );
        assert_eq!(
            Samples::from_bytes(DataType::I16, &bytes),
            Samples::I16(vec![10_000, -10_000])
        );
    }

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
