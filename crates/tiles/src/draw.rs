//! The work itself, on a thread of the pool.

use std::sync::Arc;

use bytes::Bytes;
use grid::tile::Tile;
use image::ImageFormat;
use raster::cog::{CogError, CogReader};
use raster::georeference::GeoReference;
use raster::live::{self, Band, Make, Prepared};
use raster::picture::Picture;
use raster::style::Palette;
use raster::warp::{self, Kernel};

use crate::files::Files;
use crate::published::{From, Shown};
use crate::{Error, Format, Result};

/// Pixels of a drawn tile's side: what `{z}/{x}/{y}` without a word about size means.
const SIDE: u32 = 256;

/// Of lossy formats.
const QUALITY: u8 = 80;

/// One raster tile: coloured by the palette, or the picture where there is none.
pub fn raster(files: &Files, shown: &Shown, tile: Tile, format: Format) -> Result<Option<Bytes>> {
    let target = warp::tile_grid(tile, SIDE);
    match (&shown.from, shown.palette.as_deref()) {
        (From::Object(object), None) => stored(files, object, tile, format),
        (From::Object(object), Some(palette)) => {
            let image = files.image(object)?;
            let band = Band {
                image: &image,
                band: 0,
            };
            // Between the codes of two classes there is no third one.
            let kernel = palette.is_classes().then_some(Kernel::Nearest);
            let planes = live::planes(&[band], &target, kernel).map_err(failed(object))?;
            coloured(
                planes.and_then(|planes| planes.into_iter().next()),
                palette,
                format,
            )
        }
        (From::Drawing(drawing), palette) => drawn(files, drawing, palette, &target, format),
    }
}

/// The number of an image's own pixel, or of a formula over such pixels, at a place (degrees).
pub fn value(files: &Files, shown: &Shown, longitude: f64, latitude: f64) -> Result<Option<f32>> {
    let at = |object: &str, band: usize| {
        let image = files.image(object)?;
        warp::value_at(&image, band, longitude, latitude).map_err(failed(object))
    };
    let drawing = match &shown.from {
        From::Object(object) => return at(object, 0),
        From::Drawing(drawing) => drawing,
    };
    let Make::Numbers(formula) = &drawing.make else {
        return Ok(None);
    };
    let values = drawing.bands.iter().map(|band| {
        let value = at(&band.object, band.band)?;
        Ok(vec![value.unwrap_or(f32::NAN)])
    });
    let numbers = live::numbers(formula, &values.collect::<Result<Vec<_>>>()?);
    Ok(numbers.first().copied().filter(|number| !number.is_nan()))
}

/// The stored bytes are the tile; only other formats than WebP have to be made from them.
fn stored(files: &Files, object: &str, tile: Tile, format: Format) -> Result<Option<Bytes>> {
    let image = files.image(object)?;
    let Some(stored) = image.aligned_tile(tile).map_err(failed(object))? else {
        return Ok(None);
    };
    if format == Format::Webp {
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
    encoded(&picture, format).map(Some)
}

/// Bands brought onto the tile, and what is made of them.
fn drawn(
    files: &Files,
    drawing: &Prepared,
    palette: Option<&Palette>,
    target: &GeoReference,
    format: Format,
) -> Result<Option<Bytes>> {
    let images = drawing.bands.iter().map(|band| files.image(&band.object));
    let images: Vec<Arc<CogReader>> = images.collect::<Result<_>>()?;
    let bands = images.iter().zip(&drawing.bands).map(|(image, band)| Band {
        image,
        band: band.band,
    });
    let bands: Vec<Band<'_>> = bands.collect();
    let first = drawing
        .bands
        .first()
        .map_or("", |band| band.object.as_str());
    let Some(planes) = live::planes(&bands, target, None).map_err(failed(first))? else {
        return Ok(None);
    };
    match (&drawing.make, palette) {
        (Make::Picture(stretches), _) => {
            let picture = live::picture(&planes, stretches, target.width);
            picture.map(|picture| encoded(&picture, format)).transpose()
        }
        (Make::Numbers(formula), Some(palette)) => {
            coloured(Some(live::numbers(formula, &planes)), palette, format)
        }
        (Make::Numbers(_), None) => Ok(None),
    }
}

/// A tile of numbers in its colours: as few as a palette holds, and lossless where the format can be,
/// for they are read off a legend. Nothing where there is no number.
fn coloured(numbers: Option<Vec<f32>>, palette: &Palette, format: Format) -> Result<Option<Bytes>> {
    let Some(numbers) = numbers.filter(|numbers| numbers.iter().any(|number| !number.is_nan()))
    else {
        return Ok(None);
    };
    let indexed = palette.indexed(&numbers, SIDE as usize);
    let bytes = match format {
        Format::Png => indexed.png()?,
        Format::Jpeg => indexed.picture().jpeg(QUALITY)?,
        Format::Webp | Format::Mvt => indexed.picture().webp_lossless()?,
    };
    Ok(Some(bytes.into()))
}

fn encoded(picture: &Picture, format: Format) -> Result<Bytes> {
    let bytes = match format {
        Format::Png => picture.png()?,
        Format::Jpeg => picture.jpeg(QUALITY)?,
        Format::Webp | Format::Mvt => picture.webp(f32::from(QUALITY))?,
    };
    Ok(bytes.into())
}

fn failed(object: &str) -> impl Fn(CogError) -> Error {
    move |source| Error::Image {
        object: object.to_owned(),
        source,
    }
}
