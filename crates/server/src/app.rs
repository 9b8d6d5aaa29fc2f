//! `/app/`: the officials' app, inside the binary.
//!
//! Nothing is loaded from anywhere else at run time. Files whose names carry a hash may be kept
//! for ever; the others are asked for again with their `ETag`.

use axum::Router;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use rust_embed::{Embed, EmbeddedFile};

use crate::problem::{Problem, kinds};
use crate::state::AppState;

/// What `npm run build` makes of `web/app`.
#[derive(Embed)]
#[folder = "../../web/dist/app"]
struct Web;

/// The page every address of the app begins with.
const INDEX: &str = "index.html";

/// The routes of this module.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/app", get(|| async { Redirect::permanent("/app/") }))
        .route("/app/", get(index))
        .route("/app/{*path}", get(app_file))
}

async fn index(headers: HeaderMap) -> Response {
    Web::get(INDEX).map_or_else(not_built, |file| answer(INDEX, &file, &headers))
}

/// A file of the app, or its first page for the app's own addresses (`/app/reports/…`).
async fn app_file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    match Web::get(&path) {
        Some(file) => answer(&path, &file, &headers),
        None if is_file_name(&path) => missing(),
        None => index(headers).await,
    }
}

/// A page address has no ending; what has one is a file that is not there.
fn is_file_name(path: &str) -> bool {
    path.rsplit('/')
        .next()
        .is_some_and(|last| last.contains('.'))
}

fn missing() -> Response {
    Problem::new(&kinds::NOT_FOUND).into_response()
}

/// 503 in words: the binary was built before the web files were.
fn not_built() -> Response {
    let words = "网页尚未构建：请在 web/ 中运行 npm ci 和 npm run build，再重新构建程序。\n\
        The web app has not been built: run npm ci and npm run build in web/, then build the \
        program again.\n";
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8")];
    let page = format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>乡图</title><pre>{words}</pre>"
    );
    (StatusCode::SERVICE_UNAVAILABLE, headers, page).into_response()
}

fn answer(name: &str, file: &EmbeddedFile, headers: &HeaderMap) -> Response {
    let etag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..12]));
    let caching = if is_hashed(name) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let known = headers
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    let head = [(ETAG, etag.clone()), (CACHE_CONTROL, caching.to_owned())];
    // A compressing layer may have weakened the tag.
    if known.is_some_and(|known| known.split(',').any(|tag| tag.trim().ends_with(&etag))) {
        return (StatusCode::NOT_MODIFIED, head).into_response();
    }
    let media_type = match file.metadata.mimetype() {
        text if text.starts_with("text/") => format!("{text}; charset=utf-8"),
        other => other.to_owned(),
    };
    (
        head,
        [(CONTENT_TYPE, media_type)],
        file.data.clone().into_owned(),
    )
        .into_response()
}

/// Vite writes `name-HASH.ending` with eight characters of hash.
fn is_hashed(name: &str) -> bool {
    let Some((stem, _ending)) = name
        .strip_prefix("assets/")
        .and_then(|n| n.rsplit_once('.'))
    else {
        return false;
    };
    let hash = stem.get(stem.len().saturating_sub(9)..).unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    hash.len() == 9 && hash.starts_with('-') && hash.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hashed_names_are_kept_for_ever() {
        assert!(is_hashed("assets/index-CA-h2h3K.js"));
        assert!(is_hashed("assets/index--DYlaf5W.css"));
        assert!(!is_hashed("index.html"));
        assert!(!is_hashed("assets/index.js"));
    }

    #[test]
    fn addresses_of_pages_have_no_ending() {
        assert!(is_file_name("assets/gone-12345678.js"));
        assert!(!is_file_name("reports/0193-aa"));
        assert!(!is_file_name("v1.2/reports"));
    }
}
