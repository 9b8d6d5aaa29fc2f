//! A table becomes a layer, in one transaction or not at all.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Bool, Integer, Jsonb, Nullable, Text};
use diesel_async::{
    AsyncConnection as _, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection as _,
};
use grid::bounds::Bounds;
use postgis_diesel::sql_types::Geometry;
use serde_json::Value;

use super::describe::{Described, Wanted, describe};
use super::{Error, FeatureTable, by_layer};
use crate::geometry::{BoundsRow, bounds_of, rectangle};
use crate::layer::{self, Audience, Kind, Layer, NewLayer};
use crate::{Result, Store};

/// The extent of a table without an index takes reading all of it.
const PATIENCE: &str = "set local statement_timeout = '5min'";

/// A table, and what its layer shall be; what is left out stays as it is, or comes from the table.
#[derive(Debug, Clone, Default)]
pub struct NewFeatureTable {
    /// The name of a table or view, with or without its schema.
    pub table: String,
    /// The column with the shapes, where there are several.
    pub geometry: Option<String>,
    /// By which rows are told apart: the primary key.
    pub key: Option<String>,
    /// What tiles carry: all ordinary columns.
    pub columns: Option<Vec<String>>,
    /// A slug: `a-z0-9-`.
    pub layer: String,
    /// The Chinese title.
    pub title_zh: Option<String>,
    /// The English title.
    pub title_en: Option<String>,
    /// Who may see it: officials.
    pub audience: Option<Audience>,
    /// The code of the area it is for: the smallest one around all of it.
    pub area: Option<String>,
    /// Whom to thank.
    pub attribution: Option<String>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Registered {
    /// The layer.
    pub layer: Layer,
    /// What it is drawn from.
    pub table: FeatureTable,
    /// SQL for the index that would find what lies in a tile; `None` where there is one, and for a view,
    /// which uses those of its tables.
    pub missing_index: Option<String>,
    /// Whether there were no rows yet: the extent is that of the area, until it is published again.
    pub empty: bool,
}

/// Publishes a table as a layer, or again: its columns and its extent are read anew.
///
/// # Errors
/// [`crate::Error::Table`] for what is wrong with the table; [`crate::Error::NotFeatures`],
/// [`crate::Error::UnknownArea`], [`crate::Error::Nowhere`], [`crate::Error::Database`]; nothing is
/// changed then.
pub async fn publish(store: &Store, new: &NewFeatureTable) -> Result<Registered> {
    if !is_slug(&new.layer) {
        let id = new.layer.clone();
        return Err(Error::Id { id }.into());
    }
    let mut connection = store.connection().await?;
    let publishing = connection.transaction(async |connection| {
        connection.batch_execute(PATIENCE).await?;
        let known = before(connection, &new.layer).await?;
        let wanted = Wanted {
            table: &new.table,
            geometry: new.geometry.as_deref(),
            key: new.key.as_deref(),
            columns: new.columns.as_deref(),
        };
        let described = describe(connection, wanted).await?;
        let area_id = area_of(connection, new, &described, known.as_ref()).await?;
        let layer = stored(new, &described, area_id, known);
        let layer = layer::upsert_on(connection, &layer).await?;
        // Now nobody else fills it.
        if is_filled(connection, &layer.id).await? {
            return Err(Error::Filled { id: layer.id }.into());
        }
        let bounds = match described.bounds {
            Some(bounds) => bounds,
            None => bounds_of_area(connection, area_id).await?,
        };
        insert(connection, &layer.id, &described, &bounds).await?;
        Ok::<_, crate::Error>((layer, described))
    });
    let (layer, described) = publishing.await?;
    drop(connection);
    let table = by_layer(store, &layer.id).await?;
    let gone = || crate::Error::UnknownLayer {
        id: layer.id.clone(),
    };
    Ok(Registered {
        table: table.ok_or_else(gone)?,
        layer,
        empty: described.bounds.is_none(),
        missing_index: described.missing_index,
    })
}

/// An id is part of addresses; two names there are taken.
fn is_slug(id: &str) -> bool {
    let plain = |letter: char| matches!(letter, 'a'..='z' | '0'..='9' | '-');
    let good = (1..=63).contains(&id.len()) && id.chars().all(plain) && !id.starts_with('-');
    good && !["areas", "reports"].contains(&id)
}

/// The layer as it is, which nobody else changes meanwhile.
async fn before(connection: &mut AsyncPgConnection, id: &str) -> Result<Option<Layer>> {
    let query = sql_query("select * from layer where id = $1 for update").bind::<Text, _>(id);
    let known: Option<Layer> = query.get_result(connection).await.optional()?;
    match known {
        Some(layer) if layer.kind != Kind::Features => {
            let (id, kind) = (layer.id, layer.kind);
            Err(crate::Error::NotFeatures { id, kind })
        }
        known => Ok(known),
    }
}

fn stored(
    new: &NewFeatureTable,
    described: &Described,
    area_id: i64,
    known: Option<Layer>,
) -> NewLayer {
    let own = described.table.clone();
    let (title_zh, title_en, audience, attribution) = known.map_or(
        (own, String::new(), Audience::Officials, String::new()),
        |known| {
            (
                known.title_zh,
                known.title_en,
                known.audience,
                known.attribution,
            )
        },
    );
    NewLayer {
        id: new.layer.clone(),
        area_id,
        kind: Kind::Features,
        title_zh: new.title_zh.clone().unwrap_or(title_zh),
        title_en: new.title_en.clone().unwrap_or(title_en),
        audience: new.audience.unwrap_or(audience),
        style: serde_json::json!({}),
        attribution: new.attribution.clone().unwrap_or(attribution),
    }
}

#[derive(QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct AreaRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// The area that is told, that the layer has, or the smallest around all rows; else the one that
/// most of them lie in.
async fn area_of(
    connection: &mut AsyncPgConnection,
    new: &NewFeatureTable,
    described: &Described,
    known: Option<&Layer>,
) -> Result<i64> {
    if let Some(code) = &new.area {
        let query = sql_query("select id from area where code = $1").bind::<Text, _>(code);
        let found: Option<AreaRow> = query.get_result(connection).await.optional()?;
        let unknown = || crate::Error::UnknownArea { code: code.clone() };
        return Ok(found.ok_or_else(unknown)?.id);
    }
    if let Some(known) = known {
        return Ok(known.area_id);
    }
    let bounds = described.bounds.ok_or(crate::Error::Nowhere)?;
    let query = sql_query(
        "select a.id from area as a where st_intersects(a.geom, $1)
         order by st_covers(a.geom, $1) desc,
             case when st_covers(a.geom, $1) then a.area_m2
                 else -st_area(st_intersection(a.geom, $1)) end, a.area_m2, a.id
         limit 1",
    );
    let query = query.bind::<Geometry, _>(rectangle(&bounds)?);
    let found: Option<AreaRow> = query.get_result(connection).await.optional()?;
    Ok(found.ok_or(crate::Error::Nowhere)?.id)
}

async fn bounds_of_area(connection: &mut AsyncPgConnection, id: i64) -> Result<Bounds> {
    #[derive(QueryableByName)]
    #[diesel(check_for_backend(diesel::pg::Pg))]
    struct Row {
        #[diesel(embed)]
        bounds: BoundsRow,
    }
    let query = format!("select {} from area where id = $1", bounds_of("geom"));
    let query = sql_query(query).bind::<BigInt, _>(id);
    Ok(query.get_result::<Row>(connection).await?.bounds.into())
}

/// Whether a layer has features of its own, or the tiles of an archive.
async fn is_filled(connection: &mut AsyncPgConnection, id: &str) -> Result<bool> {
    #[derive(QueryableByName)]
    #[diesel(check_for_backend(diesel::pg::Pg))]
    struct Row {
        #[diesel(sql_type = Bool)]
        filled: bool,
    }
    let query = sql_query(
        "select exists (select from feature where layer_id = $1)
             or exists (select from coverage where layer_id = $1) as filled",
    );
    let row: Row = query.bind::<Text, _>(id).get_result(connection).await?;
    Ok(row.filled)
}

async fn insert(
    connection: &mut AsyncPgConnection,
    layer: &str,
    described: &Described,
    bounds: &Bounds,
) -> Result<()> {
    let json = |error: serde_json::Error| {
        crate::Error::Database(diesel::result::Error::SerializationError(error.into()))
    };
    let key = described.key.as_ref().map(serde_json::to_value);
    let columns: Value = serde_json::to_value(&described.columns).map_err(json)?;
    sql_query(
        "insert into feature_table (layer_id, schema_name, table_name, geometry_column, key_column,
             columns, srid, bounds, reach)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind::<Text, _>(layer)
    .bind::<Text, _>(&described.schema)
    .bind::<Text, _>(&described.table)
    .bind::<Text, _>(&described.geometry)
    .bind::<Nullable<Jsonb>, _>(key.transpose().map_err(json)?)
    .bind::<Jsonb, _>(columns)
    .bind::<Integer, _>(described.srid)
    .bind::<Geometry, _>(rectangle(bounds)?)
    .bind::<Geometry, _>(rectangle(&described.reach(bounds))?)
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_slug;

    #[test]
    fn an_id_is_a_slug_that_no_built_in_layer_has() {
        assert!(is_slug("parcels-2026"));
        let long = "a".repeat(64);
        for id in [
            "", "-a", "Parcels", "地块", "a,b", "a b", "areas", "reports", &long,
        ] {
            assert!(!is_slug(id), "{id}");
        }
    }
}
