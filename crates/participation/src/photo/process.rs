//! From the bytes a phone sent to the picture and the thumbnail that are kept.

use std::{io::Cursor, sync::LazyLock};

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer, images::Image, images::ImageRef,
};
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage, codecs::jpeg::JpegEncoder};
use tokio::sync::Semaphore;

use super::{LONG_EDGE, Refusal, THUMBNAIL_EDGE, inspect};

const QUALITY: u8 = 80;
const THUMBNAIL_QUALITY: u8 = 72;

/// Bytes the decoder may ask for: 50 million pixels of four 16-bit samples.
const DECODER_BYTES: u64 = 400 * 1024 * 1024;

/// Decoding is bounded by memory, not by processors: two photos at a time, whatever is waiting.
static DECODING: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(2));

/// A photo as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Processed {
    /// JPEG, long edge at most 1600 px, upright, no metadata.
    pub picture: Vec<u8>,
    /// JPEG, long edge at most 400 px.
    pub thumbnail: Vec<u8>,
    /// Width of the picture in pixels.
    pub width: u32,
    /// Height of the picture in pixels.
    pub height: u32,
}

/// Decodes, turns upright, shrinks and writes anew, off the async threads and two at a time.
///
/// # Errors
/// The [`Refusal`] that fits; a picture that breaks while decoding is [`Refusal::NotReadable`].
pub async fn process(bytes: Vec<u8>) -> Result<Processed, Refusal> {
    let _permit = DECODING
        .acquire()
        .await
        .map_err(|_closed| Refusal::NotReadable)?;
    // A decoder that panics on hostile bytes ends its own task, and is a photo we cannot read.
    tokio::task::spawn_blocking(move || processed(&bytes))
        .await
        .map_err(|error| {
            tracing::warn!(%error, "decoding a photo ended abnormally");
            Refusal::NotReadable
        })?
}

fn processed(bytes: &[u8]) -> Result<Processed, Refusal> {
    let mut upright = decode(bytes)?;
    let picture = shrunk(&upright, LONG_EDGE)?;
    upright = DynamicImage::ImageRgb8(picture);
    let thumbnail = shrunk(&upright, THUMBNAIL_EDGE)?;
    Ok(Processed {
        width: upright.width(),
        height: upright.height(),
        picture: encode(&upright.into_rgb8(), QUALITY)?,
        thumbnail: encode(&thumbnail, THUMBNAIL_QUALITY)?,
    })
}

/// The picture as a person sees it: upright, on white where it was transparent.
fn decode(bytes: &[u8]) -> Result<DynamicImage, Refusal> {
    let format = inspect(bytes)?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODER_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let unreadable = |_error: image::ImageError| Refusal::NotReadable;
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    // A damaged EXIF block costs the turning, not the photo.
    let orientation = decoder
        .orientation()
        .unwrap_or(image::metadata::Orientation::NoTransforms);
    let decoded = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    let flat = if decoded.color().has_alpha() {
        on_white(&decoded)
    } else {
        decoded.into_rgb8()
    };
    let mut upright = DynamicImage::ImageRgb8(flat);
    upright.apply_orientation(orientation);
    Ok(upright)
}

fn on_white(picture: &DynamicImage) -> RgbImage {
    let source = picture.to_rgba8();
    RgbImage::from_fn(source.width(), source.height(), |x, y| {
        let [red, green, blue, alpha] = source.get_pixel(x, y).0.map(u32::from);
        let over = |channel: u32| ((channel * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
        image::Rgb([over(red), over(green), over(blue)])
    })
}

/// At most `long_edge` pixels on the longer side; never enlarged.
fn shrunk(picture: &DynamicImage, long_edge: u32) -> Result<RgbImage, Refusal> {
    let (width, height) = (picture.width(), picture.height());
    let longest = width.max(height);
    let source = picture.as_rgb8().ok_or(Refusal::NotReadable)?;
    if longest <= long_edge {
        return Ok(source.clone());
    }
    let scaled = |edge: u32| {
        let exact = f64::from(edge) * f64::from(long_edge) / f64::from(longest);
        (exact.round() as u32).max(1)
    };
    let mut target = Image::new(scaled(width), scaled(height), PixelType::U8x3);
    let view = ImageRef::new(width, height, source.as_raw(), PixelType::U8x3)
        .map_err(|_size| Refusal::NotReadable)?;
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    Resizer::new()
        .resize(&view, &mut target, &options)
        .map_err(|_size| Refusal::NotReadable)?;
    let (width, height) = (target.width(), target.height());
    RgbImage::from_raw(width, height, target.into_vec()).ok_or(Refusal::NotReadable)
}

fn encode(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode_image(picture)
        .map_err(|_error| Refusal::NotReadable)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
