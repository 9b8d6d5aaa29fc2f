//! The work itself, on a thread of the pool.

use bytes::Bytes;
use grid::tile::Tile;
use image::ImageFormat;
use raster::picture::Picture;
use raster::style::Palette;
use raster::warp::{self, Kernel};

use crate::files::Files;
use crate::{Error, Format, Result};

/// Pixels of a drawn tile's side: what `{z}/{x}/{y}` without a word about size means.
const SIDE: u32 = 256;

/// One raster tile: coloured by the palette, or the stored picture where there is none.
pub fn raster(
    files: &Files,
    object: &str,
    palette: Option<&Palette>,
    tile: Tile,
    format: Format,
) -> Result<Option<Bytes>> {
    match palette {
        Some(palette) => numbers(files, object, palette, tile, format),
        None => picture(files, object, tile, format),
    }
}

/// The number of the image's own pixel at a place (degrees).
pub fn value(files: &Files, object: &str, longitude: f64, latitude: f64) -> Result<Option<f32>> {
    let image = files.image(object)?;
    warp::value_at(&image, 0, longitude, latitude).map_err(|source| Error::Image {
        object: object.to_owned(),
        source,
    })
}

/// The stored bytes are the tile; only PNG has to be made from them.
fn picture(files: &Files, object: &str, tile: Tile, format: Format) -> Result<Option<Bytes>> {
    let image = files.image(object)?;
    let stored = image.aligned_tile(tile).map_err(|source| Error::Image {
        object: object.to_owned(),
        source,
    })?;
    let Some(stored) = stored else {
        return Ok(None);
    };
    if format != Format::Png {
        return Ok(Some(stored.into()));
    }
    let pixels = image::load_from_memory_with_format(&stored, ImageFormat::WebP)
        .map_err(|source| Error::Decode {
            object: object.to_owned(),
            source,
        })?
        .into_rgba8();
    let (width, height) = pixels.dimensions();
    let picture = Picture {
        width,
        height,
        pixels: pixels.into_raw(),
    };
    Ok(Some(picture.png()?.into()))
}

/// Warped and coloured. Lossless in both formats: the colours are read off a legend.
fn numbers(
    files: &Files,
    object: &str,
    palette: &Palette,
    tile: Tile,
    format: Format,
) -> Result<Option<Bytes>> {
    let image = files.image(object)?;
    // Between the codes of two classes there is no third one.
    let values = if palette.is_classes() {
        warp::tile_with(&image, 0, tile, SIDE, Kernel::Nearest)
    } else {
        warp::tile(&image, 0, tile, SIDE)
    };
    let values = values.map_err(|source| Error::Image {
        object: object.to_owned(),
        source,
    })?;
    if values.is_empty() {
        return Ok(None);
    }
    let bytes = match (format, palette.indexed(&values)) {
        (Format::Png, Some(indexed)) => indexed.png()?,
        (Format::Png, None) => palette.colour(&values).png()?,
        (Format::Webp | Format::Mvt, _) => palette.colour(&values).webp_lossless()?,
    };
    Ok(Some(bytes.into()))
}
