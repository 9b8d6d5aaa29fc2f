//! A recipe comes in: what it would take, and the job it becomes.

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::{EstimateBody, JobBody, of_jobs};
use super::read::find;
use crate::problem::{Problem, ProblemBody, kinds};
use crate::recipes::accept;
use crate::session::Planner;
use crate::state::AppState;

/// A recipe as JSON carries it.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewJob {
    /// The YAML text, comments and all.
    #[schema(example = "recipe: season-mosaic\n…")]
    recipe: String,
}

/// The recipe of a request: YAML as it is, or JSON with the YAML in it.
pub struct RecipeText(String);

impl FromRequest<AppState> for RecipeText {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        let media_type = request.headers().get(CONTENT_TYPE);
        let essence = media_type
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        match essence.as_str() {
            "application/json" => Json::<NewJob>::from_request(request, state)
                .await
                .map(|Json(job)| Self(job.recipe))
                .map_err(IntoResponse::into_response),
            "text/plain" | "application/yaml" | "application/x-yaml" | "text/yaml" => {
                String::from_request(request, state)
                    .await
                    .map(Self)
                    .map_err(IntoResponse::into_response)
            }
            _ => Err(Problem::new(&kinds::BAD_REQUEST)
                .with_detail(
                    "请以 text/plain（YAML）或 application/json（{\"recipe\": …}）发送配方。",
                    "Send the recipe as text/plain (YAML) or application/json ({\"recipe\": …}).",
                )
                .into_response()),
        }
    }
}

/// What a job would take; nothing is made.
#[utoipa::path(post, path = "/api/v1/jobs/estimate", operation_id = "estimate_job", tag = "jobs",
    request_body(content((NewJob = "application/json"), (String = "text/plain"))), responses(
    (status = 200, description = "What it would take", body = EstimateBody),
    (status = 403, description = "`planners-only`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 413, description = "`too-large`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "`recipe-wrong` with line and key, or `job-not-possible`", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn estimate(
    State(state): State<AppState>,
    Planner(person): Planner,
    RecipeText(text): RecipeText,
) -> Result<Json<EstimateBody>, Problem> {
    accept(&state, &person.scope, &text).await?;
    let estimate = state.intake.estimate(&text, &person.scope).await?;
    Ok(Json(estimate.into()))
}

/// Queues a job. The same recipe over the same images goes on with the job that has not come to
/// its end.
#[utoipa::path(post, path = "/api/v1/jobs", operation_id = "send_job", tag = "jobs",
    request_body(content((NewJob = "application/json"), (String = "text/plain"))), responses(
    (status = 201, description = "The job; its address is in `Location`", body = JobBody),
    (status = 403, description = "`planners-only`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 413, description = "`too-large`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "`recipe-wrong` with line and key, or `job-not-possible`", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn send(
    State(state): State<AppState>,
    Planner(person): Planner,
    RecipeText(text): RecipeText,
) -> Result<Response, Problem> {
    accept(&state, &person.scope, &text).await?;
    let account = person.account.id;
    let id = state.intake.send(&text, &person.scope, account).await?;
    tracing::info!(account, job = %id, "a job was sent");
    let job = find(&state, &person, id).await?;
    let body = of_jobs(&state, vec![job]).await?.pop();
    let body = body.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
    let place = [(LOCATION, format!("/api/v1/jobs/{id}"))];
    Ok((StatusCode::CREATED, place, Json(body)).into_response())
}
