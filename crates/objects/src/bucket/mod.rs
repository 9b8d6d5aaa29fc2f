//! Objects in a bucket of an S3 service.
//!
//! A bucket shows an object when the whole of it has arrived and not before, so "whole or not at
//! all" needs no renaming. What a killed program leaves are parts of an upload that was never
//! completed: invisible, but paid for. Give the bucket a lifecycle rule that aborts incomplete
//! multipart uploads after a day.

mod ranges;
mod upload;
mod waiting;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _, future};
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::http::{HttpBuilder, HttpStore};
use object_store::path::Path;
use object_store::{ClientOptions, ObjectMeta, ObjectStore as _, ObjectStoreExt as _, RetryConfig};

use self::ranges::Blocks;
pub(crate) use self::ranges::BucketObject;
use crate::{Error, ObjectName, Result, part};

/// Long enough for a service that is busy, short enough for somebody waiting for a page.
const PATIENCE: Duration = Duration::from_secs(10);

/// For one request of at most [`upload::PART`] bytes over a slow line.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(2);

/// For a web server, which may be anybody's, to say that it is there, and to give a part of a file.
const WEB_CONNECT: Duration = Duration::from_secs(2);
const WEB_REQUEST: Duration = Duration::from_secs(10);

/// A prefix in a bucket, or the files of a web server, which are only read.
#[derive(Debug)]
pub(crate) struct Bucket<Service = AmazonS3> {
    inner: Arc<Inner<Service>>,
    /// How long a request is tried again while the service does not answer.
    pub patience: Duration,
}

#[derive(Debug)]
struct Inner<Service> {
    client: Arc<Service>,
    /// `s3://bucket/prefix`, or `https://host`.
    place: String,
    prefix: Path,
    blocks: Blocks,
}

impl<Service> Clone for Bucket<Service> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            patience: self.patience,
        }
    }
}

impl<Service> fmt::Display for Bucket<Service> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.inner.place)
    }
}

impl<Service> Bucket<Service> {
    fn path(&self, name: &str) -> Path {
        name.split('/')
            .fold(self.inner.prefix.clone(), object_store::path::Path::join)
    }

    /// The error for people, and for those who may try again.
    fn failed(&self, action: &'static str, what: &str, error: &object_store::Error) -> Error {
        match error {
            _ if !self.inner.place.starts_with("s3://") => Error::Web {
                what: what.to_owned(),
                place: self.to_string(),
                reason: waiting::chain(error),
                outage: waiting::may_pass(error),
            },
            object_store::Error::NotFound { .. } if action == "read" => Error::Missing {
                name: what.to_owned(),
                place: self.to_string(),
            },
            _ => Error::Bucket {
                action,
                what: what.to_owned(),
                place: self.to_string(),
                reason: waiting::chain(error),
                outage: waiting::may_pass(error),
            },
        }
    }
}

impl Bucket<HttpStore> {
    /// The files of a web server: `https://host`.
    pub fn web(origin: &str) -> Result<Self> {
        waiting::prepare_tls();
        let options = ClientOptions::new()
            .with_allow_http(origin.starts_with("http://"))
            .with_connect_timeout(WEB_CONNECT)
            .with_timeout(WEB_REQUEST);
        let built = HttpBuilder::new()
            .with_url(origin)
            .with_client_options(options)
            .with_retry(RetryConfig {
                max_retries: 0,
                ..RetryConfig::default()
            })
            .build();
        let client = built.map_err(|error| Error::Place {
            text: origin.to_owned(),
            reason: waiting::chain(&error),
        })?;
        Ok(Self {
            inner: Arc::new(Inner {
                client: Arc::new(client),
                place: origin.to_owned(),
                prefix: Path::default(),
                blocks: Blocks::default(),
            }),
            // Whoever looks at a map with ten layers does not wait for one of them.
            patience: Duration::ZERO,
        })
    }
}

impl Bucket {
    /// `place` is `bucket` or `bucket/prefix`; everything else is in the environment.
    pub fn open(place: &str) -> Result<Self> {
        let bucket = Self::with(place, AmazonS3Builder::from_env())?;
        bucket.greet()?;
        Ok(bucket)
    }

    pub fn with(place: &str, settings: AmazonS3Builder) -> Result<Self> {
        let wrong = |reason: String| Error::Place {
            text: format!("s3://{place}"),
            reason,
        };
        let place = place.trim_end_matches('/');
        let (name, prefix) = place.split_once('/').unwrap_or((place, ""));
        if name.is_empty() {
            return Err(wrong("it names no bucket".to_owned()));
        }
        let prefix = Path::parse(prefix).map_err(|error| wrong(error.to_string()))?;
        // An address that begins with http:// says it already.
        let plain = settings
            .get_config_value(&AmazonS3ConfigKey::Endpoint)
            .is_some_and(|address| address.starts_with("http://"));
        let settings = if plain {
            settings.with_allow_http(true)
        } else {
            settings
        };
        waiting::prepare_tls();
        let client = settings
            .with_bucket_name(name)
            .with_client_options(
                ClientOptions::new()
                    .with_allow_http(plain)
                    .with_timeout(REQUEST_TIMEOUT),
            )
            .with_retry(RetryConfig {
                // Requests are tried again here, as a whole: see `waiting`.
                max_retries: 0,
                ..RetryConfig::default()
            })
            .build()
            .map_err(|error| wrong(waiting::chain(&error)))?;
        Ok(Self {
            inner: Arc::new(Inner {
                client: Arc::new(client),
                place: format!("s3://{place}"),
                prefix,
                blocks: Blocks::default(),
            }),
            patience: PATIENCE,
        })
    }

    /// One request, so that wrong settings are found when the program starts.
    fn greet(&self) -> Result<()> {
        let mut hurried = self.clone();
        hurried.patience = Duration::ZERO;
        hurried
            .call(self.inner.prefix.clone(), |client, prefix| async move {
                client.list(Some(&prefix)).try_next().await
            })
            .map(drop)
            .map_err(|error| self.failed("list", "its objects", &error))
    }

    /// The length of an object; `None` when it is not there.
    pub fn length(&self, name: &str) -> Result<Option<u64>> {
        let found = self.call(self.path(name), |client, path| async move {
            client.head(&path).await
        });
        match found {
            Ok(found) => Ok(Some(found.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failed("find", name, &error)),
        }
    }

    pub fn remove(&self, name: &str) -> Result<()> {
        let removed = self.call(self.path(name), |client, path| async move {
            client.delete(&path).await
        });
        match removed {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.failed("remove", name, &error)),
        }
    }

    pub fn names(&self) -> Result<Vec<ObjectName>> {
        let listed = self.call(self.inner.prefix.clone(), |client, prefix| async move {
            let found: Vec<_> = client.list(Some(&prefix)).try_collect().await?;
            let name = |found: ObjectMeta| {
                let parts: Vec<_> = found.location.prefix_match(&prefix)?.collect();
                parts
                    .iter()
                    .map(AsRef::as_ref)
                    .collect::<Vec<_>>()
                    .join("/")
                    .parse()
                    .ok()
            };
            Ok(found.into_iter().filter_map(name).collect())
        });
        listed.map_err(|error| self.failed("list", "its objects", &error))
    }

    /// The groups that have parts.
    pub fn groups(&self) -> Result<Vec<String>> {
        let listed = self.call(self.path(part::FOLDER), |client, parts| async move {
            let found = client.list_with_delimiter(Some(&parts)).await?;
            let last = |path: &Path| path.filename().map(str::to_owned);
            Ok(found.common_prefixes.iter().filter_map(last).collect())
        });
        listed.map_err(|error| self.failed("list", "its parts", &error))
    }

    pub fn remove_group(&self, group: &str) -> Result<()> {
        let group = self.path(part::FOLDER).join(group);
        let removed = self.call(group.clone(), |client, group| async move {
            let found = client.list(Some(&group)).map_ok(|found| found.location);
            let gone = client.delete_stream(found.boxed());
            gone.try_for_each(|_| future::ready(Ok(()))).await
        });
        removed.map_err(|error| self.failed("remove", group.as_ref(), &error))
    }
}
