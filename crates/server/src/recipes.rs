//! `/api/v1/recipes`: the recipes that come with the program, and what is wrong with one.

mod accept;
mod mistake;
mod place;
mod words;

use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use jobs::recipe::{Shipped, Title, schema};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use self::accept::accept;
use crate::state::AppState;

/// The routes of this module.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(describe))
}

/// What a recipe says of itself.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Head {
    /// Its name.
    pub recipe: String,
    /// What people see in lists.
    pub title: Title,
    /// What it is for.
    pub description: Title,
}

impl Head {
    /// The head of a recipe; empty of one that cannot be read.
    pub fn of(text: &str) -> Self {
        serde_yaml_ng::from_str(text).unwrap_or_default()
    }
}

/// The recipes that come with the program.
#[derive(Debug, Serialize, ToSchema)]
struct RecipesBody {
    /// In the order in which a planner meets them.
    recipes: Vec<RecipeBody>,
}

/// A recipe that comes with the program.
#[derive(Debug, Serialize, ToSchema)]
struct RecipeBody {
    /// The name of its file.
    #[schema(example = "season-mosaic")]
    id: String,
    /// Chinese title.
    title_zh: String,
    /// English title; may be empty.
    title_en: String,
    /// What it is for, in Chinese; may be empty.
    description_zh: String,
    /// What it is for, in English; may be empty.
    description_en: String,
    /// The YAML, with comments.
    text: String,
}

impl From<&Shipped> for RecipeBody {
    fn from(shipped: &Shipped) -> Self {
        let Head {
            title, description, ..
        } = Head::of(shipped.text);
        Self {
            id: shipped.id.to_owned(),
            title_zh: title.zh,
            title_en: title.en,
            description_zh: description.zh,
            description_en: description.en,
            text: shipped.text.to_owned(),
        }
    }
}

/// The recipes that come with the program.
#[utoipa::path(get, path = "/api/v1/recipes", operation_id = "list_recipes", tag = "jobs", responses(
    (status = 200, description = "The recipes", body = RecipesBody),
))]
async fn list(State(state): State<AppState>) -> Json<RecipesBody> {
    Json(RecipesBody {
        recipes: state.recipes.iter().map(RecipeBody::from).collect(),
    })
}

/// The JSON Schema of recipes, for editors.
#[utoipa::path(get, path = "/api/v1/recipes/schema", operation_id = "recipe_schema", tag = "jobs", responses(
    (status = 200, description = "JSON Schema 2020-12", body = Object, content_type = "application/schema+json"),
))]
async fn describe() -> Response {
    let headers = [
        (CONTENT_TYPE, "application/schema+json"),
        (CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, schema().as_value().to_string()).into_response()
}
