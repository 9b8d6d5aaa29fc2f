//! Stopping a job, going on with it, and forgetting it.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use store::job;
use uuid::Uuid;

use super::body::{JobBody, of_jobs};
use super::read::find;
use crate::problem::{Problem, ProblemBody, kinds};
use crate::session::{Planner, SignedIn};
use crate::state::AppState;

/// Wants a job to stop. What is done is kept; whoever works on it stops within seconds. A job
/// that has ended stays as it is.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/cancel", operation_id = "cancel_job", tag = "jobs",
    params(("id" = Uuid, Path, description = "Job")), responses(
    (status = 200, description = "The job as it stands now", body = JobBody),
    (status = 403, description = "`planners-only`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "`not-found`", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn cancel(
    State(state): State<AppState>,
    Planner(person): Planner,
    Path(id): Path<Uuid>,
) -> Result<Json<JobBody>, Problem> {
    let stands = job::cancel(&state.store, &person.scope, id).await?;
    stands.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
    tracing::info!(account = person.account.id, job = %id, "a job is to stop");
    summary(&state, &person, id).await
}

/// Goes on with a job that failed or was cancelled: what is done stays done.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/retry", operation_id = "retry_job", tag = "jobs",
    params(("id" = Uuid, Path, description = "Job")), responses(
    (status = 200, description = "The job, queued again", body = JobBody),
    (status = 403, description = "`planners-only`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "`not-found`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "`job-state`: it neither failed nor was cancelled", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn retry(
    State(state): State<AppState>,
    Planner(person): Planner,
    Path(id): Path<Uuid>,
) -> Result<Json<JobBody>, Problem> {
    let before = find(&state, &person, id).await?.state;
    if !matches!(before, job::State::Failed | job::State::Cancelled) {
        return Err(Problem::new(&kinds::JOB_STATE));
    }
    let stands = job::retry(&state.store, &person.scope, id).await?;
    stands.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
    tracing::info!(account = person.account.id, job = %id, "a job goes on");
    summary(&state, &person, id).await
}

/// Deletes a job that has ended, with its ledger and its log. Its layers stay; its tables go.
#[utoipa::path(delete, path = "/api/v1/jobs/{id}", operation_id = "delete_job", tag = "jobs",
    params(("id" = Uuid, Path, description = "Job")), responses(
    (status = 204, description = "It is gone"),
    (status = 403, description = "`planners-only`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "`not-found`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "`job-state`: cancel it first", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn remove(
    State(state): State<AppState>,
    Planner(person): Planner,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    let before = find(&state, &person, id).await?.state;
    if matches!(before, job::State::Queued | job::State::Running) {
        return Err(Problem::new(&kinds::JOB_STATE));
    }
    forget(&state, &person, id).await?;
    tracing::info!(account = person.account.id, job = %id, "a job was deleted");
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a job that has ended, and the objects nobody refers to any more.
pub async fn forget(state: &AppState, person: &SignedIn, id: Uuid) -> Result<(), Problem> {
    let remains = job::delete(&state.store, &person.scope, id).await?;
    let remains = remains.ok_or_else(|| Problem::new(&kinds::JOB_STATE))?;
    Ok(jobs::clear(&state.store, &state.objects, remains).await?)
}

async fn summary(state: &AppState, person: &SignedIn, id: Uuid) -> Result<Json<JobBody>, Problem> {
    let job = find(state, person, id).await?;
    let body = of_jobs(state, vec![job]).await?.pop();
    body.map(Json)
        .ok_or_else(|| Problem::new(&kinds::NOT_FOUND))
}
