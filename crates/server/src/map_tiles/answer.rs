//! The headers of tiles: who may keep them and for how long.

use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE,
    ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use grid::tile::Tile;
use sha2::{Digest, Sha256};
use tiles::Format;
use tiles::vector::Encoded;

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
    gzip: bool,
}

impl<'a> Answer<'a> {
    pub fn new(headers: &'a HeaderMap) -> Self {
        Self {
            known: headers
                .get(IF_NONE_MATCH)
                .and_then(|value| value.to_str().ok()),
            gzip: takes_gzip(headers),
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

    /// 304 when the client has a tile of these names, without looking at the tile.
    pub fn known_vector(&self, names: &Names, reach: Reach, fixed: bool) -> Option<Response> {
        let known = |name| {
            self.knows(name)
                .then(|| vary(unchanged(name, reach, fixed)))
        };
        // One that takes gzip may still hold the plain bytes, when gzip made them no smaller.
        let gzip = self.gzip.then(|| known(&names.gzip)).flatten();
        gzip.or_else(|| known(&names.plain))
    }

    /// A vector tile with its names; by its bytes where it has none, since what is in it changes
    /// row by row.
    pub fn vector(
        &self,
        encoded: Option<Encoded>,
        names: Option<&Names>,
        reach: Reach,
        fixed: bool,
    ) -> Response {
        let Some(encoded) = encoded else {
            return nothing_there(reach, fixed);
        };
        let Some(names) = names else {
            let digest = Sha256::digest(&encoded.plain);
            let etag = format!("\"{}\"", hex::encode(&digest[..12]));
            if self.knows(&etag) {
                return unchanged(&etag, reach, fixed);
            }
            return tile(encoded.plain, Format::Mvt, &etag, reach, fixed);
        };
        match encoded.gzip.filter(|_| self.gzip) {
            Some(gzip) => {
                let mut response = tile(gzip, Format::Mvt, &names.gzip, reach, fixed);
                let headers = response.headers_mut();
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                vary(response)
            }
            None => vary(tile(encoded.plain, Format::Mvt, &names.plain, reach, fixed)),
        }
    }
}

/// The strong names of a vector tile's two encodings.
pub struct Names {
    plain: String,
    gzip: String,
}

impl Names {
    /// What a vector tile of a version is called in the encodings that the client takes.
    pub fn vector(version: &str, tile: Tile) -> Self {
        let Tile { zoom, column, row } = tile;
        let plain = format!("\"{version}-{zoom}-{column}-{row}\"");
        let gzip = format!("\"{version}-{zoom}-{column}-{row}-gzip\"");
        Self { plain, gzip }
    }
}

/// Whether gzip may be sent (RFC 9110, 12.5.3): named, or meant by `*`, and not with `q=0`.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let header = headers.get(ACCEPT_ENCODING);
    let Some(accepted) = header.and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let weight = |name: &str| {
        accepted.split(',').find_map(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let named = parts
                .next()
                .is_some_and(|coding| coding.eq_ignore_ascii_case(name));
            let weight = parts.find_map(|part| part.strip_prefix("q="));
            named.then(|| weight.map_or(Some(1.0), |weight| weight.parse::<f32>().ok()))
        })
    };
    let gzip = weight("gzip").or_else(|| weight("*"));
    gzip.flatten().is_some_and(|weight| weight > 0.0)
}

/// Says that the answer depends on the encodings a client takes.
fn vary(mut response: Response) -> Response {
    response
        .headers_mut()
        .append(VARY, HeaderValue::from_static("Accept-Encoding"));
    response
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
    fn gzip_is_sent_to_those_who_take_it() {
        let takes = |header: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(header));
            takes_gzip(&headers)
        };
        assert!(takes("gzip, deflate, br"));
        assert!(takes("br;q=1.0, GZIP;q=0.5"));
        assert!(takes("*"));
        assert!(!takes("*, gzip;q=0"));
        assert!(!takes("identity"));
        assert!(!takes("gzip;q=no"));
        assert!(!takes_gzip(&HeaderMap::new()));
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
