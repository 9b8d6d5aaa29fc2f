//! One thing on the map, with dates.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Jsonb, Nullable, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::word::words;
use crate::{Result, Store, Viewer};

words! {
    /// What a layer is made of.
    Kind ("kind of layer") {
        /// Pictures: the stored bytes are the tile.
        Visual = "visual",
        /// Numbers, coloured when drawn.
        Index = "index",
        /// Points, lines and polygons.
        Features = "features",
    }
}

words! {
    /// Who may see a layer.
    Audience ("audience") {
        /// Anyone.
        Public = "public",
        /// People of the village, signed in.
        Village = "village",
        /// Officials, signed in.
        Officials = "officials",
    }
}

/// A layer.
#[derive(Debug, Clone, PartialEq, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Layer {
    /// A slug: `a-z0-9-`.
    #[diesel(sql_type = Text)]
    pub id: String,
    /// The key of the area it is published for.
    #[diesel(sql_type = BigInt)]
    pub area_id: i64,
    /// What it is made of.
    #[diesel(sql_type = Text)]
    pub kind: Kind,
    /// The Chinese title.
    #[diesel(sql_type = Text)]
    pub title_zh: String,
    /// The English title; may be empty.
    #[diesel(sql_type = Text)]
    pub title_en: String,
    /// Who may see it.
    #[diesel(sql_type = Text)]
    pub audience: Audience,
    /// How it is drawn: a `raster::style::Style` as JSON; this crate does not look inside.
    #[diesel(sql_type = Jsonb)]
    pub style: serde_json::Value,
    /// Whom to thank.
    #[diesel(sql_type = Text)]
    pub attribution: String,
    /// When it was made.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

/// A layer to be stored; one with the same id is replaced, its coverages stay.
#[derive(Debug, Clone, PartialEq)]
pub struct NewLayer {
    /// A slug: `a-z0-9-`, at most 63 characters.
    pub id: String,
    /// The key of the area it is published for.
    pub area_id: i64,
    /// What it is made of.
    pub kind: Kind,
    /// The Chinese title.
    pub title_zh: String,
    /// The English title; may be empty.
    pub title_en: String,
    /// Who may see it.
    pub audience: Audience,
    /// How it is drawn.
    pub style: serde_json::Value,
    /// Whom to thank.
    pub attribution: String,
}

/// Stores a layer.
///
/// # Errors
/// [`crate::Error::Database`], for instance when the id is not a slug.
pub async fn upsert(store: &Store, layer: &NewLayer) -> Result<Layer> {
    upsert_on(&mut *store.connection().await?, layer).await
}

/// The same, within a transaction. A layer that was drawn from a table is so no more: what is
/// published last is shown.
pub(crate) async fn upsert_on(
    connection: &mut AsyncPgConnection,
    layer: &NewLayer,
) -> Result<Layer> {
    sql_query("delete from feature_table where layer_id = $1")
        .bind::<Text, _>(&layer.id)
        .execute(connection)
        .await?;
    let query = sql_query(
        "insert into layer (id, area_id, kind, title_zh, title_en, audience, style, attribution)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (id) do update set
             area_id = excluded.area_id, kind = excluded.kind, title_zh = excluded.title_zh,
             title_en = excluded.title_en, audience = excluded.audience, style = excluded.style,
             attribution = excluded.attribution
         returning *",
    )
    .bind::<Text, _>(&layer.id)
    .bind::<BigInt, _>(layer.area_id)
    .bind::<Text, _>(layer.kind)
    .bind::<Text, _>(&layer.title_zh)
    .bind::<Text, _>(&layer.title_en)
    .bind::<Text, _>(layer.audience)
    .bind::<Jsonb, _>(&layer.style)
    .bind::<Text, _>(&layer.attribution);
    Ok(query.get_result(connection).await?)
}

/// The layers a viewer may see, by title.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn list(store: &Store, viewer: &Viewer) -> Result<Vec<Layer>> {
    let query = format!(
        "select l.* from layer as l where {} order by l.title_zh collate name_order, l.id",
        Viewer::sees_layer("l", 1)
    );
    let mut connection = store.connection().await?;
    let query = sql_query(query).bind::<Nullable<Array<BigInt>>, _>(viewer.areas());
    Ok(query.load(&mut connection).await?)
}

/// A layer, if it is there and the viewer may see it.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn by_id(store: &Store, viewer: &Viewer, id: &str) -> Result<Option<Layer>> {
    let sees = Viewer::sees_layer("l", 1);
    let query = format!("select l.* from layer as l where l.id = $2 and {sees}");
    let mut connection = store.connection().await?;
    let query = sql_query(query)
        .bind::<Nullable<Array<BigInt>>, _>(viewer.areas())
        .bind::<Text, _>(id);
    Ok(query.get_result(&mut connection).await.optional()?)
}

/// Removes a layer with its coverages and features (the objects stay); whether it was there.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn delete(store: &Store, id: &str) -> Result<bool> {
    let mut connection = store.connection().await?;
    let query = sql_query("delete from layer where id = $1").bind::<Text, _>(id);
    Ok(query.execute(&mut connection).await? > 0)
}
