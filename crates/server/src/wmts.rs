//! `/wmts`: OGC Web Map Tile Service 1.0.0 (OGC 07-057r7), by key-value pairs and by paths.
//!
//! Every raster layer the reader may see, with its dates, in the matrix sets that suit it. Tianditu's
//! parameters are taken as they are: its map is replaced by another address alone.

mod capabilities;
mod exception;
mod feature_info;
mod parameters;
mod tile;

use axum::extract::{Path, Query, State};
use axum::http::request::Parts;
use axum::response::Response;
use grid::matrix_set::{MatrixSet, MatrixTile};
use std::ops::RangeInclusive;
use std::sync::Arc;
use store::layer::Kind;
use tiles::{Dated, Published};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::exception::{Code, Exception};
use self::parameters::Parameters;
use self::tile::TileName;
use crate::language::{self, Language};
use crate::map_tiles::visible;
use crate::state::AppState;

/// The one style of a layer.
const STYLE: &str = "default";

/// The routes of this module.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(by_pairs))
        .routes(routes!(document))
        .routes(routes!(by_path))
}

/// `GetCapabilities`, `GetTile` and `GetFeatureInfo` by key-value pairs; the keys in any case. Errors are
/// `ows:ExceptionReport`.
#[utoipa::path(get, path = "/wmts", operation_id = "wmts", tag = "tiles", params(
    ("SERVICE" = String, Query, description = "`WMTS`"),
    ("REQUEST" = String, Query, description = "`GetCapabilities`, `GetTile` or `GetFeatureInfo`"),
    ("VERSION" = Option<String>, Query, description = "`1.0.0`"),
    ("LAYER" = Option<String>, Query, description = "Layer"),
    ("STYLE" = Option<String>, Query, description = "`default`"),
    ("FORMAT" = Option<String>, Query, description = "`image/png`, `image/webp`, or Tianditu's `tiles`"),
    ("TIME" = Option<String>, Query, description = "One of the layer's dates; the newest when left out"),
    ("TILEMATRIXSET" = Option<String>, Query, description = "Matrix set, or Tianditu's `c` and `w`"),
    ("TILEMATRIX" = Option<String>, Query, description = "Matrix"),
    ("TILEROW" = Option<u32>, Query, description = "Row from the north"),
    ("TILECOL" = Option<u32>, Query, description = "Column from the west"),
    ("I" = Option<u32>, Query, description = "Column of the pixel asked about"),
    ("J" = Option<u32>, Query, description = "Row of the pixel asked about"),
    ("INFOFORMAT" = Option<String>, Query, description = "`application/json` or `text/plain`"),
), responses(
    (status = 200, description = "The document, the tile, or the number under the pixel", content((String = "application/xml"), (Vec<u8> = "image/png"), (Vec<u8> = "image/webp"), (String = "application/json"), (String = "text/plain"))),
    (status = 400, description = "An `ows:ExceptionReport`", body = String, content_type = "application/xml"),
    (status = 401, description = "An `ows:ExceptionReport`: the access token opens nothing", body = String, content_type = "application/xml"),
))]
async fn by_pairs(
    State(state): State<AppState>,
    Query(pairs): Query<Vec<(String, String)>>,
    parts: Parts,
) -> Response {
    let language = language::of(&parts.uri, &parts.headers);
    let parameters = Parameters::new(pairs);
    answer(&state, &parts, &parameters, language)
        .await
        .unwrap_or_else(|exception| exception.response(language))
}

async fn answer(
    state: &AppState,
    parts: &Parts,
    parameters: &Parameters,
    language: Language,
) -> Result<Response, Exception> {
    if !parameters.need("service")?.eq_ignore_ascii_case("wmts") {
        return Err(Exception::invalid(
            "service",
            "SERVICE 须为 WMTS。",
            "SERVICE must be WMTS.",
        ));
    }
    let request = parameters.need("request")?.to_ascii_lowercase();
    if request == "getcapabilities" {
        parameters.negotiate()?;
        return capabilities::response(state, parts, language).await;
    }
    parameters.check_version()?;
    match request.as_str() {
        "gettile" => {
            let name = parameters.tile()?;
            tile::response(state, parts, &name).await
        }
        "getfeatureinfo" => feature_info::response(state, parts, parameters).await,
        _ => Err(Exception::new(
            Code::OperationNotSupported,
            Some("request"),
            "可用的操作：GetCapabilities、GetTile、GetFeatureInfo。",
            "There are GetCapabilities, GetTile and GetFeatureInfo.",
        )),
    }
}

/// The same document as `GetCapabilities` gives.
#[utoipa::path(get, path = "/wmts/1.0.0/WMTSCapabilities.xml", operation_id = "wmts_capabilities", tag = "tiles", responses(
    (status = 200, description = "The layers that may be seen, and their matrix sets", body = String, content_type = "application/xml"),
))]
async fn document(State(state): State<AppState>, parts: Parts) -> Response {
    let language = language::of(&parts.uri, &parts.headers);
    capabilities::response(&state, &parts, language)
        .await
        .unwrap_or_else(|exception| exception.response(language))
}

/// Layer, style, time, set, matrix, row, column.
type PathParts = (String, String, String, String, String, String, String);

/// One tile by its path. `{column}` ends in `.png` or `.webp`; `{time}` is one of the layer's dates,
/// or `default`.
#[utoipa::path(get, path = "/wmts/1.0.0/{layer}/{style}/{time}/{set}/{matrix}/{row}/{column}", operation_id = "wmts_tile", tag = "tiles", params(
    ("layer" = String, Path, description = "Layer"),
    ("style" = String, Path, description = "`default`"),
    ("time" = String, Path, description = "Date, or `default` for the newest"),
    ("set" = String, Path, description = "Matrix set"),
    ("matrix" = String, Path, description = "Matrix"),
    ("row" = String, Path, description = "Row from the north"),
    ("column" = String, Path, description = "Column from the west, with its ending: `12.png`"),
), responses(
    (status = 200, description = "The tile; transparent where nothing is", content((Vec<u8> = "image/png"), (Vec<u8> = "image/webp"))),
    (status = 304, description = "Unchanged since the ETag of `If-None-Match`"),
    (status = 400, description = "An `ows:ExceptionReport`", body = String, content_type = "application/xml"),
))]
async fn by_path(
    State(state): State<AppState>,
    Path((layer, style, time, set, matrix, row, column)): Path<PathParts>,
    parts: Parts,
) -> Response {
    let language = language::of(&parts.uri, &parts.headers);
    let path = [layer, style, time, set, matrix, row, column];
    let ask = async { tile::response(&state, &parts, &TileName::of_path(path)?).await };
    ask.await
        .unwrap_or_else(|exception: Exception| exception.response(language))
}

/// A layer with pictures that the request may see.
async fn layer(state: &AppState, parts: &Parts, id: &str) -> Result<Arc<Published>, Exception> {
    let layer = visible(state, parts, id).await?;
    if layer.layer.kind == Kind::Features {
        return Err(Exception::invalid(
            "layer",
            "此图层是矢量图层，请用 /tiles 或 /ogc。",
            "The layer has features: use /tiles or /ogc.",
        ));
    }
    Ok(layer)
}

/// The levels of a set that a date of a layer is drawn at.
fn levels(set: MatrixSet, dated: &Dated) -> RangeInclusive<u8> {
    let coverage = &dated.coverage;
    set.levels_of_zooms(coverage.min_zoom, coverage.max_zoom)
}

/// Whether a date of a layer is drawn in a tile's set and at its level.
fn is_drawn(tile: &MatrixTile, dated: &Dated) -> bool {
    levels(tile.set, dated).contains(&tile.level)
        && MatrixSet::suited(&dated.coverage.bounds).any(|set| set == tile.set)
}
