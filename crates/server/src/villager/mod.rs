//! The pages of the villagers: server-rendered, usable without JavaScript.
//!
//! ```text
//! /m/                      what this is, the way to the form, looking a report up
//! /m/report                the form (GET), taking it (POST, multipart)
//! /m/report/{reference}    what became of it
//! /m/sent/{id}             from the phone's own id of a report to its page
//! /m/find?reference=       from a typed number to its page
//! /m/outlines.json         the villages' outlines for the small map
//! /m/assets/*              style and script
//! ```

mod assets;
mod base_map;
mod form;
mod frame;
mod home;
pub mod messages;
pub mod multipart;
mod outlines;
mod send;
mod served;
mod status;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::Redirect;
use axum::routing::get;

use crate::state::AppState;

/// Everything under `/m`.
pub fn router(state: AppState) -> Router {
    let report = get(form::show)
        .post(send::send)
        .layer(DefaultBodyLimit::max(multipart::BODY_LIMIT));
    Router::new()
        .route("/m", get(|| async { Redirect::permanent("/m/") }))
        .route("/m/", get(home::show))
        .route("/m/find", get(status::find))
        .route("/m/report", report)
        .route("/m/report/{reference}", get(status::show))
        .route("/m/sent/{id}", get(status::sent))
        .route("/m/outlines.json", get(outlines::list))
        .route("/m/assets/{*name}", get(assets::serve))
        .with_state(state)
}
