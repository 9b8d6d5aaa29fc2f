//! `/m/`: what this is, one big button, and looking a report up.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::Frame;

#[derive(Template)]
#[template(path = "m/home.html")]
struct Home<'a> {
    frame: &'a Frame,
    lookup: Lookup<'a>,
}

/// The field in which a number is looked up, on the first page and where one was not found.
pub struct Lookup<'a> {
    /// What was typed.
    pub typed: &'a str,
    /// What is wrong with it, or empty.
    pub problem: &'a str,
}

pub async fn show(frame: Frame) -> Response {
    let page = Home {
        frame: &frame,
        lookup: Lookup {
            typed: "",
            problem: "",
        },
    };
    frame.respond(StatusCode::OK, &page)
}
