//! One date of a raster layer: one file.
//!
//! These functions do not ask who is looking: whoever may see the layer ([`crate::layer`]) may
//! see its dates.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Date, Double, Jsonb, Nullable, SmallInt, Text};
use diesel_async::RunQueryDsl;
use grid::bounds::Bounds;
use serde_json::Value;

use crate::geometry::{BoundsRow, bounds_of};
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

#[derive(Debug, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    layer_id: String,
    #[diesel(sql_type = BigInt)]
    area_id: i64,
    #[diesel(sql_type = Nullable<Text>)]
    scene_id: Option<String>,
    #[diesel(sql_type = Date)]
    date: NaiveDate,
    #[diesel(sql_type = Text)]
    object: String,
    #[diesel(sql_type = Jsonb)]
    georeference: Value,
    #[diesel(embed)]
    bounds: BoundsRow,
    #[diesel(sql_type = SmallInt)]
    min_zoom: i16,
    #[diesel(sql_type = SmallInt)]
    max_zoom: i16,
    #[diesel(sql_type = Nullable<Double>)]
    cloud_share: Option<f64>,
    #[diesel(sql_type = Text)]
    version: String,
    #[diesel(sql_type = Jsonb)]
    lineage: Value,
}

impl From<Row> for Coverage {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            layer_id: row.layer_id,
            area_id: row.area_id,
            scene_id: row.scene_id,
            date: row.date,
            object: row.object,
            georeference: row.georeference,
            bounds: row.bounds.into(),
            // The table's checks keep them between 0 and 30.
            min_zoom: row.min_zoom as u8,
            max_zoom: row.max_zoom as u8,
            cloud_share: row.cloud_share,
            version: row.version,
            lineage: row.lineage,
        }
    }
}

fn columns() -> String {
    format!(
        "id, layer_id, area_id, scene_id, date, object, georeference, {}, min_zoom, max_zoom, \
         cloud_share, version, lineage",
        bounds_of("bounds")
    )
}

/// Stores a coverage. When it replaces another picture, the statistics of that one are removed.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn upsert(store: &Store, coverage: &NewCoverage) -> Result<Coverage> {
    let query = format!(
        // Statistics describe one picture: another one needs its own.
        "with outdated as (
             delete from zonal_statistic as z using coverage as c
             where z.coverage_id = c.id and c.layer_id = $1 and c.date = $4
                 and (c.object, c.version) <> ($5, $14)
         )
         insert into coverage (layer_id, area_id, scene_id, date, object, georeference, bounds,
             min_zoom, max_zoom, cloud_share, version, lineage)
         values ($1, $2, $3, $4, $5, $6, st_makeenvelope($7, $8, $9, $10, 4326),
             $11, $12, $13, $14, $15)
         on conflict (layer_id, date) do update set
             area_id = excluded.area_id, scene_id = excluded.scene_id, object = excluded.object,
             georeference = excluded.georeference, bounds = excluded.bounds,
             min_zoom = excluded.min_zoom, max_zoom = excluded.max_zoom,
             cloud_share = excluded.cloud_share, version = excluded.version,
             lineage = excluded.lineage
         returning {}",
        columns()
    );
    let query = sql_query(query)
        .bind::<Text, _>(&coverage.layer_id)
        .bind::<BigInt, _>(coverage.area_id)
        .bind::<Nullable<Text>, _>(coverage.scene_id.as_ref())
        .bind::<Date, _>(coverage.date)
        .bind::<Text, _>(&coverage.object)
        .bind::<Jsonb, _>(&coverage.georeference)
        .bind::<Double, _>(coverage.bounds.west)
        .bind::<Double, _>(coverage.bounds.south)
        .bind::<Double, _>(coverage.bounds.east)
        .bind::<Double, _>(coverage.bounds.north)
        .bind::<SmallInt, _>(i16::from(coverage.min_zoom))
        .bind::<SmallInt, _>(i16::from(coverage.max_zoom))
        .bind::<Nullable<Double>, _>(coverage.cloud_share)
        .bind::<Text, _>(&coverage.version)
        .bind::<Jsonb, _>(&coverage.lineage);
    let mut connection = store.connection().await?;
    Ok(query.get_result::<Row>(&mut connection).await?.into())
}

/// The dates of a layer, newest first.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn list(store: &Store, layer: &str) -> Result<Vec<Coverage>> {
    let columns = columns();
    let query = format!("select {columns} from coverage where layer_id = $1 order by date desc");
    let mut connection = store.connection().await?;
    let rows = sql_query(query)
        .bind::<Text, _>(layer)
        .load::<Row>(&mut connection)
        .await?;
    Ok(rows.into_iter().map(Coverage::from).collect())
}

/// The newest date of a layer.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn latest(store: &Store, layer: &str) -> Result<Option<Coverage>> {
    let query = format!(
        "select {} from coverage where layer_id = $1 order by date desc limit 1",
        columns()
    );
    let mut connection = store.connection().await?;
    let query = sql_query(query).bind::<Text, _>(layer);
    Ok(query
        .get_result::<Row>(&mut connection)
        .await
        .optional()?
        .map(Coverage::from))
}

/// One date of a layer.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn by_date(store: &Store, layer: &str, date: NaiveDate) -> Result<Option<Coverage>> {
    let query = format!(
        "select {} from coverage where layer_id = $1 and date = $2",
        columns()
    );
    let mut connection = store.connection().await?;
    let query = sql_query(query)
        .bind::<Text, _>(layer)
        .bind::<Date, _>(date);
    Ok(query
        .get_result::<Row>(&mut connection)
        .await
        .optional()?
        .map(Coverage::from))
}
