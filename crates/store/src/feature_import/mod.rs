//! Features of a file on their way into layers: repaired, known again by their keys, each in the
//! area it lies in. All of them in one transaction, or nothing.
//!
//! They arrive in batches and wait in a temporary table of the database, so that memory does not
//! grow with the file; what the table cannot take is told by the place it has in the file.

mod settle;

use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Binary, Integer, Jsonb, Text};
use diesel_async::{
    AsyncConnection as _, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection as _,
};
use geo::Geometry;
use serde_json::Value;
use tokio::sync::mpsc::Receiver;

use crate::geometry::to_wkb;
use crate::layer::Audience;
use crate::{Error, Result, Store};

/// A layer to be filled; one with the same id is renamed, and keeps what the import does not touch.
#[derive(Debug, Clone, PartialEq)]
pub struct FilledLayer {
    /// A slug: `a-z0-9-`, at most 63 characters.
    pub id: String,
    /// The key of its area; the smallest area around all the features when left out.
    pub area_id: Option<i64>,
    /// The Chinese title.
    pub title_zh: String,
    /// The English title; may be empty.
    pub title_en: String,
    /// Who may see it.
    pub audience: Audience,
    /// Whom to thank.
    pub attribution: String,
}

/// A feature as a file holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Incoming {
    /// Which of the layers it is for, counted from 0.
    pub layer: usize,
    /// Its place in the file.
    pub place: i64,
    /// By what it is known again; one a layer.
    pub key: String,
    /// Degrees, two-dimensional.
    pub geometry: Geometry,
    /// An object.
    pub properties: Value,
}

/// What arrives.
#[derive(Debug)]
pub enum Arrival {
    /// Some features; a thousand are a good number.
    Features(Vec<Incoming>),
    /// There are no more. Without it nothing is stored.
    End,
}

/// What becomes of features that are in a layer already and not in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// They stay.
    Stay,
    /// They go.
    Go,
}

/// A feature that was not taken, or not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Its place in the file.
    pub place: i64,
    /// In words.
    pub words: String,
}

/// What became of one layer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filled {
    /// Its id.
    pub layer: String,
    /// Features that are new.
    pub created: usize,
    /// Features that were there, and differ now.
    pub updated: usize,
    /// Features that were there and are the same.
    pub unchanged: usize,
    /// Features that were there and not in the file, and went.
    pub removed: usize,
    /// Features that were there and not in the file, and stayed.
    pub stayed: usize,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Layer by layer, in the order given.
    pub layers: Vec<Filled>,
    /// Shapes that crossed themselves and were made valid.
    pub repaired: Vec<Remark>,
    /// Features that were left out.
    pub refused: Vec<Remark>,
}

/// Stores what arrives, all or none.
///
/// # Errors
/// [`Error::Broken`] when the features end before [`Arrival::End`], [`Error::NotFeatures`],
/// [`Error::Nowhere`] when no area is given and none is around, [`Error::Geometry`],
/// [`Error::Database`].
pub async fn import(
    store: &Store,
    layers: &[FilledLayer],
    others: Others,
    mut arrivals: Receiver<Arrival>,
) -> Result<Imported> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            settle::lock(connection, layers).await?;
            connection.batch_execute(WAITING).await?;
            loop {
                match arrivals.recv().await {
                    Some(Arrival::Features(features)) => wait(connection, &features).await?,
                    Some(Arrival::End) => break,
                    None => return Err(Error::Broken),
                }
            }
            settle::settle(connection, layers, others).await
        })
        .await
}

/// Where features wait. `layer` counts from 0; `area_id` is filled in at the end.
const WAITING: &str = "
    create temporary table incoming (
        layer integer not null, place bigint not null, key text not null,
        geom geometry(Geometry, 4326), repaired boolean not null, properties jsonb not null,
        area_id bigint
    ) on commit drop";

/// Lines and polygons that cross themselves are repaired; what collapses comes out empty.
async fn wait(connection: &mut AsyncPgConnection, features: &[Incoming]) -> Result<()> {
    let layers: Vec<i32> = features
        .iter()
        .map(|feature| feature.layer as i32)
        .collect();
    let places: Vec<i64> = features.iter().map(|feature| feature.place).collect();
    let keys: Vec<&str> = features
        .iter()
        .map(|feature| feature.key.as_str())
        .collect();
    let properties: Vec<&Value> = features.iter().map(|feature| &feature.properties).collect();
    let shapes = features.iter().map(|feature| to_wkb(&feature.geometry));
    let shapes = shapes.collect::<Result<Vec<_>>>()?;
    sql_query(
        "insert into incoming (layer, place, key, geom, repaired, properties)
         select f.layer, f.place, f.key,
             case when f.valid then f.geom else st_collectionextract(
                 st_makevalid(f.geom, 'method=structure keepcollapsed=false'),
                 st_dimension(f.geom) + 1) end,
             not f.valid, f.properties
         from (
             select g.*, st_isvalid(g.geom) as valid
             from (
                 select u.layer, u.place, u.key, u.properties,
                     st_force2d(st_setsrid(st_geomfromwkb(u.geom), 4326)) as geom
                 from unnest($1, $2, $3, $4, $5) as u (layer, place, key, geom, properties)
             ) as g
         ) as f",
    )
    .bind::<Array<Integer>, _>(layers)
    .bind::<Array<BigInt>, _>(places)
    .bind::<Array<Text>, _>(keys)
    .bind::<Array<Binary>, _>(shapes)
    .bind::<Array<Jsonb>, _>(properties)
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests;
