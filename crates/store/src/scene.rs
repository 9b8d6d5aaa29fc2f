//! One acquisition by a satellite or a drone.

use chrono::{DateTime, Utc};
use geo::MultiPolygon;
use grid::bounds::Bounds;
use serde_json::Value;

use crate::{Result, Scope, Store};

/// A scene.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// The id of its STAC item.
    pub id: String,
    /// The key of the area it was brought in for.
    pub area_id: i64,
    /// When it was taken.
    pub acquired_at: DateTime<Utc>,
    /// `sentinel-2-l2a` …
    pub sensor: String,
    /// The share of its pixels under cloud, 0 to 1, where known.
    pub cloud_share: Option<f64>,
    /// Of the footprint, degrees.
    pub bounds: Bounds,
    /// A STAC 1.0 item.
    pub item: Value,
    /// A list of `SceneBand`; this crate does not look inside.
    pub bands: Value,
}

/// A scene to be stored; one with the same id is replaced.
#[derive(Debug, Clone, PartialEq)]
pub struct NewScene {
    /// The id of its STAC item.
    pub id: String,
    /// The key of the area it was brought in for.
    pub area_id: i64,
    /// When it was taken.
    pub acquired_at: DateTime<Utc>,
    /// `sentinel-2-l2a` …
    pub sensor: String,
    /// The share of its pixels under cloud, 0 to 1, where known.
    pub cloud_share: Option<f64>,
    /// Degrees.
    pub footprint: MultiPolygon,
    /// A STAC 1.0 item.
    pub item: Value,
    /// A list of `SceneBand`.
    pub bands: Value,
}

/// Stores a scene.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn upsert(store: &Store, scene: &NewScene) -> Result<Scene> {
    todo!()
}

/// The scenes within a scope, newest first.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn list(store: &Store, scope: &Scope) -> Result<Vec<Scene>> {
    todo!()
}

/// One scene within a scope.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn by_id(store: &Store, scope: &Scope, id: &str) -> Result<Option<Scene>> {
    todo!()
}
