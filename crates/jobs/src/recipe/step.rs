//! What is made of the inputs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::near;

/// A step: its name, and exactly one operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// As later steps and outputs call its result.
    pub name: String,
    /// One image from the looks of many dates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub composite: Option<Composite>,
    /// One image from scenes side by side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mosaic: Option<Mosaic>,
    /// An index people know by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<Index>,
    /// A formula over named bands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<Expression>,
    /// Relief from heights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terrain: Option<Terrain>,
}

/// One image from the looks of many dates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Composite {
    /// An input.
    pub of: String,
    /// How many values become one.
    pub method: Method,
    /// Which percentile, 0 to 100, for the method `percentile`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percentile: Option<f64>,
    /// The bands wanted, by role.
    pub bands: Vec<String>,
    /// One image of everything, or one a month, a season or a year.
    #[serde(default)]
    pub per: Every,
}

/// How the looks of a pixel become one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The middle one.
    Median,
    /// The mean.
    Mean,
    /// A percentile.
    Percentile,
    /// All bands of the greenest date.
    MaximumNdvi,
    /// All bands of the last clear date.
    MostRecent,
    /// How many dates are clear: one band, `count`.
    Count,
}

/// What one image is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// All dates.
    #[default]
    All,
    /// Those of a month.
    Month,
    /// Those of a season, December with the winter that follows.
    Season,
    /// Those of a year.
    Year,
}

/// One image from scenes side by side: the first one that has a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mosaic {
    /// An input.
    pub of: String,
    /// The bands wanted, by role.
    pub bands: Vec<String>,
}

/// An index people know by its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// A step, or an input of one image.
    pub of: String,
    /// `ndvi`, `evi`, `savi`, `ndwi`, `mndwi`, `ndbi`, `bsi`, `nbr`, `ndsi` …
    pub name: String,
}

/// A formula over named bands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expression {
    /// A step, or an input of one image.
    pub of: String,
    /// Such as `(nir - red) / (nir + red)`.
    pub formula: String,
}

/// Relief from heights in metres.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terrain {
    /// A step, or an input of one image.
    pub of: String,
    /// The band of heights.
    pub band: String,
    /// `hillshade`, `slope` or `aspect`.
    pub product: String,
}

/// The operation of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Operation<'step> {
    /// See [`Composite`].
    Composite(&'step Composite),
    /// See [`Mosaic`].
    Mosaic(&'step Mosaic),
    /// See [`Index`].
    Index(&'step Index),
    /// See [`Expression`].
    Expression(&'step Expression),
    /// See [`Terrain`].
    Terrain(&'step Terrain),
}

/// Their words, for messages.
const WORDS: &str = "composite, mosaic, index, expression, terrain";

impl Step {
    /// The one operation.
    ///
    /// # Errors
    /// In words, when there is none, or two, or one is not whole.
    pub fn operation(&self) -> Result<Operation<'_>, String> {
        let all = [
            self.composite.as_ref().map(Operation::Composite),
            self.mosaic.as_ref().map(Operation::Mosaic),
            self.index.as_ref().map(Operation::Index),
            self.expression.as_ref().map(Operation::Expression),
            self.terrain.as_ref().map(Operation::Terrain),
        ];
        let mut given = all.into_iter().flatten();
        let name = &self.name;
        let operation = match (given.next(), given.next()) {
            (None, _) => {
                return Err(format!(
                    "the step “{name}” does nothing; give one of {WORDS}"
                ));
            }
            (Some(one), Some(other)) => {
                let (one, other) = (one.word(), other.word());
                return Err(format!(
                    "the step “{name}” has both {one} and {other}; make two steps of it"
                ));
            }
            (Some(operation), None) => operation,
        };
        operation.check().map(|()| operation)
    }
}

impl<'step> Operation<'step> {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Composite(_) => "composite",
            Self::Mosaic(_) => "mosaic",
            Self::Index(_) => "index",
            Self::Expression(_) => "expression",
            Self::Terrain(_) => "terrain",
        }
    }

    /// The input or step it works on.
    pub fn of(self) -> &'step str {
        match self {
            Self::Composite(composite) => &composite.of,
            Self::Mosaic(mosaic) => &mosaic.of,
            Self::Index(index) => &index.of,
            Self::Expression(expression) => &expression.of,
            Self::Terrain(terrain) => &terrain.of,
        }
    }

    fn check(self) -> Result<(), String> {
        match self {
            Self::Composite(composite) => check_percentile(composite),
            Self::Expression(expression) => {
                raster::expression::Expression::parse(&expression.formula)
                    .map(|_| ())
                    .map_err(|error| error.to_string())
            }
            Self::Terrain(terrain) => {
                let known = ["hillshade", "slope", "aspect"];
                if known.contains(&terrain.product.as_str()) {
                    return Ok(());
                }
                Err(near::unknown(
                    &terrain.product,
                    &known,
                    "a product of terrain",
                ))
            }
            Self::Mosaic(_) | Self::Index(_) => Ok(()),
        }
    }
}

fn check_percentile(composite: &Composite) -> Result<(), String> {
    match (composite.method, composite.percentile) {
        (Method::Percentile, None) => Err("say which `percentile`, 0 to 100".to_owned()),
        (Method::Percentile, Some(share)) if !(0.0..=100.0).contains(&share) => Err(format!(
            "a percentile of {share} makes no sense; give a number from 0 to 100"
        )),
        (Method::Percentile, Some(_)) | (_, None) => Ok(()),
        (_, Some(_)) => Err("`percentile` goes with the method `percentile` only".to_owned()),
    }
}
