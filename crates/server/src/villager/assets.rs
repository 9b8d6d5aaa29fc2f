//! `/m/assets/*`: the style sheet and the script of the pages, embedded in the program. Pages name
//! them with a hash of their content, so that they are kept for ever and never stale.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use serde::Deserialize;

/// What `npm run build` made of `web/m`. Without it the pages still work, plainly.
#[derive(RustEmbed)]
#[folder = "../../web/dist/m"]
#[allow_missing = true]
struct Built;

#[derive(Deserialize)]
pub struct Version {
    v: Option<String>,
}

/// The address of a file with its version.
pub fn address(name: &str) -> String {
    match Built::get(name) {
        Some(file) => format!("/m/assets/{name}?v={}", version(&file)),
        None => format!("/m/assets/{name}"),
    }
}

fn version(file: &rust_embed::EmbeddedFile) -> String {
    hex::encode(&file.metadata.sha256_hash()[..6])
}

/// A file; kept for ever when its version was asked for.
pub async fn serve(Path(name): Path<String>, Query(asked): Query<Version>) -> Response {
    let Some(file) = Built::get(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let version = version(&file);
    let keep = if asked.v.as_deref() == Some(&version) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers = [
        (CONTENT_TYPE, file.metadata.mimetype().to_owned()),
        (CACHE_CONTROL, keep.to_owned()),
        (ETAG, format!("\"{version}\"")),
    ];
    (headers, file.data).into_response()
}
