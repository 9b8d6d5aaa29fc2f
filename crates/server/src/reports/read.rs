//! The queue, one report, its photos.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, VARY};
use axum::response::{IntoResponse, Response};
use objects::ObjectName;
use serde::{Deserialize, Serialize};
use store::report::{self, Filter};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::body::{ReportBody, SummaryBody};
use crate::problem::{Problem, ProblemBody, kinds};
use crate::session::SignedIn;
use crate::state::AppState;

/// Reports a page.
const PAGE: u16 = 50;

/// Which reports.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only in this state: `new`, `accepted`, `done` or `refused`.
    state: Option<String>,
    /// Only of this service.
    service: Option<String>,
    /// Only in or under the area of this code.
    area: Option<String>,
    /// `next` of the page before.
    before: Option<String>,
}

/// A page of the queue.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageBody {
    /// Newest first.
    reports: Vec<SummaryBody>,
    /// To be sent as `before` for the next page; `null` on the last.
    next: Option<String>,
}

/// The reports in the account's scope, newest first.
#[utoipa::path(get, path = "/api/v1/reports", operation_id = "list_reports", tag = "reports", params(ListQuery), responses(
    (status = 200, description = "A page of the queue", body = PageBody),
    (status = 401, description = "`not-signed-in` or `session-expired`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "`invalid-field`: an unknown state", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn list(
    State(state): State<AppState>,
    person: SignedIn,
    Query(query): Query<ListQuery>,
) -> Result<Json<PageBody>, Problem> {
    // A form sends what was not chosen as an empty text.
    let chosen = |text: Option<String>| text.filter(|text| !text.is_empty());
    let filter = Filter {
        state: chosen(query.state).map(|word| word.parse()).transpose()?,
        service_code: chosen(query.service),
        area: chosen(query.area),
        before: chosen(query.before).map(|text| text.parse()).transpose()?,
    };
    let page = report::list(&state.store, &person.scope, &filter, PAGE).await?;
    Ok(Json(PageBody {
        reports: page.reports.into_iter().map(SummaryBody::from).collect(),
        next: page.next.map(|cursor| cursor.to_string()),
    }))
}

/// One report with its history and photos.
#[utoipa::path(get, path = "/api/v1/reports/{id}", tag = "reports",
    params(("id" = Uuid, Path, description = "Report")), responses(
    (status = 200, description = "The report", body = ReportBody),
    (status = 401, description = "`not-signed-in` or `session-expired`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "`not-found`: none, or not in the account's areas", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn detail(
    State(state): State<AppState>,
    person: SignedIn,
    Path(id): Path<Uuid>,
) -> Result<Json<ReportBody>, Problem> {
    find(&state, &person, id).await.map(Json)
}

/// A report in a person's scope, or `not-found`.
pub async fn find(state: &AppState, person: &SignedIn, id: Uuid) -> Result<ReportBody, Problem> {
    let report = report::detail(&state.store, &person.scope, id).await?;
    report
        .map(ReportBody::from)
        .ok_or_else(|| Problem::new(&kinds::NOT_FOUND))
}

/// A photo, at most 1600 pixels long, without metadata.
#[utoipa::path(get, path = "/api/v1/reports/{id}/photos/{position}", tag = "reports", params(
    ("id" = Uuid, Path, description = "Report"), ("position" = u8, Path, description = "From 0"),
), responses(
    (status = 200, description = "The picture", body = Vec<u8>, content_type = "image/jpeg"),
    (status = 404, description = "`not-found`", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn photo(
    State(state): State<AppState>,
    person: SignedIn,
    Path((id, position)): Path<(Uuid, u8)>,
) -> Result<Response, Problem> {
    let photo = report::photo(&state.store, &person.scope, id, position).await?;
    let photo = photo.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
    picture(&state, &photo.object).await
}

/// The thumbnail of a photo, at most 400 pixels long.
#[utoipa::path(get, path = "/api/v1/reports/{id}/photos/{position}/thumbnail", tag = "reports", params(
    ("id" = Uuid, Path, description = "Report"), ("position" = u8, Path, description = "From 0"),
), responses(
    (status = 200, description = "The picture", body = Vec<u8>, content_type = "image/jpeg"),
    (status = 404, description = "`not-found`", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn thumbnail(
    State(state): State<AppState>,
    person: SignedIn,
    Path((id, position)): Path<(Uuid, u8)>,
) -> Result<Response, Problem> {
    let photo = report::photo(&state.store, &person.scope, id, position).await?;
    let photo = photo.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
    picture(&state, &photo.thumbnail).await
}

/// A stored picture. The browser may keep it for the day, but nobody between us and it.
async fn picture(state: &AppState, object: &str) -> Result<Response, Problem> {
    let name: ObjectName = object.parse()?;
    let objects = state.objects.clone();
    let etag = format!("\"{}\"", name.hash());
    let bytes = tokio::task::spawn_blocking(move || objects.read(&name)).await??;
    let headers = [
        (CONTENT_TYPE, "image/jpeg".to_owned()),
        (
            CACHE_CONTROL,
            "private, max-age=86400, immutable".to_owned(),
        ),
        (VARY, "Cookie".to_owned()),
        (ETAG, etag),
    ];
    Ok((headers, bytes).into_response())
}
