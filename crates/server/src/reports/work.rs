//! Moving a report on.

use axum::Json;
use axum::extract::{Path, State};
use participation::Actor;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::ReportBody;
use super::read::find;
use crate::problem::{Problem, ProblemBody};
use crate::session::SignedIn;
use crate::state::AppState;

/// A step in a report's life.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewEvent {
    /// `accepted`, `done` or `refused`.
    #[schema(example = "accepted")]
    to_state: String,
    /// The reason; required for `refused`, where the villager reads it.
    #[serde(default)]
    note: String,
}

/// Moves a report on. From `new` it can be accepted or refused, from `accepted` done or refused;
/// `done` and `refused` are final.
#[utoipa::path(post, path = "/api/v1/reports/{id}/events", tag = "reports",
    params(("id" = Uuid, Path, description = "Report")), request_body = NewEvent, responses(
    (status = 200, description = "The report as it stands now", body = ReportBody),
    (status = 401, description = "`not-signed-in` or `session-expired`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "`not-found`: none, or not in the account's areas", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "`transition-not-allowed`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "`note-required` or `invalid-field`", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn add_event(
    State(state): State<AppState>,
    person: SignedIn,
    Path(id): Path<Uuid>,
    Json(event): Json<NewEvent>,
) -> Result<Json<ReportBody>, Problem> {
    let to = event.to_state.parse()?;
    let actor = Actor {
        account_id: person.account.id,
        name: person.account.name.clone(),
    };
    participation::transition(&state.store, &person.scope, id, to, &event.note, actor).await?;
    tracing::info!(account = person.account.id, report = %id, to = %to, "a report moved on");
    find(&state, &person, id).await.map(Json)
}
