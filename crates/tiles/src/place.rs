//! Raster tiles of any matrix set, and one picture of any part of a map.

use bytes::Bytes;
use grid::matrix_set::{MatrixTile, TILE_SIDE};
use raster::Raster;
use raster::cog::{CogError, CogReader};
use raster::georeference::GeoReference;
use raster::style::Palette;
use raster::warp::{self, Kernel};

use crate::files::Files;
use crate::{Error, Format, Result, draw};

/// WebP quality of warped pictures: that of stored ones.
const QUALITY: f32 = 80.0;

/// The most pixels a picture of a map may have: 2048 × 2048.
pub const MOST_PIXELS: u64 = 1 << 22;

/// One tile: web tiles as ever; those of other sets as they are stored where the image lies on that
/// set's grid, else warped onto it. `None` where there is nothing.
pub fn tile(
    files: &Files,
    object: &str,
    palette: Option<&Palette>,
    tile: MatrixTile,
    format: Format,
) -> Result<Option<Bytes>> {
    if let Some(web) = tile.web() {
        return draw::raster(files, object, palette, web, format);
    }
    let image = files.image(object)?;
    if palette.is_none() && format == Format::Webp && image.stores(tile) {
        let stored = image.aligned_tile(tile).map_err(unreadable(object))?;
        return Ok(stored.map(Bytes::from));
    }
    drawn(&image, object, palette, &grid_of(tile), format)
}

/// The picture of a grid; `None` where there is nothing.
pub fn map(
    files: &Files,
    object: &str,
    palette: Option<&Palette>,
    target: &GeoReference,
    format: Format,
) -> Result<Option<Bytes>> {
    drawn(&*files.image(object)?, object, palette, target, format)
}

/// A tile as an image of 256 × 256 pixels.
fn grid_of(tile: MatrixTile) -> GeoReference {
    GeoReference {
        projection: tile.set.projection(),
        epsg: tile.set.epsg(),
        transform: tile.transform(),
        width: TILE_SIDE,
        height: TILE_SIDE,
    }
}

fn drawn(
    image: &CogReader,
    object: &str,
    palette: Option<&Palette>,
    target: &GeoReference,
    format: Format,
) -> Result<Option<Bytes>> {
    let Some(palette) = palette else {
        let picture = warp::picture(image, target).map_err(unreadable(object))?;
        if picture.is_transparent() {
            return Ok(None);
        }
        let bytes = match format {
            Format::Png => picture.png()?,
            Format::Webp | Format::Mvt => picture.webp(QUALITY)?,
        };
        return Ok(Some(bytes.into()));
    };
    // Between the codes of two classes there is no third one.
    let kernel = palette.is_classes().then_some(Kernel::Nearest);
    let values = warp::onto(image, 0, target, kernel).map_err(unreadable(object))?;
    if values.is_empty() {
        return Ok(None);
    }
    coloured(palette, &values, format).map(Some)
}

/// Lossless in both formats: the colours are read off a legend.
fn coloured(palette: &Palette, values: &Raster, format: Format) -> Result<Bytes> {
    let bytes = match (format, palette.indexed(values)) {
        (Format::Png, Some(indexed)) => indexed.png()?,
        (Format::Png, None) => palette.colour(values).png()?,
        (Format::Webp | Format::Mvt, _) => palette.colour(values).webp_lossless()?,
    };
    Ok(bytes.into())
}

fn unreadable(object: &str) -> impl FnOnce(CogError) -> Error {
    move |source| Error::Image {
        object: object.to_owned(),
        source,
    }
}
