//! TIFF's predictors: neighbours are alike, so differences pack better than values.

use crate::sample::{DataType, Sample};

/// What was done to the numbers of a block before it was packed, row by row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Predictor {
    None,
    /// Every number less the one before it in the same band.
    Horizontal,
    /// All first (most significant) bytes of the row's numbers, then all second ones, …, and each byte
    /// less the one before: Adobe TIFF Technical Note 3.
    Float,
}

impl Predictor {
    /// The one that suits a type.
    pub fn of(data_type: DataType) -> Self {
        match data_type {
            DataType::F32 => Self::Float,
            _ => Self::Horizontal,
        }
    }

    /// TIFF's number for it.
    pub fn code(self) -> u16 {
        match self {
            Self::None => 1,
            Self::Horizontal => 2,
            Self::Float => 3,
        }
    }

    /// Changes the rows of a block.
    pub fn apply<S: Sample>(self, block: &mut [S], row_length: usize, bands: usize) {
        match self {
            Self::None => {}
            Self::Horizontal => {
                let mut original = vec![S::default(); row_length];
                for row in block.chunks_exact_mut(row_length) {
                    original.copy_from_slice(row);
                    difference(&original, row, bands);
                }
            }
            Self::Float => {
                let mut planes = vec![0; row_length * size_of::<S>()];
                for row in block.chunks_exact_mut(row_length) {
                    let bytes = bytemuck::cast_slice_mut(row);
                    planes_of(bytes, size_of::<S>(), &mut planes);
                    bytes.copy_from_slice(&planes);
                    difference(&planes, bytes, bands);
                }
            }
        }
    }

    /// Changes them back.
    pub fn restore<S: Sample>(self, block: &mut [S], row_length: usize, bands: usize) {
        match self {
            Self::None => {}
            Self::Horizontal => {
                for row in block.chunks_exact_mut(row_length) {
                    accumulate(row, bands);
                }
            }
            Self::Float => {
                let mut planes = vec![0; row_length * size_of::<S>()];
                for row in block.chunks_exact_mut(row_length) {
                    let bytes = bytemuck::cast_slice_mut(row);
                    accumulate(bytes, bands);
                    planes.copy_from_slice(bytes);
                    numbers_of(&planes, size_of::<S>(), bytes);
                }
            }
        }
    }
}

/// From one slice into another, so that the loop has no order and the compiler may take many at once.
fn difference<S: Sample>(original: &[S], row: &mut [S], stride: usize) {
    let Some(later) = original.get(stride..) else {
        return;
    };
    for ((out, value), before) in row[stride..].iter_mut().zip(later).zip(original) {
        *out = value.less(*before);
    }
}

fn accumulate<S: Sample>(row: &mut [S], stride: usize) {
    match stride {
        1 => accumulate_pixels::<S, 1>(row),
        2 => accumulate_pixels::<S, 2>(row),
        3 => accumulate_pixels::<S, 3>(row),
        4 => accumulate_pixels::<S, 4>(row),
        _ => {
            for index in stride..row.len() {
                row[index] = row[index].plus(row[index - stride]);
            }
        }
    }
}

/// The sums stay in registers, which is several times faster than reading them back.
fn accumulate_pixels<S: Sample, const BANDS: usize>(row: &mut [S]) {
    let mut sums = [S::default(); BANDS];
    for pixel in row.as_chunks_mut::<BANDS>().0 {
        for (sum, sample) in sums.iter_mut().zip(pixel) {
            *sum = sum.plus(*sample);
            *sample = *sum;
        }
    }
}

fn planes_of(row: &[u8], size: usize, planes: &mut [u8]) {
    let count = row.len() / size;
    for (plane, out) in planes.chunks_exact_mut(count).enumerate() {
        let byte = place(plane, size);
        for (out, number) in out.iter_mut().zip(row.chunks_exact(size)) {
            *out = number[byte];
        }
    }
}

fn numbers_of(planes: &[u8], size: usize, row: &mut [u8]) {
    let count = row.len() / size;
    for (plane, bytes) in planes.chunks_exact(count).enumerate() {
        let byte = place(plane, size);
        for (number, found) in row.chunks_exact_mut(size).zip(bytes) {
            number[byte] = *found;
        }
    }
}

/// Where the machine keeps the byte of a plane; the first plane is the most significant.
fn place(plane: usize, size: usize) -> usize {
    if cfg!(target_endian = "big") {
        plane
    } else {
        size - 1 - plane
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_float_row_as_planes() {
        // 1.0 is 3F 80 00 00 and -2.0 is C0 00 00 00.
        let mut row = [1.0_f32, -2.0];
        Predictor::Float.apply(&mut row, 2, 1);
        let bytes: &[u8] = bytemuck::cast_slice(&row);
        assert_eq!(bytes, [0x3F, 0x81, 0xC0, 0x80, 0, 0, 0, 0]);
        Predictor::Float.restore(&mut row, 2, 1);
        assert_eq!(row.map(f32::to_bits), [1.0_f32, -2.0].map(f32::to_bits));
    }

    #[test]
    fn differences_go_by_band_and_row() {
        let mut rows = [1_u16, 10, 3, 9, 0, 65_535, 5, 5, 6, 6, 7, 7];
        Predictor::Horizontal.apply(&mut rows, 6, 2);
        assert_eq!(rows, [1, 10, 2, 65_535, 65_533, 65_526, 5, 5, 1, 1, 1, 1]);
        Predictor::Horizontal.restore(&mut rows, 6, 2);
        assert_eq!(rows, [1, 10, 3, 9, 0, 65_535, 5, 5, 6, 6, 7, 7]);
    }
}
