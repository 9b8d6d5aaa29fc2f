//! `/install-root`: how a phone of the office comes to trust the local authority.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use super::Authority;
use crate::language::{Language, Speaks};
use crate::problem::{Problem, kinds};
use crate::state::{AppState, Settings, Transport};

/// The page and the certificate it explains; both 404 without a local authority.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/install-root", get(page))
        .route("/install-root/xiangtu-root.crt", get(certificate))
        .route("/install-root/fingerprint.json", get(fingerprint))
}

#[derive(Template)]
#[template(path = "tls.html")]
struct Page<'a> {
    language: Language,
    fingerprint: &'a str,
    name: &'a str,
}

impl Page<'_> {
    /// The text in the page's language.
    fn say<'t>(&self, chinese: &'t str, english: &'t str) -> &'t str {
        self.language.pick(chinese, english)
    }
}

async fn page(
    Speaks(language): Speaks,
    State(settings): State<Arc<Settings>>,
) -> Result<Response, Problem> {
    let authority = authority(&settings).await?;
    let fingerprint = authority.fingerprint();
    let page = Page {
        language,
        fingerprint: &fingerprint,
        name: authority.name(),
    };
    page.render()
        .map(|html| Html(html).into_response())
        .map_err(|cause| Problem::internal(&cause))
}

async fn certificate(State(settings): State<Arc<Settings>>) -> Result<Response, Problem> {
    let authority = authority(&settings).await?;
    let headers = [
        (CONTENT_TYPE, "application/x-x509-ca-cert"),
        (
            CONTENT_DISPOSITION,
            "attachment; filename=\"xiangtu-root.crt\"",
        ),
    ];
    Ok((headers, authority.root().to_vec()).into_response())
}

/// For programs that compare: the name and fingerprint of the root.
async fn fingerprint(State(settings): State<Arc<Settings>>) -> Result<Response, Problem> {
    let authority = authority(&settings).await?;
    let body = json!({ "name": authority.name(), "sha256": authority.fingerprint() });
    Ok(Json(body).into_response())
}

/// Opened at each visit: the page is rare and the files are small.
async fn authority(settings: &Settings) -> Result<Authority, Problem> {
    let Transport::LocalAuthority { keys, names } = settings.transport.clone() else {
        return Err(Problem::new(&kinds::NOT_FOUND).with_detail(
            "本系统没有使用本地根证书，不需要安装。",
            "This server does not use a local root: there is nothing to install.",
        ));
    };
    tokio::task::spawn_blocking(move || Authority::open(&keys, &names))
        .await
        .map_err(|cause| Problem::internal(&cause))?
        .map_err(|cause| Problem::internal(&cause))
}
