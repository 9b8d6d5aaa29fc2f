//! The images a recipe means: scenes of the catalogue, files, scenes of a STAC API.

mod catalogue;
mod files;
mod remote;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use grid::bounds::Bounds;
use raster::georeference::GeoReference;
use raster::mask::{ClassName, Legend};
use raster::pipeline::{Look, LookBand, LookMask};
use raster::sample::DataType;
use raster::warp::Kernel;
use serde::{Deserialize, Serialize};
use store::Scope;
use store::area::Area;

use crate::recipe::{Recipe, RecipeError, Resampling};
use crate::{Result, Workshop};

/// What is said of a source that does not say it itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Meaning {
    /// The number that stands for "nothing here".
    #[serde(with = "raster::sample::number_as_text")]
    pub nodata: Option<f64>,
    /// value = number × scale + offset.
    pub scale: f64,
    /// See `scale`.
    pub offset: f64,
}

/// How a band's numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Numbers {
    pub data_type: DataType,
    pub nodata: Option<f64>,
    pub scale: f64,
    pub offset: f64,
}

/// A band of an image that was found.
#[derive(Debug, Clone)]
pub(super) struct FoundBand {
    pub source: String,
    pub band: usize,
    pub grid: GeoReference,
    pub numbers: Numbers,
}

/// An image that was found.
#[derive(Debug, Clone)]
pub(super) struct FoundLook {
    pub id: String,
    pub date: NaiveDate,
    pub sensor: String,
    /// The key of the area it was brought in for.
    pub area: Option<i64>,
    /// Its measurements by role.
    pub bands: BTreeMap<String, FoundBand>,
    /// Its classes, and how they are read.
    pub classes: Option<(String, usize, Legend)>,
}

impl Meaning {
    fn of(numbers: &Numbers) -> Self {
        Self {
            nodata: numbers.nodata,
            scale: numbers.scale,
            offset: numbers.offset,
        }
    }
}

impl FoundLook {
    /// Without bands yet.
    fn new(id: String, date: NaiveDate, sensor: &str) -> Self {
        Self {
            id,
            date,
            sensor: sensor.to_owned(),
            area: None,
            bands: BTreeMap::new(),
            classes: None,
        }
    }

    /// Where its finest band lies.
    pub fn grid(&self) -> Option<&GeoReference> {
        let grids = self.bands.values().map(|band| &band.grid);
        grids.max_by_key(|grid| u64::from(grid.width) * u64::from(grid.height))
    }
}

/// What hides the ground in an input.
#[derive(Debug, Clone)]
pub(super) struct Hide {
    pub classes: Vec<ClassName>,
    pub grow_m: f64,
}

/// The images of one input.
#[derive(Debug, Clone)]
pub(super) struct FoundInput {
    pub looks: Vec<FoundLook>,
    pub hide: Option<Hide>,
}

/// The images of a recipe.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub inputs: BTreeMap<String, FoundInput>,
    pub meanings: BTreeMap<String, Meaning>,
}

impl Found {
    /// The areas of the scenes, the newest scene's first.
    pub fn areas(&self) -> impl Iterator<Item = i64> + '_ {
        self.looks().filter_map(|look| look.area)
    }

    pub fn looks(&self) -> impl Iterator<Item = &FoundLook> {
        self.inputs.values().flat_map(|input| &input.looks)
    }
}

/// Finds the images of every input, each in the order of its dates.
pub(super) async fn find(
    workshop: &Workshop,
    recipe: &Recipe,
    area: Option<&Area>,
    scope: &Scope,
) -> Result<Found> {
    let mut found = Found {
        inputs: BTreeMap::new(),
        meanings: BTreeMap::new(),
    };
    let bounds = area.map(|area| area.bounds);
    for (name, input) in &recipe.inputs {
        let key = format!("inputs.{name}");
        let named = recipe.bands_named(name);
        let mut looks = if let Some(scenes) = &input.scenes {
            catalogue::looks(workshop, &key, scenes, bounds, scope).await?
        } else if let Some(stac) = &input.stac {
            let meanings = &mut found.meanings;
            remote::looks(workshop, &key, stac, named.as_ref(), bounds, meanings).await?
        } else if let Some(files) = &input.files {
            files::looks(workshop, &key, files, &mut found.meanings).await?
        } else if let Some(folder) = &input.folder {
            files::folder(workshop, &key, folder, &mut found.meanings).await?
        } else {
            Vec::new()
        };
        for look in &mut looks {
            let roles: Vec<String> = look.bands.keys().cloned().collect();
            let used = used(&roles, named.as_ref());
            look.bands.retain(|role, _| used.contains(role));
        }
        looks.sort_by(|one, other| (one.date, &one.id).cmp(&(other.date, &other.id)));
        let hide = match &input.mask {
            None => None,
            Some(mask) => Some(Hide {
                classes: mask
                    .classes()
                    .map_err(|why| RecipeError::wrong(&format!("{key}.mask"), &why))?,
                grow_m: mask.grow_m,
            }),
        };
        if hide.is_some() {
            check_masks(&key, &looks)?;
        }
        found
            .inputs
            .insert(name.clone(), FoundInput { looks, hide });
    }
    Ok(found)
}

/// Of an image's bands those that are used; all where one that is named is missing, so that what
/// there is can be told.
fn used(roles: &[String], named: Option<&BTreeSet<&str>>) -> BTreeSet<String> {
    let has = |name: &&str| roles.iter().any(|role| role == name);
    let named = named.filter(|named| named.iter().all(has));
    let is_used = |role: &&String| named.is_none_or(|named| named.contains(role.as_str()));
    roles.iter().filter(is_used).cloned().collect()
}

/// A mask is asked for: every image must tell its classes.
fn check_masks(key: &str, looks: &[FoundLook]) -> Result<()> {
    match looks.iter().find(|look| look.classes.is_none()) {
        None => Ok(()),
        Some(look) => {
            let why = format!(
                "the image “{}” has no band of classes (scl, fmask, qa_pixel, cloud_mask); leave the mask or the image out",
                look.id
            );
            Err(RecipeError::wrong(&format!("{key}.mask"), &why).into())
        }
    }
}

/// Nothing was found: what to do about it.
fn nothing(key: &str, why: &str) -> crate::Error {
    RecipeError::wrong(key, why).into()
}

/// Whether an image and the area share ground, as far as their corners tell.
fn touches(grid: &GeoReference, bounds: Option<Bounds>) -> bool {
    bounds.is_none_or(|bounds| grid.bounds().intersects(&bounds))
}

impl FoundLook {
    /// As a program names it, with only the bands that are used.
    pub fn look(&self, bands: &[String], hide: Option<&Hide>, kernel: Kernel) -> Look {
        let used = self.bands.iter().filter(|(role, _)| bands.contains(role));
        let bands = used.map(|(role, band)| LookBand {
            name: role.clone(),
            source: band.source.clone(),
            band: band.band,
            kernel,
        });
        let mask = match (&self.classes, hide) {
            (Some((source, band, classes)), Some(hide)) => Some(LookMask {
                source: source.clone(),
                band: *band,
                classes: classes.clone(),
                hide: hide.classes.clone(),
                grow_m: hide.grow_m,
            }),
            _ => None,
        };
        Look {
            id: self.id.clone(),
            date: self.date,
            bands: bands.collect(),
            mask,
        }
    }
}

/// The recipe's word as a kernel.
pub(super) fn kernel(resampling: Resampling) -> Kernel {
    match resampling {
        Resampling::Nearest => Kernel::Nearest,
        Resampling::Bilinear => Kernel::Bilinear,
        Resampling::Cubic => Kernel::Cubic,
        Resampling::Average => Kernel::Average,
    }
}
