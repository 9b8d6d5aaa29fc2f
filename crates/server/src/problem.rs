//! The one error type at the edge: `application/problem+json` (RFC 9457) in two languages.
//!
//! A handler returns `Result<_, Problem>`. Whatever caused it is logged here and never shown;
//! the person gets a [`Kind`] from the catalogue in [`crate::problem::kinds`] and, where it
//! helps, a detail of their own. The language is chosen by [`speak`], the outermost layer that
//! knows the request.

pub mod kinds;

use std::borrow::Cow;

use axum::Json;
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::language::Language;

/// A sort of thing that can go wrong: its status, its code for programs and its words for people.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Stable, kebab-case; programs translate by it.
    pub code: &'static str,
    /// HTTP status.
    pub status: u16,
    /// Title, Chinese then English.
    pub title: [&'static str; 2],
    /// What to do about it, Chinese then English.
    pub detail: [&'static str; 2],
}

/// An answer that says what is wrong and what to do about it.
#[derive(Debug, Clone)]
pub struct Problem {
    kind: &'static Kind,
    detail: Option<[String; 2]>,
    retry_after: Option<u64>,
}

/// The body of a problem answer, as clients see it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ProblemBody {
    /// `/problems/<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// One line in the reader's language.
    pub title: String,
    /// The HTTP status again.
    pub status: u16,
    /// What to do about it, in the reader's language.
    pub detail: String,
    /// The stable code.
    pub code: String,
}

impl Problem {
    /// A problem of this kind with the kind's own words.
    pub fn new(kind: &'static Kind) -> Self {
        Self { kind, detail: None, retry_after: None }
    }

    /// The same with a detail that names the file, id or value at fault.
    #[must_use]
    pub fn with_detail(mut self, chinese: impl Into<String>, english: impl Into<String>) -> Self {
        self.detail = Some([chinese.into(), english.into()]);
        self
    }

    /// The same with a `Retry-After` in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Something of ours failed: the cause goes to the log, the person hears that it was us.
    pub fn internal(cause: &dyn std::error::Error) -> Self {
        tracing::error!(cause = %chain(cause), "a request failed for a reason of the server's own");
        Self::new(&kinds::INTERNAL)
    }

    /// The kind, for pages that speak for themselves.
    pub fn kind(&self) -> &'static Kind {
        self.kind
    }

    /// HTTP status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.kind.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The title in a language.
    pub fn title(&self, language: Language) -> &'static str {
        language.pick(self.kind.title[0], self.kind.title[1])
    }

    /// The detail in a language.
    pub fn detail(&self, language: Language) -> Cow<'_, str> {
        match &self.detail {
            Some([chinese, english]) => Cow::Borrowed(language.pick(chinese, english)),
            None => Cow::Borrowed(language.pick(self.kind.detail[0], self.kind.detail[1])),
        }
    }

    fn body(&self, language: Language) -> ProblemBody {
        ProblemBody {
            kind: format!("/problems/{}", self.kind.code),
            title: self.title(language).to_owned(),
            status: self.kind.status,
            detail: self.detail(language).into_owned(),
            code: self.kind.code.to_owned(),
        }
    }

    fn response(&self, language: Language) -> Response {
        let mut response = (self.status(), Json(self.body(language))).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert("content-language", HeaderValue::from_static(language.html()));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.response(Language::default());
        response.extensions_mut().insert(self);
        response
    }
}

/// Layer: says a problem again in the reader's language, keeping other headers of the answer.
pub async fn speak(request: Request, next: Next) -> Response {
    let language = Language::of(request.uri(), request.headers());
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return response };
    if language == Language::default() {
        return response;
    }
    let mut spoken = problem.response(language);
    for (name, value) in response.headers() {
        if !spoken.headers().contains_key(name) && name != "content-length" {
            spoken.headers_mut().append(name.clone(), value.clone());
        }
    }
    spoken
}

/// An error and all its sources in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
