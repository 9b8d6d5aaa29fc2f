//! What every request passes on its way in and out: one concern a file, and one layer for all of them.
//! A layer of its own for each would cost every tile of a map its allocations over again.

pub mod cross_site;
pub mod headers;
pub mod log;
pub mod reach;
pub mod time_limit;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use self::reach::Reach;
use crate::language;
use crate::problem::{self, Problem, kinds};
use crate::state::Settings;

/// The layer.
pub async fn pass(State(settings): State<Arc<Settings>>, request: Request, next: Next) -> Response {
    let line = log::Line::begin(&request);
    let language = language::of(request.uri(), request.headers());
    let reach = Reach::of(&settings, request.headers(), request.extensions());
    let answered = if cross_site::is_refused(&settings, &request) {
        Problem::new(&kinds::CROSS_SITE).into_response()
    } else {
        time_limit::keep(request, next).await
    };
    let mut response = problem::speak(answered, language).await;
    headers::protect(&settings, reach, response.headers_mut());
    line.end(&response);
    response
}
