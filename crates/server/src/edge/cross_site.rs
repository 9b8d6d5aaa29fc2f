//! A page of another site cannot act in a signed-in person's name.
//!
//! The session cookie is `SameSite=Lax`; this is the second lock (OWASP: fetch metadata, then
//! origin). Programs that send neither header pass only when they bring no session cookie.

use axum::extract::Request;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Method};

use crate::session::cookie;
use crate::state::Settings;

/// Whether it is an unsafe method from another site.
pub fn is_refused(settings: &Settings, request: &Request) -> bool {
    !is_safe(request.method()) && !is_own(settings, request.headers())
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn is_own(settings: &Settings, headers: &HeaderMap) -> bool {
    let text = |name: &str| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or("unreadable"))
    };
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(ORIGIN.as_str()) else {
        return cookie::any(headers).is_none();
    };
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    let host = text(HOST.as_str());
    (authority.is_some() && authority == host) || settings.public_origin.as_deref() == Some(origin)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn own(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut settings = Settings::plain(([127, 0, 0, 1], 8080).into());
        settings.public_origin = Some("https://xiangtu.example".to_owned());
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        is_own(&settings, &headers)
    }

    #[test]
    fn the_browsers_word_counts_first() {
        let host = ("host", "a:8080");
        assert!(own(&[host, ("sec-fetch-site", "same-origin")]));
        assert!(own(&[host, ("sec-fetch-site", "none")]));
        assert!(!own(&[
            host,
            ("sec-fetch-site", "cross-site"),
            ("origin", "http://a:8080")
        ]));
        assert!(!own(&[host, ("sec-fetch-site", "same-site")]));
    }

    #[test]
    fn without_it_the_origin_must_be_ours() {
        let host = ("host", "a:8080");
        assert!(own(&[host, ("origin", "http://a:8080")]));
        assert!(own(&[host, ("origin", "https://xiangtu.example")]));
        assert!(!own(&[host, ("origin", "http://a:8081")]));
        assert!(!own(&[host, ("origin", "http://evil.example")]));
        assert!(!own(&[host, ("origin", "null")]));
    }

    #[test]
    fn programs_pass_only_without_a_session() {
        let host = ("host", "a:8080");
        assert!(own(&[host]));
        assert!(!own(&[host, ("cookie", "xiangtu=0011")]));
        assert!(!own(&[host, ("cookie", "__Host-xiangtu=0011")]));
        assert!(own(&[host, ("cookie", "language=en")]));
    }
}
