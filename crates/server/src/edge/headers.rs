//! The headers that keep a browser from being turned against its owner.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::edge::reach::Reach;
use crate::state::{Settings, Transport};

/// Nothing from outside, no inline script or style, no frame around us.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; \
    script-src 'self'; worker-src 'self'; connect-src 'self'; object-src 'none'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// `same-origin`, not `no-referrer`: with the latter browsers send `Origin: null` with our own
/// forms, and the cross-site lock would refuse them.
const REFERRERS: &str = "same-origin";

/// Adds them to every answer, problems included; an answer's own `Cache-Control` stays.
pub fn protect(settings: &Settings, reach: Reach, headers: &mut HeaderMap) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Some 0.4 KB more for each of forty tiles is much on a weak network.
    if cannot_act(headers) {
        return;
    }
    let fixed = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, REFERRERS),
        (
            HeaderName::from_static("permissions-policy"),
            "geolocation=(self), camera=(self)",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Browsers take it only over a trustworthy connection and complain of it on any other.
    if reach != Reach::Exposed {
        let opener = HeaderName::from_static("cross-origin-opener-policy");
        headers.insert(opener, HeaderValue::from_static("same-origin"));
    }
    if promises_tls(settings) {
        headers.insert(
            STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}

/// Tiles: pictures without scripts and vector tiles, which say themselves who may keep them.
fn cannot_act(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let is_tile = matches!(
        media_type,
        Some(b"image/webp" | b"image/png" | b"image/jpeg" | b"application/vnd.mapbox-vector-tile")
    );
    is_tile && headers.contains_key(CACHE_CONTROL)
}

/// HSTS holds for every port of a host. A machine of the local network may serve other things
/// by plain HTTP, and a phone that loses the local root must still reach the page that explains
/// it: so only where a public certificate answers.
fn promises_tls(settings: &Settings) -> bool {
    settings.is_secure() && !matches!(settings.transport, Transport::LocalAuthority { .. })
}
