//! The list, one job, its ledger, its log, its tables.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use objects::ObjectName;
use serde::{Deserialize, Serialize};
use store::job::{self, Filter};
use store::{chunk, job_log, job_output};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::body::{ChunkBody, JobBody, JobDetailBody, LineBody, in_full, of_jobs};
use crate::problem::{Problem, ProblemBody, kinds};
use crate::session::{Planner, SignedIn};
use crate::state::AppState;

/// Jobs a page.
const PAGE: u16 = 50;
/// Lines of the log an answer.
const LINES: u16 = 1000;

/// Which jobs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only in this state: `queued`, `running`, `done`, `failed` or `cancelled`.
    state: Option<String>,
    /// `next` of the page before.
    before: Option<Uuid>,
}

/// A page of jobs.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobsBody {
    /// Newest first.
    jobs: Vec<JobBody>,
    /// To be sent as `before` for the next page; `null` on the last.
    next: Option<Uuid>,
}

/// The jobs of the areas in scope, newest first.
#[utoipa::path(get, path = "/api/v1/jobs", operation_id = "list_jobs", tag = "jobs", params(ListQuery), responses(
    (status = 200, description = "A page of jobs", body = JobsBody),
    (status = 401, description = "`not-signed-in` or `session-expired`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, description = "`planners-only`", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn list(
    State(state): State<AppState>,
    Planner(person): Planner,
    Query(query): Query<ListQuery>,
) -> Result<Json<JobsBody>, Problem> {
    let wanted = query.state.filter(|text| !text.is_empty());
    let filter = Filter {
        state: wanted.map(|word| word.parse()).transpose()?,
        before: query.before,
    };
    // One more than asked for tells whether there is another page.
    let mut found = job::list(&state.store, &person.scope, &filter, PAGE + 1).await?;
    let more = found.len() > usize::from(PAGE);
    found.truncate(usize::from(PAGE));
    let jobs: Vec<_> = found.into_iter().map(|summary| summary.job).collect();
    let next = jobs.last().filter(|_| more).map(|job| job.id);
    let jobs = of_jobs(&state, jobs).await?;
    Ok(Json(JobsBody { jobs, next }))
}

/// One job with its recipe, stages and outputs.
#[utoipa::path(get, path = "/api/v1/jobs/{id}", operation_id = "job", tag = "jobs",
    params(("id" = Uuid, Path, description = "Job")), responses(
    (status = 200, description = "The job", body = JobDetailBody),
    (status = 403, description = "`planners-only`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "`not-found`: none, or not in the account's areas", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn detail(
    State(state): State<AppState>,
    Planner(person): Planner,
    Path(id): Path<Uuid>,
) -> Result<Json<JobDetailBody>, Problem> {
    let job = find(&state, &person, id).await?;
    let outputs = job_output::list(&state.store, &person.scope, id).await?;
    in_full(&state, job, outputs).await.map(Json)
}

/// The ledger of a job.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChunksBody {
    /// By stage and position.
    chunks: Vec<ChunkBody>,
}

/// Every chunk of a job, or only those that failed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChunksQuery {
    /// Only those that failed.
    #[serde(default)]
    failed: bool,
}

/// The ledger of a job.
#[utoipa::path(get, path = "/api/v1/jobs/{id}/chunks", tag = "jobs",
    params(("id" = Uuid, Path, description = "Job"), ChunksQuery), responses(
    (status = 200, description = "The chunks", body = ChunksBody),
    (status = 403, description = "`planners-only`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "`not-found`", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn chunks(
    State(state): State<AppState>,
    Planner(person): Planner,
    Path(id): Path<Uuid>,
    Query(query): Query<ChunksQuery>,
) -> Result<Json<ChunksBody>, Problem> {
    find(&state, &person, id).await?;
    let chunks = chunk::list(&state.store, &person.scope, id, query.failed).await?;
    Ok(Json(ChunksBody {
        chunks: chunks.into_iter().map(ChunkBody::from).collect(),
    }))
}

/// From which line on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LogQuery {
    /// Only lines after this one; all when left out.
    #[serde(default)]
    after: i64,
}

/// What a job said.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogBody {
    /// Oldest first, at most 1000: ask again `after` the last.
    lines: Vec<LineBody>,
}

/// What a job said.
#[utoipa::path(get, path = "/api/v1/jobs/{id}/log", tag = "jobs",
    params(("id" = Uuid, Path, description = "Job"), LogQuery), responses(
    (status = 200, description = "The lines", body = LogBody),
    (status = 403, description = "`planners-only`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "`not-found`", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn log(
    State(state): State<AppState>,
    Planner(person): Planner,
    Path(id): Path<Uuid>,
    Query(query): Query<LogQuery>,
) -> Result<Json<LogBody>, Problem> {
    find(&state, &person, id).await?;
    let lines = job_log::list(&state.store, &person.scope, id, query.after, LINES).await?;
    Ok(Json(LogBody {
        lines: lines.into_iter().map(LineBody::from).collect(),
    }))
}

/// A table that came of a job.
#[utoipa::path(get, path = "/api/v1/jobs/{id}/outputs/{name}", tag = "jobs", params(
    ("id" = Uuid, Path, description = "Job"), ("name" = String, Path, description = "Output"),
), responses(
    (status = 200, description = "The file", body = Vec<u8>, content_type = "text/csv"),
    (status = 403, description = "`planners-only`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "`not-found`", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn output(
    State(state): State<AppState>,
    Planner(person): Planner,
    Path((id, name)): Path<(Uuid, String)>,
) -> Result<Response, Problem> {
    let outputs = job_output::list(&state.store, &person.scope, id).await?;
    let object = outputs
        .into_iter()
        .find(|output| output.name == name)
        .and_then(|output| output.object)
        .ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
    let object: ObjectName = object.parse()?;
    let media_type = match object.extension() {
        "csv" => "text/csv; charset=utf-8",
        "parquet" => "application/vnd.apache.parquet",
        _ => "application/octet-stream",
    };
    let file = file_name(&name, object.extension());
    let objects = state.objects.clone();
    let bytes = tokio::task::spawn_blocking(move || objects.read(&object)).await??;
    let headers = [
        (CONTENT_TYPE, media_type.to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{file}\""),
        ),
        (CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

/// A name that every system takes, with the ending of what is in it.
fn file_name(name: &str, extension: &str) -> String {
    let ending = format!(".{extension}");
    let safe = |letter: char| {
        if letter.is_ascii_alphanumeric() || "-_.".contains(letter) {
            letter
        } else {
            '_'
        }
    };
    let stem: String = name.trim_end_matches(&ending).chars().map(safe).collect();
    format!("{stem}{ending}")
}

/// A job in a person's scope, or `not-found`.
pub async fn find(state: &AppState, person: &SignedIn, id: Uuid) -> Result<job::Job, Problem> {
    let job = job::by_id(&state.store, &person.scope, id).await?;
    job.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn a_file_is_named_for_any_system() {
        assert_eq!(file_name("villages.csv", "csv"), "villages.csv");
        assert_eq!(file_name("各村 \"ndvi\"", "parquet"), "____ndvi_.parquet");
    }
}
