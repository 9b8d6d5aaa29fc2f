//! `/styles`, `/sprites`, `/fonts`: the e-map as MapLibre wants it, for whoever looks.
//!
//! The styles are files of the project (`data/styles`); what is filled in is where the layers are
//! that this person may see, and the language. Nothing in them points outside of this server.

mod document;
mod glyphs;
mod sprites;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderValue;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, ETAG, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use jobs::relief::{CONTOURS, SHADE};
use serde::Deserialize;
use store::layer::{Audience, Kind};
use tiles::Published;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::document::{Imagery, Surroundings};
use crate::language;
use crate::problem::{Problem, ProblemBody, kinds};
use crate::session::Session;
use crate::state::AppState;

/// The routes of this module.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(style))
        .routes(routes!(sprites::sprite))
        .routes(routes!(glyphs::glyphs))
}

/// What lies under the e-map.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct StyleQuery {
    /// Picture layer under `emap-over-imagery`; the newest clear one when left out.
    imagery: Option<String>,
    /// `zh` or `en`: which names are written; else as the reader's browser asks.
    #[serde(rename = "lang")]
    _language: Option<String>,
}

/// A MapLibre style of the e-map: `emap.json` or `emap-over-imagery.json`. Only the layers this
/// person may see are in it.
#[utoipa::path(get, path = "/styles/{style}", tag = "styles", params(
    ("style" = String, Path, description = "`emap.json` or `emap-over-imagery.json`"), StyleQuery,
), responses(
    (status = 200, description = "The style", body = serde_json::Value),
    (status = 404, description = "`unknown-layer`: no such style, or there is no e-map this person may see", body = ProblemBody, content_type = "application/problem+json"),
))]
async fn style(
    State(state): State<AppState>,
    Path(name): Path<String>,
    Query(query): Query<StyleQuery>,
    parts: Parts,
) -> Result<Response, Problem> {
    let unknown = || {
        Problem::new(&kinds::UNKNOWN_LAYER).with_detail(
            "没有这个样式，可用：emap.json、emap-over-imagery.json。",
            "There is no such style: ask for emap.json or emap-over-imagery.json.",
        )
    };
    let (template, over_imagery) = document::template(&name).ok_or_else(unknown)?;
    let session = Session::of(&state, &parts.headers, &parts.extensions).await?;
    let viewer = session.viewer();
    let mut seen: Vec<Arc<Published>> = Vec::new();
    for layer in jobs::emap::LAYERS {
        let layer = state.tiles.layer(&viewer, layer.id).await?;
        seen.extend(layer.filter(|layer| layer.layer.kind == Kind::Features));
    }
    // A relief alone is a map as well.
    for (layer, kind) in [(SHADE, Kind::Index), (CONTOURS, Kind::Features)] {
        let layer = state.tiles.layer(&viewer, layer.id).await?;
        seen.extend(layer.filter(|layer| layer.layer.kind == kind));
    }
    if seen.is_empty() {
        return Err(session.refuse(&kinds::UNKNOWN_LAYER).with_detail(
            "还没有电子地图，请规划人员运行 xiangtu import emap。",
            "There is no e-map yet: a planner makes one with xiangtu import emap.",
        ));
    }
    let imagery = if over_imagery {
        let layers = state.tiles.layers(&viewer).await?;
        Imagery::choose(&layers, query.imagery.as_deref())
    } else {
        None
    };
    let public = |audience| audience == Audience::Public;
    let all_public = seen.iter().all(|layer| public(layer.layer.audience))
        && imagery
            .as_ref()
            .is_none_or(|imagery| public(imagery.audience()));
    let surroundings = Surroundings {
        origin: state.settings.origin(&parts.headers),
        language: language::of(&parts.uri, &parts.headers),
        sprite: sprites::version().await?,
        glyphs: glyphs::version(),
    };
    let document = document::fill(template, &seen, imagery.as_ref(), &surroundings);
    let mut response = Json(document).into_response();
    let headers = response.headers_mut();
    let vary = HeaderValue::from_static("Host, Accept-Language, Cookie");
    headers.insert(VARY, vary);
    let caching = if all_public {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        "public, no-cache"
    } else {
        "private, no-cache"
    };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    Ok(response)
}

/// A file that anybody may have, and keep for ever where its address carries its version.
fn file(bytes: Bytes, media_type: &'static str, version: &str, fixed: bool) -> Response {
    let mut response = (StatusCode::OK, bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let policy = HeaderName::from_static("cross-origin-resource-policy");
    headers.insert(policy, HeaderValue::from_static("cross-origin"));
    let caching = if fixed {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=3600"
    };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    if let Ok(etag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        headers.insert(ETAG, etag);
    }
    response
}
