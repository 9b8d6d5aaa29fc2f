//! The processes there are, and one of them in full.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use jobs::recipe::{Output, Recipe, Shipped};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::ANY;
use super::exception::{no_such_process, wrong_input};
use crate::language::{Language, Speaks};
use crate::ogc::{Link, base};
use crate::problem::Problem;
use crate::recipes::Head;
use crate::state::AppState;

/// Processes a page, as the standard has it.
const PAGE: usize = 100;
const PAGE_MOST: usize = 1000;

/// `processSummary.yaml`.
#[derive(Debug, Serialize)]
struct Summary {
    id: String,
    version: &'static str,
    title: String,
    description: String,
    #[serde(rename = "jobControlOptions")]
    job_control: [&'static str; 2],
    #[serde(rename = "outputTransmission")]
    transmission: [&'static str; 1],
    links: Vec<Link>,
}

/// `process.yaml`.
#[derive(Debug, Serialize)]
pub struct Description {
    #[serde(flatten)]
    summary: Summary,
    inputs: Value,
    outputs: Map<String, Value>,
}

/// `processList.yaml`.
#[derive(Debug, Serialize)]
pub struct Processes {
    processes: Vec<Summary>,
    links: Vec<Link>,
}

#[derive(Debug, Deserialize)]
pub struct ListQuery {
    limit: Option<String>,
    /// How many come before: our own, in the links to the next page.
    #[serde(default)]
    skip: usize,
}

/// How many are wanted: from 1 to `most`, `usual` without a word.
pub fn limit(text: Option<&str>, usual: usize, most: usize) -> Result<usize, Problem> {
    let Some(text) = text else {
        return Ok(usual);
    };
    match text.parse() {
        Ok(limit) if limit >= 1 => Ok(most.min(limit)),
        _ => Err(wrong_input(
            format!("limit 须为 1 到 {most} 的整数，不能是“{text}”。"),
            format!("limit must be a whole number from 1 to {most}, not “{text}”."),
        )),
    }
}

/// GET `/ogc/processes`.
pub async fn list(
    State(state): State<AppState>,
    Speaks(language): Speaks,
    headers: HeaderMap,
    Query(query): Query<ListQuery>,
) -> Result<Json<Processes>, Problem> {
    let base = base(&state, &headers);
    let limit = limit(query.limit.as_deref(), PAGE, PAGE_MOST)?;
    let all: Vec<Summary> = all(state.recipes)
        .map(|process| process.summary(&base, language))
        .collect();
    let mut links = vec![Link::json(format!("{base}/processes"), "self", "")];
    let after = query.skip.saturating_add(limit);
    if after < all.len() {
        let next = format!("{base}/processes?limit={limit}&skip={after}");
        links.push(Link::json(next, "next", ""));
    }
    Ok(Json(Processes {
        processes: all.into_iter().skip(query.skip).take(limit).collect(),
        links,
    }))
}

/// GET `/ogc/processes/{id}`.
pub async fn one(
    State(state): State<AppState>,
    Speaks(language): Speaks,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<Description>, Problem> {
    let process = find(state.recipes, &id)?;
    Ok(Json(Description {
        summary: process.summary(&base(&state, &headers), language),
        inputs: process.inputs(language),
        outputs: process.outputs(),
    }))
}

/// A process: a recipe of the program, or any.
#[derive(Debug, Clone, Copy)]
pub enum Process {
    Any,
    Shipped(&'static Shipped),
}

fn all(recipes: &'static [Shipped]) -> impl Iterator<Item = Process> {
    recipes.iter().map(Process::Shipped).chain([Process::Any])
}

/// The process of an id.
pub fn find(recipes: &'static [Shipped], id: &str) -> Result<Process, Problem> {
    all(recipes)
        .find(|process| process.id() == id)
        .ok_or_else(|| no_such_process(id))
}

impl Process {
    fn id(self) -> &'static str {
        match self {
            Self::Any => ANY,
            Self::Shipped(recipe) => recipe.id,
        }
    }

    fn summary(self, base: &str, language: Language) -> Summary {
        let (title, description) = match self {
            Self::Any => (
                language.pick("运行配方", "Run a recipe").to_owned(),
                language
                    .pick(
                        "运行任意配方（YAML）。结果按配方中的名称给出，均为引用。",
                        "Runs any recipe (YAML). The results bear the names of the recipe's outputs; each is a reference.",
                    )
                    .to_owned(),
            ),
            Self::Shipped(recipe) => {
                let head = Head::of(recipe.text);
                let pick = |zh: String, en: String| match language {
                    Language::En if !en.is_empty() => en,
                    _ => zh,
                };
                (
                    pick(head.title.zh, head.title.en),
                    pick(head.description.zh, head.description.en),
                )
            }
        };
        let id = self.id();
        let execution = "http://www.opengis.net/def/rel/ogc/1.0/execute";
        Summary {
            id: id.to_owned(),
            version: env!("CARGO_PKG_VERSION"),
            title,
            description,
            job_control: ["async-execute", "dismiss"],
            transmission: ["reference"],
            links: vec![
                Link::json(format!("{base}/processes/{id}"), "self", ""),
                Link::json(format!("{base}/processes/{id}/execution"), execution, ""),
            ],
        }
    }

    fn inputs(self, language: Language) -> Value {
        match self {
            Self::Any => json!({
                "recipe": {
                    "title": language.pick("配方", "Recipe"),
                    "description": language.pick(
                        "YAML 文本；JSON Schema 见 /api/v1/recipes/schema。",
                        "The YAML text; its JSON Schema is at /api/v1/recipes/schema.",
                    ),
                    "minOccurs": 1,
                    "maxOccurs": 1,
                    "schema": { "type": "string", "contentMediaType": "application/yaml" },
                },
            }),
            Self::Shipped(_) => json!({
                "area": {
                    "title": language.pick("地区", "Area"),
                    "description": language.pick("统计用区划代码。", "Its code (统计用区划代码)."),
                    "minOccurs": 1,
                    "maxOccurs": 1,
                    "schema": { "type": "string" },
                },
                "from": day(language.pick("起始日期", "First day"), language),
                "to": day(language.pick("结束日期", "Last day"), language),
            }),
        }
    }

    /// By the names under which the recipe keeps them; those of any recipe nobody knows before.
    fn outputs(self) -> Map<String, Value> {
        let Self::Shipped(recipe) = self else {
            return Map::new();
        };
        let recipe = Recipe::read(recipe.text);
        let kept = recipe.map(|recipe| recipe.outputs).unwrap_or_default();
        let output = |output: &Output| {
            let kind = output.kind().ok()?.word();
            let schema = json!({ "type": "object", "contentMediaType": media_type(kind) });
            Some((
                output.id.clone(),
                json!({ "title": output.id, "schema": schema }),
            ))
        };
        kept.iter().filter_map(output).collect()
    }
}

fn day(title: &str, language: Language) -> Value {
    json!({
        "title": title,
        "description": language.pick(
            "影像的日期；不填则按配方。",
            "Of the images; the recipe's own when left out.",
        ),
        "minOccurs": 0,
        "maxOccurs": 1,
        "schema": { "type": "string", "format": "date" },
    })
}

/// What a reference to an output of a kind leads to.
pub fn media_type(kind: &str) -> &'static str {
    match kind {
        "table" => "text/csv",
        // TileJSON.
        _ => "application/json",
    }
}
