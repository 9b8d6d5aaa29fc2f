//! `/m/report/{reference}`: what became of a report, for whoever holds its number.
//!
//! The number is short enough to be said over the telephone, so it is no secret: the page shows
//! nothing of what was written, no phone number and no name.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, FixedOffset, Utc};
use participation::{reference, service};
use serde::Deserialize;
use store::report::{self, PublicReport};
use store::{Scope, Store};
use uuid::Uuid;

use super::frame::Frame;
use super::home::Lookup;

#[derive(Template)]
#[template(path = "m/status.html")]
struct Status<'a> {
    frame: &'a Frame,
    reference: &'a str,
    state: report::State,
    shape: &'static str,
    service: &'a str,
    place: &'a str,
    sent_at: String,
    photos: String,
    /// Oldest first.
    history: Vec<Step<'a>>,
}

struct Step<'a> {
    state: report::State,
    shape: &'static str,
    words: &'a str,
    at: String,
    note: &'a str,
    is_last: bool,
}

#[derive(Template)]
#[template(path = "m/unknown.html")]
struct Unknown<'a> {
    frame: &'a Frame,
    lookup: Lookup<'a>,
}

/// What is typed into the field on the first page.
#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    reference: String,
}

pub async fn find(frame: Frame, Query(typed): Query<Typed>) -> Response {
    match reference::parse(&typed.reference) {
        Some(reference) => Redirect::to(&format!("/m/report/{reference}")).into_response(),
        None => unknown(&frame, &typed.reference, &frame.words.home.find_wrong),
    }
}

pub async fn show(frame: Frame, State(store): State<Store>, Path(typed): Path<String>) -> Response {
    let Some(reference) = reference::parse(&typed) else {
        return unknown(&frame, &typed, &frame.words.home.find_wrong);
    };
    match report::by_reference(&store, &reference).await {
        Ok(Some(report)) => frame.respond(StatusCode::OK, &page(&frame, &report)),
        Ok(None) => unknown(&frame, &reference, &frame.words.home.find_unknown),
        Err(error) => frame.trouble(&error),
    }
}

/// From the id a phone made to the page of its report: only that phone knows the id.
pub async fn sent(frame: Frame, State(store): State<Store>, Path(id): Path<String>) -> Response {
    let Ok(id) = id.parse::<Uuid>() else {
        return unknown(&frame, "", &frame.words.home.find_unknown);
    };
    match report::detail(&store, &Scope::Everything, id).await {
        Ok(Some(report)) => {
            Redirect::to(&format!("/m/report/{}", report.summary.reference)).into_response()
        }
        Ok(None) => unknown(&frame, "", &frame.words.home.find_unknown),
        Err(error) => frame.trouble(&error),
    }
}

fn unknown(frame: &Frame, typed: &str, problem: &str) -> Response {
    frame.respond(
        StatusCode::NOT_FOUND,
        &Unknown {
            frame,
            lookup: Lookup { typed, problem },
        },
    )
}

fn page<'a>(frame: &'a Frame, report: &'a PublicReport) -> Status<'a> {
    let words = frame.words;
    let last = report.history.len().saturating_sub(1);
    Status {
        frame,
        reference: &report.reference,
        state: report.state,
        shape: shape(report.state),
        service: service(&report.service_code).map_or(report.service_code.as_str(), |service| {
            service.name(frame.language)
        }),
        place: frame
            .language
            .pick(&report.area.name_zh, &report.area.name_en),
        sent_at: clock(report.created_at),
        photos: words
            .status
            .photos_count
            .replace("{count}", &report.photo_count.to_string()),
        history: report
            .history
            .iter()
            .enumerate()
            .map(|(index, event)| Step {
                state: event.to_state,
                shape: shape(event.to_state),
                words: words.event(event.to_state),
                at: clock(event.at),
                note: &event.note,
                is_last: index == last,
            })
            .collect(),
    }
}

/// The shape a state is shown with, beside its word and its colour.
fn shape(state: report::State) -> &'static str {
    match state {
        report::State::New => "○",
        report::State::Accepted => "◐",
        report::State::Done => "●",
        report::State::Refused => "✕",
    }
}

/// Minutes are enough; the hour is that of China, where the villages are.
fn clock(at: DateTime<Utc>) -> String {
    const CHINA: Option<FixedOffset> = FixedOffset::east_opt(8 * 3600);
    let format = "%Y-%m-%d %H:%M";
    CHINA.map_or_else(
        || at.format(format).to_string(),
        |china| at.with_timezone(&china).format(format).to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_chinas() {
        let at = "2026-03-01T20:05:09Z".parse().unwrap();
        assert_eq!(clock(at), "2026-03-02 04:05");
    }
}
