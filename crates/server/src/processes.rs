//! OGC API – Processes – Part 1: Core 1.0 (OGC 18-062r2): each recipe that comes with the
//! program is a process; the process `recipe` takes any recipe.
//!
//! Every process runs asynchronously, and its results are references to what was published.
//! The jobs are those of `/api/v1/jobs`, for the same people.

mod describe;
mod exception;
mod execute;
mod jobs;
mod results;
mod status;

use axum::Router;
use axum::routing::{get, post};

use crate::language::Language;
use crate::ogc::Link;
use crate::state::AppState;

/// The process that takes any recipe.
const ANY: &str = "recipe";

/// What is declared, and tested in `tests/http/processes.rs`.
pub const CONFORMANCE: &[&str] = &[
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/ogc-process-description",
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/json",
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/job-list",
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/dismiss",
];

/// The routes of this module.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/ogc/processes", get(describe::list))
        .route("/ogc/processes/{id}", get(describe::one))
        .route("/ogc/processes/{id}/execution", post(execute::execute))
        .route("/ogc/jobs", get(jobs::list))
        .route("/ogc/jobs/{id}", get(jobs::one).delete(jobs::dismiss))
        .route("/ogc/jobs/{id}/results", get(results::results))
}

/// Its links on the landing page.
pub fn links(base: &str, language: Language) -> [Link; 2] {
    [
        Link::json(
            format!("{base}/processes"),
            "http://www.opengis.net/def/rel/ogc/1.0/processes",
            language.pick("处理过程", "Processes"),
        ),
        Link::json(
            format!("{base}/jobs"),
            "http://www.opengis.net/def/rel/ogc/1.0/job-list",
            language.pick("任务", "Jobs"),
        ),
    ]
}
