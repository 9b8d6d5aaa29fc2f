//! `/ogc/tileMatrixSets`: the grids tiles are offered in (OGC 17-083r4).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::request::Parts;
use grid::matrix_set::{Document, MatrixSet};
use serde::Serialize;

use super::{Link, base_of};
use crate::access::Visitor;
use crate::problem::{Problem, kinds};
use crate::state::AppState;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MatrixSets {
    tile_matrix_sets: Vec<Summary>,
}

#[derive(Debug, Serialize)]
struct Summary {
    id: String,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<String>,
    crs: String,
    links: Vec<Link>,
}

/// All of them.
pub async fn list(
    State(state): State<AppState>,
    parts: Parts,
) -> Result<Json<MatrixSets>, Problem> {
    let visitor = Visitor::of(&state, &parts).await?;
    let base = base_of(&state, &parts, &visitor);
    let summary = |set: MatrixSet| Summary {
        id: set.id().into_owned(),
        title: set.title().into_owned(),
        uri: set.uri(),
        crs: set.crs_uri(),
        links: vec![Link::json(address(&base, set), "self", "")],
    };
    Ok(Json(MatrixSets {
        tile_matrix_sets: MatrixSet::all().map(summary).collect(),
    }))
}

/// One of them.
pub async fn one(Path(id): Path<String>) -> Result<Json<Document>, Problem> {
    Ok(Json(known(&id)?.document()))
}

/// Where a set is described.
pub fn address(base: &str, set: MatrixSet) -> String {
    format!("{base}/tileMatrixSets/{}", set.id())
}

/// The set of an identifier.
///
/// # Errors
///
/// `not-found`, which names it.
pub fn known(id: &str) -> Result<MatrixSet, Problem> {
    MatrixSet::from_id(id).ok_or_else(|| {
        Problem::new(&kinds::NOT_FOUND).with_detail(
            format!("没有瓦片矩阵集“{id}”，请看 /ogc/tileMatrixSets。"),
            format!("There is no tile matrix set “{id}”: see /ogc/tileMatrixSets."),
        )
    })
}
