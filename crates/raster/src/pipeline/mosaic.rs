//! Looks side by side as one image.

use super::PipelineError;
use super::Readers;
use super::evaluate::{Evaluator, grown};
use super::field::Field;
use super::looks::{self, Sources};
use super::program::{Input, Look, LookBand, Program};
use crate::Window;
use crate::georeference::GeoReference;
use crate::mosaic::{Blend, Feather, Gain, Overlap, gains};
use crate::terrain::cell_size;
use crate::warp::Kernel;

/// The longer side, in pixels, of the picture on which looks are compared.
const SAMPLE: u32 = 512;
/// Fewer pixels of it in common tell nothing.
const LEAST: usize = 16;
/// The widest feather, in pixels of the grid: around every strip as many more are read.
const WIDEST: usize = 512;

/// How the looks of a mosaic meet.
pub struct Meeting<'a> {
    pub bands: &'a [String],
    pub blend: Blend,
    pub gains: &'a [Vec<Gain>],
}

impl Meeting<'_> {
    /// What is not possible about it.
    pub fn wrong(&self, looks: usize, grid: &GeoReference) -> Option<String> {
        if let Blend::Feather { metres } = self.blend {
            let widest = WIDEST as f64 * feather(1.0, grid).pixel_side();
            // NaN is neither.
            if !(metres > 0.0 && metres <= widest) {
                return Some(format!(
                    "its feather is {metres} m; on this grid it may be above 0 and up to {widest:.0} m"
                ));
            }
        }
        let bands = self.bands.len();
        let fit = self.gains.iter().all(|gains| gains.len() == bands);
        if self.gains.is_empty() || (fit && self.gains.len() == looks) {
            return None;
        }
        Some(format!(
            "its gains are not those of {looks} images with {bands} bands; find them again with this input"
        ))
    }
}

impl Evaluator<'_> {
    /// Whole pixels of the first look, or weighed means.
    pub(super) fn mosaic(
        &self,
        input: &Input,
        meeting: &Meeting,
        field: &mut Field,
    ) -> Result<(), PipelineError> {
        match meeting.blend {
            Blend::First => self.first(input, meeting, field),
            Blend::Feather { metres } => {
                let feather = feather(metres, &self.program.grid);
                self.feathered(input, meeting, feather, field)
            }
        }
    }

    fn first(
        &self,
        input: &Input,
        meeting: &Meeting,
        field: &mut Field,
    ) -> Result<(), PipelineError> {
        let mut open: Vec<usize> = (0..field.window.width * field.window.height).collect();
        for look in 0..input.looks.len() {
            if open.is_empty() {
                break;
            }
            let planes = self.look(input, look, meeting, field.window)?;
            open.retain(|&pixel| {
                let seen = planes.iter().all(|plane| !plane[pixel].is_nan());
                if seen {
                    for (out, plane) in field.planes.iter_mut().zip(&planes) {
                        out[pixel] = plane[pixel];
                    }
                }
                !seen
            });
        }
        Ok(())
    }

    fn feathered(
        &self,
        input: &Input,
        meeting: &Meeting,
        feather: Feather,
        field: &mut Field,
    ) -> Result<(), PipelineError> {
        let window = field.window;
        let margin = feather.margin();
        let wider = grown(window, margin);
        let size = window.width * window.height;
        let mut total = vec![0.0; size];
        let mut sums = vec![vec![0.0; size]; meeting.bands.len()];
        for look in 0..input.looks.len() {
            let planes = self.look(input, look, meeting, wider)?;
            let seen = |pixel: usize| planes.iter().all(|plane| !plane[pixel].is_nan());
            let valid: Vec<bool> = (0..wider.width * wider.height).map(seen).collect();
            if !valid.contains(&true) {
                continue;
            }
            let weights = feather.weights(&valid, wider.width);
            for (total, weight) in total.iter_mut().zip(&weights) {
                *total += f64::from(*weight);
            }
            for (sums, plane) in sums.iter_mut().zip(&planes) {
                let rows = plane.chunks_exact(wider.width).skip(margin);
                let values = rows.flat_map(|row| &row[margin..margin + window.width]);
                for ((sum, weight), value) in sums.iter_mut().zip(&weights).zip(values) {
                    if *weight > 0.0 {
                        *sum += f64::from(*weight) * f64::from(*value);
                    }
                }
            }
        }
        for (out, sums) in field.planes.iter_mut().zip(sums) {
            for ((out, sum), total) in out.iter_mut().zip(sums).zip(&total) {
                if *total > 0.0 {
                    *out = (sum / total) as f32;
                }
            }
        }
        Ok(())
    }

    /// One look's bands, its gains applied.
    fn look(
        &self,
        input: &Input,
        look: usize,
        meeting: &Meeting,
        window: Window,
    ) -> Result<Vec<Vec<f32>>, PipelineError> {
        if (self.stop)() {
            return Err(PipelineError::Stopped);
        }
        let of = &input.looks[look];
        let mut planes = looks::read(of, meeting.bands, self.sources, &self.program.grid, window)?;
        let gains = meeting.gains.get(look).into_iter().flatten();
        for (plane, &(gain, offset)) in planes.iter_mut().zip(gains) {
            for value in plane {
                *value = (f64::from(*value) * gain + offset) as f32;
            }
        }
        Ok(planes)
    }
}

/// The gains with which the looks of an input agree where they overlap, for every look those of `bands`:
/// what [`super::Operation::Mosaic`] takes, once before a job. Compared on a picture of the program's grid
/// of 512 pixels; memory grows with the looks, a megabyte for each and band.
///
/// # Errors
/// When the program has no such input, or a source cannot be read.
pub fn balance(
    program: &Program,
    readers: &dyn Readers,
    input: &str,
    bands: &[String],
) -> Result<Vec<Vec<Gain>>, PipelineError> {
    let found = program.input(input);
    let input = found.ok_or_else(|| PipelineError::NoLooks(input.to_owned()))?;
    let sources = Sources::open(program, readers)?;
    let grid = sample(&program.grid);
    let window = Window::new(0, 0, grid.width as usize, grid.height as usize);
    let read = |look: &Look| looks::read(&averaged(look), bands, &sources, &grid, window);
    let looks = input
        .looks
        .iter()
        .map(read)
        .collect::<Result<Vec<_>, _>>()?;
    let by_band = (0..bands.len()).map(|band| {
        let pairs = (0..looks.len()).flat_map(|one| (0..one).map(move |two| [two, one]));
        let overlaps = pairs.filter_map(|pair| {
            let [one, two] = pair.map(|look| looks[look][band].as_slice());
            Overlap::of(pair, one, two, LEAST)
        });
        gains(looks.len(), &overlaps.collect::<Vec<_>>())
    });
    let by_band: Vec<Vec<Gain>> = by_band.collect();
    let of_look = |look: usize| by_band.iter().map(|gains| gains[look]).collect();
    Ok((0..looks.len()).map(of_look).collect())
}

fn feather(metres: f64, grid: &GeoReference) -> Feather {
    // One size for the whole grid, so that every window measures alike.
    Feather::new(metres, cell_size(grid, i64::from(grid.height / 2)))
}

/// The margin that a mosaic reads around its window.
pub fn margin(blend: Blend, grid: &GeoReference) -> usize {
    match blend {
        Blend::First => 0,
        Blend::Feather { metres } => feather(metres, grid).margin(),
    }
}

/// The same ground in few pixels.
fn sample(grid: &GeoReference) -> GeoReference {
    let times = grid.width.max(grid.height).div_ceil(SAMPLE).max(1);
    let [x, a, b, y, c, d] = grid.transform;
    let step = f64::from(times);
    GeoReference {
        transform: [x, a * step, b * step, y, c * step, d * step],
        width: grid.width.div_ceil(times),
        height: grid.height.div_ceil(times),
        ..grid.clone()
    }
}

/// The same look, averaged when it is read coarser than it is.
fn averaged(look: &Look) -> Look {
    let bands = look.bands.iter().map(|band| LookBand {
        kernel: Kernel::Average,
        ..band.clone()
    });
    Look {
        bands: bands.collect(),
        ..look.clone()
    }
}
