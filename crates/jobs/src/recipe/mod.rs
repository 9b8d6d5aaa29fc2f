//! What a planner writes: inputs, steps and outputs, in YAML.
//!
//! [`Recipe::read`] refuses what it does not know, with the line, the key and the nearest word it
//! knows; [`schema`] is the same as JSON Schema (`data/recipes/schema.json`), for editors.

mod error;
mod input;
pub(crate) mod near;
mod output;
mod place;
mod shipped;
mod step;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};

pub use self::error::RecipeError;
pub use self::input::{BandMask, File, Input, Mask, MaskField, Scenes, Stac};
pub use self::output::{
    Contours, Layer, Minimum, Output, OutputKind, Parcels, Patches, Picture, Polygons, Side, Table,
    Threshold, Zones,
};
pub use self::place::line_of;
pub use self::shipped::{Shipped, shipped};
pub use self::step::{
    Blend, Change, Class, Classify, Composite, Every, Expression, Index, Mast, Measure, Method,
    Mosaic, Operation, Relief, Rule, Step, Terrain, Thresholds, Viewshed,
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
    /// What it is good for, in a sentence.
    #[serde(default)]
    pub description: Title,
    /// The code of the area the work is for (统计用区划代码): its bounds are worked on. Without one,
    /// all of the inputs.
    #[serde(default)]
    pub area: Option<String>,
    /// Images, by the names that steps call them.
    pub inputs: BTreeMap<String, Input>,
    /// The grid of the results; by default the commonest CRS of the inputs and the finest resolution of the bands used.
    #[serde(default)]
    pub grid: Grid,
    /// What is made of the inputs.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// What is kept.
    pub outputs: Vec<Output>,
}

/// A text in two languages.
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

/// A grid.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Grid {
    /// `EPSG:32648`; the commonest of the inputs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crs: Option<String>,
    /// The side of a pixel in the CRS's unit, metres for most; the finest of the bands used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<f64>,
    /// How images of measurements are brought onto it; classes take the nearest pixel.
    pub resampling: Resampling,
}

/// How a value between pixels is made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Resampling {
    /// The nearest pixel.
    Nearest,
    /// From 2 × 2 pixels.
    #[default]
    Bilinear,
    /// From 4 × 4 pixels.
    Cubic,
    /// The mean of what lies under a pixel.
    Average,
}

impl Recipe {
    /// Reads a recipe and checks what can be checked without looking at images.
    ///
    /// # Errors
    /// [`RecipeError`] with the line and the key.
    pub fn read(text: &str) -> Result<Self, RecipeError> {
        let recipe: Self =
            serde_yaml_ng::from_str(text).map_err(|error| error::explain(text, &error))?;
        recipe.check().map_err(|error| error.located(text))?;
        Ok(recipe)
    }

    fn check(&self) -> Result<(), RecipeError> {
        if !is_slug(&self.recipe) {
            let why = format!(
                "“{}” is no name; use a-z, 0-9 and -, at most 63 of them",
                self.recipe
            );
            return Err(RecipeError::wrong("recipe", &why));
        }
        for (name, input) in &self.inputs {
            let wrong = |(member, why): (&str, String)| {
                RecipeError::wrong(&format!("inputs.{name}{member}"), &why)
            };
            input.check().map_err(wrong)?;
        }
        self.check_steps()?;
        self.check_outputs()
    }

    /// The bands of an input that are named somewhere; `None` where something takes what there is.
    pub(crate) fn bands_named(&self, input: &str) -> Option<BTreeSet<&str>> {
        let mut named = BTreeSet::new();
        for step in &self.steps {
            let operation = step.operation().ok()?;
            if operation.of().iter().any(|(_, of)| *of == input) {
                named.extend(operation.bands()?);
            }
        }
        let mut outputs = self.outputs.iter().map(Output::kind);
        let whole = outputs.any(|kind| kind.is_ok_and(|kind| kind.of() == Some(input)));
        (!whole).then_some(named)
    }

    fn check_steps(&self) -> Result<(), RecipeError> {
        let mut known: Vec<&str> = self.inputs.keys().map(String::as_str).collect();
        for (place, step) in self.steps.iter().enumerate() {
            let key = format!("steps[{place}]");
            let operation = step
                .operation()
                .map_err(|why| RecipeError::wrong(&key, &why))?;
            for (member, of) in operation.of() {
                refer(&format!("{key}.{}.{member}", operation.word()), of, &known)?;
            }
            if known.contains(&step.name.as_str()) {
                let why = format!("the name “{}” is taken; choose another", step.name);
                return Err(RecipeError::wrong(&format!("{key}.name"), &why));
            }
            known.push(&step.name);
        }
        Ok(())
    }

    fn check_outputs(&self) -> Result<(), RecipeError> {
        let inputs = self.inputs.keys().map(String::as_str);
        let known: Vec<&str> = inputs
            .chain(self.steps.iter().map(|step| step.name.as_str()))
            .collect();
        let mut taken = Vec::new();
        for (place, output) in self.outputs.iter().enumerate() {
            let key = format!("outputs[{place}]");
            let kind = output
                .kind()
                .map_err(|why| RecipeError::wrong(&key, &why))?;
            let key = format!("{key}.{}", kind.word());
            if let Some(of) = kind.of() {
                refer(&format!("{key}.of"), of, &known)?;
            }
            let id = output.id.as_str();
            let wrong = |why: String| RecipeError::wrong(&format!("outputs[{place}].id"), &why);
            if !is_slug(id) {
                return Err(wrong(format!(
                    "“{id}” is no name of an output; use a-z, 0-9 and -, at most 63 of them"
                )));
            }
            if taken.contains(&id) {
                return Err(wrong(format!(
                    "the name “{id}” is taken by another output; choose another"
                )));
            }
            taken.push(id);
        }
        if self.outputs.is_empty() {
            return Err(RecipeError::wrong(
                "outputs",
                "nothing is kept; name at least one output",
            ));
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

/// What may be part of an address.
fn is_slug(name: &str) -> bool {
    let plain = |letter: char| matches!(letter, 'a'..='z' | '0'..='9' | '-');
    (1..=63).contains(&name.len()) && name.chars().all(plain) && !name.starts_with('-')
}

/// The one member that is there, of all that there may be; in words when there is none, or two.
fn only<T>(
    what: &str,
    words: &str,
    given: impl IntoIterator<Item = Option<(&'static str, T)>>,
) -> Result<T, String> {
    let mut given = given.into_iter().flatten();
    match (given.next(), given.next()) {
        (Some((_, one)), None) => Ok(one),
        (None, _) => Err(format!("{what} does nothing; give one of {words}")),
        (Some((one, _)), Some((other, _))) => {
            Err(format!("{what} has both {one} and {other}; make two of it"))
        }
    }
}

/// The JSON Schema of recipes.
pub fn schema() -> Schema {
    schemars::schema_for!(Recipe)
}
