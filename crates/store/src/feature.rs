//! Points, lines and polygons of feature layers.

mod read;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Binary, Jsonb, Text};
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl};
use geo::{Geometry, MultiPolygon};
use serde_json::Value;

use crate::geometry::{polygons_from_wkb, to_wkb};
use crate::{Error, Result, Store, feature_table};

pub use read::{Changes, StoredFeature, listen, send_all, version};

/// Features sent to the database at once: a bound on memory, few enough round trips.
const BATCH: usize = 1000;

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
/// [`Error::UnknownLayer`], [`Error::Geometry`], [`Error::Database`].
pub async fn replace(store: &Store, layer: &str, features: &[NewFeature]) -> Result<usize> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| replace_on(connection, layer, features).await)
        .await
}

/// The same, within a transaction.
pub(crate) async fn replace_on(
    connection: &mut AsyncPgConnection,
    layer: &str,
    features: &[NewFeature],
) -> Result<usize> {
    // Locked: two replacements at once would leave both.
    let known = sql_query("select id from layer where id = $1 for update")
        .bind::<Text, _>(layer)
        .execute(connection)
        .await?;
    if known == 0 {
        return Err(Error::UnknownLayer {
            id: layer.to_owned(),
        });
    }
    sql_query("delete from feature where layer_id = $1")
        .bind::<Text, _>(layer)
        .execute(connection)
        .await?;
    for batch in features.chunks(BATCH) {
        insert(connection, layer, batch).await?;
    }
    Ok(features.len())
}

/// Gives each feature of a layer to the smallest area it lies in, within a transaction.
pub(crate) async fn place_on(connection: &mut AsyncPgConnection, layer: &str) -> Result<()> {
    sql_query(
        "update feature as f set area_id = a.id
         from feature as g, lateral (
             select a.id from area as a where st_covers(a.geom, st_pointonsurface(g.geom))
             order by cardinality(a.ancestors) desc, a.area_m2, a.id limit 1) as a
         where g.layer_id = $1 and f.layer_id = $1 and f.id = g.id and f.area_id <> a.id",
    )
    .bind::<Text, _>(layer)
    .execute(connection)
    .await?;
    Ok(())
}

/// A feature that covers ground.
#[derive(Debug, Clone, PartialEq)]
pub struct PolygonFeature {
    /// Its key in the source.
    pub key: String,
    /// Degrees.
    pub polygons: MultiPolygon,
    /// An object.
    pub properties: Value,
}

/// The features of a layer that are polygons, by their keys.
///
/// # Errors
/// [`Error::Geometry`], [`Error::Database`].
pub async fn polygons(store: &Store, layer: &str) -> Result<Vec<PolygonFeature>> {
    #[derive(QueryableByName)]
    #[diesel(check_for_backend(diesel::pg::Pg))]
    struct Row {
        #[diesel(sql_type = Text)]
        key: String,
        #[diesel(sql_type = Binary)]
        outline: Vec<u8>,
        #[diesel(sql_type = Jsonb)]
        properties: Value,
    }
    if let Some(table) = feature_table::by_layer(store, layer).await? {
        return feature_table::polygons(store, &table).await;
    }
    let mut connection = store.connection().await?;
    let rows: Vec<Row> = sql_query(
        "select key, st_asbinary(st_multi(geom)) as outline, properties from feature
         where layer_id = $1 and st_dimension(geom) = 2 order by key, id",
    )
    .bind::<Text, _>(layer)
    .load(&mut connection)
    .await?;
    let feature = |row: Row| {
        Ok(PolygonFeature {
            polygons: polygons_from_wkb(&row.outline)?,
            key: row.key,
            properties: row.properties,
        })
    };
    rows.into_iter().map(feature).collect()
}

/// How many features a layer has.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn count(store: &Store, layer: &str) -> Result<i64> {
    let mut connection = store.connection().await?;
    let query = sql_query("select count(*) as count from feature where layer_id = $1");
    Ok(query
        .bind::<Text, _>(layer)
        .get_result::<Count>(&mut connection)
        .await?
        .count)
}

#[derive(Debug, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

async fn insert(
    connection: &mut AsyncPgConnection,
    layer: &str,
    features: &[NewFeature],
) -> Result<()> {
    let areas: Vec<_> = features.iter().map(|feature| feature.area_id).collect();
    let keys: Vec<_> = features
        .iter()
        .map(|feature| feature.key.as_str())
        .collect();
    let properties: Vec<_> = features.iter().map(|feature| &feature.properties).collect();
    let geometries = features.iter().map(|feature| to_wkb(&feature.geometry));
    let geometries = geometries.collect::<Result<Vec<_>>>()?;
    sql_query(
        "insert into feature (layer_id, area_id, key, geom, properties)
         select $1, f.area_id, f.key, st_force2d(st_setsrid(st_geomfromwkb(f.geom), 4326)),
             f.properties
         from unnest($2, $3, $4, $5) as f (area_id, key, geom, properties)",
    )
    .bind::<Text, _>(layer)
    .bind::<Array<BigInt>, _>(areas)
    .bind::<Array<Text>, _>(keys)
    .bind::<Array<Binary>, _>(geometries)
    .bind::<Array<Jsonb>, _>(properties)
    .execute(connection)
    .await?;
    Ok(())
}
