//! `/ogc`: the landing page of the OGC APIs, what they conform to, and their description.
//!
//! Each standard is a module that contributes its routes, its links and its conformance classes;
//! a class is declared when a test of ours is named after it.

mod ask;
mod collections;
mod map;
mod matrix_sets;
mod tilesets;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use std::borrow::Cow;

use crate::access::Visitor;
use crate::language::{self, Language};
use crate::problem::Problem;
use crate::processes;
use crate::state::AppState;

/// The description by OpenAPI 3.0, which is what the class `oas30` asks for.
const DESCRIPTION: &str = include_str!("../assets/ogc.json");
const OPENAPI: &str = "application/vnd.oai.openapi+json;version=3.0";

/// What is declared, and tested in `tests/http/ogc_tiles.rs`.
const CONFORMANCE: &[&str] = &[
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/landing-page",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/json",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    "http://www.opengis.net/spec/tms/2.0/conf/json-tilematrixset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/png",
    "http://www.opengis.net/spec/ogcapi-maps-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-maps-1/1.0/conf/collection-map",
    "http://www.opengis.net/spec/ogcapi-maps-1/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-maps-1/1.0/conf/png",
];

/// The routes of the OGC APIs.
pub fn routes() -> Router<AppState> {
    readable().merge(processes::routes())
}

/// The part of them that only shows layers: what an access token opens.
pub fn readable() -> Router<AppState> {
    Router::new()
        .route("/ogc", get(landing))
        .route("/ogc/", get(landing))
        .route("/ogc/conformance", get(conformance))
        .route("/ogc/api", get(description))
        .route("/ogc/tileMatrixSets", get(matrix_sets::list))
        .route("/ogc/tileMatrixSets/{id}", get(matrix_sets::one))
        .route("/ogc/collections", get(collections::list))
        .route("/ogc/collections/{id}", get(collections::one))
        .route("/ogc/collections/{id}/map", get(map::map))
        .route("/ogc/collections/{id}/map/tiles", get(tilesets::maps))
        .route("/ogc/collections/{id}/map/tiles/{set}", get(tilesets::map))
        .route(
            "/ogc/collections/{id}/map/tiles/{set}/{matrix}/{row}/{column}",
            get(tilesets::map_tile),
        )
        .route("/ogc/collections/{id}/tiles", get(tilesets::vectors))
        .route("/ogc/collections/{id}/tiles/{set}", get(tilesets::vector))
        .route(
            "/ogc/collections/{id}/tiles/{set}/{matrix}/{row}/{column}",
            get(tilesets::vector_tile),
        )
}

/// A link (RFC 8288) as the OGC APIs write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Where it leads.
    pub href: String,
    /// What is there for this document.
    pub rel: Cow<'static, str>,
    /// Media type.
    #[serde(rename = "type")]
    pub media_type: String,
    /// In words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Whether `href` has parts in braces to be filled in.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub templated: bool,
}

impl Link {
    /// A link to JSON.
    pub fn json(href: String, rel: impl Into<Cow<'static, str>>, title: &str) -> Self {
        Self {
            href,
            rel: rel.into(),
            media_type: "application/json".to_owned(),
            title: title.to_owned(),
            templated: false,
        }
    }
}

#[derive(Debug, Serialize)]
struct Landing {
    title: &'static str,
    description: &'static str,
    links: Vec<Link>,
}

async fn landing(State(state): State<AppState>, parts: Parts) -> Result<Json<Landing>, Problem> {
    let language = language::of(&parts.uri, &parts.headers);
    let visitor = Visitor::of(&state, &parts).await?;
    let base = base_of(&state, &parts, &visitor);
    let description = Link {
        media_type: OPENAPI.to_owned(),
        ..Link::json(
            format!("{base}/api"),
            "service-desc",
            language.pick("接口说明", "Description of the interface"),
        )
    };
    let mut links = vec![
        Link::json(format!("{base}/"), "self", ""),
        description,
        Link::json(
            format!("{base}/conformance"),
            "http://www.opengis.net/def/rel/ogc/1.0/conformance",
            language.pick("符合的标准", "Conformance"),
        ),
        // Common's name for the same.
        Link::json(
            format!("{base}/conformance"),
            "conformance",
            language.pick("符合的标准", "Conformance"),
        ),
    ];
    links.extend(links_to_layers(&base, language));
    // A token is for reading: it opens no jobs.
    if !visitor.is_in_path() {
        links.extend(processes::links(&base, language));
    }
    Ok(Json(Landing {
        title: language.pick("乡图", "Xiangtu"),
        description: language.pick(
            "乡村影像与地图。处理任务需以规划人员账号登录。",
            "Imagery and maps of villages. Jobs need a planner's account.",
        ),
        links,
    }))
}

fn links_to_layers(base: &str, language: Language) -> [Link; 3] {
    let collections = format!("{base}/collections");
    let title = language.pick("图层", "Layers");
    [
        Link::json(collections.clone(), "data", title),
        // Common's name for the same.
        Link::json(
            collections,
            "http://www.opengis.net/def/rel/ogc/1.0/data",
            title,
        ),
        Link::json(
            format!("{base}/tileMatrixSets"),
            "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes",
            language.pick("瓦片矩阵集", "Tile matrix sets"),
        ),
    ]
}

async fn conformance(
    State(state): State<AppState>,
    parts: Parts,
) -> Result<Json<serde_json::Value>, Problem> {
    let visitor = Visitor::of(&state, &parts).await?;
    let jobs: &[&str] = if visitor.is_in_path() {
        &[]
    } else {
        processes::CONFORMANCE
    };
    let classes: Vec<_> = CONFORMANCE.iter().chain(jobs).collect();
    Ok(Json(serde_json::json!({ "conformsTo": classes })))
}

async fn description() -> Response {
    ([(CONTENT_TYPE, OPENAPI)], DESCRIPTION).into_response()
}

/// [`base`] for a visitor, whose token may be in the path.
fn base_of(state: &AppState, parts: &Parts, visitor: &Visitor) -> String {
    format!("{}/ogc", visitor.origin(state, &parts.headers))
}

/// `https://host/ogc`, as the reader reached us.
pub fn base(state: &AppState, headers: &HeaderMap) -> String {
    format!("{}/ogc", state.settings.origin(headers))
}
