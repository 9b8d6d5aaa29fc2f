//! What a program says: data, as it lies in a job's plan.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::change::Measure;
use crate::classify::Table;
use crate::cog::CogOptions;
use crate::composite::Method;
use crate::georeference::GeoReference;
use crate::mask::{ClassName, Legend};
use crate::mosaic::{Blend, Gain};
use crate::terrain::Terrain;
use crate::viewshed::{Mast, Sight};
use crate::warp::Kernel;

/// From inputs over nodes to outputs, all on one grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// The grid of every output.
    pub grid: GeoReference,
    /// Images, by the names that nodes call them.
    pub inputs: Vec<Input>,
    /// Operations, in any order.
    pub nodes: Vec<Node>,
    /// What is kept.
    pub outputs: Vec<Output>,
}

/// The looks at one subject: the scenes of a season, or a single image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// As nodes call it.
    pub name: String,
    /// In the order that decides among equals: usually that of time.
    pub looks: Vec<Look>,
}

/// One image of one date, each band in its own grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// What messages call it, such as the id of the scene.
    pub id: String,
    /// When it was taken.
    pub date: NaiveDate,
    /// Its bands.
    pub bands: Vec<LookBand>,
    /// What hides the ground in it.
    pub mask: Option<LookMask>,
}

/// A band of a look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LookBand {
    /// As nodes call it, such as `red`.
    pub name: String,
    /// What [`super::Readers`] opens.
    pub source: String,
    /// Which band of the source, counted from 0.
    pub band: usize,
    /// How it is brought onto the grid.
    pub kernel: Kernel,
}

/// A band of classes that hides the ground.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LookMask {
    /// What [`super::Readers`] opens.
    pub source: String,
    /// Which band of the source, counted from 0.
    pub band: usize,
    /// How its numbers are read.
    pub classes: Legend,
    /// The classes that hide.
    pub hide: Vec<ClassName>,
    /// How many metres around them are hidden as well; not around `no_data`.
    pub grow_m: f64,
}

/// An operation and the name of its result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// As other nodes and outputs call its result.
    pub name: String,
    /// How it is made.
    pub operation: Operation,
}

/// A band of a node, under the name that a formula or a table calls it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// As the formula writes it.
    pub name: String,
    /// A node, or an input of one look.
    pub of: String,
    /// Its band.
    pub band: String,
}

impl Variable {
    /// A band under its own name.
    pub fn new(of: &str, band: &str) -> Self {
        Self {
            name: band.to_owned(),
            of: of.to_owned(),
            band: band.to_owned(),
        }
    }
}

/// A band of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BandOf {
    /// A node, or an input of one look.
    pub of: String,
    /// Its band.
    pub band: String,
}

impl BandOf {
    /// A band of a node.
    pub fn new(of: &str, band: &str) -> Self {
        Self {
            of: of.to_owned(),
            band: band.to_owned(),
        }
    }
}

/// How a node's values are made. `of` names a node, or an input of one look; composites and mosaics
/// take inputs of any number of looks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Operation {
    /// One value from the looks of many dates; bands as asked for, or `count`.
    Composite {
        /// An input.
        of: String,
        /// How many values become one.
        method: Method,
        /// The bands wanted; every look has them.
        bands: Vec<String>,
    },
    /// One image from looks that lie side by side or overlap.
    Mosaic {
        /// An input.
        of: String,
        /// The bands wanted; every look has them.
        bands: Vec<String>,
        /// What is to be seen where they overlap.
        #[serde(default)]
        blend: Blend,
        /// For every look and band what brings its brightness near the others', as
        /// [`super::balance`] finds it; empty for values as they are.
        #[serde(default)]
        gains: Vec<Vec<Gain>>,
    },
    /// A formula, pixel by pixel: one band.
    Expression {
        /// See [`crate::expression`].
        formula: String,
        /// What its names mean.
        variables: Vec<Variable>,
        /// The name of the result's band.
        band: String,
    },
    /// The class of every pixel: one band of codes, `class`; store it as `U8` with nodata 0.
    Classify {
        /// Thresholds or a decision table.
        table: Table,
        /// What the names in its formulas mean.
        variables: Vec<Variable>,
    },
    /// Change between two dates: one band, `change`.
    Change {
        /// The bands of the first date.
        before: Vec<BandOf>,
        /// As many of the second, in the same order.
        after: Vec<BandOf>,
        /// How change is measured.
        measure: Measure,
    },
    /// Relief from heights in metres: one band, `terrain`.
    Terrain {
        /// A node, or an input of one look.
        of: String,
        /// The band of heights.
        band: String,
        /// Which product.
        product: Terrain,
    },
    /// How many masts see the ground: one band, `visible`. For a chunk the heights from it to every mast
    /// that reaches it are read, those beyond the grid too.
    Viewshed {
        /// A node, or an input of one look.
        of: String,
        /// The band of heights in metres.
        band: String,
        /// Who looks.
        masts: Vec<Mast>,
        /// For what, and through which air.
        #[serde(default)]
        sight: Sight,
    },
}

/// A result that is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// What it is called.
    pub name: String,
    /// A node, or an input of one look.
    pub of: String,
    /// The bands kept, in this order; as many as `options` describes.
    pub bands: Vec<String>,
    /// How it is stored: number type, nodata, scale and offset of each band. On the program's grid.
    pub options: CogOptions,
}
