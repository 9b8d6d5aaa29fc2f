//! Reading from a request which of the two languages the person wants.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
pub use participation::Language;

/// The cookie in which the language switch of the pages is remembered (`zh` or `en`).
pub const LANGUAGE_COOKIE: &str = "language";

/// Extractor: the language a person is spoken to in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Speaks(pub Language);

/// The language of a request: `?lang=`, the cookie [`LANGUAGE_COOKIE`], `Accept-Language`,
/// Chinese.
pub fn of(uri: &Uri, headers: &HeaderMap) -> Language {
    from_query(uri)
        .or_else(|| from_cookie(headers))
        .or_else(|| from_accept(headers))
        .unwrap_or_default()
}

fn from_query(uri: &Uri) -> Option<Language> {
    let query = uri.query()?;
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix("lang="))
        .and_then(Language::from_code)
}

fn from_cookie(headers: &HeaderMap) -> Option<Language> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == LANGUAGE_COOKIE)
        .and_then(|(_, value)| Language::from_code(value))
}

/// The known language with the highest weight (RFC 9110, 12.5.4); the first of equals.
fn from_accept(headers: &HeaderMap) -> Option<Language> {
    let accepted = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut best: Option<(f32, Language)> = None;
    for part in accepted.split(',') {
        let mut pieces = part.split(';');
        let Some(language) = pieces.next().and_then(Language::from_code) else {
            continue;
        };
        let weight = pieces
            .find_map(|piece| piece.trim().strip_prefix("q="))
            .map_or(1.0, |weight| weight.parse().unwrap_or(0.0));
        if weight > 0.0 && best.is_none_or(|(known, _)| weight > known) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

impl<S: Send + Sync> FromRequestParts<S> for Speaks {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(of(&parts.uri, &parts.headers)))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn language(uri: &'static str, name: &'static str, value: &'static str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        of(&Uri::from_static(uri), &headers)
    }

    #[test]
    fn the_heaviest_known_language_wins() {
        assert_eq!(
            language("/", "accept-language", "de, en;q=0.4, zh;q=0.6"),
            Language::Zh
        );
        assert_eq!(
            language("/", "accept-language", "en-GB,en;q=0.9,zh;q=0.8"),
            Language::En
        );
        assert_eq!(language("/", "accept-language", "en;q=0, fr"), Language::Zh);
    }

    #[test]
    fn a_choice_outweighs_the_browser() {
        assert_eq!(
            language("/m/?lang=en", "accept-language", "zh-CN"),
            Language::En
        );
        assert_eq!(language("/", "cookie", "a=b; language=en"), Language::En);
        assert_eq!(language("/?lang=zh", "cookie", "language=en"), Language::Zh);
        assert_eq!(language("/", "cookie", "other=en"), Language::Zh);
    }
}
