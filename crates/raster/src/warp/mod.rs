//! Pixels brought from one grid to another.
//!
//! The exact way from a target pixel to the source goes through two projections; it is taken only
//! at the nodes of a control grid, bilinear in between. The source is read at the overview
//! whose pixels are just finer than the target's. Values are physical (stored × scale + offset).

mod control_grid;
mod kernel;

use grid::mercator;
use grid::projection::Projection;
use grid::tile::Tile;
use rayon::prelude::*;

use crate::cog::{CogError, CogReader};
use crate::georeference::GeoReference;
use crate::{Raster, Window};
pub(crate) use control_grid::ControlGrid;
pub use kernel::Kernel;

/// Beyond this many source pixels a target pixel, a mean over the footprint shows less noise than
/// the neighbours of its centre.
const AVERAGE_FROM: f64 = 1.3;

/// One web tile of `size` × `size` pixels of one band, in physical values, NaN for no data: bilinear
/// where the map is finer than the image, averaged where it is coarser.
///
/// # Errors
/// When there is no such band or reading fails.
pub fn tile(reader: &CogReader, band: usize, tile: Tile, size: u32) -> Result<Raster, CogError> {
    let window = Window::new(0, 0, size as usize, size as usize);
    warp(reader, band, &tile_grid(tile, size), window, None)
}

/// As [`tile`], with a kernel of one's own: [`Kernel::Nearest`] for classes.
///
/// # Errors
/// As [`tile`].
pub fn tile_with(
    reader: &CogReader,
    band: usize,
    tile: Tile,
    size: u32,
    kernel: Kernel,
) -> Result<Raster, CogError> {
    let window = Window::new(0, 0, size as usize, size as usize);
    warp(reader, band, &tile_grid(tile, size), window, Some(kernel))
}

/// A window of `target`'s grid filled from one band, in physical values, NaN for no data. Where the
/// grids are the same the values are read as they are.
///
/// # Errors
/// When there is no such band or reading fails.
pub fn resample(
    reader: &CogReader,
    band: usize,
    target: &GeoReference,
    window: Window,
    kernel: Kernel,
) -> Result<Raster, CogError> {
    if reader.georeference().same_grid(target) {
        return reader.read_physical(0, band, window);
    }
    warp(reader, band, target, window, Some(kernel))
}

/// The physical value of the pixel that contains a place (degrees); `None` where there is none.
///
/// # Errors
/// When there is no such band or reading fails.
pub fn value_at(
    reader: &CogReader,
    band: usize,
    longitude: f64,
    latitude: f64,
) -> Result<Option<f32>, CogError> {
    let (column, row) = reader.georeference().pixel(longitude, latitude);
    if !(column.is_finite() && row.is_finite()) {
        return Ok(None);
    }
    let window = Window::new(column.floor() as i64, row.floor() as i64, 1, 1);
    let value = reader.read_physical(0, band, window)?.get(0, 0, 0);
    Ok((!value.is_nan()).then_some(value))
}

/// A web tile as an image of `size` × `size` pixels.
pub fn tile_grid(tile: Tile, size: u32) -> GeoReference {
    let bounds = tile.bounds_mercator();
    let resolution = mercator::resolution(tile.zoom, size);
    GeoReference {
        projection: Projection::WebMercator,
        epsg: Some(3857),
        transform: [bounds.west, resolution, 0.0, bounds.north, 0.0, -resolution],
        width: size,
        height: size,
    }
}

fn warp(
    reader: &CogReader,
    band: usize,
    target: &GeoReference,
    window: Window,
    kernel: Option<Kernel>,
) -> Result<Raster, CogError> {
    let control = control(reader.georeference(), target, window);
    let scale = control.scale();
    let level = level_for(scale, reader.levels().len());
    let finer = (level as f64).exp2();
    let ratio = scale / finer;
    let kernel = kernel.unwrap_or(if ratio > AVERAGE_FROM {
        Kernel::Average
    } else {
        Kernel::Bilinear
    });
    let Some(read) = source_window(reader, level, &control, finer, kernel.reach(ratio)) else {
        return Ok(Raster::empty(window.width, window.height, 1));
    };
    let values = reader.read_physical(level, band, read)?;
    let mut raster = Raster::empty(window.width, window.height, 1);
    if values.is_empty() {
        return Ok(raster);
    }
    let (left, top) = (read.column as f64, read.row as f64);
    raster
        .values
        .par_chunks_mut(window.width.max(1))
        .enumerate()
        .for_each(|(row, out)| {
            control.along_row(row, |column, (x, y)| {
                out[column] = kernel.sample(&values, x / finer - left, y / finer - top, ratio);
            });
        });
    Ok(raster)
}

/// Where the pixels of a window of `target` lie in `source`.
pub(crate) fn control(source: &GeoReference, target: &GeoReference, window: Window) -> ControlGrid {
    let same_projection = source.projection == target.projection;
    ControlGrid::fit(window.width, window.height, |column, row| {
        let (column, row) = (column + window.column as f64, row + window.row as f64);
        let (x, y) = target.map_of_pixel(column, row);
        if same_projection {
            return source.pixel_of_map(x, y);
        }
        let (longitude, latitude) = target.projection.inverse(x, y);
        source.pixel(longitude, latitude)
    })
}

/// The coarsest level whose pixels are no larger than the target's.
fn level_for(scale: f64, levels: usize) -> usize {
    // A hundredth of slack, so that a scale of 1.999 still takes the half-size level.
    let level = (scale * 1.01).log2().floor();
    if level > 0.0 {
        (level as usize).min(levels - 1)
    } else {
        0
    }
}

/// The part of a level that the control grid falls on, with room for the kernel; `None` when that
/// is outside the image.
fn source_window(
    reader: &CogReader,
    level: usize,
    control: &ControlGrid,
    finer: f64,
    reach: f64,
) -> Option<Window> {
    let size = reader.levels().get(level)?;
    let bounds = control.bounds()?;
    let clip = |low: f64, high: f64, length: u32| {
        let low = (low / finer - reach).floor().clamp(0.0, f64::from(length));
        let high = (high / finer + reach).ceil().clamp(0.0, f64::from(length));
        (high > low).then_some((low as i64, (high - low) as usize))
    };
    let (column, width) = clip(bounds.west, bounds.east, size.width)?;
    let (row, height) = clip(bounds.south, bounds.north, size.height)?;
    Some(Window::new(column, row, width, height))
}

#[cfg(test)]
mod tests;
