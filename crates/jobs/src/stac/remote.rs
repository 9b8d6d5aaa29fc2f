//! An image on an HTTP server, read by ranges of bytes.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::header::{CONTENT_RANGE, ETAG, HeaderMap, RANGE};
use reqwest::{Response, StatusCode, Url};
use tokio::runtime::Handle;

use super::{StacClient, StacError, shown};

/// What is read at once in the beginning: the directories of most COGs lie there.
const HEAD: u64 = 64 << 10;
/// Shorter reads become this long: directories are read piece by piece.
const SHORT: u64 = 16 << 10;
const ATTEMPTS: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// An image on an HTTP server. Only the ranges asked for travel, the first 64 KB at once; reads that
/// fail for a passing reason are repeated, and a file that changes while it is being read is noticed.
#[derive(Debug)]
pub struct HttpSource {
    client: reqwest::Client,
    url: Url,
    runtime: Handle,
    length: u64,
    version: Option<String>,
    head: Vec<u8>,
    /// The last short read: where it begins, and its bytes.
    last: Mutex<(u64, Vec<u8>)>,
    travelled: AtomicU64,
}

impl StacClient {
    /// Opens an image. To be called within a runtime, which later reads use.
    ///
    /// # Errors
    /// When the host is not allowed, the server fails or sends no ranges.
    pub async fn open(&self, address: &str) -> Result<HttpSource, StacError> {
        let url = self.allowed(address, None)?;
        let response = attempt(&self.http, &url, 0, HEAD)
            .await
            .map_err(|failure| failure.of(&url))?;
        if response.status() != StatusCode::PARTIAL_CONTENT {
            return Err(StacError::NoRanges { url: shown(&url) });
        }
        let length =
            total(response.headers()).ok_or_else(|| StacError::NoRanges { url: shown(&url) })?;
        let version = version(response.headers());
        let bytes = response.bytes().await.map_err(|source| StacError::Http {
            url: shown(&url),
            source,
        })?;
        let expected = HEAD.min(length);
        if bytes.len() as u64 != expected {
            return Err(StacError::NoRanges { url: shown(&url) });
        }
        Ok(HttpSource {
            client: self.http.clone(),
            url,
            runtime: Handle::current(),
            length,
            version,
            head: bytes.to_vec(),
            last: Mutex::new((0, Vec::new())),
            travelled: AtomicU64::new(expected),
        })
    }
}

impl HttpSource {
    /// How many bytes the image has.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// How many bytes of it have travelled so far.
    pub fn travelled(&self) -> u64 {
        self.travelled.load(Ordering::Relaxed)
    }

    /// Fills `into` with the bytes from `offset` on. Waits: not to be called on an asynchronous
    /// thread.
    ///
    /// # Errors
    /// When there are not that many bytes, the server fails, or the file there is another by now.
    pub fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let end = offset
            .checked_add(into.len() as u64)
            .filter(|end| *end <= self.length);
        let Some(end) = end else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        if copy(0, &self.head, offset, into) {
            return Ok(());
        }
        if end - offset >= SHORT {
            let bytes = self.runtime.block_on(self.fetch(offset, end))?;
            into.copy_from_slice(&bytes);
            return Ok(());
        }
        let poisoned = |_| io::Error::other("another read of this image broke off");
        let mut last = self.last.lock().map_err(poisoned)?;
        if !copy(last.0, &last.1, offset, into) {
            let longer = (offset + SHORT).min(self.length);
            *last = (offset, self.runtime.block_on(self.fetch(offset, longer))?);
            copy(last.0, &last.1, offset, into);
        }
        Ok(())
    }

    async fn fetch(&self, start: u64, end: u64) -> io::Result<Vec<u8>> {
        let mut pause = FIRST_PAUSE;
        for left in (0..ATTEMPTS).rev() {
            match self.fetch_once(start, end).await {
                Err(error) if left > 0 && error.kind() == io::ErrorKind::ConnectionReset => {
                    tracing::debug!(%error, "a range is asked for again");
                }
                answer => return answer,
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Err(io::ErrorKind::TimedOut.into())
    }

    async fn fetch_once(&self, start: u64, end: u64) -> io::Result<Vec<u8>> {
        let response = attempt(&self.client, &self.url, start, end)
            .await
            .map_err(|failure| io::Error::other(failure.of(&self.url)))?;
        if response.status() != StatusCode::PARTIAL_CONTENT {
            return Err(io::Error::other(StacError::NoRanges {
                url: shown(&self.url),
            }));
        }
        let changed = version(response.headers()) != self.version
            || total(response.headers()) != Some(self.length);
        if changed {
            let why = format!(
                "{}: the file changed while it was read; run it again",
                shown(&self.url)
            );
            return Err(io::Error::other(why));
        }
        let broken = |error: reqwest::Error| io::Error::new(io::ErrorKind::ConnectionReset, error);
        let bytes = response.bytes().await.map_err(broken)?;
        self.travelled
            .fetch_add(bytes.len() as u64, Ordering::Relaxed);
        if bytes.len() as u64 == end - start {
            return Ok(bytes.to_vec());
        }
        let why = format!(
            "{}: {} bytes came instead of {}",
            shown(&self.url),
            bytes.len(),
            end - start
        );
        Err(io::Error::new(io::ErrorKind::ConnectionReset, why))
    }
}

/// Copies from bytes that begin at `first`, if they have all.
fn copy(first: u64, bytes: &[u8], offset: u64, into: &mut [u8]) -> bool {
    let start = offset.checked_sub(first).map(|start| start as usize);
    let found = start.and_then(|start| bytes.get(start..start.checked_add(into.len())?));
    if let Some(found) = found {
        into.copy_from_slice(found);
    }
    found.is_some()
}

/// Why a range did not come.
enum Failure {
    Http(reqwest::Error),
    Status(StatusCode),
}

impl Failure {
    fn of(self, url: &Url) -> StacError {
        let url = shown(url);
        match self {
            Self::Http(source) => StacError::Http { url, source },
            Self::Status(status) => StacError::Status {
                url,
                status: status.as_u16(),
                answer: "no bytes".to_owned(),
            },
        }
    }
}

/// Asks for a range until the server answers, a few times: for what passes by itself.
async fn attempt(
    client: &reqwest::Client,
    url: &Url,
    start: u64,
    end: u64,
) -> Result<Response, Failure> {
    let mut pause = FIRST_PAUSE;
    let mut tried = 0;
    loop {
        tried += 1;
        let range = format!("bytes={start}-{}", end - 1);
        let failure = match client.get(url.clone()).header(RANGE, range).send().await {
            Ok(response) if response.status().is_success() => return Ok(response),
            Ok(response) => Failure::Status(response.status()),
            Err(error) => Failure::Http(error),
        };
        let passing = match &failure {
            Failure::Http(error) => !error.is_redirect() && !error.is_builder(),
            Failure::Status(status) => {
                status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS
            }
        };
        if !passing || tried >= ATTEMPTS {
            return Err(failure);
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
}

/// The file's length, from `Content-Range: bytes 0-9/123`.
fn total(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(CONTENT_RANGE)?
        .to_str()
        .ok()?
        .rsplit_once('/')?
        .1
        .parse()
        .ok()
}

fn version(headers: &HeaderMap) -> Option<String> {
    headers
        .get(ETAG)
        .and_then(|tag| tag.to_str().ok())
        .map(str::to_owned)
}

impl raster::cog::Source for HttpSource {
    fn length(&self) -> u64 {
        self.length()
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        self.read_at(offset, into)
    }
}
