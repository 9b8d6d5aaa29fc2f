//! Tiles as `WebP` pictures: three bands of bytes, or four, the last alpha.

use super::CogError;

/// Method 3 loses as little as the default 4 in three quarters of its time; 2 would take a third, and
/// a tenth more bytes for the same loss.
const METHOD: i32 = 3;

/// Lossy; without alpha when nothing is transparent (libwebp sees to that).
pub fn encode(block: &[u8], side: usize, bands: usize, quality: f32) -> Result<Vec<u8>, CogError> {
    let failed = || CogError::Options("the WebP encoder refused a tile".to_owned());
    let mut settings = webp::WebPConfig::new().map_err(|()| failed())?;
    settings.lossless = 0;
    settings.quality = quality.clamp(0.0, 100.0);
    settings.method = METHOD;
    let side = side as u32;
    let encoder = if bands == 4 {
        webp::Encoder::from_rgba(block, side, side)
    } else {
        webp::Encoder::from_rgb(block, side, side)
    };
    let bytes = encoder
        .encode_advanced(&settings)
        .map_err(|_reason| failed())?;
    Ok(bytes.to_vec())
}

/// Into rows × columns × 3 or 4.
pub fn decode(
    bytes: &[u8],
    size: (usize, usize),
    bands: usize,
    into: &mut [u8],
) -> Result<(), CogError> {
    let wrong = || CogError::Damaged("a tile is not a WebP picture of the right size".to_owned());
    let features = webp::BitstreamFeatures::new(bytes).ok_or_else(wrong)?;
    // Sizes are checked before decoding: a broken header may claim 16 383².
    if (features.width() as usize, features.height() as usize) != size {
        return Err(wrong());
    }
    let picture = webp::Decoder::new(bytes).decode().ok_or_else(wrong)?;
    let found = if picture.is_alpha() { 4 } else { 3 };
    if picture.len() * bands != into.len() * found {
        return Err(wrong());
    }
    if found == bands {
        into.copy_from_slice(&picture);
        return Ok(());
    }
    // libwebp leaves alpha out where all is opaque.
    for (out, pixel) in into
        .chunks_exact_mut(bands)
        .zip(picture.chunks_exact(found))
    {
        for (band, out) in out.iter_mut().enumerate() {
            *out = pixel.get(band).copied().unwrap_or(255);
        }
    }
    Ok(())
}
