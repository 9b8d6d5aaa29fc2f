//! What surrounds every page: its language, its addresses, and what is off on this connection.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::header::{CACHE_CONTROL, HOST, SET_COOKIE, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use participation::Language;

use super::assets;
use super::messages::{Messages, messages};
use crate::language::{self, LANGUAGE_COOKIE};
use crate::problem::Problem;
use crate::state::{AppState, is_loopback};

/// What every template holds.
pub struct Frame {
    /// The language the page is in.
    pub language: Language,
    /// Its words.
    pub words: &'static Messages,
    /// Address of the style sheet.
    pub style: String,
    /// Address of the script.
    pub script: String,
    /// This page in the other language.
    pub switch: String,
    /// Plain HTTP from another machine: no position, and the page says so.
    pub not_encrypted: bool,
    /// The person chose the language with this very request: remember it.
    chosen: bool,
}

impl Frame {
    /// The same page in the other language lies at `path`; without this it is the present one.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        self.switch = switch(path, self.language);
        self
    }

    /// The finished page.
    pub fn respond(&self, status: StatusCode, page: &impl askama::Template) -> Response {
        let html = match page.render() {
            Ok(html) => html,
            Err(error) => return Problem::internal(&error).into_response(),
        };
        let mut response = (status, Html(html)).into_response();
        let headers = response.headers_mut();
        // Pages carry an id of their own or a state that changes.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(VARY, HeaderValue::from_static("cookie, accept-language"));
        headers.insert(
            "content-language",
            HeaderValue::from_static(self.language.tag()),
        );
        if self.chosen
            && let Ok(cookie) = HeaderValue::from_str(&self.cookie())
        {
            headers.append(SET_COOKIE, cookie);
        }
        response
    }

    /// The page for when it is our fault; the cause goes to the log.
    pub fn trouble(&self, cause: &dyn std::error::Error) -> Response {
        tracing::error!(%cause, "a villager's page could not be made");
        self.respond(StatusCode::SERVICE_UNAVAILABLE, &Trouble { frame: self })
    }

    fn cookie(&self) -> String {
        let code = self.language.code();
        format!("{LANGUAGE_COOKIE}={code}; Path=/; Max-Age=31536000; SameSite=Lax")
    }
}

#[derive(askama::Template)]
#[template(path = "m/trouble.html")]
struct Trouble<'a> {
    frame: &'a Frame,
}

fn switch(path: &str, language: Language) -> String {
    let other = match language {
        Language::Zh => Language::En,
        Language::En => Language::Zh,
    };
    format!("{path}?lang={}", other.code())
}

impl FromRequestParts<AppState> for Frame {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Self, Self::Rejection> {
        let language = language::of(&parts.uri, &parts.headers);
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self {
            language,
            words: messages(language),
            style: assets::address("villager.css"),
            script: assets::address("report.js"),
            switch: switch(parts.uri.path(), language),
            not_encrypted: !state.settings.is_secure() && !is_this_machine(&parts.headers),
            chosen: query.split('&').any(|pair| pair.starts_with("lang=")),
        })
    }
}

/// Browsers treat loopback as secure whatever the protocol.
fn is_this_machine(headers: &HeaderMap) -> bool {
    let host = headers
        .get(HOST)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _port)) => address,
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(is_loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_told_from_another() {
        let said = |host: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static(host));
            is_this_machine(&headers)
        };
        for host in [
            "localhost:8080",
            "127.0.0.1:8080",
            "127.3.2.1",
            "[::1]:8080",
            "x.localhost",
        ] {
            assert!(said(host), "{host}");
        }
        for host in [
            "192.168.1.10:8080",
            "xiangtu.lan",
            "localhost.example",
            "[fe80::1]:80",
            "",
        ] {
            assert!(!said(host), "{host}");
        }
    }

    #[test]
    fn the_switch_leads_to_the_other_language() {
        assert_eq!(switch("/m/", Language::Zh), "/m/?lang=en");
        assert_eq!(switch("/m/report", Language::En), "/m/report?lang=zh");
    }
}
