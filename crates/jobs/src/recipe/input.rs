//! Where images come from.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;
use raster::mask::ClassName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where images come from: exactly one of `scenes`, `stac`, `files` and `folder`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// Scenes of the catalogue (`xiangtu list scenes`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scenes: Option<Scenes>,
    /// Scenes of a STAC API; only the windows that are needed travel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stac: Option<Stac>,
    /// GeoTIFFs, read where they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<File>>,
    /// A folder of GeoTIFFs whose names tell bands and dates, or a product's folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// What hides the ground.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mask: Option<Mask>,
}

/// Which scenes of the catalogue; those that meet every condition.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Scenes {
    /// Only these, by their ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
    /// The first day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// The last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<NaiveDate>,
    /// Beginnings of sensors' names, such as `sentinel-2`; all without.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sensors: Vec<String>,
    /// At most this share under cloud, 0 to 1; scenes whose share nobody knows are taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud_below: Option<f64>,
}

/// Which scenes of a STAC API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stac {
    /// The address of its landing page; the administrator allows its host (`XIANGTU_STAC_HOSTS`).
    pub api: String,
    /// Collections; all of them without.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collections: Vec<String>,
    /// The first day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// The last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<NaiveDate>,
    /// At most this share under cloud, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_below: Option<f64>,
}

/// A GeoTIFF.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Where it is; relative to where the program is run.
    pub path: PathBuf,
    /// The day it was taken.
    pub date: NaiveDate,
    /// What its bands show, by their numbers from 1: `{ 1: red, 2: nir }`.
    pub bands: BTreeMap<u16, String>,
    /// The number that stands for "nothing here", where the file does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodata: Option<f64>,
    /// value = number × scale + offset, where the file does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,
    /// See `scale`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<f64>,
    /// The band of classes, for `mask`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask: Option<BandMask>,
}

/// The band of a file that tells what is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BandMask {
    /// Its number, from 1.
    pub band: u16,
    /// Another file that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// How its numbers are read: `scl`, `fmask`, `qa_pixel`, `cloud_mask` (MAJA).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<String>,
    /// Or its bit fields, as MODIS and VIIRS products have them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<MaskField>,
}

/// The values of some bits that mean a class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MaskField {
    /// What they mean.
    pub class: String,
    /// The lowest bit, counted from 0.
    pub start: u8,
    /// How many bits.
    pub length: u8,
    /// What these bits are worth where the class is present; any of them.
    pub values: Vec<u16>,
}

/// What hides the ground.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mask {
    /// Classes by name: `cloud`, `cloud_shadow`, `cirrus`, `thin_cloud`, `snow`, `water`, `no_data` …
    pub hide: Vec<String>,
    /// How many metres around them are hidden as well.
    #[serde(default)]
    pub grow_m: f64,
}

impl Input {
    /// What is wrong, and under which of its keys.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        const WORDS: &str = "`scenes` (of the catalogue), `stac`, `files` or `folder`";
        let given = [
            self.scenes.is_some(),
            self.stac.is_some(),
            self.files.is_some(),
            self.folder.is_some(),
        ];
        if given.into_iter().filter(|given| *given).count() != 1 {
            return Err(("", format!("give exactly one of {WORDS}")));
        }
        let within = |key: &'static str| move |why| (key, why);
        if let Some(scenes) = &self.scenes {
            days(scenes.from, scenes.to).map_err(within(".scenes"))?;
            share(scenes.cloud_below).map_err(within(".scenes"))?;
        }
        if let Some(stac) = &self.stac {
            days(stac.from, stac.to).map_err(within(".stac"))?;
            share(stac.cloud_below).map_err(within(".stac"))?;
        }
        match &self.mask {
            Some(mask) => mask.classes().map(|_| ()).map_err(within(".mask")),
            None => Ok(()),
        }
    }
}

impl Mask {
    /// The classes that hide.
    ///
    /// # Errors
    /// In words, when a name means nothing or the distance is none.
    pub fn classes(&self) -> Result<Vec<ClassName>, String> {
        if !(0.0..=100_000.0).contains(&self.grow_m) {
            return Err(format!(
                "grow_m is {}; give metres from 0 to 100000",
                self.grow_m
            ));
        }
        let class = |name: &String| {
            name.parse()
                .map_err(|unknown: raster::mask::UnknownClass| unknown.to_string())
        };
        self.hide.iter().map(class).collect()
    }
}

fn days(from: Option<NaiveDate>, to: Option<NaiveDate>) -> Result<(), String> {
    match (from, to) {
        (Some(from), Some(to)) if from > to => {
            Err(format!("from {from} is after to {to}; turn them round"))
        }
        _ => Ok(()),
    }
}

fn share(cloud: Option<f64>) -> Result<(), String> {
    match cloud {
        Some(share) if !(0.0..=1.0).contains(&share) => Err(format!(
            "cloud_below is {share}; give a share from 0 to 1, such as 0.6"
        )),
        _ => Ok(()),
    }
}
