//! No request holds on for ever.

use std::time::Duration;

use axum::extract::Request;
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::{Problem, kinds};

/// Reading and small changes.
const ORDINARY: Duration = Duration::from_secs(30);
/// A report with three photos of 400 KB on a 2G network of 4 KB/s takes five minutes.
const UPLOAD: Duration = Duration::from_mins(15);

/// Answers `timed-out` when the handler has not answered in time; uploads get longer.
pub async fn keep(request: Request, next: Next) -> Response {
    let limit = if is_upload(&request) {
        UPLOAD
    } else {
        ORDINARY
    };
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(&kinds::TIMED_OUT)
            .retry_after(30)
            .into_response(),
    }
}

fn is_upload(request: &Request) -> bool {
    let multipart = request
        .headers()
        .get("content-type")
        .is_some_and(|value| value.as_bytes().starts_with(b"multipart/form-data"));
    multipart && matches!(*request.method(), Method::POST | Method::PUT)
}
