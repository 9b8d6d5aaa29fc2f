//! Looks brought onto the program's grid.

use std::collections::HashMap;
use std::sync::Arc;

use super::program::{Look, LookMask, Program};
use super::{PipelineError, Readers};
use crate::Window;
use crate::cog::CogReader;
use crate::georeference::GeoReference;
use crate::mask::{self, ClassName, Numbers};
use crate::warp;

/// The sources of a program, opened.
pub struct Sources(HashMap<String, Arc<CogReader>>);

impl Sources {
    /// Opens what a program's inputs name.
    pub fn open(program: &Program, readers: &dyn Readers) -> Result<Self, PipelineError> {
        let mut sources = HashMap::new();
        for look in program.inputs.iter().flat_map(|input| &input.looks) {
            let bands = look.bands.iter().map(|band| (&band.source, band.band));
            let mask = look.mask.iter().map(|mask| (&mask.source, mask.band));
            for (source, band) in bands.chain(mask) {
                let failed = |source| PipelineError::Read {
                    name: look.id.clone(),
                    source,
                };
                if !sources.contains_key(source) {
                    let reader = readers.reader(source).map_err(failed)?;
                    sources.insert(source.clone(), reader);
                }
                let has = sources.get(source).map_or(0, |reader| reader.bands().len());
                if band >= has {
                    let what = format!("band {} in {source}; it has {has}", band + 1);
                    return Err(failed(crate::cog::CogError::Missing(what)));
                }
            }
        }
        Ok(Self(sources))
    }

    /// A source that was opened.
    pub fn get(&self, source: &str) -> Option<&CogReader> {
        self.0.get(source).map(Arc::as_ref)
    }
}

/// Bands of one look over a window: rows of the window, NaN where nodata or hidden.
pub fn read(
    look: &Look,
    bands: &[String],
    sources: &Sources,
    grid: &GeoReference,
    window: Window,
) -> Result<Vec<Vec<f32>>, PipelineError> {
    let failed = |source| PipelineError::Read {
        name: look.id.clone(),
        source,
    };
    let mut planes = Vec::with_capacity(bands.len());
    for name in bands {
        let band = look.bands.iter().find(|band| &band.name == name);
        let plane = match band.and_then(|band| Some((band, sources.get(&band.source)?))) {
            Some((band, reader)) => {
                warp::resample(reader, band.band, grid, window, band.kernel)
                    .map_err(failed)?
                    .values
            }
            None => vec![f32::NAN; window.width * window.height],
        };
        planes.push(plane);
    }
    if let Some(mask) = &look.mask
        && planes.iter().flatten().any(|value| !value.is_nan())
    {
        let hidden = hidden(look, mask, sources, grid, window)?;
        for plane in &mut planes {
            for (value, &hidden) in plane.iter_mut().zip(&hidden) {
                if hidden != 0 {
                    *value = f32::NAN;
                }
            }
        }
    }
    Ok(planes)
}

/// Where a mask hides the ground: not 0.
fn hidden(
    look: &Look,
    mask: &LookMask,
    sources: &Sources,
    grid: &GeoReference,
    window: Window,
) -> Result<Vec<u8>, PipelineError> {
    let Some(reader) = sources.get(&mask.source) else {
        return Ok(vec![0; window.width * window.height]);
    };
    let failed = |source| PipelineError::Read {
        name: look.id.clone(),
        source,
    };
    let (numbers, nowhere) = numbers_of(look, mask)?;
    let question = mask::Question {
        reader,
        band: mask.band,
        numbers: &numbers,
        nowhere: nowhere.as_ref(),
        metres: mask.grow_m,
    };
    question.hidden(grid, window).map_err(failed)
}

/// The numbers that hide and may grow; and whether what was not observed hides as well.
pub fn numbers_of(
    look: &Look,
    mask: &LookMask,
) -> Result<(Numbers, Option<Numbers>), PipelineError> {
    let told = |of: &[ClassName]| {
        mask.classes
            .numbers(of)
            .map_err(|source| PipelineError::Mask {
                look: look.id.clone(),
                source,
            })
    };
    let grown: Vec<_> = mask
        .hide
        .iter()
        .copied()
        .filter(|&class| class != ClassName::NoData)
        .collect();
    let nowhere = mask
        .hide
        .contains(&ClassName::NoData)
        .then(|| told(&[ClassName::NoData]));
    Ok((told(&grown)?, nowhere.transpose()?))
}
