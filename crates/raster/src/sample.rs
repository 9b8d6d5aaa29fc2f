//! The number types a stored pixel may have.

use serde::{Deserialize, Serialize};

/// The number type of stored pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DataType {
    /// 0 to 255.
    U8,
    /// 0 to 65 535.
    U16,
    /// −32 768 to 32 767.
    I16,
    /// Single precision.
    F32,
}

impl DataType {
    /// Bytes of one number.
    pub fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::F32 => 4,
        }
    }

    /// Whether the type can hold this number exactly (NaN and infinities only as `F32`).
    pub fn holds(self, value: f64) -> bool {
        let whole = |low: f64, high: f64| value.fract() == 0.0 && (low..=high).contains(&value);
        match self {
            Self::U8 => whole(0.0, 255.0),
            Self::U16 => whole(0.0, 65_535.0),
            Self::I16 => whole(-32_768.0, 32_767.0),
            Self::F32 => !value.is_finite() || f64::from(value as f32).to_bits() == value.to_bits(),
        }
    }
}

/// A number type of Rust that pixels are stored as.
pub trait Sample: Copy + Send + Sync + PartialEq + Default + 'static {
    /// The same type, as a value.
    const DATA_TYPE: DataType;
    /// The bytes of a row of numbers, little-endian, appended to `bytes`.
    fn write_le(samples: &[Self], bytes: &mut Vec<u8>);
    /// The number at the beginning of `bytes`, little-endian.
    fn read_le(bytes: &[u8]) -> Self;
    /// Puts the number at the beginning of `bytes`, little-endian.
    fn put_le(self, bytes: &mut [u8]);
    /// The number; exact for every type here.
    fn to_f64(self) -> f64;
    /// The nearest number of this type.
    fn from_f64(value: f64) -> Self;
}

macro_rules! sample {
    ($type:ty, $name:ident, $nearest:expr) => {
        impl Sample for $type {
            const DATA_TYPE: DataType = DataType::$name;

            fn write_le(samples: &[Self], bytes: &mut Vec<u8>) {
                bytes.reserve(size_of_val(samples));
                for sample in samples {
                    bytes.extend_from_slice(&sample.to_le_bytes());
                }
            }

            fn read_le(bytes: &[u8]) -> Self {
                // Callers hand over whole numbers; the zero is never used.
                bytes
                    .first_chunk()
                    .map_or(0 as $type, |bytes| Self::from_le_bytes(*bytes))
            }

            fn put_le(self, bytes: &mut [u8]) {
                bytes[..size_of::<Self>()].copy_from_slice(&self.to_le_bytes());
            }

            fn to_f64(self) -> f64 {
                f64::from(self)
            }

            fn from_f64(value: f64) -> Self {
                // `as` saturates at the ends of the type.
                $nearest(value) as $type
            }
        }
    };
}

sample!(u8, U8, f64::round);
sample!(u16, U16, f64::round);
sample!(i16, I16, f64::round);
sample!(f32, F32, std::convert::identity);

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
    /// `count` samples of nothing but `value`, as the type holds it.
    pub fn filled(data_type: DataType, count: usize, value: f64) -> Self {
        match data_type {
            DataType::U8 => Self::U8(vec![u8::from_f64(value); count]),
            DataType::U16 => Self::U16(vec![u16::from_f64(value); count]),
            DataType::I16 => Self::I16(vec![i16::from_f64(value); count]),
            DataType::F32 => Self::F32(vec![f32::from_f64(value); count]),
        }
    }

    /// Their type.
    pub fn data_type(&self) -> DataType {
        match self {
            Self::U8(_) => DataType::U8,
            Self::U16(_) => DataType::U16,
            Self::I16(_) => DataType::I16,
            Self::F32(_) => DataType::F32,
        }
    }

    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Self::U8(samples) => samples.len(),
            Self::U16(samples) => samples.len(),
            Self::I16(samples) => samples.len(),
            Self::F32(samples) => samples.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

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
pub mod number_as_text {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// As text.
    ///
    /// # Errors
    /// The serializer's own.
    #[expect(clippy::ref_option, reason = "the signature serde asks for")]
    pub fn serialize<S: Serializer>(value: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
        value.map(|number| number.to_string()).serialize(to)
    }

    /// From text.
    ///
    /// # Errors
    /// When the text is no number.
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
    fn what_a_type_can_hold() {
        assert!(DataType::I16.holds(-10_000.0));
        assert!(!DataType::U16.holds(-1.0));
        assert!(!DataType::U8.holds(f64::NAN));
        assert!(DataType::F32.holds(f64::NAN));
        assert!(!DataType::I16.holds(0.5));
    }

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
}
