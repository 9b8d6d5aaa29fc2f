//! The one error type at the edge: `application/problem+json` (RFC 9457) in two languages.
//!
//! A handler returns `Result<_, Problem>`. Whatever caused it is logged here and never shown;
//! the person gets a [`Kind`] from the catalogue in [`crate::problem::kinds`] and, where it
//! helps, a detail of their own. The language is that of the request, given to [`speak`] by
//! [`crate::edge`].

mod causes;
pub mod kinds;

use std::borrow::Cow;

use axum::Json;
use axum::body::to_bytes;
use axum::http::header::{CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
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
    errors: Vec<Mistake>,
    retry_after: Option<u64>,
    standard: Option<&'static str>,
}

/// One thing that is wrong with what was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Name of the field, or the path of a key in a recipe.
    pub field: String,
    /// A code of its own.
    pub code: &'static str,
    /// Where in the text that was sent.
    pub place: Option<Place>,
    /// Its own words, Chinese then English, where the code's are not enough.
    pub words: Option<[String; 2]>,
}

/// A place in a text, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column, where it is known.
    pub column: Option<usize>,
}

/// The body of a problem answer, as clients see it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ProblemBody {
    /// `/problems/<code>`, or what a standard says.
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
    /// Everything that is wrong with a form or a recipe; the problem itself is the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// One thing that is wrong with one field of a form, or with one key of a recipe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// Name of the field; in a recipe the path of the key, such as `steps[1].index`.
    pub field: String,
    /// A code of its own.
    pub code: String,
    /// Line of the recipe, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Column of the recipe, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// What is wrong with it, in the reader's language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl Mistake {
    fn body(&self, language: Language) -> FieldError {
        let words = self.words.as_ref();
        FieldError {
            field: self.field.clone(),
            code: self.code.to_owned(),
            line: self.place.map(|place| place.line),
            column: self.place.and_then(|place| place.column),
            message: words.map(|[chinese, english]| language.pick(chinese, english).to_owned()),
        }
    }
}

impl Problem {
    /// A problem of this kind with the kind's own words.
    pub fn new(kind: &'static Kind) -> Self {
        Self {
            kind,
            detail: None,
            errors: Vec::new(),
            retry_after: None,
            standard: None,
        }
    }

    /// The same with a detail that names the file, id or value at fault.
    #[must_use]
    pub fn with_detail(mut self, chinese: impl Into<String>, english: impl Into<String>) -> Self {
        self.detail = Some([chinese.into(), english.into()]);
        self
    }

    /// The same with everything that is wrong with what was sent.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<Mistake>) -> Self {
        self.errors = errors;
        self
    }

    /// The same with the `type` a standard has for it.
    #[must_use]
    pub fn as_in_standard(mut self, uri: &'static str) -> Self {
        self.standard = Some(uri);
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

    /// What the framework found wrong, with its own words as the detail.
    fn of_status(status: StatusCode, reason: &str) -> Self {
        match status.as_u16() {
            404 => Self::new(&kinds::NOT_FOUND),
            405 => Self::new(&kinds::METHOD_NOT_ALLOWED),
            413 => Self::new(&kinds::TOO_LARGE),
            400..500 => Self::new(&kinds::BAD_REQUEST).with_detail(
                format!("请求有误：{reason}"),
                format!("The request is wrong: {reason}"),
            ),
            _ => Self::new(&kinds::INTERNAL),
        }
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
            kind: self
                .standard
                .map_or_else(|| format!("/problems/{}", self.kind.code), str::to_owned),
            title: self.title(language).to_owned(),
            status: self.kind.status,
            detail: self.detail(language).into_owned(),
            code: self.kind.code.to_owned(),
            errors: self
                .errors
                .iter()
                .map(|mistake| mistake.body(language))
                .collect(),
        }
    }

    fn response(&self, language: Language) -> Response {
        let mut response = (self.status(), Json(self.body(language))).into_response();
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
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

/// Says problems in the reader's language, also those the framework found itself (a query
/// that cannot be read, a body too large), which it answers with plain text.
pub async fn speak(mut response: Response, language: Language) -> Response {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        if language == Language::default() {
            return response;
        }
        return spoken(&problem, language, response.headers());
    }
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || !is_plain(&response) {
        return response;
    }
    let (head, body) = response.into_parts();
    let reason = to_bytes(body, FRAMEWORK_TEXT).await.unwrap_or_default();
    let problem = Problem::of_status(status, &String::from_utf8_lossy(&reason));
    spoken(&problem, language, &head.headers)
}

/// What the framework says about a request is one line.
const FRAMEWORK_TEXT: usize = 4096;

fn is_plain(response: &Response) -> bool {
    let media_type = response.headers().get(CONTENT_TYPE);
    media_type.is_none_or(|media_type| media_type.as_bytes().starts_with(b"text/plain"))
}

/// The problem in a language with the other headers of the first answer.
fn spoken(problem: &Problem, language: Language, first: &HeaderMap) -> Response {
    let mut response = problem.response(language);
    for (name, value) in first {
        if !response.headers().contains_key(name) && name != CONTENT_LENGTH {
            response.headers_mut().append(name.clone(), value.clone());
        }
    }
    response
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
