//! Pixels brought from one grid to another.
//!
//! The exact way from a target pixel to the source goes through two projections; it is taken only
//! at the nodes of a control grid, bilinear in between. The source is read at the overview
//! whose pixels are just finer than the target's. The nets of [`resample`] lie at fixed places of the
//! target, so a pixel is the same to the last bit whatever window it is asked in. Values are physical (stored × scale + offset).

mod control_grid;
mod frame;
mod kernel;

use std::ops::Range;

use grid::bounds::Bounds;
use grid::mercator;
use grid::projection::Projection;
use grid::tile::Tile;
use rayon::prelude::*;

use crate::cog::{CogError, CogReader};
use crate::georeference::GeoReference;
use crate::{Raster, Window};
pub(crate) use control_grid::ControlGrid;
pub(crate) use frame::{Frame, SIDE, frames};
pub use kernel::Kernel;
use kernel::Patch;

/// Beyond this many source pixels a target pixel, a mean over the footprint shows less noise than
/// the neighbours of its centre.
const AVERAGE_FROM: f64 = 1.3;

/// One web tile of `size` × `size` pixels of one band, in physical values, NaN for no data: bilinear
/// where the map is finer than the image, averaged where it is coarser.
///
/// # Errors
/// When there is no such band or reading fails.
pub fn tile(reader: &CogReader, band: usize, tile: Tile, size: u32) -> Result<Raster, CogError> {
    whole_tile(reader, band, tile, size, None)
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
    whole_tile(reader, band, tile, size, Some(kernel))
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
    let mut raster = Raster::empty(window.width, window.height, 1);
    for frame in frames(window) {
        let Some(warp) = Warp::prepare(reader, band, target, &frame, Some(kernel))? else {
            continue;
        };
        let columns = frame.columns_in(window);
        let rows = raster.values.par_chunks_exact_mut(window.width);
        let rows = rows.skip(frame.first_row_in(window));
        rows.zip(frame.rows.clone())
            .for_each(|(out, row)| warp.row(row, &mut out[columns.clone()]));
    }
    Ok(raster)
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

fn whole_tile(
    reader: &CogReader,
    band: usize,
    tile: Tile,
    size: u32,
    kernel: Option<Kernel>,
) -> Result<Raster, CogError> {
    let size = size as usize;
    let frame = Frame::whole(Window::new(0, 0, size, size));
    let mut raster = Raster::empty(size, size, 1);
    let target = tile_grid(tile, size as u32);
    if let Some(warp) = Warp::prepare(reader, band, &target, &frame, kernel)? {
        let rows = raster.values.par_chunks_mut(size.max(1)).enumerate();
        rows.for_each(|(row, out)| warp.row(row, out));
    }
    Ok(raster)
}

/// What the pixels of a frame need of the source.
struct Warp {
    control: ControlGrid,
    columns: Range<usize>,
    kernel: Kernel,
    /// Pixels of level 0 a pixel of the level read.
    finer: f64,
    /// Pixels of the level read a target pixel.
    ratio: f64,
    read: Window,
    values: Raster,
}

impl Warp {
    /// Reads it; `None` where the source has nothing there.
    fn prepare(
        reader: &CogReader,
        band: usize,
        target: &GeoReference,
        frame: &Frame,
        kernel: Option<Kernel>,
    ) -> Result<Option<Self>, CogError> {
        let control = control(reader.georeference(), target, frame.window);
        let scale = control.scale();
        let level = level_for(scale, reader.levels().len());
        let finer = (level as f64).exp2();
        let ratio = scale / finer;
        let kernel = kernel.unwrap_or(if ratio > AVERAGE_FROM {
            Kernel::Average
        } else {
            Kernel::Bilinear
        });
        let bounds = control.bounds(&frame.columns, &frame.rows);
        let read = bounds
            .and_then(|bounds| source_window(reader, level, &bounds, finer, kernel.reach(ratio)));
        let Some(read) = read else {
            return Ok(None);
        };
        let values = reader.read_physical(level, band, read)?;
        Ok((!values.is_empty()).then_some(Self {
            control,
            columns: frame.columns.clone(),
            kernel,
            finer,
            ratio,
            read,
            values,
        }))
    }

    /// One row of the frame, its columns from the first that is wanted.
    fn row(&self, row: usize, out: &mut [f32]) {
        let patch = Patch {
            values: &self.values,
            column: self.read.column,
            row: self.read.row,
        };
        let (first, finer) = (self.columns.start, self.finer);
        self.control
            .along_row(row, self.columns.clone(), |column, (x, y)| {
                let (x, y) = (x / finer, y / finer);
                out[column - first] = self.kernel.sample(patch, x, y, self.ratio);
            });
    }
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

/// The part of a level that a rectangle of level 0 falls on, with room for the kernel; `None` when that
/// is outside the image.
fn source_window(
    reader: &CogReader,
    level: usize,
    bounds: &Bounds,
    finer: f64,
    reach: f64,
) -> Option<Window> {
    let size = reader.levels().get(level)?;
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
