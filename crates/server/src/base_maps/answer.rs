//! The headers of a base map's tiles: who may keep them, for how long, and how old they are.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{AGE, CACHE_CONTROL, CONTENT_TYPE, ETAG, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;

use super::base_map::{Shown, State};
use super::config::Audience;
use super::picture::Picture;
use super::upstream::Failure;
use crate::map_tiles::answer::Answer;
use crate::problem::{Problem, kinds};

/// A browser asks at least daily, so that what was withdrawn disappears.
const BROWSER: Duration = Duration::from_hours(24);
/// How soon to ask again for what a failing host has not given.
const AGAIN: u64 = 5;

/// 200, 204 or 304. Unlike our own public tiles these are for our own pages only: another site must not
/// use up the key.
pub fn tile(shown: &Shown, audience: Audience, asked: &HeaderMap) -> Response {
    let etag = shown.picture.as_ref().map(Picture::etag);
    let known = etag
        .as_ref()
        .is_some_and(|etag| Answer::new(asked).knows(etag));
    let (status, body) = match &shown.picture {
        None => (StatusCode::NO_CONTENT, Body::empty()),
        Some(_) if known => (StatusCode::NOT_MODIFIED, Body::empty()),
        Some(picture) => (StatusCode::OK, Body::from(picture.bytes.clone())),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if let Some(picture) = shown.picture.as_ref().filter(|_| !known) {
        let media_type = HeaderValue::from_static(picture.format.media_type());
        headers.insert(CONTENT_TYPE, media_type);
    }
    let mut put = |name: HeaderName, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    };
    if let Some(etag) = etag {
        put(ETAG, etag);
    }
    put(CACHE_CONTROL, caching(shown.state, audience));
    put(
        HeaderName::from_static("cache-status"),
        status_of(shown.state),
    );
    // With what is fresh `max-age` says what is left; an age beside it would count twice.
    if let State::Stale(_) = shown.state {
        put(AGE, shown.age.as_secs().to_string());
    }
    let vary = match audience {
        Audience::Public => "Cookie",
        Audience::Officials => "Authorization, Cookie",
    };
    put(VARY, vary.to_owned());
    put(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin".to_owned(),
    );
    response
}

fn caching(state: State, audience: Audience) -> String {
    let reach = match audience {
        Audience::Public => "public",
        Audience::Officials => "private",
    };
    match state {
        State::Fresh { left, .. } => format!("{reach}, max-age={}", left.min(BROWSER).as_secs()),
        State::Stale(_) => format!("{reach}, no-cache"),
        State::Unkept => "no-store".to_owned(),
    }
}

/// `Cache-Status` (RFC 9211).
fn status_of(state: State) -> String {
    match state {
        State::Fresh { asked: true, .. } => "xiangtu; fwd=miss; stored".to_owned(),
        State::Fresh { left, .. } => format!("xiangtu; hit; ttl={}", left.as_secs()),
        State::Stale(over) => format!("xiangtu; hit; ttl=-{}", over.as_secs().max(1)),
        State::Unkept => "xiangtu; fwd=miss".to_owned(),
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Busy => Self::new(&kinds::BUSY).retry_after(AGAIN),
            Failure::Resting(left) => {
                Self::new(&kinds::BASE_MAP_UNREACHABLE).retry_after(left.as_secs().max(1))
            }
            _ => Self::new(&kinds::BASE_MAP_UNREACHABLE).retry_after(AGAIN),
        }
    }
}
