//! What is kept.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Title, near, only};

/// An output: how it appears, and exactly one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// The layer's id, part of addresses, or the name of a table's files: `a-z0-9-`.
    pub id: String,
    /// Its title; the recipe's without.
    #[serde(default)]
    pub title: Title,
    /// Who sees the layer: `public`, `village` or `officials` (the default).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// Whom to thank; made from the sensors without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<String>,
    /// A layer of numbers or classes on the map, a date each image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<Layer>,
    /// A layer of pictures: three bands as red, green and blue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Picture>,
    /// A ledger of changed land, to be checked in the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patches: Option<Patches>,
    /// Classes as polygons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub polygons: Option<Polygons>,
    /// Lines of equal height.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contours: Option<Contours>,
    /// Statistics of zones over all dates, as CSV and Parquet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<Table>,
}

/// A layer of numbers or classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// A step, or an input.
    pub of: String,
    /// The band of the step that is shown; its only one without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band: Option<String>,
    /// `greenness`, `water`, `change` or `built-up`; fits what is shown without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<String>,
    /// The day it shows, for a single image; the last one of its inputs without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<NaiveDate>,
}

/// A layer of pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Picture {
    /// A step, or an input.
    pub of: String,
    /// What is shown as red, green and blue.
    #[serde(default = "natural")]
    pub bands: [String; 3],
    /// The day it shows, for a single image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<NaiveDate>,
}

fn natural() -> [String; 3] {
    ["red", "green", "blue"].map(str::to_owned)
}

/// A ledger of changed land.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Patches {
    /// A step of the kind `change`.
    pub of: String,
    /// From which strength on land counts as changed.
    #[serde(default, with = "serde_yaml_ng::with::singleton_map")]
    #[schemars(with = "Threshold")]
    pub threshold: Threshold,
    /// Which change counts.
    #[serde(default)]
    pub side: Side,
    /// The smallest patch.
    #[serde(default, with = "serde_yaml_ng::with::singleton_map")]
    #[schemars(with = "Minimum")]
    pub minimum: Minimum,
    /// Pieces of land that are looked up for each patch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcels: Option<Parcels>,
}

/// Where “changed” begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Threshold {
    /// Where the two kinds of values part best (Otsu 1979).
    #[default]
    Otsu,
    /// This many standard deviations from the mean.
    Sigma(f64),
    /// This strength.
    Value(f64),
}

/// Which change counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// What became less, such as greenness that was lost.
    #[default]
    Decrease,
    /// What became more; of a magnitude all change.
    Increase,
}

/// The smallest patch, in one of these units.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Minimum {
    /// Square metres.
    SquareMetres(f64),
    /// 亩, 10000/15 m².
    Mu(f64),
}

impl Default for Minimum {
    fn default() -> Self {
        Self::Mu(1.0)
    }
}

impl Minimum {
    /// In square metres.
    pub fn square_metres(self) -> f64 {
        match self {
            Self::SquareMetres(square_metres) => square_metres,
            Self::Mu(mu) => mu * 10_000.0 / 15.0,
        }
    }
}

/// A layer of features with pieces of land.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parcels {
    /// The layer's id.
    pub layer: String,
    /// The property that says what the land is registered as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Only patches on land whose class begins with one of these count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
}

/// Classes as polygons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Polygons {
    /// A step of the kind `classify`, or a band of whole numbers.
    pub of: String,
    /// The band; its only one without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band: Option<String>,
    /// Smaller pieces take the class of their largest neighbour.
    #[serde(default = "no_minimum", with = "serde_yaml_ng::with::singleton_map")]
    #[schemars(with = "Minimum")]
    pub minimum: Minimum,
    /// Outlines may be off by this many metres; shared borders stay shared.
    #[serde(default)]
    pub simplify_m: f64,
    /// Only these classes, by their codes; all without.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<u8>,
}

fn no_minimum() -> Minimum {
    Minimum::SquareMetres(0.0)
}

/// Lines of equal height.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contours {
    /// A step, or an input of one image.
    pub of: String,
    /// The band of heights.
    pub band: String,
    /// Metres from one line to the next.
    pub interval: f64,
    /// A height that has a line.
    #[serde(default)]
    pub base: f64,
}

/// Statistics of zones over all dates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// A step, or an input; or `layer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// A layer of numbers that is published already, in place of `of`: all of its dates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// The band; its only one without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band: Option<String>,
    /// The pieces of land that are counted.
    #[serde(default, with = "serde_yaml_ng::with::singleton_map")]
    #[schemars(with = "Zones")]
    pub zones: Zones,
    /// Whether medians are computed.
    #[serde(default)]
    pub median: bool,
    /// Percentiles, 0 to 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub percentiles: Vec<f64>,
    /// Whether the largest class and its share are computed.
    #[serde(default)]
    pub classes: bool,
}

/// The pieces of land that are counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Zones {
    /// The villages of the area.
    #[default]
    Villages,
    /// All areas.
    Areas,
    /// The features of this layer.
    Features(String),
}

/// What an output is.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum OutputKind<'output> {
    /// See [`Layer`].
    Layer(&'output Layer),
    /// See [`Picture`].
    Picture(&'output Picture),
    /// See [`Patches`].
    Patches(&'output Patches),
    /// See [`Polygons`].
    Polygons(&'output Polygons),
    /// See [`Contours`].
    Contours(&'output Contours),
    /// See [`Table`].
    Table(&'output Table),
}

const WORDS: &str = "layer, picture, patches, polygons, contours, table";

impl Output {
    /// The one thing it is.
    ///
    /// # Errors
    /// In words, when it is none, or two, or one that is not whole.
    pub fn kind(&self) -> Result<OutputKind<'_>, String> {
        let all = [
            self.layer.as_ref().map(OutputKind::Layer),
            self.picture.as_ref().map(OutputKind::Picture),
            self.patches.as_ref().map(OutputKind::Patches),
            self.polygons.as_ref().map(OutputKind::Polygons),
            self.contours.as_ref().map(OutputKind::Contours),
            self.table.as_ref().map(OutputKind::Table),
        ];
        let named = all.map(|given| given.map(|kind| (kind.word(), kind)));
        let kind = only("the output", WORDS, named)?;
        if let Some(word) = self.audience.as_deref() {
            let known = ["public", "village", "officials"];
            if !known.contains(&word) {
                return Err(near::unknown(word, &known, "an audience"));
            }
        }
        kind.check().map(|()| kind)
    }
}

impl<'output> OutputKind<'output> {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Layer(_) => "layer",
            Self::Picture(_) => "picture",
            Self::Patches(_) => "patches",
            Self::Polygons(_) => "polygons",
            Self::Contours(_) => "contours",
            Self::Table(_) => "table",
        }
    }

    /// The input or step it shows; none for a table of a published layer.
    pub fn of(self) -> Option<&'output str> {
        match self {
            Self::Layer(layer) => Some(&layer.of),
            Self::Picture(picture) => Some(&picture.of),
            Self::Patches(patches) => Some(&patches.of),
            Self::Polygons(polygons) => Some(&polygons.of),
            Self::Contours(contours) => Some(&contours.of),
            Self::Table(table) => table.of.as_deref(),
        }
    }

    fn check(self) -> Result<(), String> {
        match self {
            Self::Layer(layer) => match &layer.style {
                Some(style) => crate::publish::style(style)
                    .map(|_| ())
                    .map_err(|error| error.to_string()),
                None => Ok(()),
            },
            Self::Contours(contours) if contours.interval.is_nan() || contours.interval <= 0.0 => {
                Err(format!(
                    "the interval is {}; give metres above 0",
                    contours.interval
                ))
            }
            Self::Patches(patches) if patches.minimum.square_metres() < 0.0 => {
                Err("the smallest patch must have an area above 0".to_owned())
            }
            Self::Table(table) if table.of.is_some() == table.layer.is_some() => {
                Err("give either `of` (a step) or `layer` (published already)".to_owned())
            }
            Self::Table(table)
                if table
                    .percentiles
                    .iter()
                    .any(|share| !(0.0..=100.0).contains(share)) =>
            {
                Err("a percentile is a number from 0 to 100".to_owned())
            }
            _ => Ok(()),
        }
    }
}
