//! `POST /m/report`: taking the form. Whatever goes wrong, the page that answers still holds what
//! was written.

use axum::extract::State;
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use participation::{Sender, SubmitError, submit};
use uuid::Uuid;

use super::form::{Mistake, Written, render};
use super::frame::Frame;
use super::multipart::Filled;
use crate::problem::{Problem, kinds};
use crate::state::AppState;

/// Why the form comes back.
enum Returned {
    /// Something to correct.
    Mistakes(Vec<Mistake>),
    /// The id belongs to an earlier report with other content.
    Received(Uuid),
    /// Larger than a request may be, or broken off.
    TooLarge,
    /// Ours.
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

pub async fn send(
    frame: Frame,
    State(app): State<AppState>,
    multipart: Result<Multipart, MultipartRejection>,
) -> Response {
    let frame = frame.at("/m/report");
    let Ok(multipart) = multipart else {
        return Problem::new(&kinds::BAD_REQUEST).into_response();
    };
    let (written, outcome) = match Filled::read(multipart).await {
        Ok(filled) => (Written::kept(&filled), take(&frame, &app, filled).await),
        Err((filled, error)) if error.is_too_large() => {
            (Written::kept(&filled), Err(Returned::TooLarge))
        }
        Err((filled, error)) => (
            Written::kept(&filled),
            Err(Returned::Failed(Box::new(error))),
        ),
    };
    match outcome {
        Ok(reference) => Redirect::to(&format!("/m/report/{reference}")).into_response(),
        Err(returned) => come_back(&frame, &app, written, returned).await,
    }
}

/// The reference number of the report, stored now or before.
async fn take(frame: &Frame, app: &AppState, mut filled: Filled) -> Result<String, Returned> {
    let draft = filled
        .placed(&app.store)
        .await
        .map_err(|error| Returned::Failed(Box::new(error)))?;
    let in_words = |invalid: Vec<_>| {
        Returned::Mistakes(
            invalid
                .into_iter()
                .map(|one| Mistake::of(one, frame))
                .collect(),
        )
    };
    let submission = draft.check().map_err(in_words)?;
    match submit(&app.store, &app.objects, submission, Sender::Villager).await {
        Ok(outcome) => Ok(outcome.receipt().reference.clone()),
        Err(SubmitError::Invalid(invalid)) => Err(in_words(invalid)),
        Err(SubmitError::Conflict(id)) => Err(Returned::Received(id)),
        Err(error) => Err(Returned::Failed(Box::new(error))),
    }
}

async fn come_back(
    frame: &Frame,
    app: &AppState,
    mut written: Written,
    returned: Returned,
) -> Response {
    let mut received = None;
    let (status, mistakes) = match returned {
        Returned::Mistakes(mistakes) => (StatusCode::UNPROCESSABLE_ENTITY, mistakes),
        Returned::Received(id) => {
            // Sent again from here it is another report.
            written.id = Uuid::now_v7().to_string();
            received = Some(id);
            (StatusCode::CONFLICT, Vec::new())
        }
        Returned::TooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            vec![Mistake::whole(&frame.words.problem.too_large)],
        ),
        Returned::Failed(error) => {
            tracing::error!(%error, "a villager's report could not be taken");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                vec![Mistake::whole(&frame.words.problem.busy)],
            )
        }
    };
    render(frame, &app.store, status, &written, &mistakes, received)
        .await
        .unwrap_or_else(|error| frame.trouble(&error))
}
