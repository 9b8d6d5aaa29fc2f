//! `ows:ExceptionReport` (OGC 06-121r3, 8).

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LANGUAGE, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::language::Language;
use crate::problem::{Problem, kinds};

/// The codes that WMTS has, with the HTTP status it gives them (OGC 07-057r7, tables 20, 24, 29).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    MissingParameterValue,
    InvalidParameterValue,
    VersionNegotiationFailed,
    TileOutOfRange,
    PointIjOutOfRange,
    OperationNotSupported,
    Other,
}

impl Code {
    fn name(self) -> &'static str {
        match self {
            Self::MissingParameterValue => "MissingParameterValue",
            Self::InvalidParameterValue => "InvalidParameterValue",
            Self::VersionNegotiationFailed => "VersionNegotiationFailed",
            Self::TileOutOfRange => "TileOutOfRange",
            Self::PointIjOutOfRange => "PointIJOutOfRange",
            Self::OperationNotSupported => "OperationNotSupported",
            Self::Other => "NoApplicableCode",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::OperationNotSupported => StatusCode::NOT_IMPLEMENTED,
            Self::Other => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// An answer that says what is wrong, as WMTS writes it.
#[derive(Debug)]
pub struct Exception {
    code: Code,
    status: StatusCode,
    locator: Option<&'static str>,
    words: [String; 2],
}

impl Exception {
    /// An exception in both languages.
    pub fn new(
        code: Code,
        locator: Option<&'static str>,
        chinese: impl Into<String>,
        english: impl Into<String>,
    ) -> Self {
        Self {
            code,
            status: code.status(),
            locator,
            words: [chinese.into(), english.into()],
        }
    }

    /// A parameter with a value that is not known.
    pub fn invalid(
        parameter: &'static str,
        chinese: impl Into<String>,
        english: impl Into<String>,
    ) -> Self {
        Self::new(
            Code::InvalidParameterValue,
            Some(parameter),
            chinese,
            english,
        )
    }

    /// The report in a language.
    pub fn response(&self, language: Language) -> Response {
        let [chinese, english] = &self.words;
        let report = Report {
            language: language.tag(),
            code: self.code.name(),
            locator: self.locator,
            text: language.pick(chinese, english),
        };
        let headers = [
            (CONTENT_TYPE, "application/xml; charset=utf-8"),
            (CONTENT_LANGUAGE, language.tag()),
        ];
        match report.render() {
            Ok(xml) => (self.status, headers, xml).into_response(),
            Err(cause) => Problem::internal(&cause).into_response(),
        }
    }
}

#[derive(Template)]
#[template(path = "exception.xml")]
struct Report<'a> {
    language: &'a str,
    code: &'a str,
    locator: Option<&'a str>,
    text: &'a str,
}

impl From<Problem> for Exception {
    fn from(problem: Problem) -> Self {
        let kind = problem.kind();
        let (code, locator) = if *kind == kinds::UNKNOWN_LAYER {
            (Code::InvalidParameterValue, Some("layer"))
        } else if *kind == kinds::UNKNOWN_DATE {
            (Code::InvalidParameterValue, Some("time"))
        } else {
            (Code::Other, None)
        };
        let status = match code {
            Code::Other => problem.status(),
            code => code.status(),
        };
        let words = [Language::Zh, Language::En]
            .map(|language| format!("{}: {}", problem.title(language), problem.detail(language)));
        Self {
            code,
            status,
            locator,
            words,
        }
    }
}

impl From<tiles::Error> for Exception {
    fn from(error: tiles::Error) -> Self {
        Problem::from(error).into()
    }
}
