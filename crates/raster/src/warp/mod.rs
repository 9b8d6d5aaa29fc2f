//! Pixels brought from one grid to another.
//!
//! The exact way from a target pixel to the source goes through two projections; it is taken only
//! at the nodes of a control grid, bilinear in between. The source is read at the overview
//! whose pixels are just finer than the target's; classes are counted at the finest. The nets of
//! [`resample`] lie at fixed places of the target, so a pixel is the same to the last bit whatever
//! window it is asked in. Values are physical (stored × scale + offset).

mod control_grid;
mod frame;
mod kernel;
mod onto;
mod row;

use std::ops::Range;
use std::sync::Arc;

use grid::bounds::Bounds;
use grid::mercator;
use grid::projection::Projection;
use grid::tile::Tile;
use rayon::prelude::*;

use crate::cog::{Band, CogError, CogReader, Threads};
use crate::georeference::GeoReference;
use crate::{Raster, Window};
pub(crate) use control_grid::ControlGrid;
pub(crate) use frame::{Frame, SIDE, frames};
pub use kernel::Kernel;
use kernel::Patch;
pub(crate) use onto::planes;
pub use onto::{onto, picture};
pub(crate) use row::Row;

/// Beyond this many source pixels a target pixel, a mean over the footprint shows less noise than
/// the neighbours of its centre.
const AVERAGE_FROM: f64 = 1.3;

/// Rows that a thread fills at a time.
const ROWS: usize = 32;

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
        let control = control(reader.georeference(), target, frame.window);
        let from = Source {
            images: &[Bands {
                reader,
                bands: &[band],
            }],
            kernel: Some(kernel),
            threads: Threads::All,
        };
        let Some(warp) = Warp::prepare(&from, Arc::new(control), &frame)? else {
            continue;
        };
        let columns = frame.columns_in(window);
        let first = frame.first_row_in(window) * window.width;
        let values = &mut raster.values[first..];
        let strips = values.par_chunks_mut(window.width * ROWS);
        let rows = frame.rows.clone().into_par_iter().chunks(ROWS);
        strips.zip(rows).for_each(|(out, rows)| {
            warp.rows(rows, &mut [out], window.width, &columns);
        });
    }
    Ok(raster)
}

/// As [`resample`] on this thread alone, of several bands; `net` gives where the pixels of a window
/// of the target lie in the source, for the windows of [`frames`].
///
/// # Errors
/// As [`resample`].
pub(crate) fn bands(
    reader: &CogReader,
    bands: &[usize],
    target: &GeoReference,
    window: Window,
    kernel: Kernel,
    net: impl Fn(Window) -> Arc<ControlGrid>,
) -> Result<Vec<Vec<f32>>, CogError> {
    let threads = Threads::This;
    if reader.georeference().same_grid(target) {
        return reader.physical_bands(0, bands, window, threads);
    }
    let mut planes = vec![vec![f32::NAN; window.width * window.height]; bands.len()];
    for frame in frames(window) {
        let from = Source {
            images: &[Bands { reader, bands }],
            kernel: Some(kernel),
            threads,
        };
        let Some(warp) = Warp::prepare(&from, net(frame.window), &frame)? else {
            continue;
        };
        let first = frame.first_row_in(window) * window.width;
        let mut outs: Vec<&mut [f32]> =
            planes.iter_mut().map(|plane| &mut plane[first..]).collect();
        let columns = frame.columns_in(window);
        warp.rows(frame.rows.clone(), &mut outs, window.width, &columns);
    }
    Ok(planes)
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
    let control = control(reader.georeference(), &target, frame.window);
    let from = Source {
        images: &[Bands {
            reader,
            bands: &[band],
        }],
        kernel,
        threads: Threads::All,
    };
    if let Some(warp) = Warp::prepare(&from, Arc::new(control), &frame)? {
        let strips = raster.values.par_chunks_mut(size.max(1) * ROWS);
        strips.enumerate().for_each(|(strip, out)| {
            let rows = strip * ROWS..size.min((strip + 1) * ROWS);
            warp.rows(rows, &mut [out], size, &(0..size));
        });
    }
    Ok(raster)
}

/// Bands of an image.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bands<'a> {
    pub reader: &'a CogReader,
    pub bands: &'a [usize],
}

/// Whether what is read of one image lies where the same of the other does.
pub(crate) fn lie_together(one: &CogReader, other: &CogReader) -> bool {
    one.georeference().same_grid(other.georeference()) && one.levels().len() == other.levels().len()
}

/// What is warped, and how.
struct Source<'a> {
    /// One image, or several that lie together: the way to their pixels is found once.
    images: &'a [Bands<'a>],
    /// `None`: whichever suits the scale.
    kernel: Option<Kernel>,
    threads: Threads,
}

/// What the pixels of a frame need of the source.
struct Warp {
    control: Arc<ControlGrid>,
    columns: Range<usize>,
    kernel: Kernel,
    /// Pixels of level 0 a pixel of the level read.
    finer: f64,
    /// Pixels of the level read a target pixel.
    ratio: f64,
    read: Window,
    /// As they are stored: scale and offset are for the values between them.
    values: Vec<Vec<f32>>,
    bands: Vec<Band>,
}

impl Warp {
    /// Reads it; `None` where the source has nothing there.
    fn prepare(
        from: &Source<'_>,
        control: Arc<ControlGrid>,
        frame: &Frame,
    ) -> Result<Option<Self>, CogError> {
        let reader = from.images[0].reader;
        let scale = control.scale();
        // Coarser levels keep some of the classes, not their areas.
        let level = match from.kernel {
            Some(Kernel::Mode) => 0,
            _ => level_for(scale, reader.levels().len()),
        };
        let finer = (level as f64).exp2();
        let ratio = scale / finer;
        let kernel = from.kernel.unwrap_or(if ratio > AVERAGE_FROM {
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
        let mut values = Vec::new();
        let mut bands = Vec::new();
        for Bands { reader, bands: own } in from.images {
            values.extend(reader.gather_values(level, own, read, from.threads)?);
            bands.extend(own.iter().map(|band| reader.bands()[*band].clone()));
        }
        let nothing = values.iter().flatten().all(|value| value.is_nan());
        Ok((!nothing).then(|| Self {
            control,
            columns: frame.columns.clone(),
            kernel,
            finer,
            ratio,
            read,
            values,
            bands,
        }))
    }

    /// Some rows of the frame, for each band to where they belong: rows of `width` pixels, of which
    /// the frame's are some columns.
    fn rows(
        &self,
        rows: impl IntoIterator<Item = usize>,
        outs: &mut [&mut [f32]],
        width: usize,
        columns: &Range<usize>,
    ) {
        let mut places = Row::default();
        let patch = |values| Patch {
            values,
            width: self.read.width,
            column: self.read.column,
            row: self.read.row,
        };
        for (line, row) in rows.into_iter().enumerate() {
            let wanted = (row, self.columns.clone());
            places.place(
                &self.control,
                wanted,
                (self.finer, self.ratio),
                self.kernel,
                self.read,
            );
            for ((values, band), out) in self.values.iter().zip(&self.bands).zip(&mut *outs) {
                let out = &mut out[line * width..][columns.clone()];
                places.values(self.kernel, patch(values), self.ratio, out);
                band.scale_in_place(out);
            }
        }
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
    // What lies around the image is read as no data, so that kernels find all they look for.
    let around = reach.ceil();
    let clip = |low: f64, high: f64, length: u32| {
        let most = f64::from(length) + around;
        let low = (low / finer - reach).floor().clamp(-around, most);
        let high = (high / finer + reach).ceil().clamp(-around, most);
        let touches = high > 0.0 && low < f64::from(length);
        touches.then_some((low as i64, (high - low) as usize))
    };
    let (column, width) = clip(bounds.west, bounds.east, size.width)?;
    let (row, height) = clip(bounds.south, bounds.north, size.height)?;
    Some(Window::new(column, row, width, height))
}

#[cfg(test)]
mod tests;
