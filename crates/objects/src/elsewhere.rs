//! Somebody else's bucket.

use crate::Result;
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
