//! One acquisition by a satellite or a drone.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use geo::MultiPolygon;
use grid::bounds::Bounds;
use postgis_diesel::types::{self as typed, Point};
use serde_json::Value;

use crate::geometry::{bounds_around, footprint};
use crate::schema::scene as scenes;
use crate::{Error, Result, Scope, Store};

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

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = scenes, check_for_backend(diesel::pg::Pg))]
struct Row {
    id: String,
    area_id: i64,
    acquired_at: DateTime<Utc>,
    sensor: String,
    cloud_share: Option<f64>,
    footprint: typed::MultiPolygon<Point>,
    item: Value,
    bands: Value,
}

impl TryFrom<Row> for Scene {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let whose = format!("the footprint of scene {:?}", row.id);
        Ok(Self {
            bounds: bounds_around(&row.footprint.polygons, &whose)?,
            id: row.id,
            area_id: row.area_id,
            acquired_at: row.acquired_at,
            sensor: row.sensor,
            cloud_share: row.cloud_share,
            item: row.item,
            bands: row.bands,
        })
    }
}

#[derive(Debug, Insertable, AsChangeset)]
#[diesel(table_name = scenes, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
struct Written<'new> {
    id: &'new str,
    area_id: i64,
    acquired_at: DateTime<Utc>,
    sensor: &'new str,
    cloud_share: Option<f64>,
    footprint: typed::MultiPolygon<Point>,
    item: &'new Value,
    bands: &'new Value,
}

/// Stores a scene.
///
/// # Errors
/// [`Error::Geometry`], [`Error::Database`].
pub async fn upsert(store: &Store, scene: &NewScene) -> Result<Scene> {
    let written = Written {
        id: &scene.id,
        area_id: scene.area_id,
        acquired_at: scene.acquired_at,
        sensor: &scene.sensor,
        cloud_share: scene.cloud_share,
        footprint: footprint(&scene.footprint)?,
        item: &scene.item,
        bands: &scene.bands,
    };
    let mut connection = store.connection().await?;
    diesel::insert_into(scenes::table)
        .values(&written)
        .on_conflict(scenes::id)
        .do_update()
        .set(&written)
        .returning(Row::as_returning())
        .get_result(&mut connection)
        .await?
        .try_into()
}

/// The scenes within a scope, newest first.
///
/// # Errors
/// [`Error::Database`], [`Error::Geometry`].
pub async fn list(store: &Store, scope: &Scope) -> Result<Vec<Scene>> {
    let mut connection = store.connection().await?;
    let rows = scenes::table
        .filter(scope.within("scene.area_id"))
        .order((scenes::acquired_at.desc(), scenes::id))
        .select(Row::as_select())
        .load(&mut connection)
        .await?;
    rows.into_iter().map(Scene::try_from).collect()
}

/// One scene within a scope.
///
/// # Errors
/// [`Error::Database`], [`Error::Geometry`].
pub async fn by_id(store: &Store, scope: &Scope, id: &str) -> Result<Option<Scene>> {
    let mut connection = store.connection().await?;
    let row = scenes::table
        .find(id)
        .filter(scope.within("scene.area_id"))
        .select(Row::as_select())
        .first(&mut connection)
        .await
        .optional()?;
    row.map(Scene::try_from).transpose()
}
