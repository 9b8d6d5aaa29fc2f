//! `/health`: for whoever watches over the program.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::{Problem, ProblemBody};
use crate::state::AppState;

/// The routes of this module.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(live))
        .routes(routes!(ready))
}

/// The process answers.
#[utoipa::path(get, path = "/health/live", tag = "health", responses(
    (status = 200, description = "The process answers", body = String, content_type = "text/plain"),
))]
async fn live() -> &'static str {
    "live\n"
}

/// The database answers too.
#[utoipa::path(get, path = "/health/ready", tag = "health", responses(
    (status = 200, description = "Requests can be served", body = String, content_type = "text/plain"),
    (status = 503, description = "`not-ready`: the database does not answer", body = ProblemBody, content_type = "application/problem+json"),
))]
async fn ready(State(state): State<AppState>) -> Result<impl IntoResponse, Problem> {
    state.store.ready().await?;
    Ok((StatusCode::OK, "ready\n"))
}
