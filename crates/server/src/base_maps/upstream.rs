//! Asking an outside host for one tile, and believing nothing it says before it is looked at.

use std::error::Error;
use std::time::Duration;

use bytes::BytesMut;
use reqwest::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue,
    LAST_MODIFIED, RETRY_AFTER, USER_AGENT,
};
use reqwest::redirect::Policy;
use reqwest::{Client, Proxy, Response, StatusCode};
use thiserror::Error;

use super::Moment;
use super::config::Source;
use super::picture::{Known, Picture, Validators};

/// No tile of a base map is larger.
const MOST_BYTES: usize = 2 << 20;
/// A host that is not reached in this time is not there.
const CONNECT: Duration = Duration::from_secs(4);
/// Longer names than this are not remembered.
const LONGEST_VALIDATOR: usize = 200;

/// Why there is no tile. Nothing in it tells the address that was asked: the key is in it.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum Failure {
    /// No connection, or it broke.
    #[error("it cannot be reached ({0}); check the network, and `proxy`")]
    Unreachable(String),
    /// It takes too long.
    #[error("it did not answer within {} seconds (`timeout_seconds`)", .0.as_secs())]
    TimedOut(Duration),
    /// It will not give the tile.
    #[error(
        "it refuses ({0}); the key may be wrong or used up, or it wants a Referer in `headers`"
    )]
    Refused(StatusCode),
    /// Some other status.
    #[error("it answered {status}")]
    Status {
        /// The status.
        status: StatusCode,
        /// What it asks for.
        retry_after: Option<Duration>,
    },
    /// Something else than a picture, mostly an error in words with status 200.
    #[error("it answered no PNG, JPEG or WebP but {0}; the key may be wrong or used up")]
    NoPicture(String),
    /// More bytes than a tile has.
    #[error("it answered more than {} bytes", MOST_BYTES)]
    TooLarge,
    /// It failed several times and is left alone for a while.
    #[error("it failed and is asked again in {} seconds", .0.as_secs())]
    Resting(Duration),
    /// All connections are taken.
    #[error("too many of its tiles are asked for at once")]
    Busy,
}

/// What a host has just said.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The tile as it is now.
    pub tile: Known,
    /// The host does not forbid it.
    pub may_keep: bool,
}

/// A host and how it is asked.
#[derive(Debug)]
pub struct Upstream {
    client: Client,
    timeout: Duration,
}

impl Upstream {
    /// A client that follows no redirect, keeps no cookie and uses no proxy of the environment.
    ///
    /// # Errors
    ///
    /// What the library says; nothing of it depends on the host.
    pub fn new(source: &Source) -> Result<Self, reqwest::Error> {
        // The process may have chosen its provider already; then that one is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut headers = source.headers.clone();
        let name = concat!("xiangtu/", env!("CARGO_PKG_VERSION"));
        headers
            .entry(USER_AGENT)
            .or_insert(HeaderValue::from_static(name));
        let client = Client::builder()
            .default_headers(headers)
            .connect_timeout(CONNECT)
            .timeout(source.timeout)
            .redirect(Policy::none())
            .no_gzip()
            // Its frames, which hold the address, would be in the log at the finest level.
            .http1_only()
            .no_proxy();
        let client = match &source.proxy {
            Some(proxy) => client.proxy(Proxy::all(proxy.clone())?),
            None => client,
        };
        Ok(Self {
            client: client.build()?,
            timeout: source.timeout,
        })
    }

    /// Asks for a tile, or whether it is still as it was `known`.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub async fn ask(&self, address: String, known: Option<Known>) -> Result<Asked, Failure> {
        let mut request = self.client.get(address);
        let validators = known.as_ref().map(|known| &known.validators);
        for (name, value) in validators.into_iter().flat_map(Validators::headers) {
            request = request.header(name, value);
        }
        let response = request.send().await.map_err(|error| self.failed(error))?;
        let may_keep = may_keep(response.headers());
        let checked = Moment::now();
        let tile = match (response.status(), known) {
            (StatusCode::OK, _) => self.tile(response).await?,
            (StatusCode::NOT_MODIFIED, Some(known)) => Known { checked, ..known },
            (StatusCode::NO_CONTENT | StatusCode::NOT_FOUND | StatusCode::GONE, _) => {
                Known::nothing(checked)
            }
            (status, _) => return Err(refused(status, response.headers())),
        };
        Ok(Asked { tile, may_keep })
    }

    async fn tile(&self, mut response: Response) -> Result<Known, Failure> {
        let headers = response.headers().clone();
        let promised = headers
            .get(CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok());
        let promised = promised.and_then(|value| value.parse::<usize>().ok());
        if promised.is_some_and(|bytes| bytes > MOST_BYTES) {
            return Err(Failure::TooLarge);
        }
        let mut bytes = BytesMut::with_capacity(promised.unwrap_or_default());
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failed(error))? {
            if bytes.len() + chunk.len() > MOST_BYTES {
                return Err(Failure::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        let picture = Picture::of(bytes.freeze());
        let picture = picture.ok_or_else(|| Failure::NoPicture(media_type(&headers)))?;
        Ok(Known {
            picture: Some(picture),
            validators: Validators {
                etag: text(&headers, &ETAG),
                modified: text(&headers, &LAST_MODIFIED),
            },
            checked: Moment::now(),
        })
    }

    fn failed(&self, error: reqwest::Error) -> Failure {
        if error.is_timeout() {
            return Failure::TimedOut(self.timeout);
        }
        // The address of a request holds the key.
        let error = error.without_url();
        let mut words = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            words = format!("{words}: {error}");
            cause = error.source();
        }
        Failure::Unreachable(words)
    }
}

fn refused(status: StatusCode, headers: &HeaderMap) -> Failure {
    match status.as_u16() {
        // 418 is how some say that they take the asker for a machine.
        401 | 403 | 418 => Failure::Refused(status),
        _ => Failure::Status {
            status,
            retry_after: text(headers, &RETRY_AFTER)
                .and_then(|seconds| seconds.parse().ok())
                .map(Duration::from_secs),
        },
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    (value.len() <= LONGEST_VALIDATOR).then(|| value.to_owned())
}

/// What a host says an answer is, as far as it can be repeated.
fn media_type(headers: &HeaderMap) -> String {
    let named = text(headers, &CONTENT_TYPE).unwrap_or_default();
    let essence = named.split(';').next().unwrap_or_default().trim();
    let plain = |byte: u8| byte.is_ascii_lowercase() || b"/+.-".contains(&byte);
    if !essence.is_empty() && essence.bytes().all(plain) {
        essence.to_owned()
    } else {
        "something unnamed".to_owned()
    }
}

fn may_keep(headers: &HeaderMap) -> bool {
    let mut directives = headers.get_all(CACHE_CONTROL).iter();
    !directives.any(|value| {
        value
            .as_bytes()
            .split(|byte| *byte == b',')
            .any(|directive| directive.trim_ascii().eq_ignore_ascii_case(b"no-store"))
    })
}
