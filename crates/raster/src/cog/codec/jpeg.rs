//! Tiles as JPEG pictures, as TIFF Technical Note 2 packs them: the tables, the same for all tiles,
//! stand once in the tag `JPEGTables`.

use std::sync::Arc;

use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, SamplingFactor};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::{CogError, damaged};

const START: [u8; 2] = [0xFF, 0xD8];
const END: [u8; 2] = [0xFF, 0xD9];
/// Quantisation and Huffman tables.
const TABLES: [u8; 2] = [0xDB, 0xC4];
const SCAN: u8 = 0xDA;
const APPLICATION: std::ops::RangeInclusive<u8> = 0xE0..=0xEF;
const COMMENT: u8 = 0xFE;

/// What the components of a picture are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// Luma and chroma of red, green and blue.
    YCbCr,
    /// The bands themselves.
    AsTheyAre,
}

/// One band as grey, three as colours with halved chroma.
pub fn encode(block: &[u8], side: usize, bands: usize, quality: u8) -> Result<Vec<u8>, CogError> {
    let whole = encode_whole(block, side, bands, quality)
        .ok_or_else(|| CogError::Options("the JPEG encoder refused a tile".to_owned()))?;
    Ok(abbreviated(&whole))
}

/// What `JPEGTables` says for tiles of [`encode`].
pub fn tables(quality: u8, bands: usize) -> Arc<[u8]> {
    let whole = encode_whole(&vec![0; 16 * 16 * bands], 16, bands, quality).unwrap_or_default();
    let tables = segments(&whole)
        .filter(|(marker, _)| TABLES.contains(marker))
        .flat_map(|(_, bytes)| bytes.iter().copied());
    START.into_iter().chain(tables).chain(END).collect()
}

fn encode_whole(block: &[u8], side: usize, bands: usize, quality: u8) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(block.len() / 8);
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    // Averaged as libjpeg does; the crate's default takes every second pixel.
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    let colours = if bands == 1 {
        ColorType::Luma
    } else {
        ColorType::Rgb
    };
    let side = u16::try_from(side).ok()?;
    encoder.encode(block, side, side, colours).ok()?;
    Some(bytes)
}

/// The picture without what `JPEGTables` says, and without comments.
fn abbreviated(whole: &[u8]) -> Vec<u8> {
    let kept = segments(whole)
        .filter(|(marker, _)| {
            !TABLES.contains(marker) && *marker != COMMENT && !APPLICATION.contains(marker)
        })
        .flat_map(|(_, bytes)| bytes);
    let mut bytes = Vec::with_capacity(whole.len());
    bytes.extend_from_slice(&START);
    bytes.extend(kept);
    bytes
}

/// The marker segments of a picture; the last one, from the scan on, goes to the end.
fn segments(picture: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = picture.strip_prefix(&START).unwrap_or_default();
    std::iter::from_fn(move || {
        let (&[0xFF, marker, high, low], _) = rest.split_first_chunk::<4>()? else {
            return None;
        };
        let length = if marker == SCAN {
            rest.len()
        } else {
            2 + usize::from(u16::from_be_bytes([high, low]))
        };
        let (segment, behind) = rest.split_at_checked(length)?;
        rest = behind;
        Some((marker, segment))
    })
}

/// Into rows × columns × bands.
pub fn decode(
    tables: &[u8],
    bytes: &[u8],
    colours: Colours,
    size: (usize, usize),
    bands: usize,
    into: &mut [u8],
) -> Result<(), CogError> {
    let whole = match (tables.strip_suffix(&END), bytes.strip_prefix(&START)) {
        (Some(tables), Some(picture)) if tables.len() > START.len() => &[tables, picture].concat(),
        _ => bytes,
    };
    let wanted = match (bands, colours) {
        (1, _) => ColorSpace::Luma,
        (3, Colours::YCbCr) => ColorSpace::RGB,
        // Asking for what is stored leaves it as it is.
        (3, Colours::AsTheyAre) => ColorSpace::YCbCr,
        _ => return Err(damaged(&format!("a JPEG tile of {bands} bands"))),
    };
    let options = DecoderOptions::default()
        .set_max_width(size.0)
        .set_max_height(size.1)
        .jpeg_set_out_colorspace(wanted);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(whole), options);
    decoder.decode_headers().map_err(|error| damaged(&error))?;
    let found = decoder
        .info()
        .map(|info| (usize::from(info.width), usize::from(info.height)));
    if found != Some(size) || decoder.output_buffer_size() != Some(into.len()) {
        return Err(damaged(&"a JPEG picture of another size"));
    }
    decoder.decode_into(into).map_err(|error| damaged(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean_difference(a: &[u8], b: &[u8]) -> f64 {
        let sum: i64 = a
            .iter()
            .zip(b)
            .map(|(a, b)| (i64::from(*a) - i64::from(*b)).abs())
            .sum();
        sum as f64 / a.len() as f64
    }

    #[test]
    fn pictures_come_back_nearly() {
        for bands in [1, 3] {
            let block: Vec<u8> = (0..64 * 64 * bands)
                .map(|index| (index / bands % 64 * 3 + index % bands * 10) as u8)
                .collect();
            let tables = tables(80, bands);
            let bytes = encode(&block, 64, bands, 80).expect("packs");
            assert!(segments(&bytes).all(|(marker, _)| !TABLES.contains(&marker)));
            assert!(segments(&tables).count() > 0);
            let colours = if bands == 3 {
                Colours::YCbCr
            } else {
                Colours::AsTheyAre
            };
            let mut back = vec![0; block.len()];
            decode(&tables, &bytes, colours, (64, 64), bands, &mut back).expect("unpacks");
            let difference = mean_difference(&block, &back);
            assert!(difference < 2.0, "{difference}");
            let small = decode(
                &tables,
                &bytes,
                colours,
                (32, 64),
                bands,
                &mut back[..2048 * bands],
            );
            assert!(small.is_err());
        }
    }
}
