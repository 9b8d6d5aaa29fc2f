//! Points, lines and polygons of feature layers.

use geo::Geometry;
use serde_json::Value;

use crate::{Result, Store};

/// A feature to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewFeature {
    /// The key of the area it belongs to.
    pub area_id: i64,
    /// Its key in the source; need not be unique.
    pub key: String,
    /// Degrees, two-dimensional.
    pub geometry: Geometry,
    /// An object.
    pub properties: Value,
}

/// Replaces all features of a layer, all or none; how many there are now.
///
/// # Errors
/// [`crate::Error::Database`], [`crate::Error::Geometry`].
pub async fn replace(store: &Store, layer: &str, features: &[NewFeature]) -> Result<usize> {
    todo!()
}

/// How many features a layer has.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn count(store: &Store, layer: &str) -> Result<i64> {
    todo!()
}
