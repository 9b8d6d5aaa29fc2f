//! What came of a job: a document of references.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde_json::{Map, Value, json};
use store::job::State as JobState;
use store::job_output::{self, Kind, Output};

use super::describe::media_type;
use super::exception::result_not_ready;
use super::status::find;
use crate::language::{Language, Speaks};
use crate::problem::{Problem, kinds};
use crate::session::Planner;
use crate::state::AppState;

/// GET `/ogc/jobs/{id}/results`.
pub async fn results(
    State(state): State<AppState>,
    Planner(person): Planner,
    Speaks(language): Speaks,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<Map<String, Value>>, Problem> {
    let job = find(&state, &person, &id).await?;
    match job.state {
        JobState::Done => {}
        JobState::Failed => {
            let reason = job.error.unwrap_or_default();
            let words = (
                format!("没有发布任何结果：{reason}"),
                format!("Nothing was published: {reason}"),
            );
            return Err(Problem::new(&kinds::JOB_FAILED).with_detail(words.0, words.1));
        }
        JobState::Queued | JobState::Running | JobState::Cancelled => {
            return Err(result_not_ready());
        }
    }
    let origin = state.settings.origin(&headers);
    let outputs = job_output::list(&state.store, &person.scope, job.id).await?;
    let references = outputs.into_iter().filter_map(|output| {
        let reference = reference(&origin, &job.id.to_string(), &output, language)?;
        Some((output.name, reference))
    });
    Ok(Json(references.collect()))
}

/// `link.yaml`; `None` for a layer that was deleted since.
fn reference(origin: &str, job: &str, output: &Output, language: Language) -> Option<Value> {
    let href = match (output.kind, &output.layer_id) {
        (Kind::Table, _) => format!("{origin}/api/v1/jobs/{job}/outputs/{}", output.name),
        (_, Some(layer)) => format!("{origin}/tiles/{layer}/tilejson.json"),
        (_, None) => return None,
    };
    let title = match language {
        Language::En if !output.title_en.is_empty() => &output.title_en,
        _ => &output.title_zh,
    };
    let is_parquet = output
        .object
        .as_ref()
        .is_some_and(|object| object.ends_with(".parquet"));
    let media_type = if is_parquet {
        "application/vnd.apache.parquet"
    } else {
        media_type(output.kind.as_str())
    };
    Some(json!({ "href": href, "type": media_type, "title": title }))
}
