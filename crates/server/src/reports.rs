//! `/api/v1/reports`: what villagers pin, and what officials do about it.

mod body;
mod read;
mod send;
mod work;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;
use crate::villager::multipart;

/// The routes of this module.
pub fn routes() -> OpenApiRouter<AppState> {
    let upload = OpenApiRouter::new()
        .routes(routes!(send::put))
        .layer(DefaultBodyLimit::max(multipart::BODY_LIMIT));
    OpenApiRouter::new()
        .routes(routes!(read::list))
        .routes(routes!(read::detail))
        .routes(routes!(read::photo))
        .routes(routes!(read::thumbnail))
        .routes(routes!(work::add_event))
        .merge(upload)
}
