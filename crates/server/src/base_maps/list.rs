//! `/api/v1/base-maps`: which base maps of outside hosts there are for this person.

use axum::Json;
use axum::extract::State;
use axum::http::request::Parts;
use serde::Serialize;
use utoipa::ToSchema;

use super::base_map::BaseMap;
use super::config::{Audience, Look};
use super::may_see;
use crate::areas::{Corners, corners};
use crate::problem::Problem;
use crate::session::Session;
use crate::state::AppState;

/// The base maps of outside hosts somebody may see.
#[derive(Debug, Serialize, ToSchema)]
pub struct BaseMapsBody {
    /// As the administrator ordered them; none unless one was configured.
    base_maps: Vec<BaseMapBody>,
}

/// A base map of an outside host.
#[derive(Debug, Serialize, ToSchema)]
struct BaseMapBody {
    /// Slug.
    #[schema(example = "tianditu-map")]
    id: String,
    /// Chinese title.
    title_zh: String,
    /// English title; may be empty.
    title_en: String,
    /// Whether it is drawn or photographed.
    look: Look,
    /// Who may see it.
    audience: Audience,
    /// Whom to thank, with the map's approval number: to be shown with it.
    attribution: String,
    /// Path of its tiles, with `{z}`, `{x}` and `{y}` to be filled in.
    #[schema(example = "/base-maps/tianditu-map/ground/{z}/{x}/{y}")]
    tiles: String,
    /// The same of the names and lines that lie above it, if it has any.
    labels: Option<String>,
    /// Pixels of a tile's edge.
    tile_size: u16,
    /// First zoom with tiles.
    min_zoom: u8,
    /// Last zoom with tiles: beyond it, enlarge these.
    max_zoom: u8,
    /// West, south, east, north in degrees; `null` for the whole world.
    #[schema(value_type = Option<Vec<f64>>)]
    bounds: Option<Corners>,
}

/// The base maps of outside hosts that this person may see. The hosts and their keys are not told.
#[utoipa::path(get, path = "/api/v1/base-maps", operation_id = "list_base_maps", tag = "layers", responses(
    (status = 200, description = "The base maps", body = BaseMapsBody),
))]
pub async fn list(
    State(state): State<AppState>,
    parts: Parts,
) -> Result<Json<BaseMapsBody>, Problem> {
    let session = Session::of(&state, &parts.headers, &parts.extensions).await?;
    let viewer = session.viewer();
    let seen = state.base_maps.all.iter();
    let seen = seen.filter(|base_map| may_see(&viewer, base_map));
    Ok(Json(BaseMapsBody {
        base_maps: seen.map(body).collect(),
    }))
}

fn body(base_map: &BaseMap) -> BaseMapBody {
    let source = &base_map.source;
    let path = |part| format!("/base-maps/{}/{part}/{{z}}/{{x}}/{{y}}", source.id);
    BaseMapBody {
        id: source.id.clone(),
        title_zh: source.title_zh.clone(),
        title_en: source.title_en.clone(),
        look: source.look,
        audience: source.audience,
        attribution: source.attribution.clone(),
        tiles: path("ground"),
        labels: source.labels.is_some().then(|| path("labels")),
        tile_size: source.tile_size,
        min_zoom: *source.zooms.start(),
        max_zoom: *source.zooms.end(),
        bounds: source.bounds.as_ref().map(corners),
    }
}
