//! The work itself, on a thread of the pool.

use std::sync::Arc;

use bytes::Bytes;
use grid::matrix_set::{MatrixTile, TILE_SIDE};
use grid::tile::Tile;
use image::{ImageFormat, RgbaImage};
use raster::cog::{CogError, CogReader};
use raster::georeference::GeoReference;
use raster::live::{self, Band, Blend, Make, Prepared};
use raster::picture::Picture;
use raster::style::Palette;
use raster::warp::{self, Kernel};

use crate::archive;
use crate::files::{Files, unpublishable};
use crate::published::{From, Shown};
use crate::{Error, Format, Result};

/// The most pixels a picture of a map may have: 2048 × 2048.
pub const MOST_PIXELS: u64 = 1 << 22;

/// Of lossy formats.
const QUALITY: u8 = 80;

/// What was drawn, before it is encoded.
enum Drawn {
    /// Colours already.
    Picture(Picture),
    /// Numbers, which the style colours.
    Numbers(Vec<f32>),
}

/// One tile of any matrix set: as it is stored where the image lies on that set's grid, else drawn onto
/// it. `None` where there is nothing.
pub fn tile(
    files: &Files,
    shown: &Shown,
    tile: MatrixTile,
    format: Format,
) -> Result<Option<Bytes>> {
    if shown.blend.is_some() {
        return map(files, shown, &grid_of(tile), format);
    }
    if let (From::Archive(object), Some(web)) = (&shown.from, tile.web()) {
        return archived(files, object, web, format);
    }
    if let (From::Object(object), None) = (&shown.from, &shown.palette) {
        let image = files.image(object)?;
        // Of a picture in web tiles nothing is drawn between its own zooms.
        if image.stores(tile) || tile.web().is_some() {
            return stored(&image, object, tile, format);
        }
    }
    map(files, shown, &grid_of(tile), format)
}

/// A tile that is stored as it is wanted, if its image is open and the bytes lie in memory.
pub fn at_hand(files: &Files, shown: &Shown, tile: MatrixTile, format: Format) -> Option<Bytes> {
    let From::Object(object) = &shown.from else {
        return None;
    };
    let stored = shown.palette.is_none() && shown.blend.is_none() && format == Format::Webp;
    if !stored {
        return None;
    }
    let bytes = files.open_image(object)?.aligned_tile_now(tile)?;
    Some(bytes.into())
}

/// The picture of a grid; `None` where there is nothing.
pub fn map(
    files: &Files,
    shown: &Shown,
    target: &GeoReference,
    format: Format,
) -> Result<Option<Bytes>> {
    let Some(drawn) = drawn(files, shown, target)? else {
        return Ok(None);
    };
    let palette = shown.palette.as_deref();
    let Some(blend) = &shown.blend else {
        return match (drawn, palette) {
            (Drawn::Picture(picture), _) => encoded(&picture, format).map(Some),
            (Drawn::Numbers(numbers), Some(palette)) => {
                coloured(&numbers, target.width, palette, format).map(Some)
            }
            (Drawn::Numbers(_), None) => Ok(None),
        };
    };
    let mut picture = match (drawn, palette) {
        (Drawn::Picture(picture), _) => picture,
        (Drawn::Numbers(numbers), Some(palette)) => {
            palette.indexed(&numbers, target.width as usize).picture()
        }
        (Drawn::Numbers(_), None) => return Ok(None),
    };
    if let Some(shades) = shades(files, shown, blend, target)? {
        blend.over(&mut picture, &shades);
    }
    encoded(&picture, format).map(Some)
}

/// The shade of every pixel; `None` where there are no heights.
fn shades(
    files: &Files,
    shown: &Shown,
    blend: &Blend,
    target: &GeoReference,
) -> Result<Option<Vec<f32>>> {
    let own = match &shown.from {
        From::Object(object) if shown.palette.is_some() => Some(object),
        _ => None,
    };
    let Some(object) = blend.object.as_ref().or(own) else {
        // Numbers that are heights only when they are drawn.
        let heights = drawn(files, shown, &live::with_margin(target))?;
        return Ok(heights.and_then(|heights| match heights {
            Drawn::Numbers(heights) => blend.shading.lit(heights, target),
            Drawn::Picture(_) => None,
        }));
    };
    let image = files.image(object)?;
    let heights = Band {
        image: &image,
        band: 0,
    };
    blend.shading.of(heights, target).map_err(failed(object))
}

/// What a grid shows; `None` where there is nothing.
fn drawn(files: &Files, shown: &Shown, target: &GeoReference) -> Result<Option<Drawn>> {
    let object = match &shown.from {
        From::Object(object) => object,
        From::Drawing(drawing) => return of_bands(files, drawing, target),
        From::Archive(object) => {
            let archive = files.archive(object)?;
            let picture = archive::picture(&archive, target).map_err(unpublishable(object))?;
            return Ok(picture.map(Drawn::Picture));
        }
    };
    let image = files.image(object)?;
    let Some(palette) = &shown.palette else {
        let picture = warp::picture(&image, target).map_err(failed(object))?;
        return Ok((!picture.is_transparent()).then_some(Drawn::Picture(picture)));
    };
    let band = Band {
        image: &image,
        band: 0,
    };
    // Between the codes of two classes there is no third one.
    let kernel = palette.is_classes().then_some(Kernel::Nearest);
    let planes = live::planes(&[band], target, kernel).map_err(failed(object))?;
    Ok(planes
        .and_then(|planes| planes.into_iter().next())
        .and_then(some_number))
}

/// Numbers, if there is one among them.
fn some_number(numbers: Vec<f32>) -> Option<Drawn> {
    let some = numbers.iter().any(|number| !number.is_nan());
    some.then_some(Drawn::Numbers(numbers))
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

/// The number of an image's own pixel, or of a formula over such pixels, at a place (degrees).
pub fn value(files: &Files, shown: &Shown, longitude: f64, latitude: f64) -> Result<Option<f32>> {
    let at = |object: &str, band: usize| {
        let image = files.image(object)?;
        warp::value_at(&image, band, longitude, latitude).map_err(failed(object))
    };
    let drawing = match &shown.from {
        From::Object(object) => return at(object, 0),
        From::Drawing(drawing) => drawing,
        From::Archive(_) => return Ok(None),
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
fn stored(
    image: &CogReader,
    object: &str,
    tile: MatrixTile,
    format: Format,
) -> Result<Option<Bytes>> {
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
    encoded(&picture_of(pixels), format).map(Some)
}

fn picture_of(pixels: RgbaImage) -> Picture {
    let (width, height) = pixels.dimensions();
    Picture {
        width,
        height,
        pixels: pixels.into_raw(),
    }
}

/// A tile of an archive, as it is where it is of that format.
fn archived(files: &Files, object: &str, tile: Tile, format: Format) -> Result<Option<Bytes>> {
    let archive = files.archive(object)?;
    let Some(bytes) = archive.tile(tile).map_err(unpublishable(object))? else {
        return Ok(None);
    };
    if archive::picture_format(&bytes) == Some(format) {
        return Ok(Some(bytes));
    }
    let decoded = image::load_from_memory(&bytes).map_err(|source| Error::Decode {
        object: object.to_owned(),
        source,
    })?;
    encoded(&picture_of(decoded.into_rgba8()), format).map(Some)
}

/// Bands brought onto the tile, and what is made of them.
fn of_bands(files: &Files, drawing: &Prepared, target: &GeoReference) -> Result<Option<Drawn>> {
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
    if let (Make::Shade(shading), Some(&heights)) = (&drawing.make, bands.first()) {
        let shades = shading.of(heights, target).map_err(failed(first))?;
        return Ok(shades.map(Drawn::Numbers));
    }
    let Some(planes) = live::planes(&bands, target, None).map_err(failed(first))? else {
        return Ok(None);
    };
    Ok(match &drawing.make {
        Make::Picture(stretches) => {
            live::picture(&planes, stretches, target.width).map(Drawn::Picture)
        }
        Make::Numbers(formula) => some_number(live::numbers(formula, &planes)),
        Make::Shade(_) => None,
    })
}

/// A tile of numbers in its colours: as few as a palette holds, and lossless where the format can be,
/// for they are read off a legend.
fn coloured(numbers: &[f32], width: u32, palette: &Palette, format: Format) -> Result<Bytes> {
    let indexed = palette.indexed(numbers, width as usize);
    let bytes = match format {
        Format::Png => indexed.png()?,
        Format::Jpeg => indexed.picture().jpeg(QUALITY)?,
        Format::Webp | Format::Mvt => indexed.picture().webp_lossless()?,
    };
    Ok(bytes.into())
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
