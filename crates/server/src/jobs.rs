//! `/api/v1/jobs`: how far the imagery work is, for planners and administrators.
//!
//! A planner sees the jobs of the areas under theirs; the store decides which those are.

mod body;
mod change;
mod events;
mod feed;
mod intake;
mod read;
mod send;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use change::forget;
pub use feed::Feed;
pub use intake::Intake;

use crate::state::AppState;

/// The routes of this module.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(read::list, send::send))
        .routes(routes!(send::estimate))
        .routes(routes!(read::detail, change::remove))
        .routes(routes!(read::chunks))
        .routes(routes!(read::log))
        .routes(routes!(read::output))
        .routes(routes!(change::cancel))
        .routes(routes!(change::retry))
        .routes(routes!(events::all))
        .routes(routes!(events::one))
}
