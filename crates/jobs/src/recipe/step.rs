//! What is made of the inputs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{near, only};

/// A step: its name, and exactly one operation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// How two images differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    /// Classes by thresholds or rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classify: Option<Classify>,
    /// Relief from heights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terrain: Option<Terrain>,
    /// What masts see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub viewshed: Option<Viewshed>,
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

/// One image from scenes side by side or overlapping.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mosaic {
    /// An input.
    pub of: String,
    /// The bands wanted, by role.
    pub bands: Vec<String>,
    /// What happens where scenes overlap.
    #[serde(default)]
    pub blend: Blend,
    /// Over how many metres from a scene's edge the next one fades in, with `feather`.
    #[serde(default = "feather_m")]
    pub feather_m: f64,
    /// Brings the scenes' brightness together where they overlap.
    #[serde(default)]
    pub balance: bool,
}

/// What happens where scenes overlap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Blend {
    /// The first scene that has a value.
    #[default]
    First,
    /// From one to the other, by the distance to their edges.
    Feather,
}

fn feather_m() -> f64 {
    1000.0
}

/// An index people know by its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// A step, or an input: then one image a date.
    pub of: String,
    /// `ndvi`, `evi`, `savi`, `ndwi`, `mndwi`, `ndbi`, `bsi`, `nbr`, `ndsi` …
    pub name: String,
}

/// A formula over named bands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expression {
    /// A step, or an input: then one image a date.
    pub of: String,
    /// Such as `where(nir > 0.1, (nir - red) / (nir + red), -1)`.
    pub formula: String,
    /// What its band is called; the step's name without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band: Option<String>,
}

/// How two images differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// A step, or an input of one date.
    pub before: String,
    /// A step, or an input of one date.
    pub after: String,
    /// How it is measured.
    #[serde(default)]
    pub measure: Measure,
    /// The bands compared: one, or several for `magnitude`. All that both have, without.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bands: Vec<String>,
}

/// How change is measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// After − before.
    #[default]
    Difference,
    /// After / before.
    Ratio,
    /// The length of the vector from before to after over all bands.
    Magnitude,
}

/// Classes: exactly one of `thresholds`, `rules` and `water`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Classify {
    /// A step, or an input: then one image a date.
    pub of: String,
    /// By where one value lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thresholds: Option<Thresholds>,
    /// By the first row that is true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<Vec<Rule>>,
    /// The class where no row is true; no data without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<Class>,
    /// Open water, from `green`, `nir` and `swir16` where there is one.
    #[serde(default)]
    pub water: bool,
}

/// Classes between breaks of one value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// A band or a formula.
    pub value: String,
    /// Rising.
    pub breaks: Vec<f32>,
    /// One more than breaks, from the lowest.
    pub classes: Vec<Class>,
}

/// A row of a decision table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// A condition over bands, such as `nir < 0.15 and green > nir`.
    pub when: String,
    /// Its class.
    pub class: Class,
}

/// One class of a map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// The stored number, 1 to 255.
    pub code: u8,
    /// Chinese name.
    pub zh: String,
    /// English name.
    #[serde(default)]
    pub en: String,
    /// `#rrggbb`.
    pub colour: String,
}

/// Relief from heights in metres.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terrain {
    /// A step, or an input of one image.
    pub of: String,
    /// The band of heights.
    pub band: String,
    /// Which product.
    pub product: Relief,
}

/// A product of heights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relief {
    /// Light from the north-west, 1 to 255.
    Hillshade,
    /// Degrees.
    Slope,
    /// Degrees from north, clockwise, downhill.
    Aspect,
}

/// What masts see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Viewshed {
    /// A step, or an input of one image.
    pub of: String,
    /// The band of heights.
    pub band: String,
    /// Those that look around.
    pub masts: Vec<Mast>,
    /// Metres above the ground that must be seen: 2 for a person, 6 for a roof.
    #[serde(default = "target_m")]
    pub target_height_m: f64,
    /// The share of the earth's curvature that remains: 0.857 for light, 0.75 for radio.
    #[serde(default = "radio")]
    pub curvature: f64,
}

fn target_m() -> f64 {
    2.0
}

fn radio() -> f64 {
    0.75
}

/// Somebody or something that looks around.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mast {
    /// Degrees.
    pub longitude: f64,
    /// Degrees.
    pub latitude: f64,
    /// Metres above the ground.
    pub height_m: f64,
    /// How far it reaches, metres.
    pub range_m: f64,
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
    /// See [`Change`].
    Change(&'step Change),
    /// See [`Classify`].
    Classify(&'step Classify),
    /// See [`Terrain`].
    Terrain(&'step Terrain),
    /// See [`Viewshed`].
    Viewshed(&'step Viewshed),
}

/// Their words, for messages.
const WORDS: &str = "composite, mosaic, index, expression, change, classify, terrain, viewshed";

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
            self.change.as_ref().map(Operation::Change),
            self.classify.as_ref().map(Operation::Classify),
            self.terrain.as_ref().map(Operation::Terrain),
            self.viewshed.as_ref().map(Operation::Viewshed),
        ];
        let what = format!("the step “{}”", self.name);
        let named = all.map(|given| given.map(|operation| (operation.word(), operation)));
        let operation = only(&what, WORDS, named)?;
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
            Self::Change(_) => "change",
            Self::Classify(_) => "classify",
            Self::Terrain(_) => "terrain",
            Self::Viewshed(_) => "viewshed",
        }
    }

    /// The inputs or steps it works on, each with the key it stands under.
    pub fn of(self) -> Vec<(&'static str, &'step str)> {
        match self {
            Self::Composite(composite) => vec![("of", &composite.of)],
            Self::Mosaic(mosaic) => vec![("of", &mosaic.of)],
            Self::Index(index) => vec![("of", &index.of)],
            Self::Expression(expression) => vec![("of", &expression.of)],
            Self::Change(change) => vec![("before", &change.before), ("after", &change.after)],
            Self::Classify(classify) => vec![("of", &classify.of)],
            Self::Terrain(terrain) => vec![("of", &terrain.of)],
            Self::Viewshed(viewshed) => vec![("of", &viewshed.of)],
        }
    }

    /// The bands it names; `None` where it takes what there is.
    pub fn bands(self) -> Option<Vec<&'step str>> {
        fn all(bands: &[String]) -> Vec<&str> {
            bands.iter().map(String::as_str).collect()
        }
        match self {
            Self::Composite(composite) => {
                let greenest = composite.method == Method::MaximumNdvi;
                let index = greenest.then_some(["nir", "red"]).into_iter().flatten();
                Some(all(&composite.bands).into_iter().chain(index).collect())
            }
            Self::Mosaic(mosaic) => Some(all(&mosaic.bands)),
            Self::Terrain(terrain) => Some(vec![&terrain.band]),
            Self::Viewshed(viewshed) => Some(vec![&viewshed.band]),
            Self::Index(_) | Self::Expression(_) | Self::Change(_) | Self::Classify(_) => None,
        }
    }

    fn check(self) -> Result<(), String> {
        match self {
            Self::Composite(composite) => composite.check(),
            Self::Mosaic(mosaic) if !(mosaic.feather_m > 0.0 && mosaic.feather_m <= 100_000.0) => {
                Err(format!(
                    "feather_m is {}; give metres above 0",
                    mosaic.feather_m
                ))
            }
            Self::Index(index) => {
                let known: Vec<&str> = raster::index::names().collect();
                if raster::index::preset(&index.name).is_some() {
                    return Ok(());
                }
                Err(near::unknown(&index.name, &known, "an index"))
            }
            Self::Expression(expression) => formula(&expression.formula),
            Self::Classify(classify) => classify.check(),
            Self::Viewshed(viewshed) if viewshed.masts.is_empty() => {
                Err("there is no mast; give at least one".to_owned())
            }
            Self::Mosaic(_) | Self::Change(_) | Self::Terrain(_) | Self::Viewshed(_) => Ok(()),
        }
    }
}

impl Composite {
    fn check(&self) -> Result<(), String> {
        match (self.method, self.percentile) {
            (Method::Percentile, None) => Err("say which `percentile`, 0 to 100".to_owned()),
            (Method::Percentile, Some(share)) if !(0.0..=100.0).contains(&share) => Err(format!(
                "a percentile of {share} makes no sense; give a number from 0 to 100"
            )),
            (Method::Percentile, Some(_)) | (_, None) => Ok(()),
            (_, Some(_)) => Err("`percentile` goes with the method `percentile` only".to_owned()),
        }
    }
}

impl Classify {
    fn check(&self) -> Result<(), String> {
        only(
            "classify",
            "thresholds, rules, water",
            [
                self.thresholds.as_ref().map(|_| ("thresholds", ())),
                self.rules.as_ref().map(|_| ("rules", ())),
                self.water.then_some(("water", ())),
            ],
        )?;
        if self.otherwise.is_some() && self.rules.is_none() {
            return Err("`otherwise` goes with `rules` only".to_owned());
        }
        Ok(())
    }
}

fn formula(text: &str) -> Result<(), String> {
    let parsed = raster::expression::Expression::parse(text);
    parsed.map(|_| ()).map_err(|error| error.to_string())
}
