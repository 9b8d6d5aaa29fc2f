//! The headers of tiles: who may keep them and for how long.

use axum::body::Body;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use tiles::Format;

/// Who may keep an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Any cache, any site.
    Public,
    /// The one browser it was sent to.
    Private,
}

impl Reach {
    /// Public or not.
    pub fn of(public: bool) -> Self {
        if public { Self::Public } else { Self::Private }
    }

    fn caching(self, fixed: bool) -> &'static str {
        match (self, fixed) {
            (Self::Public, true) => "public, max-age=31536000, immutable",
            (Self::Public, false) => "public, max-age=60",
            (Self::Private, true) => "private, max-age=31536000, immutable",
            (Self::Private, false) => "private, no-cache",
        }
    }
}

/// What the request already has.
pub struct Answer<'a> {
    known: Option<&'a str>,
}

impl<'a> Answer<'a> {
    pub fn new(headers: &'a HeaderMap) -> Self {
        Self {
            known: headers
                .get(IF_NONE_MATCH)
                .and_then(|value| value.to_str().ok()),
        }
    }

    /// Whether the browser has these bytes (weak comparison, RFC 9110, 13.1.2).
    pub fn knows(&self, etag: &str) -> bool {
        self.known.is_some_and(|known| {
            known
                .split(',')
                .map(str::trim)
                .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
        })
    }

    /// A vector tile: named by its bytes, since what is in it changes row by row.
    pub fn vector(&self, bytes: Option<Bytes>, reach: Reach) -> Response {
        let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) else {
            return nothing_there(reach, false);
        };
        let etag = format!("\"{}\"", hex::encode(&Sha256::digest(&bytes)[..12]));
        if self.knows(&etag) {
            return unchanged(&etag, reach, false);
        }
        tile(bytes, Format::Mvt, &etag, reach, false)
    }
}

/// 200 with the bytes.
pub fn tile(bytes: Bytes, format: Format, etag: &str, reach: Reach, fixed: bool) -> Response {
    let mut response = headed(StatusCode::OK, Body::from(bytes), Some(etag), reach, fixed);
    let media_type = HeaderValue::from_static(format.media_type());
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

/// 304.
pub fn unchanged(etag: &str, reach: Reach, fixed: bool) -> Response {
    headed(
        StatusCode::NOT_MODIFIED,
        Body::empty(),
        Some(etag),
        reach,
        fixed,
    )
}

/// 204.
pub fn nothing_there(reach: Reach, fixed: bool) -> Response {
    headed(StatusCode::NO_CONTENT, Body::empty(), None, reach, fixed)
}

fn headed(
    status: StatusCode,
    body: Body,
    etag: Option<&str>,
    reach: Reach,
    fixed: bool,
) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static(reach.caching(fixed)),
    );
    if let Some(etag) = etag.and_then(|etag| HeaderValue::from_str(etag).ok()) {
        headers.insert(ETAG, etag);
    }
    match reach {
        Reach::Public => {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            let policy = HeaderName::from_static("cross-origin-resource-policy");
            headers.insert(policy, HeaderValue::from_static("cross-origin"));
        }
        Reach::Private => {
            headers.insert(VARY, HeaderValue::from_static("Authorization, Cookie"));
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knows(header: &'static str, etag: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, HeaderValue::from_static(header));
        Answer::new(&headers).knows(etag)
    }

    #[test]
    fn etags_are_compared_weakly_and_in_lists() {
        assert!(knows("\"a\"", "\"a\""));
        assert!(knows("\"b\", W/\"a\"", "\"a\""));
        assert!(knows("*", "\"a\""));
        assert!(!knows("\"ab\"", "\"a\""));
        assert!(!Answer::new(&HeaderMap::new()).knows("\"a\""));
    }

    #[test]
    fn what_needs_an_account_is_for_no_shared_cache() {
        let response = tile(
            Bytes::from_static(b"x"),
            Format::Webp,
            "\"a\"",
            Reach::Private,
            true,
        );
        let headers = response.headers();
        assert!(
            headers[CACHE_CONTROL]
                .to_str()
                .unwrap()
                .starts_with("private")
        );
        assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
        assert_eq!(headers[VARY], "Authorization, Cookie");
    }
}
