//! `/api/v1/areas`: the places a person is responsible for.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use store::Store;
use store::area::{self, Area, Level};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::{Problem, ProblemBody};
use crate::session::SignedIn;
use crate::state::AppState;

/// The routes of this module.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list))
}

/// West, south, east, north in degrees (RFC 7946, 5).
pub type Corners = [f64; 4];

/// The corners of bounds.
pub fn corners(bounds: &grid::bounds::Bounds) -> Corners {
    [bounds.west, bounds.south, bounds.east, bounds.north]
}

/// An area by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct AreaName {
    /// 统计用区划代码.
    #[schema(example = "500234101201")]
    pub code: String,
    /// Chinese name.
    #[schema(example = "大坪村")]
    pub name_zh: String,
    /// English name; may be empty.
    pub name_en: String,
}

impl AreaName {
    /// The name of an area.
    pub fn of(area: &Area) -> Self {
        Self {
            code: area.code.clone(),
            name_zh: area.name_zh.clone(),
            name_en: area.name_en.clone(),
        }
    }
}

impl From<area::AreaName> for AreaName {
    fn from(name: area::AreaName) -> Self {
        Self {
            code: name.code,
            name_zh: name.name_zh,
            name_en: name.name_en,
        }
    }
}

/// The areas in a person's scope.
#[derive(Debug, Serialize, ToSchema)]
struct Areas {
    /// By level, then by name in Chinese order.
    areas: Vec<AreaBody>,
}

/// An area.
#[derive(Debug, Serialize, ToSchema)]
struct AreaBody {
    #[serde(flatten)]
    name: AreaName,
    /// `province`, `city`, `county`, `township`, `village` or `group`.
    #[schema(value_type = String, example = "village")]
    level: Level,
    /// Code of the area it lies in.
    parent: Option<String>,
    /// West, south, east, north in degrees.
    #[schema(value_type = Vec<f64>)]
    bounds: Corners,
    /// Ellipsoidal area in m².
    area_m2: f64,
    /// The same in hectares.
    ha: f64,
    /// The same in 亩 (10000/15 m²).
    mu: f64,
}

impl From<Area> for AreaBody {
    fn from(area: Area) -> Self {
        Self {
            name: AreaName::of(&area),
            level: area.level,
            bounds: corners(&area.bounds),
            ha: grid::area::hectares(area.area_m2),
            mu: grid::area::mu(area.area_m2),
            area_m2: area.area_m2,
            parent: area.parent,
        }
    }
}

/// The areas the account is responsible for and everything under them.
#[utoipa::path(get, path = "/api/v1/areas", operation_id = "list_areas", tag = "areas", responses(
    (status = 200, description = "The areas in scope", body = Areas),
    (status = 401, description = "`not-signed-in` or `session-expired`", body = ProblemBody, content_type = "application/problem+json"),
))]
async fn list(State(store): State<Store>, person: SignedIn) -> Result<Json<Areas>, Problem> {
    let areas = area::list(&store, &person.scope).await?;
    Ok(Json(Areas {
        areas: areas.into_iter().map(AreaBody::from).collect(),
    }))
}
