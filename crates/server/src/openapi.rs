//! `/api/openapi.json`: the sum of what the modules contribute, so nothing is described that is
//! not there; `/api/openapi-3.0.json`: the same for older programs.

mod older;

use axum::routing::get;
use axum::{Json, Router};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::state::AppState;
use crate::{
    access, areas, base_maps, health, jobs, layers, map_tiles, patches, recipes, reports, services,
    session, statistics, styles, wmts,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Xiangtu 乡图",
        description = "Village layers as tiles, and reports pinned to their place. Errors are \
            application/problem+json with a stable `code`; their words follow Accept-Language \
            (Chinese first).",
    ),
    tags(
        (name = "session", description = "Signing in and out"),
        (name = "areas", description = "Administrative areas in an account's scope"),
        (name = "layers", description = "What can be laid on the map"),
        (name = "patches", description = "Changed pieces of land, and what was found on the spot"),
        (name = "jobs", description = "Imagery jobs; for planners and administrators"),
        (name = "tiles", description = "TileJSON 3.0, raster and vector tiles, WMTS 1.0.0"),
        (name = "styles", description = "The e-map as MapLibre styles, with its symbols and letters"),
        (name = "reports", description = "What villagers pin to the map"),
        (name = "health", description = "For whoever watches over the program"),
    ),
)]
struct Document;

/// Every documented route.
pub fn api() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(health::routes())
        .merge(session::routes())
        .merge(access::routes())
        .merge(areas::routes())
        .merge(layers::routes())
        .merge(base_maps::routes())
        .merge(statistics::routes())
        .merge(patches::routes())
        .merge(recipes::routes())
        .merge(jobs::routes())
        .merge(map_tiles::routes())
        .merge(base_maps::readable())
        .merge(styles::routes())
        .merge(wmts::routes())
        .merge(services::routes())
        .merge(reports::routes())
}

/// The OpenAPI document of this server.
pub fn document() -> utoipa::openapi::OpenApi {
    api().into_openapi()
}

/// The documented routes and the document itself.
pub fn routes() -> Router<AppState> {
    let (router, document) = api().split_for_parts();
    // A document that was made from our own types has no value that JSON does not have.
    let older = serde_json::to_value(&document).map(older::older);
    let older = older.unwrap_or_default();
    router
        .route(
            "/api/openapi.json",
            get(async move || Json(document.clone())),
        )
        .route(
            "/api/openapi-3.0.json",
            get(async move || Json(older.clone())),
        )
}
