//! Everything behind the address, and what every request passes.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Extensions, HeaderMap, StatusCode, Version};
use axum::middleware::from_fn_with_state;
use tower_http::compression::CompressionLayer;

use crate::problem::{Problem, kinds};
use crate::state::AppState;
use crate::{access, app, base_maps, edge, home, map_tiles, ogc, openapi, tls, villager, wmts};

/// Bytes of a body where nothing larger is expected.
const BODY_BYTES: usize = 64 << 10;

/// All routes with all layers.
pub fn router(state: AppState) -> Router {
    let settings = Arc::clone(&state.settings);
    let readable = Router::new()
        .merge(
            map_tiles::routes()
                .merge(wmts::routes())
                .merge(base_maps::readable())
                .split_for_parts()
                .0,
        )
        .merge(ogc::readable())
        .with_state(state.clone());
    Router::new()
        .merge(openapi::routes())
        .merge(ogc::routes())
        .merge(home::routes())
        .merge(app::routes())
        .merge(tls::routes())
        .merge(access::door(readable))
        .with_state(state.clone())
        .merge(villager::router(state))
        .fallback(async || Problem::new(&kinds::NOT_FOUND))
        .method_not_allowed_fallback(async || Problem::new(&kinds::METHOD_NOT_ALLOWED))
        // From the innermost to the outermost.
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(from_fn_with_state(settings, edge::pass))
        .layer(CompressionLayer::new().compress_when(is_text))
}

/// Text is worth compressing; tiles and photos are compressed already.
fn is_text(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let media_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    media_type.is_some_and(|media_type| {
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        // Packed, events would wait for one another.
        (essence.starts_with("text/") && essence != "text/event-stream")
            || essence.ends_with("json")
            || essence.ends_with("javascript")
            || essence.ends_with("xml")
    })
}
