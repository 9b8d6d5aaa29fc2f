//! One line a request, without personal data.
//!
//! The matched route is logged, not the path: a path may hold a report's number or an access token.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::response::Response;

/// What maps and watchers ask for all the time.
const FREQUENT: [&str; 5] = ["/tiles/", "/wmts", "/ogc/collections/", "/t/", "/health/"];

/// What will be said of a request.
pub struct Line {
    started: Instant,
    method: Method,
    route: Option<MatchedPath>,
}

impl Line {
    /// When it comes in.
    pub fn begin(request: &Request) -> Self {
        Self {
            started: Instant::now(),
            method: request.method().clone(),
            route: request.extensions().get().cloned(),
        }
    }

    /// Logs method, route, status and time; tiles only at debug level.
    pub fn end(self, response: &Response) {
        let method = self.method;
        let route = self.route.as_ref().map_or("unmatched", MatchedPath::as_str);
        let status = response.status().as_u16();
        let milliseconds = self.started.elapsed().as_secs_f64() * 1000.0;
        if FREQUENT.iter().any(|prefix| route.starts_with(prefix)) {
            tracing::debug!(%method, route, status, milliseconds, "answered");
        } else {
            tracing::info!(%method, route, status, milliseconds, "answered");
        }
    }
}
