//! `GetFeatureInfo`: the number under a pixel.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use grid::matrix_set::TILE_SIDE;
use serde_json::json;

use super::exception::{Code, Exception};
use super::layer;
use super::parameters::Parameters;
use crate::state::AppState;

/// How the answer is written.
pub const FORMATS: [&str; 2] = ["application/json", "text/plain"];

/// The value of the image's own pixel in the middle of the tile's pixel.
pub async fn response(
    state: &AppState,
    parts: &Parts,
    parameters: &Parameters,
) -> Result<Response, Exception> {
    let name = parameters.tile()?;
    let asked = parameters.need("infoformat")?;
    let format = FORMATS.into_iter().find(|format| *format == asked);
    let format = format.ok_or_else(|| {
        let offered = FORMATS.join(", ");
        Exception::invalid(
            "infoformat",
            format!("没有格式“{asked}”，可用：{offered}。"),
            format!("There is no format “{asked}”: use {offered}."),
        )
    })?;
    let (column, row) = (parameters.number("i")?, parameters.number("j")?);
    if column >= TILE_SIDE || row >= TILE_SIDE {
        return Err(Exception::new(
            Code::PointIjOutOfRange,
            Some("i"),
            format!("I 和 J 须在 0 到 {} 之间。", TILE_SIDE - 1),
            format!("I and J run from 0 to {}.", TILE_SIDE - 1),
        ));
    }
    let layer = layer(state, parts, &name.layer).await?;
    let dated = name.date(&layer)?;
    let tile = name.tile(dated)?;
    let t = tile.transform();
    let (x, y) = (
        t[0] + (f64::from(column) + 0.5) * t[1],
        t[3] + (f64::from(row) + 0.5) * t[5],
    );
    let (longitude, latitude) = tile.set.projection().inverse(x, y);
    let value = state
        .tiles
        .value(&layer, dated, longitude, latitude)
        .await?;
    let date = dated.coverage.date;
    let unit = layer
        .legend()
        .map(|legend| legend.unit.clone())
        .unwrap_or_default();
    let body = if format == "text/plain" {
        let value = value.map_or_else(|| "-".to_owned(), |value| format!("{value} {unit}"));
        format!("{} {date}: {}\n", layer.layer.id, value.trim_end())
    } else {
        json!({ "layer": layer.layer.id, "date": date, "value": value, "unit": unit }).to_string()
    };
    let media_type = match format {
        "text/plain" => "text/plain; charset=utf-8",
        other => other,
    };
    Ok((
        [
            (CONTENT_TYPE, media_type),
            (CACHE_CONTROL, "private, no-cache"),
        ],
        body,
    )
        .into_response())
}
