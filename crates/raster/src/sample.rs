//! The number types a stored pixel may have.

use serde::{Deserialize, Serialize};

/// The number type of stored pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

/// Stored numbers of one type: not scaled, nodata as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Samples {
    /// See [`DataType::U8`].
    U8(Vec<u8>),
    /// See [`DataType::U16`].
    U16(Vec<u16>),
    /// See [`DataType::I16`].
    I16(Vec<i16>),
    /// See [`DataType::F32`].
    F32(Vec<f32>),
}

/// Runs `$body` with `$values` bound to the vector inside, and `$type` naming its number type.
macro_rules! with_samples {
    ($samples:expr, $values:ident => $body:expr) => {
        match $samples {
            $crate::sample::Samples::U8($values) => $body,
            $crate::sample::Samples::U16($values) => $body,
            $crate::sample::Samples::I16($values) => $body,
            $crate::sample::Samples::F32($values) => $body,
        }
    };
}

/// Runs `$body` with `$type` naming the Rust type of a [`DataType`].
macro_rules! with_type {
    ($data_type:expr, $type:ident => $body:expr) => {
        match $data_type {
            $crate::sample::DataType::U8 => {
                type $type = u8;
                $body
            }
            $crate::sample::DataType::U16 => {
                type $type = u16;
                $body
            }
            $crate::sample::DataType::I16 => {
                type $type = i16;
                $body
            }
            $crate::sample::DataType::F32 => {
                type $type = f32;
                $body
            }
        }
    };
}

pub(crate) use with_type;

impl Samples {
    /// As many numbers of a type, all the same (the nearest the type has).
    pub fn filled(data_type: DataType, count: usize, value: f64) -> Self {
        with_type!(data_type, S => S::wrap(vec![S::from_f64(value); count]))
    }

    /// Which type they have.
    pub fn data_type(&self) -> DataType {
        match self {
            Self::U8(_) => DataType::U8,
            Self::U16(_) => DataType::U16,
            Self::I16(_) => DataType::I16,
            Self::F32(_) => DataType::F32,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        with_samples!(self, values => values.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Their length in memory.
    pub fn bytes(&self) -> usize {
        self.len() * self.data_type().bytes()
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

    /// The number at a place; NaN beyond the last.
    pub fn get(&self, index: usize) -> f64 {
        with_samples!(self, values => values.get(index).map_or(f64::NAN, |value| value.to_f64()))
    }
}

/// A number type of Rust that pixels are stored as.
pub trait Sample: bytemuck::Pod + Send + Sync + PartialEq + Default + 'static {
    /// The same type, as a value.
    const DATA_TYPE: DataType;
    /// The number; exact for every type here.
    fn to_f64(self) -> f64;
    /// The number; exact for every type here.
    fn to_f32(self) -> f32;
    /// The nearest number of this type.
    fn from_f64(value: f64) -> Self;
    /// The mean of four numbers, halves rounded away from zero.
    #[must_use]
    fn mean_of_four(values: [Self; 4]) -> Self;
    /// This number less another, as TIFF's predictor wants it: modulo the type's size.
    #[must_use]
    fn less(self, other: Self) -> Self;
    /// This number and another, the reverse of [`Self::less`].
    #[must_use]
    fn plus(self, other: Self) -> Self;
    /// The number with its bytes the other way round.
    #[must_use]
    fn swapped(self) -> Self;
    /// Numbers of this type as [`Samples`].
    fn wrap(values: Vec<Self>) -> Samples;
    /// The numbers, if they are of this type.
    fn slice(samples: &Samples) -> Option<&[Self]>;
    /// The numbers, if they are of this type.
    fn vector(samples: &mut Samples) -> Option<&mut Vec<Self>>;
}

/// What [`Samples`] of one type look like to the type itself.
macro_rules! variant {
    ($name:ident) => {
        const DATA_TYPE: DataType = DataType::$name;

        #[inline]
        fn to_f64(self) -> f64 {
            f64::from(self)
        }

        #[inline]
        fn to_f32(self) -> f32 {
            f32::from(self)
        }

        fn wrap(values: Vec<Self>) -> Samples {
            Samples::$name(values)
        }

        fn slice(samples: &Samples) -> Option<&[Self]> {
            match samples {
                Samples::$name(values) => Some(values),
                _ => None,
            }
        }

        fn vector(samples: &mut Samples) -> Option<&mut Vec<Self>> {
            match samples {
                Samples::$name(values) => Some(values),
                _ => None,
            }
        }
    };
}

macro_rules! whole {
    ($type:ty, $name:ident, $wide:ty, $half:expr) => {
        impl Sample for $type {
            variant!($name);

            #[inline]
            fn from_f64(value: f64) -> Self {
                // Halves away from zero as `round` does, which is a call where this is three
                // instructions; kept within the type first, for a cast that is one.
                let (low, high) = (f64::from(<$type>::MIN), f64::from(<$type>::MAX));
                let away = value + 0.5_f64.copysign(value);
                let least = if away < low { low } else { away };
                let within = if least > high { high } else { least };
                within as i32 as $type
            }

            #[inline]
            fn mean_of_four(values: [Self; 4]) -> Self {
                let [a, b, c, d] = values.map(<$wide>::from);
                let sum = a + b + c + d;
                ((sum + $half(sum)) / 4) as $type
            }

            #[inline]
            fn less(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }

            #[inline]
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }

            fn swapped(self) -> Self {
                self.swap_bytes()
            }
        }
    };
}

whole!(u8, U8, u16, |_sum| 2);
whole!(u16, U16, u32, |_sum| 2);
whole!(i16, I16, i32, |sum: i32| if sum < 0 { -2 } else { 2 });

impl Sample for f32 {
    variant!(F32);

    #[inline]
    fn from_f64(value: f64) -> Self {
        value as Self
    }

    #[inline]
    fn mean_of_four(values: [Self; 4]) -> Self {
        let [a, b, c, d] = values.map(f64::from);
        ((a + b + c + d) / 4.0) as Self
    }

    fn less(self, other: Self) -> Self {
        Self::from_bits(self.to_bits().wrapping_sub(other.to_bits()))
    }

    fn plus(self, other: Self) -> Self {
        Self::from_bits(self.to_bits().wrapping_add(other.to_bits()))
    }

    fn swapped(self) -> Self {
        Self::from_bits(self.to_bits().swap_bytes())
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

    #[test]
    fn means_round_halves_away_from_zero() {
        assert_eq!(u8::mean_of_four([255, 255, 255, 253]), 255);
        assert_eq!(u16::mean_of_four([1, 1, 2, 2]), 2);
        assert_eq!(i16::mean_of_four([-1, -1, -2, -2]), -2);
        assert_eq!(i16::mean_of_four([-1, -1, -1, -2]), -1);
        assert_eq!(
            f32::mean_of_four([0.0, 1.0, 1.0, 1.0]).to_bits(),
            0.75_f32.to_bits()
        );
    }

    #[test]
    fn numbers_are_the_nearest_of_the_type() {
        let i16s = [-1.5, -0.5, -0.49, 0.5, 2.5, 4e4, -4e4, f64::NAN].map(i16::from_f64);
        assert_eq!(i16s, [-2, -1, 0, 1, 3, 32_767, -32_768, 0]);
        let u8s = [-1.0, 0.49, 254.5, 255.4, 1e300, f64::NEG_INFINITY].map(u8::from_f64);
        assert_eq!(u8s, [0, 0, 255, 255, 255, 0]);
    }

    #[test]
    fn samples_know_their_type() {
        let samples = Samples::filled(DataType::I16, 5, -3.4);
        assert_eq!(samples, Samples::I16(vec![-3; 5]));
        assert_eq!((samples.len(), samples.bytes()), (5, 10));
        assert!(samples.get(5).is_nan());
        assert_eq!(u8::slice(&samples), None);
    }
}
