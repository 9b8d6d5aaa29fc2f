//! Tiles as JPEG pictures, as TIFF Technical Note 2 packs them: the tables, the same for all tiles,
//! stand once in the tag `JPEGTables`.

use std::sync::Arc;

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::{CogError, damaged};
use crate::jpeg::{self, END, START};

/// What the components of a picture are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// Luma and chroma of red, green and blue.
    YCbCr,
    /// The bands themselves.
    AsTheyAre,
}

/// One band as grey, three as colours with halved chroma: bands × rows × columns. `side` is a
/// multiple of 16, as the sides of all tiles are.
pub fn encode(block: &[u8], side: usize, bands: usize, quality: u8) -> Result<Vec<u8>, CogError> {
    jpeg::abbreviated(block, (side, side), bands, quality).ok_or_else(|| {
        let what = format!("no JPEG has tiles of {side} × {side} pixels of {bands} bands");
        CogError::Options(what)
    })
}

/// What `JPEGTables` says for tiles of [`encode`].
pub fn tables(quality: u8, bands: usize) -> Arc<[u8]> {
    [&START[..], &jpeg::tables(quality, bands), &END]
        .concat()
        .into()
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

    /// Rows × columns × bands as bands × rows × columns.
    fn apart(block: &[u8], bands: usize) -> Vec<u8> {
        let band = |band: usize| block.iter().skip(band).step_by(bands);
        (0..bands).flat_map(band).copied().collect()
    }

    fn mean_difference(a: &[u8], b: &[u8]) -> f64 {
        let sum: i64 = a
            .iter()
            .zip(b)
            .map(|(a, b)| (i64::from(*a) - i64::from(*b)).abs())
            .sum();
        sum as f64 / a.len() as f64
    }

    fn back(bytes: &[u8], side: usize, bands: usize, quality: u8) -> Vec<u8> {
        let colours = if bands == 3 {
            Colours::YCbCr
        } else {
            Colours::AsTheyAre
        };
        let mut back = vec![0; side * side * bands];
        let tables = tables(quality, bands);
        decode(&tables, bytes, colours, (side, side), bands, &mut back).expect("unpacks");
        back
    }

    #[test]
    fn pictures_come_back_nearly() {
        for bands in [1, 3] {
            let block: Vec<u8> = (0..64 * 64 * bands)
                .map(|index| (index / bands % 64 * 3 + index % bands * 10) as u8)
                .collect();
            let bytes = encode(&apart(&block, bands), 64, bands, 80).expect("packs");
            let difference = mean_difference(&block, &back(&bytes, 64, bands, 80));
            assert!(difference < 2.0, "{difference}");
            let mut part = vec![0; 64 * 32 * bands];
            let colours = Colours::AsTheyAre;
            assert!(
                decode(
                    &tables(80, bands),
                    &bytes,
                    colours,
                    (32, 64),
                    bands,
                    &mut part
                )
                .is_err()
            );
        }
    }

    #[test]
    fn the_hardest_pictures_come_back() {
        // Black beside white in every pattern: the largest numbers there are.
        for bands in [1, 3] {
            for quality in [1, 50, 100] {
                let block: Vec<u8> = (0..32 * 32 * bands)
                    .map(|index| {
                        if (index * 2_654_435_761_usize) >> 7 & 1 == 1 {
                            255
                        } else {
                            0
                        }
                    })
                    .collect();
                let bytes = encode(&apart(&block, bands), 32, bands, quality).expect("packs");
                let difference = mean_difference(&block, &back(&bytes, 32, bands, quality));
                // Halved chroma and coarse steps change them beyond recognition, but decoders read them.
                if bands == 1 && quality == 100 {
                    assert!(difference < 1.0, "{difference}");
                }
            }
        }
    }

    #[test]
    fn sides_that_are_no_tiles_are_refused() {
        for (side, bands) in [(0, 3), (24, 3), (16, 2), (65_536, 1)] {
            let block = vec![0; side.min(32) * side.min(32) * bands];
            assert!(encode(&block, side, bands, 80).is_err(), "{side} {bands}");
        }
    }
}
