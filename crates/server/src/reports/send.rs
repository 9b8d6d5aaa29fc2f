//! Taking a villager's report. The same form fields as the page's own form.

use axum::Json;
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use participation::{Outcome, Sender};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::ReceiptBody;
use crate::problem::{Problem, ProblemBody, kinds};
use crate::session::Session;
use crate::state::AppState;
use crate::villager::multipart::{Filled, ReadError};

/// A report as it is sent. Only described here: the fields are read one by one.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "the fields are read by name from the multipart stream"
)]
struct SentReport {
    /// Code of the service catalogue.
    service: String,
    /// A few words; may be empty when there is a photo.
    description: Option<String>,
    /// Degrees.
    lon: Option<f64>,
    /// Degrees.
    lat: Option<f64>,
    /// Metres.
    accuracy: Option<f64>,
    /// `gps`, `map`, `list` or `typed`.
    place_source: Option<String>,
    /// Code of an area, where no point is given.
    area: Option<String>,
    /// Never shown in public.
    phone: Option<String>,
    /// At most three: JPEG, PNG or WebP, 12 MB and 50 megapixels each.
    #[schema(value_type = Vec<String>, format = Binary)]
    photo: Vec<Vec<u8>>,
}

/// The answer to a report that was taken.
#[derive(Debug, Serialize, ToSchema)]
struct Taken {
    /// To be kept by the sender.
    receipt: ReceiptBody,
}

/// Sends a report under an id the sender made (UUID, version 7). Needs no account. Sending the
/// same again gives the same receipt, so a phone may try until it hears one.
#[utoipa::path(put, path = "/api/v1/reports/{id}", tag = "reports",
    params(("id" = Uuid, Path, description = "Made by the sender")),
    request_body(content = SentReport, content_type = "multipart/form-data"), responses(
    (status = 201, description = "Taken now", body = Taken),
    (status = 200, description = "Taken before, with the same content", body = Taken),
    (status = 409, description = "`conflict`: something else was sent under this id", body = ProblemBody, content_type = "application/problem+json"),
    (status = 413, description = "`too-large`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong, field by field: `outside-served-areas`, `unknown-service`, `photo-not-readable` …", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn put(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<Uuid>,
    multipart: Multipart,
) -> Result<Response, Problem> {
    let mut filled = Filled::read(multipart)
        .await
        .map_err(|(_, error)| broken_off(&error))?;
    let mut draft = filled.placed(&state.store).await?;
    draft.id = id.to_string();
    let submission = draft.check()?;
    let outcome =
        participation::submit(&state.store, &state.objects, submission, sender(session)).await?;
    let status = match outcome {
        Outcome::Created(_) => StatusCode::CREATED,
        Outcome::Same(_) => StatusCode::OK,
    };
    let receipt = ReceiptBody::from(outcome.receipt());
    Ok((status, Json(Taken { receipt })).into_response())
}

/// An official who sends a report does it for somebody.
fn sender(session: Session) -> Sender {
    match session {
        Session::Live(person) => Sender::Official {
            account_id: person.account.id,
            name: person.account.name,
        },
        Session::Nobody | Session::Ended => Sender::Villager,
    }
}

fn broken_off(error: &ReadError) -> Problem {
    if error.is_too_large() {
        return Problem::new(&kinds::TOO_LARGE);
    }
    if matches!(error, ReadError::Busy) {
        return Problem::new(&kinds::BUSY).retry_after(30);
    }
    Problem::new(&kinds::BAD_REQUEST).with_detail(
        "上报内容没有传完，请重新发送。",
        "The report did not arrive whole: send it again.",
    )
}
