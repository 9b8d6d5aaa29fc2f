//! A process is executed: its recipe, filled in, becomes a job.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse as _, Response};
use chrono::NaiveDate;
use jobs::recipe::Recipe;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::describe::{Process, find};
use super::exception::wrong_input;
use super::status::{self, StatusInfo};
use crate::ogc::base;
use crate::problem::Problem;
use crate::recipes::accept;
use crate::session::Planner;
use crate::state::AppState;

/// `execute.yaml`, as far as it says anything here: outputs are always references.
#[derive(Debug, Deserialize)]
pub struct Execute {
    #[serde(default)]
    inputs: Map<String, Value>,
}

/// POST `/ogc/processes/{id}/execution`: always asynchronous, as the description says.
pub async fn execute(
    State(state): State<AppState>,
    Planner(person): Planner,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(wanted): Json<Execute>,
) -> Result<Response, Problem> {
    let inputs = Inputs(wanted.inputs);
    let text = match find(state.recipes, &id)? {
        Process::Any => {
            inputs.only(&["recipe"])?;
            inputs.needed("recipe")?.to_owned()
        }
        Process::Shipped(recipe) => {
            inputs.only(&["area", "from", "to"])?;
            filled(recipe.text, &inputs)?
        }
    };
    accept(&state, &person.scope, &text).await?;
    let account = person.account.id;
    let job = state.intake.send(&text, &person.scope, account).await?;
    tracing::info!(account, %job, process = id, "a job was sent");
    let body: StatusInfo = status::of_one(&state, &person, job, &headers).await?;
    let applied = HeaderName::from_static("preference-applied");
    let place = format!("{}/jobs/{job}", base(&state, &headers));
    Ok((
        StatusCode::CREATED,
        [(LOCATION, place), (applied, "respond-async".to_owned())],
        Json(body),
    )
        .into_response())
}

/// The recipe with its area, and with the dates of its scenes where they are given.
fn filled(text: &str, inputs: &Inputs) -> Result<String, Problem> {
    let mut recipe = Recipe::read(text).map_err(|error| Problem::internal(&error))?;
    recipe.area = Some(inputs.needed("area")?.to_owned());
    let (from, to) = (inputs.day("from")?, inputs.day("to")?);
    let scenes = recipe.inputs.values_mut();
    for scenes in scenes.filter_map(|input| input.scenes.as_mut()) {
        scenes.from = from.or(scenes.from);
        scenes.to = to.or(scenes.to);
        if scenes.from > scenes.to && scenes.to.is_some() {
            return Err(wrong_input(
                "结束日期早于起始日期。".to_owned(),
                "The last day lies before the first.".to_owned(),
            ));
        }
    }
    serde_yaml_ng::to_string(&recipe).map_err(|error| Problem::internal(&error))
}

struct Inputs(Map<String, Value>);

impl Inputs {
    fn only(&self, known: &[&str]) -> Result<(), Problem> {
        match self.0.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => Err(wrong_input(
                format!("没有输入“{name}”，可用：{}。", known.join("、")),
                format!(
                    "There is no input “{name}”; there are: {}.",
                    known.join(", ")
                ),
            )),
        }
    }

    /// A text, written as it is or as a qualified value.
    fn text(&self, name: &str) -> Result<Option<&str>, Problem> {
        let Some(given) = self.0.get(name) else {
            return Ok(None);
        };
        let value = given.get("value").unwrap_or(given);
        value.as_str().map(Some).ok_or_else(|| {
            wrong_input(
                format!("输入“{name}”须为文本。"),
                format!("The input “{name}” must be a string."),
            )
        })
    }

    fn needed(&self, name: &str) -> Result<&str, Problem> {
        self.text(name)?.ok_or_else(|| {
            wrong_input(
                format!("缺少输入“{name}”。"),
                format!("The input “{name}” is missing."),
            )
        })
    }

    fn day(&self, name: &str) -> Result<Option<NaiveDate>, Problem> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_no_day| {
            wrong_input(
                format!("输入“{name}”须为日期（如 2024-06-01），不能是“{text}”。"),
                format!("The input “{name}” must be a day such as 2024-06-01, not “{text}”."),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const RECIPE: &str = "\
recipe: season-mosaic
inputs:
  season:
    scenes: { from: 2024-06-01, to: 2024-09-30 }
steps:
  - name: clear
    mosaic: { of: season, bands: [red] }
outputs:
  - id: clear
    layer: { of: clear, band: red }
";

    fn inputs(value: Value) -> Inputs {
        let Value::Object(inputs) = value else {
            panic!("an object");
        };
        Inputs(inputs)
    }

    #[test]
    fn a_recipe_is_filled_in_and_stays_a_recipe() {
        let given = inputs(json!({ "area": "511725104", "to": { "value": "2025-01-31" } }));
        let recipe = Recipe::read(&filled(RECIPE, &given).unwrap()).unwrap();
        assert_eq!(recipe.area.as_deref(), Some("511725104"));
        let scenes = recipe.inputs["season"].scenes.as_ref().unwrap();
        assert_eq!(scenes.from, NaiveDate::from_ymd_opt(2024, 6, 1));
        assert_eq!(scenes.to, NaiveDate::from_ymd_opt(2025, 1, 31));
        let turned = inputs(json!({ "area": "511725104", "to": "2024-05-31" }));
        assert!(filled(RECIPE, &turned).is_err());
    }
}
