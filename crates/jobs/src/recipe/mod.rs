//! What a planner writes: inputs, steps and outputs, in YAML.
//!
//! [`Recipe::read`] refuses what it does not know, with the line, the key and the nearest word it
//! knows; [`schema`] is the same as JSON Schema (`data/recipes/schema.json`), for editors.

mod error;
mod near;
mod step;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};

pub use self::error::RecipeError;
pub use self::step::{
    Composite, Every, Expression, Index, Method, Mosaic, Operation, Step, Terrain,
};

/// A recipe: from inputs over steps to outputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The recipe's name: letters, digits and `-`.
    pub recipe: String,
    /// What people see in the list of jobs.
    #[serde(default)]
    pub title: Title,
    /// The code of the area the work is for (统计用区划代码): its bounds are worked on. Without one,
    /// all of the inputs.
    #[serde(default)]
    pub area: Option<String>,
    /// Images, by the names that steps call them.
    pub inputs: BTreeMap<String, Input>,
    /// The grid of the results; by default the commonest CRS and the finest resolution of the inputs.
    #[serde(default)]
    pub grid: Option<Grid>,
    /// What is made of the inputs.
    pub steps: Vec<Step>,
    /// What is kept.
    pub outputs: Vec<Output>,
}

/// A title in two languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// Chinese.
    #[serde(default)]
    pub zh: String,
    /// English.
    #[serde(default)]
    pub en: String,
}

/// Where images come from: exactly one of `scenes` and `files`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Scenes of the catalogue (`xiangtu list scenes`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenes: Option<Scenes>,
    /// GeoTIFFs, read where they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<File>>,
    /// What hides the ground.
    #[serde(default, skip_serializing_if = "Option::is_none")]
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
    /// The band of classes, for `mask`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask: Option<FileMask>,
}

/// The band of a file that tells what is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileMask {
    /// Its number, from 1.
    pub band: u16,
    /// How its numbers are read: `scl`, `fmask`, `qa_pixel`, `cloud_mask`.
    pub classes: String,
}

/// What hides the ground.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mask {
    /// Classes by name: `cloud`, `cloud_shadow`, `cirrus`, `snow`, `water` …
    pub hide: Vec<String>,
    /// How many metres around them are hidden as well.
    #[serde(default)]
    pub grow_m: f64,
}

/// A grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grid {
    /// `EPSG:32648`; the commonest of the inputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crs: Option<String>,
    /// The side of a pixel in the CRS's unit, metres for most; the finest of the inputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution_m: Option<f64>,
}

/// What is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// A layer of numbers on the map.
    pub layer: LayerOutput,
}

/// A step's result as a layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayerOutput {
    /// The step.
    pub of: String,
    /// The band of the step that is shown; its only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band: Option<String>,
    /// The layer's id, part of addresses: `a-z0-9-`.
    pub id: String,
    /// Its title.
    #[serde(default)]
    pub title: Title,
    /// `greenness`, `water`, `change` or `built-up`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<String>,
    /// `public`, `village` or `officials` (the default).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// The day it shows; the last one of its inputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<NaiveDate>,
    /// Whom to thank.
    #[serde(default)]
    pub attribution: String,
}

impl Recipe {
    /// Reads a recipe and checks what can be checked without looking at images.
    ///
    /// # Errors
    /// [`RecipeError`] with the line and the key.
    pub fn read(text: &str) -> Result<Self, RecipeError> {
        let recipe: Self =
            serde_yaml_ng::from_str(text).map_err(|error| error::explain(text, &error))?;
        recipe.check()?;
        Ok(recipe)
    }

    fn check(&self) -> Result<(), RecipeError> {
        for (name, input) in &self.inputs {
            let given = usize::from(input.scenes.is_some()) + usize::from(input.files.is_some());
            if given != 1 {
                return Err(RecipeError::wrong(
                    &format!("inputs.{name}"),
                    "give either `scenes` (of the catalogue) or `files`",
                ));
            }
        }
        let mut known: Vec<&str> = self.inputs.keys().map(String::as_str).collect();
        for (place, step) in self.steps.iter().enumerate() {
            let key = format!("steps[{place}]");
            let operation = step
                .operation()
                .map_err(|why| RecipeError::wrong(&key, &why))?;
            refer(
                &format!("{key}.{}.of", operation.word()),
                operation.of(),
                &known,
            )?;
            if known.contains(&step.name.as_str()) {
                let why = format!("the name “{}” is taken; choose another", step.name);
                return Err(RecipeError::wrong(&format!("{key}.name"), &why));
            }
            known.push(&step.name);
        }
        for (place, output) in self.outputs.iter().enumerate() {
            refer(
                &format!("outputs[{place}].layer.of"),
                &output.layer.of,
                &known,
            )?;
        }
        if self.outputs.is_empty() {
            let why = "nothing is kept; name at least one layer";
            return Err(RecipeError::wrong("outputs", why));
        }
        Ok(())
    }
}

/// A name that stands for an input or an earlier step.
fn refer(key: &str, name: &str, known: &[&str]) -> Result<(), RecipeError> {
    if known.contains(&name) {
        return Ok(());
    }
    let why = near::unknown(name, known, "an input or an earlier step");
    Err(RecipeError::wrong(key, &why))
}

/// The JSON Schema of recipes.
pub fn schema() -> Schema {
    schemars::schema_for!(Recipe)
}

/// A recipe that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shipped {
    /// The name of its file.
    pub id: &'static str,
    /// As it is written, with comments.
    pub text: &'static str,
}

/// The recipes that come with the program (`data/recipes`).
pub fn shipped() -> &'static [Shipped] {
    &[]
}
