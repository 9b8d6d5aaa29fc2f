//! One date of a raster layer: one file.
//!
//! These functions do not ask who is looking: whoever may see the layer ([`crate::layer`]) may
//! see its dates.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl};
use grid::bounds::Bounds;
use postgis_diesel::types::{Point, Polygon};
use serde_json::Value;

use crate::geometry::{bounds_around, rectangle};
use crate::schema::{coverage as coverages, zonal_statistic};
use crate::{Error, Result, Store};

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
    /// The name of its object; empty where it is drawn from others.
    pub object: String,
    /// A `raster::live::Drawing` as JSON, where it is drawn when it is asked for; this crate does not look
    /// inside.
    pub drawing: Option<Value>,
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
    /// The name of its object, already stored; empty with a drawing.
    pub object: String,
    /// A `Drawing` as JSON, where nothing is stored.
    pub drawing: Option<Value>,
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

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = coverages, check_for_backend(diesel::pg::Pg))]
struct Row {
    id: i64,
    layer_id: String,
    area_id: i64,
    scene_id: Option<String>,
    date: NaiveDate,
    object: String,
    georeference: Value,
    bounds: Polygon<Point>,
    min_zoom: i16,
    max_zoom: i16,
    cloud_share: Option<f64>,
    version: String,
    lineage: Value,
    drawing: Option<Value>,
}

impl TryFrom<Row> for Coverage {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let whose = format!("the rectangle of layer {:?} on {}", row.layer_id, row.date);
        Ok(Self {
            bounds: bounds_around(&[row.bounds], &whose)?,
            id: row.id,
            layer_id: row.layer_id,
            area_id: row.area_id,
            scene_id: row.scene_id,
            date: row.date,
            object: row.object,
            drawing: row.drawing,
            georeference: row.georeference,
            // The table's checks keep them between 0 and 30.
            min_zoom: row.min_zoom as u8,
            max_zoom: row.max_zoom as u8,
            cloud_share: row.cloud_share,
            version: row.version,
            lineage: row.lineage,
        })
    }
}

#[derive(Debug, Insertable, AsChangeset)]
#[diesel(table_name = coverages, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
struct Written<'new> {
    layer_id: &'new str,
    area_id: i64,
    scene_id: Option<String>,
    date: NaiveDate,
    object: &'new str,
    georeference: &'new Value,
    bounds: Polygon<Point>,
    min_zoom: i16,
    max_zoom: i16,
    cloud_share: Option<f64>,
    version: &'new str,
    lineage: &'new Value,
    drawing: Option<Value>,
}

impl<'new> TryFrom<&'new NewCoverage> for Written<'new> {
    type Error = Error;

    fn try_from(new: &'new NewCoverage) -> Result<Self> {
        Ok(Self {
            layer_id: &new.layer_id,
            area_id: new.area_id,
            scene_id: new.scene_id.clone(),
            date: new.date,
            object: &new.object,
            georeference: &new.georeference,
            bounds: rectangle(&new.bounds)?,
            min_zoom: new.min_zoom.into(),
            max_zoom: new.max_zoom.into(),
            cloud_share: new.cloud_share,
            version: &new.version,
            lineage: &new.lineage,
            drawing: new.drawing.clone(),
        })
    }
}

/// Stores a coverage. When it replaces another picture, the statistics of that one are removed.
///
/// # Errors
/// [`Error::Geometry`], [`Error::Database`].
pub async fn upsert(store: &Store, coverage: &NewCoverage) -> Result<Coverage> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| upsert_on(connection, coverage).await)
        .await
}

/// The same, within a transaction.
pub(crate) async fn upsert_on(
    connection: &mut AsyncPgConnection,
    coverage: &NewCoverage,
) -> Result<Coverage> {
    let written = Written::try_from(coverage)?;
    remove_outdated_statistics(connection, coverage).await?;
    diesel::insert_into(coverages::table)
        .values(&written)
        .on_conflict((coverages::layer_id, coverages::date))
        .do_update()
        .set(&written)
        .returning(Row::as_returning())
        .get_result(connection)
        .await?
        .try_into()
}

/// Removes the dates of a layer but for these, within a transaction.
pub(crate) async fn keep_only_on(
    connection: &mut AsyncPgConnection,
    layer: &str,
    dates: &[NaiveDate],
) -> Result<()> {
    let others = coverages::table
        .filter(coverages::layer_id.eq(layer))
        .filter(coverages::date.ne_all(dates));
    diesel::delete(others).execute(connection).await?;
    Ok(())
}

/// Statistics describe one picture: another one needs its own.
async fn remove_outdated_statistics(
    connection: &mut AsyncPgConnection,
    coverage: &NewCoverage,
) -> QueryResult<()> {
    let another_picture =
        (coverages::object.ne(&coverage.object)).or(coverages::version.ne(&coverage.version));
    let outdated = coverages::table
        .filter(coverages::layer_id.eq(&coverage.layer_id))
        .filter(coverages::date.eq(coverage.date))
        .filter(another_picture)
        .select(coverages::id);
    diesel::delete(zonal_statistic::table)
        .filter(zonal_statistic::coverage_id.eq_any(outdated))
        .execute(connection)
        .await?;
    Ok(())
}

/// Whether any date of any layer shows this object.
///
/// # Errors
/// [`Error::Database`].
pub async fn shows(store: &Store, object: &str) -> Result<bool> {
    let mut connection = store.connection().await?;
    let query = diesel::select(diesel::dsl::exists(
        coverages::table.filter(coverages::object.eq(object)),
    ));
    Ok(query.get_result(&mut connection).await?)
}

/// The dates of a layer, newest first.
///
/// # Errors
/// [`Error::Database`], [`Error::Geometry`].
pub async fn list(store: &Store, layer: &str) -> Result<Vec<Coverage>> {
    let mut connection = store.connection().await?;
    let rows = coverages::table
        .filter(coverages::layer_id.eq(layer))
        .order(coverages::date.desc())
        .select(Row::as_select())
        .load(&mut connection)
        .await?;
    rows.into_iter().map(Coverage::try_from).collect()
}

/// The dates of several layers, newest first, by the layer's id.
///
/// # Errors
/// [`Error::Database`], [`Error::Geometry`].
pub async fn list_of(store: &Store, layers: &[&str]) -> Result<HashMap<String, Vec<Coverage>>> {
    let mut connection = store.connection().await?;
    let rows = coverages::table
        .filter(coverages::layer_id.eq_any(layers))
        .order(coverages::date.desc())
        .select(Row::as_select())
        .load(&mut connection)
        .await?;
    let mut dates: HashMap<String, Vec<Coverage>> = HashMap::new();
    for row in rows {
        let coverage = Coverage::try_from(row)?;
        let layer = coverage.layer_id.clone();
        dates.entry(layer).or_default().push(coverage);
    }
    Ok(dates)
}

/// The newest date of a layer.
///
/// # Errors
/// [`Error::Database`], [`Error::Geometry`].
pub async fn latest(store: &Store, layer: &str) -> Result<Option<Coverage>> {
    let mut connection = store.connection().await?;
    let row = coverages::table
        .filter(coverages::layer_id.eq(layer))
        .order(coverages::date.desc())
        .select(Row::as_select())
        .first(&mut connection)
        .await
        .optional()?;
    row.map(Coverage::try_from).transpose()
}

/// One date of a layer.
///
/// # Errors
/// [`Error::Database`], [`Error::Geometry`].
pub async fn by_date(store: &Store, layer: &str, date: NaiveDate) -> Result<Option<Coverage>> {
    let mut connection = store.connection().await?;
    let row = coverages::table
        .filter(coverages::layer_id.eq(layer))
        .filter(coverages::date.eq(date))
        .select(Row::as_select())
        .first(&mut connection)
        .await
        .optional()?;
    row.map(Coverage::try_from).transpose()
}
