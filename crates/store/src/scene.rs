//! One acquisition by a satellite or a drone.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Binary, Double, Jsonb, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use geo::MultiPolygon;
use grid::bounds::Bounds;
use serde_json::Value;

use crate::geometry::{BoundsRow, bounds_of, to_wkb};
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

#[derive(Debug, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct Row {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = BigInt)]
    area_id: i64,
    #[diesel(sql_type = Timestamptz)]
    acquired_at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    sensor: String,
    #[diesel(sql_type = Nullable<Double>)]
    cloud_share: Option<f64>,
    #[diesel(embed)]
    bounds: BoundsRow,
    #[diesel(sql_type = Jsonb)]
    item: Value,
    #[diesel(sql_type = Jsonb)]
    bands: Value,
}

impl From<Row> for Scene {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            area_id: row.area_id,
            acquired_at: row.acquired_at,
            sensor: row.sensor,
            cloud_share: row.cloud_share,
            bounds: row.bounds.into(),
            item: row.item,
            bands: row.bands,
        }
    }
}

fn columns() -> String {
    let bounds = bounds_of("footprint");
    format!("id, area_id, acquired_at, sensor, cloud_share, {bounds}, item, bands")
}

/// Stores a scene.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn upsert(store: &Store, scene: &NewScene) -> Result<Scene> {
    let query = format!(
        "insert into scene (id, area_id, acquired_at, sensor, cloud_share, footprint, item, bands)
         values ($1, $2, $3, $4, $5, st_setsrid(st_geomfromwkb($6), 4326), $7, $8)
         on conflict (id) do update set
             area_id = excluded.area_id, acquired_at = excluded.acquired_at,
             sensor = excluded.sensor, cloud_share = excluded.cloud_share,
             footprint = excluded.footprint, item = excluded.item, bands = excluded.bands
         returning {}",
        columns()
    );
    let mut connection = store.connection().await?;
    let query = sql_query(query)
        .bind::<Text, _>(&scene.id)
        .bind::<BigInt, _>(scene.area_id)
        .bind::<Timestamptz, _>(scene.acquired_at)
        .bind::<Text, _>(&scene.sensor)
        .bind::<Nullable<Double>, _>(scene.cloud_share)
        .bind::<Binary, _>(to_wkb(&scene.footprint.clone().into())?)
        .bind::<Jsonb, _>(&scene.item)
        .bind::<Jsonb, _>(&scene.bands);
    Ok(query.get_result::<Row>(&mut connection).await?.into())
}

/// The scenes within a scope, newest first.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn list(store: &Store, scope: &Scope) -> Result<Vec<Scene>> {
    let within = Scope::predicate("area_id", 1);
    let columns = columns();
    let query = format!("select {columns} from scene where {within} order by acquired_at desc, id");
    let mut connection = store.connection().await?;
    let query = sql_query(query).bind::<Nullable<Array<BigInt>>, _>(scope.areas());
    Ok(query
        .load::<Row>(&mut connection)
        .await?
        .into_iter()
        .map(Scene::from)
        .collect())
}

/// One scene within a scope.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn by_id(store: &Store, scope: &Scope, id: &str) -> Result<Option<Scene>> {
    let within = Scope::predicate("area_id", 1);
    let query = format!("select {} from scene where {within} and id = $2", columns());
    let mut connection = store.connection().await?;
    let query = sql_query(query)
        .bind::<Nullable<Array<BigInt>>, _>(scope.areas())
        .bind::<Text, _>(id);
    Ok(query
        .get_result::<Row>(&mut connection)
        .await
        .optional()?
        .map(Scene::from))
}
