//! What an index is, area by area.

use crate::area::{AreaName, Outline};
use crate::{Result, Scope, Store};

/// Statistics of one coverage over one area. Pixels count by the share of them inside.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistics {
    /// Valid pixels.
    pub count: f64,
    /// Valid pixels out of all pixels of the area, 0 to 1.
    pub valid_share: f64,
    /// `None` without a valid pixel, like the rest.
    pub mean: Option<f64>,
    /// Population standard deviation.
    pub std: Option<f64>,
    /// The smallest value.
    pub min: Option<f64>,
    /// The largest value.
    pub max: Option<f64>,
}

/// A line of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Which area.
    pub area: AreaName,
    /// Square metres.
    pub area_m2: f64,
    /// Its statistics.
    pub statistics: Statistics,
}

/// Stores the statistics of a coverage for some areas, replacing those of the same areas.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn upsert(store: &Store, coverage: i64, rows: &[(i64, Statistics)]) -> Result<()> {
    todo!()
}

/// The table of a coverage within a scope, by name in Chinese order.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn table(store: &Store, scope: &Scope, coverage: i64) -> Result<Vec<Row>> {
    todo!()
}

/// The areas that touch a coverage, lie under its layer's area and have no statistics yet.
///
/// # Errors
/// [`crate::Error::Database`], [`crate::Error::Geometry`].
pub async fn missing(store: &Store, coverage: i64) -> Result<Vec<Outline>> {
    todo!()
}
