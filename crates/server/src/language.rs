//! The two languages a person may be spoken to in.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};

/// The cookie in which the language switch of the pages is remembered (`zh` or `en`).
pub const LANGUAGE_COOKIE: &str = "language";

/// Chinese first, English by a switch or by the browser's own wish.
///
/// As an extractor it looks at `?lang=`, then at the cookie [`LANGUAGE_COOKIE`], then at
/// `Accept-Language`; without any of them it is Chinese.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// 中文.
    #[default]
    Chinese,
    /// English.
    English,
}

impl Language {
    /// `zh` or `en`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Chinese => "zh",
            Self::English => "en",
        }
    }

    /// The value of an HTML `lang` attribute.
    pub fn html(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    /// The one of two texts that is in this language.
    pub fn pick<T>(self, chinese: T, english: T) -> T {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }

    /// The language of a request: `?lang=`, cookie, `Accept-Language`, Chinese.
    pub fn of(uri: &Uri, headers: &HeaderMap) -> Self {
        Self::from_query(uri)
            .or_else(|| Self::from_cookie(headers))
            .or_else(|| Self::from_accept(headers))
            .unwrap_or_default()
    }

    fn parse(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?;
        match primary.to_ascii_lowercase().as_str() {
            "zh" => Some(Self::Chinese),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    fn from_query(uri: &Uri) -> Option<Self> {
        let query = uri.query()?;
        query.split('&').find_map(|pair| pair.strip_prefix("lang=")).and_then(Self::parse)
    }

    fn from_cookie(headers: &HeaderMap) -> Option<Self> {
        headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == LANGUAGE_COOKIE)
            .and_then(|(_, value)| Self::parse(value))
    }

    /// The known language with the highest weight (RFC 9110, 12.5.4); the first of equals.
    fn from_accept(headers: &HeaderMap) -> Option<Self> {
        let accepted = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
        let mut best: Option<(f32, Self)> = None;
        for part in accepted.split(',') {
            let mut pieces = part.split(';');
            let Some(language) = pieces.next().and_then(Self::parse) else { continue };
            let weight = pieces
                .find_map(|piece| piece.trim().strip_prefix("q="))
                .map_or(1.0, |weight| weight.parse().unwrap_or(0.0));
            if weight > 0.0 && best.is_none_or(|(known, _)| weight > known) {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.uri, &parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn language(uri: &'static str, name: &'static str, value: &'static str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        Language::of(&Uri::from_static(uri), &headers)
    }

    #[test]
    fn the_heaviest_known_language_wins() {
        assert_eq!(language("/", "accept-language", "de, en;q=0.4, zh;q=0.6"), Language::Chinese);
        assert_eq!(language("/", "accept-language", "en-GB,en;q=0.9,zh;q=0.8"), Language::English);
        assert_eq!(language("/", "accept-language", "en;q=0, fr"), Language::Chinese);
    }

    #[test]
    fn a_choice_outweighs_the_browser() {
        assert_eq!(language("/m/?lang=en", "accept-language", "zh-CN"), Language::English);
        assert_eq!(language("/", "cookie", "a=b; language=en"), Language::English);
        assert_eq!(language("/?lang=zh", "cookie", "language=en"), Language::Chinese);
        assert_eq!(language("/", "cookie", "other=en"), Language::Chinese);
    }
}
