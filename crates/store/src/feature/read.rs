//! All features of a layer, as a stream, and whether they are still the same.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Binary, Jsonb, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use futures::TryStreamExt as _;
use geo::Geometry;
use serde_json::Value;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::geometry::from_wkb;
use crate::{Result, Store};

/// Features handed on at once.
const BATCH: usize = 512;

/// A feature as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredFeature {
    /// Its number in the table.
    pub id: i64,
    /// The key of the area it belongs to.
    pub area_id: i64,
    /// Its key in the source.
    pub key: String,
    /// Degrees, two-dimensional.
    pub geometry: Geometry,
    /// An object.
    pub properties: Value,
}

#[derive(QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    area_id: i64,
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Binary)]
    geometry: Vec<u8>,
    #[diesel(sql_type = Jsonb)]
    properties: Value,
}

/// Sends all features of a layer, in the order of their numbers, in batches; ends early, without
/// an error, when nobody receives them any more. They are those of one moment.
///
/// # Errors
/// [`crate::Error::Geometry`] for a shape that is neither points, lines nor polygons,
/// [`crate::Error::Database`].
pub async fn send_all(
    store: &Store,
    layer: &str,
    batches: mpsc::Sender<Vec<StoredFeature>>,
) -> Result<()> {
    let mut connection = store.connection().await?;
    let query = sql_query(
        "select id, area_id, key, st_asbinary(geom) as geometry, properties from feature
         where layer_id = $1 order by id",
    );
    let rows = query
        .bind::<Text, _>(layer)
        .load_stream::<Row>(&mut connection)
        .await?;
    let mut rows = std::pin::pin!(rows);
    let mut batch = Vec::with_capacity(BATCH);
    while let Some(row) = rows.try_next().await? {
        batch.push(StoredFeature {
            id: row.id,
            area_id: row.area_id,
            key: row.key,
            geometry: from_wkb(&row.geometry)?,
            properties: row.properties,
        });
        if batch.len() == BATCH {
            let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
            if batches.send(full).await.is_err() {
                return Ok(());
            }
        }
    }
    // An error is a receiver that has gone.
    let _gone = batches.send(batch).await;
    Ok(())
}

/// The version of a layer's features: another after every change of them. `None` for a layer
/// that is not there.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn version(store: &Store, layer: &str) -> Result<Option<Uuid>> {
    #[derive(QueryableByName)]
    #[diesel(check_for_backend(diesel::pg::Pg))]
    struct Version {
        #[diesel(sql_type = SqlUuid)]
        features_version: Uuid,
    }
    let mut connection = store.connection().await?;
    let query = sql_query("select features_version from layer where id = $1");
    let found: Option<Version> = query
        .bind::<Text, _>(layer)
        .get_result(&mut connection)
        .await
        .optional()?;
    Ok(found.map(|version| version.features_version))
}

/// The ids of layers, each time features of theirs changed.
pub type Changes = crate::listen::Changes<String>;

/// Listens for changes of features, from now on, on a connection of its own.
///
/// # Errors
/// [`crate::Error::Unreachable`].
pub async fn listen(store: &Store) -> Result<Changes> {
    crate::listen::listen(store, "features").await
}
