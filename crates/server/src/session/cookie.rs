//! The session's cookie and the token in it.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use sha2::{Digest, Sha256};

use crate::state::Settings;

/// Under TLS: bound to this host, path `/` and `Secure` by its name alone.
const SECURE_NAME: &str = "__Host-xiangtu";
/// On loopback HTTP, where browsers refuse the prefix.
const PLAIN_NAME: &str = "xiangtu";

/// A session's secret as the browser holds it: 256 random bits in hexadecimal.
/// Only its digest is ever stored.
pub struct Token(String);

impl Token {
    /// A new one from the operating system's seeded generator.
    pub fn random() -> Self {
        Self(hex::encode(rand::random::<[u8; 32]>()))
    }

    /// The secret itself, for whoever it was made for.
    pub fn reveal(self) -> String {
        self.0
    }

    /// What the database keeps.
    pub fn digest(&self) -> [u8; 32] {
        digest(&self.0)
    }

    /// The `Set-Cookie` value that hands it to the browser for `seconds`.
    pub fn set_cookie(&self, settings: &Settings, seconds: i64) -> Option<HeaderValue> {
        write(settings, &self.0, seconds)
    }
}

/// The `Set-Cookie` value that makes the browser forget.
pub fn forget(settings: &Settings) -> Option<HeaderValue> {
    write(settings, "", 0)
}

/// The digest of the token in the cookie this server would set, if the request has one. What is
/// no token of ours has a digest too: it belongs to no session, and that is what is then said.
pub fn session_digest(settings: &Settings, headers: &HeaderMap) -> Option<[u8; 32]> {
    let token = find(headers, name(settings))?;
    (!token.is_empty() && token.len() <= 128).then(|| digest(token))
}

/// The value of any session cookie, whatever its name.
pub fn any(headers: &HeaderMap) -> Option<&str> {
    find(headers, SECURE_NAME).or_else(|| find(headers, PLAIN_NAME))
}

fn name(settings: &Settings) -> &'static str {
    if settings.is_secure() {
        SECURE_NAME
    } else {
        PLAIN_NAME
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

fn write(settings: &Settings, value: &str, seconds: i64) -> Option<HeaderValue> {
    let name = name(settings);
    let secure = if settings.is_secure() { "; Secure" } else { "" };
    let cookie =
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    HeaderValue::try_from(cookie).ok()
}

fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Transport;

    #[test]
    fn the_cookie_is_bound_as_tightly_as_the_transport_allows() {
        let plain = Settings::plain(([127, 0, 0, 1], 8080).into());
        let token = Token::random();
        let value = token.set_cookie(&plain, 60).unwrap();
        let text = value.to_str().unwrap();
        assert!(text.starts_with("xiangtu="), "{text}");
        assert!(
            text.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=60"),
            "{text}"
        );

        let secure = Settings {
            transport: Transport::Certificate {
                certificate: "a".into(),
                key: "b".into(),
            },
            ..plain
        };
        let value = token.set_cookie(&secure, 60).unwrap();
        let text = value.to_str().unwrap();
        assert!(text.starts_with("__Host-xiangtu="), "{text}");
        assert!(text.ends_with("; Max-Age=60; Secure"), "{text}");
    }

    #[test]
    fn a_token_is_found_again_by_its_digest_only_under_its_name() {
        let settings = Settings::plain(([127, 0, 0, 1], 8080).into());
        let token = Token::random();
        let mut headers = HeaderMap::new();
        let cookie = format!("language=en; xiangtu={}", token.0);
        headers.insert(COOKIE, HeaderValue::try_from(cookie).unwrap());
        assert_eq!(session_digest(&settings, &headers), Some(token.digest()));
        assert_ne!(token.digest(), Token::random().digest());

        headers.insert(COOKIE, HeaderValue::from_static("xiangtu="));
        assert_eq!(session_digest(&settings, &headers), None);
    }
}
