//! TileJSON 3.0: one address that map programs understand.

mod vector;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderValue;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, VARY};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use raster::style::{Legend, StyleKind};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use store::layer::{Audience, Kind};
use tiles::Published;
use tiles::archive::Within;
use utoipa::ToSchema;

use super::vector::is_built_in;
use super::{TileQuery, visible};
use crate::access::Visitor;
use crate::areas::{Corners, corners};
use crate::language::{self, Language};
use crate::layers::{FEATURES_MAX_ZOOM, unknown_date};
use crate::problem::{Problem, ProblemBody};
use crate::state::AppState;

/// A TileJSON document.
#[derive(Debug, Serialize, ToSchema)]
pub struct TileJson {
    /// `3.0.0`.
    tilejson: &'static str,
    /// Title in the reader's language.
    name: String,
    /// Whom to thank.
    #[serde(skip_serializing_if = "String::is_empty")]
    attribution: String,
    /// How to read the colours, in the reader's language: HTML, as `TileJSON` has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    legend: Option<String>,
    /// Template of the tiles' addresses.
    tiles: Vec<String>,
    /// Rows run from the north.
    scheme: &'static str,
    /// First zoom.
    minzoom: u8,
    /// Last zoom.
    maxzoom: u8,
    /// West, south, east, north in degrees.
    #[schema(value_type = Option<Vec<f64>>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    bounds: Option<Corners>,
    /// The dates that `t` in the address of a tile may be, the newest first; none in vector tiles.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dates: Vec<NaiveDate>,
    /// The layers inside vector tiles and their fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    vector_layers: Option<Vec<VectorLayer>>,
}

/// A layer inside vector tiles.
#[derive(Debug, Serialize, ToSchema)]
pub struct VectorLayer {
    /// Name inside the tile.
    id: String,
    /// Field and what it holds.
    #[schema(value_type = BTreeMap<String, String>)]
    fields: BTreeMap<String, Cow<'static, str>>,
}

impl From<Within> for VectorLayer {
    fn from(within: Within) -> Self {
        let fields = within.fields.into_iter();
        Self {
            id: within.id,
            fields: fields
                .map(|(name, content)| (name, content.into()))
                .collect(),
        }
    }
}

/// The TileJSON 3.0 of a layer, or of the built-in `areas` and `reports`; of several vector layers
/// with commas. The addresses in it
/// carry the version: a changed picture has other addresses, so every cache is right.
#[utoipa::path(get, path = "/tiles/{layer}/tilejson.json", tag = "tiles", params(
    ("layer" = String, Path, description = "Layer, or `areas`, or `reports`; several vector layers with commas"), TileQuery,
), responses(
    (status = 200, description = "The document", body = TileJson),
    (status = 404, description = "`unknown-layer` or `unknown-date`", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn document(
    State(state): State<AppState>,
    Path(layer): Path<String>,
    Query(query): Query<TileQuery>,
    parts: Parts,
) -> Result<Response, Problem> {
    let visitor = Visitor::of(&state, &parts).await?;
    let origin = visitor.origin(&state, &parts.headers);
    let language = language::of(&parts.uri, &parts.headers);
    let pictures = if is_built_in(&layer) || layer.contains(',') {
        None
    } else {
        let layer = visible(&state, &parts, &layer).await?;
        (layer.layer.kind != Kind::Features).then_some(layer)
    };
    let (document, public) = match pictures {
        Some(layer) => {
            let public = layer.layer.audience == Audience::Public;
            (of_layer(&origin, &layer, &query, language)?, public)
        }
        None => vector::document(&state, &parts, &origin, &layer, language).await?,
    };
    let mut response = Json(document).into_response();
    let headers = response.headers_mut();
    headers.insert(
        VARY,
        HeaderValue::from_static("Host, Accept-Language, Authorization, Cookie"),
    );
    if public {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    } else {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
    Ok(response)
}

fn of_layer(
    origin: &str,
    published: &Published,
    query: &TileQuery,
    language: Language,
) -> Result<TileJson, Problem> {
    let layer = &published.layer;
    let mut document = TileJson {
        name: language.pick(&layer.title_zh, &layer.title_en).to_owned(),
        attribution: escape(&layer.attribution),
        legend: published
            .legend()
            .and_then(|legend| words(legend, language)),
        ..empty()
    };
    let dated = published
        .date(query.date)
        .ok_or_else(|| unknown_date(query.date))?;
    let (date, version) = (dated.coverage.date, &dated.version);
    let id = &layer.id;
    document.tiles = vec![format!(
        "{origin}/tiles/{id}/{{z}}/{{x}}/{{y}}.webp?date={date}&v={version}"
    )];
    document.minzoom = dated.coverage.min_zoom;
    document.maxzoom = dated.coverage.max_zoom;
    document.bounds = Some(corners(&dated.coverage.bounds));
    let dates = published.dates.iter();
    document.dates = dates.map(|dated| dated.coverage.date).collect();
    Ok(document)
}

fn empty() -> TileJson {
    TileJson {
        tilejson: "3.0.0",
        name: String::new(),
        attribution: String::new(),
        legend: None,
        tiles: Vec::new(),
        scheme: "xyz",
        minzoom: 0,
        maxzoom: FEATURES_MAX_ZOOM,
        bounds: None,
        dates: Vec::new(),
        vector_layers: None,
    }
}

/// A legend as a list: a swatch and what it means. `None` for pictures.
fn words(legend: &Legend, language: Language) -> Option<String> {
    let unit = match legend.unit.as_str() {
        "" => String::new(),
        unit => format!(" {}", escape(unit)),
    };
    let item = |colour: &str, meaning: &str| {
        format!(
            "<li><span style=\"background:{}\">&emsp;</span> {meaning}</li>",
            escape(colour)
        )
    };
    let entry = |index: usize| {
        let entry = &legend.entries[index];
        let name = escape(language.pick(&entry.zh, &entry.en));
        let meaning = match legend.kind {
            StyleKind::Intervals => {
                let span = span(legend, index);
                format!("{name} {span}{unit}")
            }
            _ => name,
        };
        item(&entry.colour, meaning.trim())
    };
    let items: Vec<String> = match legend.kind {
        StyleKind::None => return None,
        StyleKind::Ramp => {
            let stops = legend.stops.iter();
            stops
                .map(|stop| item(&stop.colour, &format!("{}{unit}", stop.value)))
                .collect()
        }
        StyleKind::Classes | StyleKind::Intervals => (0..legend.entries.len()).map(entry).collect(),
    };
    Some(format!("<ul>{}</ul>", items.concat()))
}

/// From where to where an interval goes; the first and the last are open.
fn span(legend: &Legend, index: usize) -> String {
    let begin = legend.entries[index].value;
    match legend.entries.get(index + 1) {
        Some(next) if index == 0 => format!("&lt; {}", next.value),
        Some(next) => format!("{begin}–{}", next.value),
        None => format!("≥ {begin}"),
    }
}

/// Map programs show the attribution as HTML; a planner's text is text.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use raster::style::{Entry, Style};

    use super::*;

    #[test]
    fn a_legend_in_words_of_the_reader() {
        let entry = |value: f64, zh: &str, en: &str| Entry {
            value,
            zh: zh.to_owned(),
            en: en.to_owned(),
            colour: "#1E5C97".to_owned(),
        };
        let mut style = Style::intervals(
            vec![
                entry(0.0, "平地", "Flat <2"),
                entry(2.0, "", ""),
                entry(15.0, "陡", ""),
            ],
            "°",
        );
        let swatch = "<li><span style=\"background:#1E5C97\">&emsp;</span> ";
        assert_eq!(
            words(&style.legend(), Language::En).expect("a legend"),
            format!(
                "<ul>{swatch}Flat &lt;2 &lt; 2 °</li>{swatch}2–15 °</li>{swatch}陡 ≥ 15 °</li></ul>"
            )
        );
        style.kind = StyleKind::Classes;
        style.entries.truncate(1);
        assert_eq!(
            words(&style.legend(), Language::Zh).expect("a legend"),
            format!("<ul>{swatch}平地</li></ul>")
        );
        assert_eq!(words(&Style::none().legend(), Language::Zh), None);
    }

    #[test]
    fn an_attribution_stays_text() {
        assert_eq!(
            escape("© <b>ESA</b> & co"),
            "© &lt;b&gt;ESA&lt;/b&gt; &amp; co"
        );
    }
}
