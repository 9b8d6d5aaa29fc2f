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
}
