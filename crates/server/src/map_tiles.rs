//! `/tiles`: TileJSON, raster tiles, vector tiles.
//!
//! Public tiles may be kept by any cache and used by any site; what needs an account stays in
//! the browser it was sent to.

mod address;
pub mod answer;
mod tilejson;
pub mod vector;

use axum::extract::{Path, Query, Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use chrono::NaiveDate;
use grid::tile::Tile;
use serde::Deserialize;
use std::sync::Arc;
use store::Viewer;
use store::layer::{Audience, Kind};
use tiles::{Format, Published};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::address::Address;
use self::answer::{Answer, Reach};
use crate::access::Visitor;
use crate::layers::unknown_date;
use crate::problem::{Problem, ProblemBody, kinds};
use crate::state::AppState;

/// The routes of this module.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(tilejson::document))
        .routes(routes!(tile))
}

/// Which date and version of a layer.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TileQuery {
    /// One of the layer's dates, also as `t`; the newest when left out.
    #[serde(alias = "t")]
    date: Option<NaiveDate>,
    /// Version from TileJSON or the list of layers: such an address never changes its bytes.
    v: Option<String>,
}

/// One tile. `{row}` ends in `.webp`, `.png`, `.jpg` (raster layers) or `.mvt` (vector layers, among
/// them the built-in `areas` and `reports`; several of them with commas: `roads,water`).
#[utoipa::path(get, path = "/tiles/{layer}/{zoom}/{column}/{row}", tag = "tiles", params(
    ("layer" = String, Path, description = "Layer, or `areas`, or `reports`; several vector layers with commas"),
    ("zoom" = u8, Path, description = "Zoom"),
    ("column" = u32, Path, description = "Column from the west"),
    ("row" = String, Path, description = "Row from the north, with its ending: `12.webp`"),
    TileQuery,
), responses(
    (status = 200, description = "The tile", content((Vec<u8> = "image/webp"), (Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "application/vnd.mapbox-vector-tile"))),
    (status = 204, description = "Nothing there"),
    (status = 304, description = "Unchanged since the ETag of `If-None-Match`"),
    (status = 404, description = "`unknown-layer`, `unknown-date` or `tile-out-of-range`", body = ProblemBody, content_type = "application/problem+json"),
))]
async fn tile(
    State(state): State<AppState>,
    Path((layer, zoom, column, row)): Path<(String, String, String, String)>,
    Query(query): Query<TileQuery>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, _body) = request.into_parts();
    let Address { tile, format } = Address::parse(&zoom, &column, &row)?;
    let request = Answer::new(&parts.headers);
    if format == Format::Mvt {
        // In boxes, here and below, or pictures would be moved about with what they do not need.
        return Box::pin(vector::tile(&state, &parts, &request, &layer, &query, tile)).await;
    }
    if vector::is_built_in(&layer) || layer.contains(',') {
        return Err(wrong_format(format, ".mvt"));
    }
    let layer = visible(&state, &parts, &layer).await?;
    if layer.layer.kind == Kind::Features {
        return Err(wrong_format(format, ".mvt"));
    }
    raster(&state, &request, &layer, &query, tile, format).await
}

/// A layer the request may see. Public layers are found without looking at the session: that is
/// the hot path of the map.
pub async fn visible(state: &AppState, parts: &Parts, id: &str) -> Result<Arc<Published>, Problem> {
    // A token that opens nothing is said to, even where anyone may look.
    if !Visitor::brings_token(parts)
        && let Some(layer) = state.tiles.layer(&Viewer::Anonymous, id).await?
    {
        return Ok(layer);
    }
    let visitor = Box::pin(Visitor::of(state, parts)).await?;
    let layer = match visitor.viewer() {
        Viewer::Anonymous => None,
        viewer @ Viewer::SignedIn(_) => state.tiles.layer(&viewer, id).await?,
    };
    layer.ok_or_else(|| visitor.refuse(&kinds::UNKNOWN_LAYER))
}

async fn raster(
    state: &AppState,
    request: &Answer<'_>,
    layer: &Published,
    query: &TileQuery,
    tile: Tile,
    format: Format,
) -> Result<Response, Problem> {
    let dated = layer
        .date(query.date)
        .ok_or_else(|| unknown_date(query.date))?;
    let coverage = &dated.coverage;
    within(tile, coverage.min_zoom, coverage.max_zoom)?;
    let reach = Reach::of(layer.layer.audience == Audience::Public);
    // An address without the present version may mean other bytes tomorrow.
    let fixed = query.v.as_deref() == Some(&dated.version);
    let Tile { zoom, column, row } = tile;
    let etag = format!(
        "\"{}-{zoom}-{column}-{row}-{}\"",
        dated.version,
        format.extension()
    );
    if request.knows(&etag) {
        return Ok(answer::unchanged(&etag, reach, fixed));
    }
    match state.tiles.raster(layer, dated, tile, format).await? {
        Some(bytes) => Ok(answer::tile(bytes, format, &etag, reach, fixed)),
        None => Ok(answer::nothing_there(reach, fixed)),
    }
}

fn within(tile: Tile, first: u8, last: u8) -> Result<(), Problem> {
    if (first..=last).contains(&tile.zoom) {
        return Ok(());
    }
    let zoom = tile.zoom;
    Err(Problem::new(&kinds::TILE_OUT_OF_RANGE).with_detail(
        format!("此图层的缩放级别为 {first} 到 {last}，请求的是 {zoom}。"),
        format!("The layer has zooms {first} to {last}; {zoom} was asked for."),
    ))
}

fn wrong_format(format: Format, offered: &str) -> Problem {
    let asked = format.extension();
    Problem::new(&kinds::TILE_OUT_OF_RANGE).with_detail(
        format!("此图层没有 .{asked} 瓦片，可用：{offered}。"),
        format!("This layer has no .{asked} tiles; it offers {offered}."),
    )
}
