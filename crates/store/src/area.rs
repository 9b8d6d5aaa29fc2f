//! Places: administrative areas from the province down to the group of households.

use diesel::sql_types::{Array, BigInt, Bool, Double, Nullable, Text};
use geo::MultiPolygon;
use grid::bounds::Bounds;

use crate::word::words;
use crate::{Result, Scope, Store};

words! {
    /// How far up an area is, from the top.
    Level ("level") {
        /// 省
        Province = "province",
        /// 市
        City = "city",
        /// 县
        County = "county",
        /// 乡镇
        Township = "township",
        /// 行政村
        Village = "village",
        /// 村民小组
        Group = "group",
    }
}

/// An area without its outline.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// The key.
    pub id: i64,
    /// 统计用区划代码
    pub code: String,
    /// The Chinese name.
    pub name_zh: String,
    /// The English name; may be empty.
    pub name_en: String,
    /// How far up it is.
    pub level: Level,
    /// The code of the area above.
    pub parent: Option<String>,
    /// Degrees.
    pub bounds: Bounds,
    /// Square metres on the ellipsoid, of the outline as stored.
    pub area_m2: f64,
}

/// An area with its outline.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    /// The area.
    pub area: Area,
    /// Degrees; valid in the sense of OGC.
    pub polygons: MultiPolygon,
}

/// An area to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewArea {
    /// 统计用区划代码; an area with the same code is replaced.
    pub code: String,
    /// The Chinese name.
    pub name_zh: String,
    /// The English name; may be empty.
    pub name_en: String,
    /// How far up it is.
    pub level: Level,
    /// The code of the area above: one of this batch or one already stored.
    pub parent: Option<String>,
    /// Degrees; made valid on the way in.
    pub polygons: MultiPolygon,
}

/// What [`upsert`] did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Upserted {
    /// Areas that were not there before.
    pub created: usize,
    /// Areas that were.
    pub updated: usize,
    /// The codes of those whose outline was not valid and was repaired.
    pub repaired: Vec<String>,
}

/// The name of an area beside something else.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AreaName {
    /// 统计用区划代码
    pub code: String,
    /// The Chinese name.
    pub name_zh: String,
    /// The English name; may be empty.
    pub name_en: String,
}

/// Stores areas, all or none. Outlines are made valid; what lies under a moved area moves along.
///
/// # Errors
/// [`crate::Error::UnknownArea`] for a parent that is neither in the batch nor stored,
/// [`crate::Error::EmptyArea`], [`crate::Error::CircularArea`].
pub async fn upsert(store: &Store, areas: &[NewArea]) -> Result<Upserted> {
    todo!()
}

/// The areas within a scope, by level and then by name in Chinese order.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn list(store: &Store, scope: &Scope) -> Result<Vec<Area>> {
    todo!()
}

/// One area within a scope.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn by_code(store: &Store, scope: &Scope, code: &str) -> Result<Option<Area>> {
    todo!()
}

/// The areas of these keys, in the order of [`list`].
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn by_ids(store: &Store, ids: &[i64]) -> Result<Vec<Area>> {
    todo!()
}

/// The smallest area of the lowest level around a place; `None` outside every area served.
/// On a shared border the smaller area wins, then the smaller code: always the same one.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn containing(store: &Store, longitude: f64, latitude: f64) -> Result<Option<Area>> {
    todo!()
}

/// The outlines within a scope that lie under (or are) the area `under`, by code.
///
/// # Errors
/// [`crate::Error::Database`], [`crate::Error::Geometry`].
pub async fn outlines(store: &Store, scope: &Scope, under: Option<i64>) -> Result<Vec<Outline>> {
    todo!()
}

/// How many areas there are: zero in an empty database.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn count(store: &Store) -> Result<i64> {
    todo!()
}
