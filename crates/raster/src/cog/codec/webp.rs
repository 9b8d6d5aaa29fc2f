//! Tiles as `WebP` pictures: three bands of bytes, or four, the last alpha.

use super::{CogError, Effort};

/// What is given to libwebp so that a tile is no worse than by its own defaults (method 4) at the same
/// quality, found on aerial, drone and satellite pictures: docs/benchmarks.md has the table.
struct Settings {
    /// Added to the quality: the steps of the quantiser lie unfavourably otherwise.
    shift: f32,
    method: i32,
    /// How unevenly bits are spread over what eyes notice more or less.
    noise_shaping: i32,
    segments: i32,
    filter: i32,
}

/// In half the time, a fifteenth larger.
const QUICK: Settings = Settings {
    shift: 0.3,
    method: 2,
    noise_shaping: 4,
    segments: 4,
    filter: 80,
};

/// In nine tenths of the time, of the same size.
const THOROUGH: Settings = Settings {
    shift: -0.5,
    method: 3,
    noise_shaping: 0,
    segments: 1,
    filter: 60,
};

/// Above this the quick way wastes bytes, and the thorough one is better without a shift.
const HIGH_QUALITY: f32 = 87.0;

/// Lossy; without alpha when nothing is transparent (libwebp sees to that).
pub fn encode(
    block: &[u8],
    side: usize,
    bands: usize,
    quality: f32,
    effort: Effort,
) -> Result<Vec<u8>, CogError> {
    let failed = || CogError::Options("the WebP encoder refused a tile".to_owned());
    let mut config = webp::WebPConfig::new().map_err(|()| failed())?;
    let (settings, shift) = match effort {
        _ if quality > HIGH_QUALITY => (THOROUGH, 0.0),
        Effort::Quick => (QUICK, QUICK.shift),
        Effort::Thorough => (THOROUGH, THOROUGH.shift),
    };
    config.lossless = 0;
    config.quality = (quality + shift).clamp(0.0, 100.0);
    config.method = settings.method;
    config.sns_strength = settings.noise_shaping;
    config.segments = settings.segments;
    config.filter_strength = settings.filter;
    let side = side as u32;
    let encoder = if bands == 4 {
        webp::Encoder::from_rgba(block, side, side)
    } else {
        webp::Encoder::from_rgb(block, side, side)
    };
    let bytes = encoder
        .encode_advanced(&config)
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
