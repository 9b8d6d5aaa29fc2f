//! The polygons of a table, as the zones of a recipe.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Binary, Jsonb, Text};
use diesel_async::RunQueryDsl;
use serde_json::Value;

use super::{FeatureTable, quoted};
use crate::feature::PolygonFeature;
use crate::geometry::polygons_from_wkb;
use crate::{Result, Store};

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

/// All rows that cover ground, by their keys; numbered where the table has no key.
///
/// # Errors
/// [`super::Error::Unreadable`], [`crate::Error::Geometry`], [`crate::Error::Database`].
pub(crate) async fn polygons(store: &Store, table: &FeatureTable) -> Result<Vec<PolygonFeature>> {
    let key = table
        .key
        .as_ref()
        .map(|key| format!("{}::text", key.read("t")));
    let key = key.unwrap_or_else(|| "row_number() over ()::text".to_owned());
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| format!("{} as {}", column.read("t"), quoted(&column.name)))
        .collect();
    let shape = table.shape("t");
    let query = format!(
        "select coalesce({key}, '') as key, to_jsonb(p) as properties,
             st_asbinary(st_multi(st_transform(st_collectionextract(st_makevalid(
                 st_force2d(st_curvetoline({shape}))), 3), 4326))) as outline
         from {} as t, lateral (select {}) as p
         where st_dimension({shape}) = 2 and not st_isempty({shape})
             and geometrytype({shape}) <> 'POLYHEDRALSURFACE'
         order by 1",
        table.relation(),
        columns.join(", ")
    );
    let mut connection = store.connection().await?;
    let rows: QueryResult<Vec<Row>> = sql_query(query).load(&mut connection).await;
    let rows = rows.map_err(|error| table.unreadable(error.into()))?;
    let feature = |row: Row| {
        Ok(PolygonFeature {
            polygons: polygons_from_wkb(&row.outline)?,
            key: row.key,
            properties: row.properties,
        })
    };
    rows.into_iter().map(feature).collect()
}
