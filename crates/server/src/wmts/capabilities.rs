//! `GetCapabilities`: the layers somebody may see, their dates, and the grids they are drawn in.

use askama::Template;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, VARY};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use grid::bounds::Bounds;
use grid::matrix_set::{Document, MatrixRange, MatrixSet};
use store::layer::Kind;
use tiles::{Format, Published};

use super::exception::Exception;
use super::{STYLE, feature_info};
use crate::access::Visitor;
use crate::language::Language;
use crate::problem::Problem;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "wmts.xml")]
struct Capabilities {
    language: Language,
    /// `https://host/wmts`, with a token's prefix before the path.
    base: String,
    style: &'static str,
    formats: [Format; 3],
    info_formats: [&'static str; 2],
    layers: Vec<Layer>,
    sets: Vec<Set>,
}

impl Capabilities {
    /// The text in the reader's language.
    fn say<'t>(&self, chinese: &'t str, english: &'t str) -> &'t str {
        self.language.pick(chinese, english)
    }
}

struct Layer {
    id: String,
    title: String,
    attribution: String,
    bounds: Bounds,
    /// Whether there are numbers under the pixels.
    has_numbers: bool,
    newest: NaiveDate,
    /// Oldest first.
    dates: Vec<NaiveDate>,
    links: Vec<Link>,
}

/// A set that a layer is drawn in, and the part of each matrix it lies on.
struct Link {
    set: MatrixSet,
    limits: Vec<MatrixRange>,
}

struct Set {
    urn: String,
    scales: Option<&'static str>,
    document: Document,
}

/// The document for whoever asks.
pub async fn response(
    state: &AppState,
    parts: &Parts,
    language: Language,
) -> Result<Response, Exception> {
    let visitor = Visitor::of(state, parts).await?;
    let published = state.tiles.layers(&visitor.viewer()).await?;
    let layers: Vec<Layer> = published
        .iter()
        .filter_map(|published| Layer::of(published, language))
        .collect();
    let used = |set: &MatrixSet| {
        layers
            .iter()
            .flat_map(|layer| &layer.links)
            .any(|link| link.set == *set)
    };
    let document = Capabilities {
        language,
        base: format!("{}/wmts", visitor.origin(state, &parts.headers)),
        style: STYLE,
        formats: Format::PICTURES,
        info_formats: feature_info::FORMATS,
        sets: MatrixSet::all().filter(used).map(Set::of).collect(),
        layers,
    };
    let xml = document
        .render()
        .map_err(|cause| Problem::internal(&cause))?;
    let headers = [
        (CONTENT_TYPE, "application/xml; charset=utf-8"),
        (CACHE_CONTROL, "private, no-cache"),
    ];
    let mut response = (headers, xml).into_response();
    response.headers_mut().insert(
        VARY,
        HeaderValue::from_static("Host, Accept-Language, Authorization, Cookie"),
    );
    Ok(response)
}

impl Layer {
    /// `None` for a layer without pictures.
    fn of(published: &Published, language: Language) -> Option<Self> {
        let layer = &published.layer;
        if layer.kind == Kind::Features {
            return None;
        }
        let (bounds, (first, last)) = (published.bounds()?, published.zooms()?);
        let mut dates: Vec<_> = published
            .dates
            .iter()
            .map(|dated| dated.coverage.date)
            .collect();
        dates.sort_unstable();
        Some(Self {
            id: layer.id.clone(),
            title: language.pick(&layer.title_zh, &layer.title_en).to_owned(),
            attribution: layer.attribution.clone(),
            has_numbers: layer.kind == Kind::Index,
            newest: *dates.last()?,
            dates,
            links: MatrixSet::suited(&bounds)
                .map(|set| Link {
                    set,
                    limits: set
                        .levels_of_zooms(first, last)
                        .filter_map(|level| MatrixRange::covering(set, level, &bounds))
                        .collect(),
                })
                .collect(),
            bounds,
        })
    }
}

impl Set {
    fn of(set: MatrixSet) -> Self {
        Self {
            urn: set.crs_urn(),
            scales: (set == MatrixSet::WebMercatorQuad)
                .then_some("urn:ogc:def:wkss:OGC:1.0:GoogleMapsCompatible"),
            document: set.document(),
        }
    }
}
