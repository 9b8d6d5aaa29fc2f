//! From blocks to the pixels of a window.

use std::sync::Arc;

use rayon::prelude::*;

use super::head::{Level, Plane};
use super::{CogError, CogReader, Sample, Samples};
use crate::Window;
use crate::sample::with_type;
use crate::simd::widest;

/// Blocks of one row that are unpacked before they are put in place, so that a wide strip does not
/// sit unpacked in memory twice.
const AT_ONCE: usize = 16;

/// Who unpacks the blocks of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Threads {
    /// The thread that asks: work around it is on all cores already. One that waited for others would
    /// begin more of that work, and hold the memory of both.
    This,
    /// All of rayon's.
    All,
}

/// The rows of the answer that one row of blocks fills, band by band.
struct Rows<'answer, T> {
    block_row: u32,
    /// The first one, counted in the level.
    first: i64,
    bands: Vec<&'answer mut [T]>,
}

impl Plane {
    /// How many rows a block holds.
    pub fn rows(&self, block: u32, height: u32) -> usize {
        // A last strip ends with the image; a tile is always whole.
        let left = height as usize - (block / self.across) as usize * self.layout.height;
        if self.strips {
            self.layout.height.min(left)
        } else {
            self.layout.height
        }
    }
}

impl CogReader {
    /// See [`CogReader::read_bands`].
    pub(crate) fn gather_samples(
        &self,
        level: usize,
        bands: &[usize],
        window: Window,
        threads: Threads,
    ) -> Result<Vec<Samples>, CogError> {
        with_type!(self.data_type(), S => {
            let empty = S::from_f64(self.nodata().unwrap_or(0.0));
            let convert = |samples: &[S], out: &mut [S]| out.copy_from_slice(samples);
            let bands = self.gather(level, bands, window, threads, [empty, empty], convert)?;
            Ok(bands.into_iter().map(S::wrap).collect())
        })
    }

    /// See [`CogReader::read_window`].
    pub(crate) fn gather_values(
        &self,
        level: usize,
        bands: &[usize],
        window: Window,
        threads: Threads,
    ) -> Result<Vec<Vec<f32>>, CogError> {
        // Nothing stored: nodata, or zero where there is no such thing.
        let sparse = if self.nodata().is_some() {
            f32::NAN
        } else {
            0.0
        };
        let empty = [f32::NAN, sparse];
        with_type!(self.data_type(), S => match self.nodata().map(S::from_f64) {
            Some(nodata) => self.gather(level, bands, window, threads, empty, |samples: &[S], out| {
                numbers_but(nodata, samples, out);
            }),
            None => self.gather(level, bands, window, threads, empty, numbers::<S>),
        })
    }

    /// Every band of a window, samples as `convert` makes them: as many as there are. `empty`: outside the
    /// image, and where nothing is stored.
    fn gather<S: Sample, T: Copy + Send + Sync>(
        &self,
        level: usize,
        bands: &[usize],
        window: Window,
        threads: Threads,
        empty: [T; 2],
        convert: impl Fn(&[S], &mut [T]) + Sync,
    ) -> Result<Vec<Vec<T>>, CogError> {
        let found = self.level(level)?;
        let count = self.bands().len();
        if let Some(band) = bands.iter().find(|&&band| band >= count) {
            return Err(CogError::Missing(format!(
                "band {band}; its first band is 0 of {count}"
            )));
        }
        let mut answer = vec![vec![empty[0]; window.width * window.height]; bands.len()];
        for (plane, within) in planes(found, bands) {
            let some = answer.iter_mut().enumerate().filter_map(|(index, band)| {
                within[index].map(|position| (position, band.as_mut_slice()))
            });
            let (positions, outs): (Vec<usize>, Vec<&mut [T]>) = some.unzip();
            let stored = &found.planes[plane];
            let put = |rows: &mut Rows<'_, T>, column: u32, block: Option<Arc<Samples>>| {
                let paste = Paste {
                    level: found,
                    plane: stored,
                    window,
                    column,
                    sparse: empty[1],
                };
                let samples = block.as_deref().and_then(S::slice);
                paste.put(samples, &positions, rows, &convert);
            };
            let unpack = |rows: &Rows<'_, T>, column: u32| {
                self.block(level, plane, rows.block_row * stored.across + column)
            };
            let cut = rows(found, stored, window, outs);
            if threads == Threads::This {
                for mut rows in cut {
                    for column in columns(found, stored, window) {
                        let block = unpack(&rows, column)?;
                        put(&mut rows, column, block);
                    }
                }
                continue;
            }
            cut.into_par_iter().try_for_each(|mut rows| {
                let blocks: Vec<u32> = columns(found, stored, window).collect();
                for some in blocks.chunks(AT_ONCE) {
                    let unpacked = some
                        .par_iter()
                        .map(|&column| Ok((column, unpack(&rows, column)?)))
                        .collect::<Result<Vec<_>, CogError>>()?;
                    for (column, block) in unpacked {
                        put(&mut rows, column, block);
                    }
                }
                Ok::<_, CogError>(())
            })?;
        }
        Ok(answer)
    }
}

fn numbers<S: Sample>(samples: &[S], out: &mut [f32]) {
    for (out, sample) in out.iter_mut().zip(samples) {
        *out = sample.to_f32();
    }
}

/// Where one of them is no data; NaN equals none and is no data anyway.
fn numbers_but<S: Sample>(nodata: S, samples: &[S], out: &mut [f32]) {
    widest!(find_numbers<S: Sample>(nodata: S, samples: &[S], out: &mut [f32]));
}

#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn find_numbers<S: Sample>(nodata: S, samples: &[S], out: &mut [f32]) {
    for (out, sample) in out.iter_mut().zip(samples) {
        let some = *sample != nodata;
        *out = if some { sample.to_f32() } else { f32::NAN };
    }
}

/// The planes that hold any of these bands, and for each band its position within the plane's pixels.
pub(super) fn planes(level: &Level, bands: &[usize]) -> Vec<(usize, Vec<Option<usize>>)> {
    let mut first = 0;
    let mut found = Vec::new();
    for (index, plane) in level.planes.iter().enumerate() {
        let own = first..first + plane.layout.bands;
        let within: Vec<_> = bands
            .iter()
            .map(|band| own.contains(band).then(|| band - own.start))
            .collect();
        if within.iter().any(Option::is_some) {
            found.push((index, within));
        }
        first = own.end;
    }
    found
}

/// The columns of blocks that a window touches.
pub(super) fn columns(level: &Level, plane: &Plane, window: Window) -> std::ops::Range<u32> {
    touched(window.column, window.width, level.width, plane.layout.width)
}

/// The blocks along one side that so many pixels from `start` on touch, within the image.
pub(super) fn touched(start: i64, count: usize, length: u32, block: usize) -> std::ops::Range<u32> {
    let end = start.saturating_add(count as i64).min(i64::from(length));
    let start = start.max(0);
    if start >= end {
        return 0..0;
    }
    let block = block as i64;
    (start / block) as u32..((end - 1) / block + 1) as u32
}

/// Cuts the answer's bands by the rows of blocks that fill them.
fn rows<'answer, T>(
    level: &Level,
    plane: &Plane,
    window: Window,
    bands: Vec<&'answer mut [T]>,
) -> Vec<Rows<'answer, T>> {
    let high = plane.layout.height as i64;
    let touched = touched(window.row, window.height, level.height, plane.layout.height);
    let mut rest = bands;
    let mut at = window.row;
    let mut cut = Vec::with_capacity(touched.len());
    for block_row in touched {
        let first = (i64::from(block_row) * high).max(window.row);
        let end = ((i64::from(block_row) + 1) * high)
            .min(window.row + window.height as i64)
            .min(i64::from(level.height));
        let (skip, take) = ((first - at) as usize, (end - first) as usize);
        let bands = rest
            .iter_mut()
            .map(|band| {
                let (_, behind) = std::mem::take(band).split_at_mut(skip * window.width);
                let (now, later) = behind.split_at_mut(take * window.width);
                *band = later;
                now
            })
            .collect();
        cut.push(Rows {
            block_row,
            first,
            bands,
        });
        at = end;
    }
    cut
}

/// One block on its way into the answer.
struct Paste<'level, T> {
    level: &'level Level,
    plane: &'level Plane,
    window: Window,
    column: u32,
    sparse: T,
}

impl<T: Copy> Paste<'_, T> {
    fn put<S: Sample>(
        &self,
        samples: Option<&[S]>,
        positions: &[usize],
        rows: &mut Rows<'_, T>,
        convert: &impl Fn(&[S], &mut [T]),
    ) {
        let layout = &self.plane.layout;
        let left = i64::from(self.column) * layout.width as i64;
        let end = (left + layout.width as i64)
            .min(i64::from(self.level.width))
            .min(self.window.column + self.window.width as i64);
        let start = left.max(self.window.column);
        if start >= end {
            return;
        }
        let within = (start - left) as usize;
        let above = (rows.first - i64::from(rows.block_row) * layout.height as i64) as usize;
        let out_at = (start - self.window.column) as usize;
        let width = (end - start) as usize;
        for (position, band) in positions.iter().zip(&mut rows.bands) {
            for (row, out) in band.chunks_exact_mut(self.window.width).enumerate() {
                let out = &mut out[out_at..out_at + width];
                let Some(samples) = samples else {
                    out.fill(self.sparse);
                    continue;
                };
                let at = ((above + row) * layout.width + within) * layout.bands;
                let pixels = &samples[at..at + width * layout.bands];
                pick(pixels, layout.bands, *position, out, convert);
            }
        }
    }
}

/// One band of some pixels.
fn pick<S: Sample, T>(
    pixels: &[S],
    bands: usize,
    position: usize,
    out: &mut [T],
    convert: &impl Fn(&[S], &mut [T]),
) {
    const SOME: usize = 256;
    if bands == 1 {
        return convert(pixels, out);
    }
    let mut own = [S::default(); SOME];
    for (pixels, out) in pixels.chunks(SOME * bands).zip(out.chunks_mut(SOME)) {
        let own = &mut own[..out.len()];
        separate(pixels, bands, position, own);
        convert(own, out);
    }
}

/// With the number of bands known, the compiler makes a tight loop of it.
fn separate<S: Sample>(pixels: &[S], bands: usize, position: usize, out: &mut [S]) {
    match bands {
        2 => {
            for (out, pixel) in out.iter_mut().zip(pixels.as_chunks::<2>().0) {
                *out = pixel[position.min(1)];
            }
        }
        3 => {
            for (out, pixel) in out.iter_mut().zip(pixels.as_chunks::<3>().0) {
                *out = pixel[position.min(2)];
            }
        }
        4 => {
            for (out, pixel) in out.iter_mut().zip(pixels.as_chunks::<4>().0) {
                *out = pixel[position.min(3)];
            }
        }
        _ => {
            for (out, sample) in out.iter_mut().zip(pixels[position..].iter().step_by(bands)) {
                *out = *sample;
            }
        }
    }
}
