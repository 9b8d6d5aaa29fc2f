//! `/`: which door, and the look of the few pages that belong to no front end.

use askama::Template;
use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, VARY};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use crate::language::{Language, Speaks};
use crate::problem::Problem;
use crate::state::AppState;

/// The names of colours and sizes shared with both front ends, and the rules of these pages.
const STYLE: &str = concat!(
    include_str!("../../../web/ui/tokens.css"),
    include_str!("../assets/page.css")
);

/// The routes of this module.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", get(page))
        .route("/assets/page.css", get(style))
}

#[derive(Template)]
#[template(path = "home.html")]
struct Page {
    language: Language,
}

impl Page {
    /// The text in the page's language.
    fn say<'t>(&self, chinese: &'t str, english: &'t str) -> &'t str {
        self.language.pick(chinese, english)
    }
}

async fn page(Speaks(language): Speaks) -> Result<Response, Problem> {
    let html = Page { language }
        .render()
        .map_err(|cause| Problem::internal(&cause))?;
    let headers = [
        (CACHE_CONTROL, "no-cache"),
        (VARY, "Accept-Language, Cookie"),
    ];
    Ok((headers, Html(html)).into_response())
}

async fn style() -> impl IntoResponse {
    (
        [
            (CONTENT_TYPE, "text/css; charset=utf-8"),
            (CACHE_CONTROL, "public, max-age=3600"),
        ],
        STYLE,
    )
}
