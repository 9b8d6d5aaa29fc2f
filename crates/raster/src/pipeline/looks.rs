//! Looks brought onto the program's grid.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::program::{Look, LookBand, LookMask, Program};
use super::{PipelineError, Readers};
use crate::Window;
use crate::cog::{CogError, CogReader};
use crate::georeference::GeoReference;
use crate::mask::{self, ClassName, Legend, Numbers};
use crate::warp::{self, ControlGrid};

/// The sources of a program, opened, and what is the same for all windows of a run.
pub struct Sources {
    opened: HashMap<String, Opened>,
    masks: Vec<Told>,
    /// Where the pixels of a square of the program's grid lie in a source's grid.
    nets: Mutex<HashMap<(usize, i64, i64), Arc<ControlGrid>>>,
}

struct Opened {
    reader: Arc<CogReader>,
    /// The same number for all sources on one grid.
    grid: usize,
}

/// What the numbers of a mask tell.
struct Told {
    classes: Legend,
    hide: Vec<ClassName>,
    numbers: Numbers,
    nowhere: Option<Numbers>,
}

impl Sources {
    /// Opens what a program's inputs name.
    pub fn open(program: &Program, readers: &dyn Readers) -> Result<Self, PipelineError> {
        let mut sources = Self {
            opened: HashMap::new(),
            masks: Vec::new(),
            nets: Mutex::default(),
        };
        let mut grids: Vec<GeoReference> = Vec::new();
        for look in program.inputs.iter().flat_map(|input| &input.looks) {
            let bands = look.bands.iter().map(|band| (&band.source, band.band));
            let mask = look.mask.iter().map(|mask| (&mask.source, mask.band));
            for (source, band) in bands.chain(mask) {
                let failed = |source| PipelineError::Read {
                    name: look.id.clone(),
                    source,
                };
                let has = sources.add(source, readers, &mut grids).map_err(failed)?;
                if band >= has {
                    let what = format!("band {} in {source}; it has {has}", band + 1);
                    return Err(failed(CogError::Missing(what)));
                }
            }
            if let Some(mask) = &look.mask
                && sources.told(mask).is_none()
            {
                let (numbers, nowhere) = numbers_of(look, mask)?;
                sources.masks.push(Told {
                    classes: mask.classes.clone(),
                    hide: mask.hide.clone(),
                    numbers,
                    nowhere,
                });
            }
        }
        Ok(sources)
    }

    /// Opens a source if it is not yet; how many bands it has.
    fn add(
        &mut self,
        source: &str,
        readers: &dyn Readers,
        grids: &mut Vec<GeoReference>,
    ) -> Result<usize, CogError> {
        if let Some(opened) = self.opened.get(source) {
            return Ok(opened.reader.bands().len());
        }
        let reader = readers.reader(source)?;
        let own = reader.georeference();
        let grid = grids.iter().position(|known| known == own);
        let grid = grid.unwrap_or_else(|| {
            grids.push(own.clone());
            grids.len() - 1
        });
        let bands = reader.bands().len();
        self.opened
            .insert(source.to_owned(), Opened { reader, grid });
        Ok(bands)
    }

    /// A source that was opened.
    pub fn get(&self, source: &str) -> Option<&CogReader> {
        self.opened.get(source).map(|opened| &*opened.reader)
    }

    fn told(&self, mask: &LookMask) -> Option<&Told> {
        let same = |told: &&Told| told.classes == mask.classes && told.hide == mask.hide;
        self.masks.iter().find(same)
    }

    /// Made once for all bands, dates and strips.
    fn net(&self, source: &Opened, grid: &GeoReference, square: Window) -> Arc<ControlGrid> {
        let key = (source.grid, square.column, square.row);
        let lock = || self.nets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(net) = lock().get(&key) {
            return Arc::clone(net);
        }
        let net = warp::control(source.reader.georeference(), grid, square);
        let net = Arc::new(net);
        lock().insert(key, Arc::clone(&net));
        net
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
    let empty = || vec![f32::NAN; window.width * window.height];
    let hidden = look
        .mask
        .as_ref()
        .map(|mask| hidden(mask, sources, grid, window));
    let hidden = hidden.transpose().map_err(failed)?;
    // What lies under clouds is not even read.
    let nothing = |hidden: &Vec<u8>| hidden.iter().all(|&hidden| hidden != 0);
    if hidden.as_ref().is_some_and(nothing) {
        return Ok(bands.iter().map(|_| empty()).collect());
    }
    let band_of = |name: &String| look.bands.iter().find(|band| &band.name == name);
    let wanted: Vec<Option<&LookBand>> = bands.iter().map(band_of).collect();
    let mut planes: Vec<Option<Vec<f32>>> = vec![None; bands.len()];
    for (index, first) in wanted.iter().enumerate() {
        let source = first.and_then(|band| Some((band, sources.opened.get(&band.source)?)));
        let (None, Some((first, source))) = (&planes[index], source) else {
            continue;
        };
        // All bands of a source at once: they share their blocks and their places.
        let beside = |band: &LookBand| band.source == first.source && band.kernel == first.kernel;
        let together = (index..bands.len()).filter(|&other| wanted[other].is_some_and(beside));
        let together: Vec<usize> = together.collect();
        let numbers = together.iter().filter_map(|&other| wanted[other]);
        let numbers: Vec<usize> = numbers.map(|band| band.band).collect();
        let net = |square| sources.net(source, grid, square);
        let values = warp::bands(&source.reader, &numbers, grid, window, first.kernel, net);
        for (other, values) in together.into_iter().zip(values.map_err(failed)?) {
            planes[other] = Some(values);
        }
    }
    let planes = planes.into_iter();
    let mut planes: Vec<Vec<f32>> = planes.map(|plane| plane.unwrap_or_else(empty)).collect();
    if let Some(hidden) = hidden.filter(|hidden| hidden.iter().any(|&hidden| hidden != 0)) {
        for plane in &mut planes {
            for (value, &hidden) in plane.iter_mut().zip(&hidden) {
                *value = if hidden == 0 { *value } else { f32::NAN };
            }
        }
    }
    Ok(planes)
}

/// Where a mask hides the ground: not 0.
fn hidden(
    mask: &LookMask,
    sources: &Sources,
    grid: &GeoReference,
    window: Window,
) -> Result<Vec<u8>, CogError> {
    let source = sources.opened.get(&mask.source).zip(sources.told(mask));
    let Some((source, told)) = source else {
        return Ok(vec![0; window.width * window.height]);
    };
    let question = mask::Question {
        reader: &source.reader,
        band: mask.band,
        numbers: &told.numbers,
        nowhere: told.nowhere.as_ref(),
        metres: mask.grow_m,
    };
    question.hidden_along(window, |square| sources.net(source, grid, square))
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
