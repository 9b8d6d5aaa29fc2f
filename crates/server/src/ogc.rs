//! `/ogc`: the landing page of the OGC APIs, what they conform to, and their description.
//!
//! Each standard is a module that contributes its routes, its links and its conformance classes;
//! a class is declared when a test of ours is named after it.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

use crate::language::Speaks;
use crate::processes;
use crate::state::AppState;

/// The description by OpenAPI 3.0, which is what the class `oas30` asks for.
const DESCRIPTION: &str = include_str!("../assets/ogc.json");
const OPENAPI: &str = "application/vnd.oai.openapi+json;version=3.0";

/// The routes of the OGC APIs.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/ogc", get(landing))
        .route("/ogc/", get(landing))
        .route("/ogc/conformance", get(conformance))
        .route("/ogc/api", get(description))
        .merge(processes::routes())
}

/// A link (RFC 8288) as the OGC APIs write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Where it leads.
    pub href: String,
    /// What is there for this document.
    pub rel: &'static str,
    /// Media type.
    #[serde(rename = "type")]
    pub media_type: String,
    /// In words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
}

impl Link {
    /// A link to JSON.
    pub fn json(href: String, rel: &'static str, title: &str) -> Self {
        Self {
            href,
            rel,
            media_type: "application/json".to_owned(),
            title: title.to_owned(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Landing {
    title: &'static str,
    description: &'static str,
    links: Vec<Link>,
}

async fn landing(
    State(state): State<AppState>,
    Speaks(language): Speaks,
    headers: HeaderMap,
) -> Json<Landing> {
    let base = base(&state, &headers);
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
    links.extend(processes::links(&base, language));
    Json(Landing {
        title: language.pick("乡图", "Xiangtu"),
        description: language.pick(
            "乡村影像与地图。处理任务需以规划人员账号登录。",
            "Imagery and maps of villages. Jobs need a planner's account.",
        ),
        links,
    })
}

async fn conformance() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "conformsTo": processes::CONFORMANCE }))
}

async fn description() -> Response {
    ([(CONTENT_TYPE, OPENAPI)], DESCRIPTION).into_response()
}

/// `https://host/ogc`, as the reader reached us.
pub fn base(state: &AppState, headers: &HeaderMap) -> String {
    format!("{}/ogc", state.settings.origin(headers))
}
