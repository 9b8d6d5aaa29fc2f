//! What others keep: a bucket, or the files of a web server.

use crate::{Error, Result};
use object_store::path::Path;

use crate::bucket::Bucket;
use crate::source::ObjectSource;

/// A bucket that others fill and name as they like; it is only read, by ranges. Address and keys
/// come from the same variables as those of [`ObjectStore::open_place`](crate::ObjectStore::open_place).
#[derive(Debug, Clone)]
pub struct ReadOnlyBucket(Bucket);

impl ReadOnlyBucket {
    /// The bucket; nothing is asked of it yet.
    ///
    /// # Errors
    /// [`Error::Place`](crate::Error::Place) for what is no name of a bucket.
    pub fn new(name: &str) -> Result<Self> {
        let settings = object_store::aws::AmazonS3Builder::from_env();
        Ok(Self(Bucket::with(name, settings)?))
    }

    /// Opens what stands there under this key. What it holds is taken not to change for as long as
    /// this bucket is in use.
    ///
    /// # Errors
    /// [`Error::Missing`](crate::Error::Missing), [`Error::Bucket`](crate::Error::Bucket).
    pub fn source(&self, key: &str) -> Result<ObjectSource> {
        Ok(ObjectSource::from_bucket(self.0.open_object(key)?))
    }
}

/// Whether a text is the address of something that is kept elsewhere: `https://…`, `http://…`, `s3://…`.
pub fn is_elsewhere(text: &str) -> bool {
    text.contains("://")
}

/// Opens what stands at an address, `https://host/path` or `s3://bucket/key`, to be read by ranges. It is
/// taken not to change for as long as it is open.
///
/// # Errors
/// [`Error::Place`] for another kind of address, [`Error::Missing`], [`Error::Bucket`].
pub fn open_elsewhere(address: &str) -> Result<ObjectSource> {
    let wrong = |reason: &str| Error::Place {
        text: address.to_owned(),
        reason: reason.to_owned(),
    };
    let (scheme, rest) = address
        .split_once("://")
        .ok_or_else(|| wrong("it begins with https:// or s3://"))?;
    let (host, path) = rest
        .split_once('/')
        .filter(|(host, path)| !host.is_empty() && !path.is_empty())
        .ok_or_else(|| wrong("it names no file"))?;
    if path.contains(['?', '#']) || host.contains('@') {
        return Err(wrong("it carries a query, a fragment or a password"));
    }
    match scheme {
        "s3" => ReadOnlyBucket::new(host)?.source(path),
        "https" | "http" => {
            let server = Bucket::web(&format!("{scheme}://{host}"))?;
            let path = Path::from_url_path(path).map_err(|error| wrong(&error.to_string()))?;
            Ok(ObjectSource::from_web(server.open_object(path.as_ref())?))
        }
        _ => Err(wrong("it begins with https:// or s3://")),
    }
}
