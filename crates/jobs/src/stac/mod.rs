//! Scenes from a STAC API: searching its items, and reading their images over HTTP ranges.
//!
//! A recipe is written by a planner, the program runs inside the office's network: it goes only to
//! the hosts that its configuration allows (see [`AllowedHosts`]), whatever an address in a recipe, an
//! item, a link to a next page or a redirect says.

mod hosts;
mod item;
mod remote;
mod search;

use reqwest::Url;

pub use hosts::AllowedHosts;
pub use item::{StacBand, StacLook};
pub use remote::HttpSource;
pub use search::Search;

/// Why there are no scenes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StacError {
    /// A host that is not allowed.
    #[error(
        "{url}: this program may not go to the host “{host}”; the administrator can allow it \
         (XIANGTU_STAC_HOSTS; as “private:{host}” where its address is one of the own network), \
         the hosts allowed now are: {allowed}"
    )]
    Host {
        /// The address.
        url: String,
        /// Its host.
        host: String,
        /// The hosts that are allowed.
        allowed: String,
    },
    /// A bucket that is not allowed.
    #[error(
        "{address}: this program may not read the bucket “{bucket}”; the administrator can allow it \
         (XIANGTU_STAC_HOSTS, as “s3://{bucket}”), what is allowed now is: {allowed}"
    )]
    Bucket {
        /// The address.
        address: String,
        /// Its bucket.
        bucket: String,
        /// What is allowed.
        allowed: String,
    },
    /// An address that is none, or not of HTTP.
    #[error("“{address}” is no address of HTTP ({why}); give one such as https://example.org/stac")]
    Address {
        /// The text.
        address: String,
        /// What is wrong.
        why: String,
    },
    /// The server was not reached, or broke off.
    #[error("{url}: {source}; see whether the server is reachable from here")]
    Http {
        /// The address.
        url: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// The server refused.
    #[error("{url}: the server answered {status}: {answer}")]
    Status {
        /// The address.
        url: String,
        /// The status.
        status: u16,
        /// The beginning of its answer.
        answer: String,
    },
    /// The answer is not STAC.
    #[error("{url}: the answer is not that of a STAC API ({why})")]
    Answer {
        /// The address.
        url: String,
        /// What is wrong.
        why: String,
    },
    /// More than was asked for, or pages without end.
    #[error("{url}: more than {most} scenes fit; choose a smaller area, fewer dates or less cloud")]
    TooMany {
        /// The address.
        url: String,
        /// The bound.
        most: usize,
    },
    /// A server that sends only whole files.
    #[error(
        "{url}: the server sends no ranges of bytes, so single windows cannot be read; download \
         the file and bring it in with `xiangtu ingest`"
    )]
    NoRanges {
        /// The address.
        url: String,
    },
}

/// The client for one configuration; cheap to clone.
#[derive(Debug, Clone)]
pub struct StacClient {
    http: reqwest::Client,
    hosts: AllowedHosts,
}

impl StacClient {
    /// A client that goes to these hosts only.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(hosts: AllowedHosts) -> Result<Self, StacError> {
        let http = hosts.client().map_err(|source| StacError::Http {
            url: "https".to_owned(),
            source,
        })?;
        Ok(Self { http, hosts })
    }

    /// The address, if the client may go there.
    fn allowed(&self, address: &str, base: Option<&Url>) -> Result<Url, StacError> {
        let parsed = match base {
            Some(base) => base.join(address),
            None => Url::parse(address),
        };
        let wrong = |why: &dyn std::fmt::Display| StacError::Address {
            address: address.to_owned(),
            why: why.to_string(),
        };
        let url = parsed.map_err(|error| wrong(&error))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong(&format!("its scheme is {}", url.scheme())));
        }
        if self.hosts.allows(&url) {
            return Ok(url);
        }
        Err(StacError::Host {
            host: hosts::name(&url),
            url: url.to_string(),
            allowed: self.hosts.to_string(),
        })
    }
}

/// An address as it may be shown: signatures and keys stand behind the question mark.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.to_string()
}

#[cfg(test)]
mod tests;
