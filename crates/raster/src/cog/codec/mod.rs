//! The bytes of one block of pixels (a tile, or a strip): predictor and compression, there and back.

mod jpeg;
mod predictor;
mod webp;

use std::cell::RefCell;
use std::io::{Read, Write};
use std::sync::Arc;

use super::{CogError, Compression};
use crate::sample::{DataType, Sample, Samples, with_type};
pub use jpeg::Colours;
pub use predictor::Predictor;

/// How the bytes of a block are packed.
#[derive(Debug, Clone, PartialEq)]
pub enum Packing {
    Raw,
    Deflate,
    Lzw,
    Zstd,
    Webp,
    /// With the tables that all blocks share, and what their components are.
    Jpeg(Arc<[u8]>, Colours),
}

/// How hard a packer looks for fewer bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// For the finest level, which is three quarters of the work.
    Quick,
    /// For the coarser ones.
    Thorough,
}

impl Effort {
    /// The effort for a level, counted from the finest.
    pub fn of_level(level: usize) -> Self {
        if level == 0 {
            Self::Quick
        } else {
            Self::Thorough
        }
    }
}

/// What is the same for every block of one level.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// Columns of a block.
    pub width: usize,
    /// Rows of a block; the last strip of an image may have fewer.
    pub height: usize,
    /// Samples of a pixel in a block.
    pub bands: usize,
    pub data_type: DataType,
    pub packing: Packing,
    pub predictor: Predictor,
    pub big_endian: bool,
    /// A mask of one bit a pixel; read as 0 and 255.
    pub bits: bool,
}

impl Layout {
    /// The length of an unpacked block.
    pub fn bytes(&self) -> usize {
        self.width * self.height * self.bands * self.data_type.bytes()
    }

    /// Our own tiles: numbers get TIFF's predictor, pictures are left alone.
    pub fn ours(side: usize, bands: usize, data_type: DataType, compression: Compression) -> Self {
        let (packing, predictor) = match (compression, data_type) {
            (Compression::Webp { .. }, _) => (Packing::Webp, Predictor::None),
            (Compression::Jpeg { quality }, _) => {
                let colours = if bands == 3 {
                    Colours::YCbCr
                } else {
                    Colours::AsTheyAre
                };
                let tables = jpeg::tables(quality, bands);
                (Packing::Jpeg(tables, colours), Predictor::None)
            }
            (Compression::Deflate, _) => (Packing::Deflate, Predictor::of(data_type)),
            (Compression::Zstd { .. }, _) => (Packing::Zstd, Predictor::of(data_type)),
        };
        Self {
            width: side,
            height: side,
            bands,
            data_type,
            packing,
            predictor,
            big_endian: false,
            bits: false,
        }
    }

    /// Our own masks: one bit a pixel.
    pub fn mask(side: usize) -> Self {
        Self {
            bits: true,
            predictor: Predictor::None,
            ..Self::ours(side, 1, DataType::U8, Compression::Deflate)
        }
    }

    /// Whether [`Layout::encode`] takes bands apart: bands × rows × columns.
    pub fn is_apart(&self) -> bool {
        matches!(self.packing, Packing::Jpeg(..))
    }

    /// Packs a block that [`Predictor::apply`] (or [`pack_bits`], for a mask) has been at: rows ×
    /// columns × bands (but see [`Layout::is_apart`]), little-endian.
    pub fn encode(
        &self,
        block: &[u8],
        compression: Compression,
        effort: Effort,
    ) -> Result<Vec<u8>, CogError> {
        match compression {
            Compression::Deflate => {
                let level = flate2::Compression::new(6);
                let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
                encoder.write_all(block)?;
                Ok(encoder.finish()?)
            }
            Compression::Zstd { level } => compress_zstd(block, level),
            Compression::Webp { quality } => {
                webp::encode(block, self.width, self.bands, quality, effort)
            }
            Compression::Jpeg { quality } => jpeg::encode(block, self.width, self.bands, quality),
        }
    }

    /// Unpacks a block of so many rows: rows × columns × bands.
    pub fn decode(&self, bytes: &[u8], rows: usize) -> Result<Samples, CogError> {
        if self.bits {
            let mut packed = vec![0; self.width.div_ceil(8) * rows];
            self.unpack(bytes, rows, &mut packed)?;
            return Ok(with_type!(self.data_type, S =>
                S::wrap(unpack_bits::<S>(&packed, self.width))));
        }
        with_type!(self.data_type, S => self.decode_as::<S>(bytes, rows).map(S::wrap))
    }

    fn decode_as<S: Sample>(&self, bytes: &[u8], rows: usize) -> Result<Vec<S>, CogError> {
        let mut samples = vec![S::default(); rows * self.width * self.bands];
        self.unpack(bytes, rows, bytemuck::cast_slice_mut(&mut samples))?;
        if self.big_endian != cfg!(target_endian = "big") && self.predictor != Predictor::Float {
            for sample in &mut samples {
                *sample = sample.swapped();
            }
        }
        let row_length = self.width * self.bands;
        self.predictor.restore(&mut samples, row_length, self.bands);
        Ok(samples)
    }

    /// Decompresses into exactly `into`; what the stream has beyond that is left alone.
    fn unpack(&self, bytes: &[u8], rows: usize, into: &mut [u8]) -> Result<(), CogError> {
        match &self.packing {
            Packing::Raw => {
                let found = bytes.get(..into.len()).ok_or_else(|| short(bytes.len()))?;
                into.copy_from_slice(found);
                Ok(())
            }
            Packing::Deflate => inflate(bytes, into),
            Packing::Zstd => decompress_zstd(bytes, into),
            Packing::Lzw => decompress_lzw(bytes, into),
            Packing::Webp => webp::decode(bytes, (self.width, rows), self.bands, into),
            Packing::Jpeg(tables, colours) => {
                let size = (self.width, rows);
                jpeg::decode(tables, bytes, *colours, size, self.bands, into)
            }
        }
    }
}

fn damaged(error: &dyn std::fmt::Display) -> CogError {
    CogError::Damaged(format!("a tile cannot be unpacked ({error})"))
}

fn short(found: usize) -> CogError {
    damaged(&format!("it ends after {found} bytes"))
}

thread_local! {
    static INFLATER: RefCell<libdeflater::Decompressor> =
        RefCell::new(libdeflater::Decompressor::new());
    // Making a context takes as long as packing a small tile.
    static COMPRESSOR: RefCell<Option<(i32, zstd::bulk::Compressor<'static>)>> =
        const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<zstd::bulk::Decompressor<'static>>> =
        const { RefCell::new(None) };
}

/// What is noisy takes half the time of zlib's way, which reads a stream of any length.
fn inflate(bytes: &[u8], into: &mut [u8]) -> Result<(), CogError> {
    let direct = INFLATER.with_borrow_mut(|inflater| inflater.zlib_decompress(bytes, into));
    if direct.is_ok_and(|length| length == into.len()) {
        return Ok(());
    }
    // The last strip of other programs may hold more rows than the image.
    flate2::read::ZlibDecoder::new(bytes)
        .read_exact(into)
        .map_err(|error| damaged(&error))
}

fn compress_zstd(block: &[u8], level: i32) -> Result<Vec<u8>, CogError> {
    COMPRESSOR.with_borrow_mut(|kept| match kept {
        Some((kept_level, compressor)) if *kept_level == level => Ok(compressor.compress(block)?),
        other => {
            let compressor = zstd::bulk::Compressor::new(level)?;
            Ok(other.insert((level, compressor)).1.compress(block)?)
        }
    })
}

fn decompress_zstd(bytes: &[u8], into: &mut [u8]) -> Result<(), CogError> {
    let direct = DECOMPRESSOR.with_borrow_mut(|kept| {
        let decompressor = match kept {
            Some(decompressor) => decompressor,
            None => kept.insert(zstd::bulk::Decompressor::new()?),
        };
        decompressor.decompress_to_buffer(bytes, into)
    });
    if direct.is_ok_and(|length| length == into.len()) {
        return Ok(());
    }
    // The last strip of other programs may hold more rows than the image.
    zstd::stream::read::Decoder::new(bytes)
        .and_then(|mut decoder| decoder.read_exact(into))
        .map_err(|error| damaged(&error))
}

fn decompress_lzw(mut bytes: &[u8], mut into: &mut [u8]) -> Result<(), CogError> {
    let mut decoder = weezl::decode::Decoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
    while !into.is_empty() {
        let step = decoder.decode_bytes(bytes, into);
        bytes = &bytes[step.consumed_in..];
        into = &mut into[step.consumed_out..];
        match step.status {
            Ok(weezl::LzwStatus::Ok) if step.consumed_out > 0 || step.consumed_in > 0 => {}
            _ if into.is_empty() => {}
            Ok(_) => return Err(damaged(&"its LZW stream ends early")),
            Err(error) => return Err(damaged(&error)),
        }
    }
    Ok(())
}

/// Rows of 0 and anything else as rows of bits, the first pixel highest, each row in whole bytes.
pub fn pack_bits(mask: &[u8], width: usize) -> Vec<u8> {
    mask.chunks_exact(width)
        .flat_map(|row| row.chunks(8))
        .map(|pixels| {
            let bit = |(index, pixel): (usize, &u8)| u8::from(*pixel != 0) << (7 - index);
            pixels.iter().enumerate().map(bit).sum()
        })
        .collect()
}

fn unpack_bits<S: Sample>(packed: &[u8], width: usize) -> Vec<S> {
    let visible = S::from_f64(255.0);
    packed
        .chunks_exact(width.div_ceil(8))
        .flat_map(|row| {
            (0..width).map(move |column| {
                let set = row[column / 8] & (128 >> (column % 8)) != 0;
                if set { visible } else { S::default() }
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bits_come_back() {
        let mask: Vec<u8> = (0..20 * 3)
            .map(|index| if index % 7 < 3 { 255 } else { 0 })
            .collect();
        let packed = pack_bits(&mask, 20);
        assert_eq!(packed.len(), 9);
        assert_eq!(packed[0], 0b1110_0001);
        assert_eq!(unpack_bits::<u8>(&packed, 20), mask);
    }

    proptest! {
        #[test]
        fn every_kind_comes_back(
            seed in any::<u64>(),
            bands in 1_usize..6,
            compression in prop::sample::select(vec![Compression::Deflate, Compression::ZSTD]),
            data_type in prop::sample::select(vec![DataType::U8, DataType::U16, DataType::I16, DataType::F32]),
        ) {
            let layout = Layout::ours(16, bands, data_type, compression);
            let mut state = seed | 1;
            let tile: Vec<u8> = (0..layout.bytes()).map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 56) as u8
            }).collect();
            with_type!(data_type, S => {
                // Collected, because the bytes of a vector need not stand as a number must.
                let tile: Vec<S> = bytemuck::pod_collect_to_vec(&tile);
                let mut changed = tile.clone();
                layout.predictor.apply(&mut changed, 16 * bands, bands);
                let packed = layout.encode(bytemuck::cast_slice(&changed), compression, Effort::Quick).expect("packs");
                let back = layout.decode(&packed, 16).expect("unpacks");
                // By their bits: any of these floats may be NaN.
                let bits = |values: &[S]| bytemuck::cast_slice::<S, u8>(values).to_vec();
                prop_assert_eq!(bits(S::slice(&back).expect("the same type")), bits(&tile));
                prop_assert!(layout.decode(&packed[..packed.len() / 2], 16).is_err());
            });
        }
    }
}
