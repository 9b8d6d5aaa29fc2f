//! Layer: one line a request, without personal data.
//!
//! The matched route is logged, not the path: a path may hold a report's number or an access token.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;

/// What maps and watchers ask for all the time.
const FREQUENT: [&str; 5] = ["/tiles/", "/wmts", "/ogc/collections/", "/t/", "/health/"];

/// Logs method, route, status and time; tiles only at debug level.
pub async fn requests(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str);
    let status = response.status().as_u16();
    let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
    if FREQUENT.iter().any(|prefix| route.starts_with(prefix)) {
        tracing::debug!(%method, route, status, milliseconds, "answered");
    } else {
        tracing::info!(%method, route, status, milliseconds, "answered");
    }
    response
}
