//! One date of a raster layer: one file.
//!
//! These functions do not ask who is looking: whoever may see the layer ([`crate::layer`]) may
//! see its dates.

use chrono::NaiveDate;
use grid::bounds::Bounds;
use serde_json::Value;

use crate::{Result, Store};

/// A coverage.
#[derive(Debug, Clone, PartialEq)]
pub struct Coverage {
    /// The key.
    pub id: i64,
    /// Its layer.
    pub layer_id: String,
    /// The key of the area it belongs to.
    pub area_id: i64,
    /// What it was made from.
    pub scene_id: Option<String>,
    /// The day it shows.
    pub date: NaiveDate,
    /// The name of its object.
    pub object: String,
    /// A `raster::georeference::GeoReference` as JSON; this crate does not look inside.
    pub georeference: Value,
    /// Degrees.
    pub bounds: Bounds,
    /// The first zoom that shows something sensible.
    pub min_zoom: u8,
    /// The zoom of its own resolution.
    pub max_zoom: u8,
    /// The share of its pixels under cloud, 0 to 1, where known.
    pub cloud_share: Option<f64>,
    /// Changes whenever the picture does; part of the tiles' address.
    pub version: String,
    /// What was done to get it.
    pub lineage: Value,
}

/// A coverage to be stored; one of the same layer and date is replaced.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCoverage {
    /// Its layer.
    pub layer_id: String,
    /// The key of the area it belongs to.
    pub area_id: i64,
    /// What it was made from.
    pub scene_id: Option<String>,
    /// The day it shows.
    pub date: NaiveDate,
    /// The name of its object, already stored.
    pub object: String,
    /// A `GeoReference` as JSON.
    pub georeference: Value,
    /// Degrees.
    pub bounds: Bounds,
    /// The first zoom that shows something sensible.
    pub min_zoom: u8,
    /// The zoom of its own resolution.
    pub max_zoom: u8,
    /// The share of its pixels under cloud, 0 to 1, where known.
    pub cloud_share: Option<f64>,
    /// Changes whenever the picture does.
    pub version: String,
    /// What was done to get it.
    pub lineage: Value,
}

/// Stores a coverage. When it replaces another picture, the statistics of that one are removed.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn upsert(store: &Store, coverage: &NewCoverage) -> Result<Coverage> {
    todo!()
}

/// The dates of a layer, newest first.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn list(store: &Store, layer: &str) -> Result<Vec<Coverage>> {
    todo!()
}

/// The newest date of a layer.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn latest(store: &Store, layer: &str) -> Result<Option<Coverage>> {
    todo!()
}

/// One date of a layer.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn by_date(store: &Store, layer: &str, date: NaiveDate) -> Result<Option<Coverage>> {
    todo!()
}
