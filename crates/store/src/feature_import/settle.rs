//! The end of an import: from the waiting table into the layers.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection as _};

use super::{Filled, FilledLayer, Imported, Others, Remark};
use crate::layer::{self, Kind, NewLayer};
use crate::{Error, Result};

/// Two imports into one layer at once would both find its keys missing: the second waits. A layer
/// that is no layer of features is not touched.
pub(super) async fn lock(connection: &mut AsyncPgConnection, layers: &[FilledLayer]) -> Result<()> {
    #[derive(QueryableByName)]
    #[diesel(check_for_backend(diesel::pg::Pg))]
    struct Row {
        #[diesel(sql_type = Text)]
        kind: Kind,
    }
    for layer in layers {
        sql_query("select pg_advisory_xact_lock(hashtext('feature import ' || $1))")
            .bind::<Text, _>(&layer.id)
            .execute(connection)
            .await?;
        let found: Option<Row> = sql_query("select kind from layer where id = $1 for update")
            .bind::<Text, _>(&layer.id)
            .get_result(connection)
            .await
            .optional()?;
        if let Some(kind) = found
            .map(|row| row.kind)
            .filter(|kind| *kind != Kind::Features)
        {
            let id = layer.id.clone();
            return Err(Error::NotFeatures { id, kind });
        }
    }
    Ok(())
}

pub(super) async fn settle(
    connection: &mut AsyncPgConnection,
    layers: &[FilledLayer],
    others: Others,
) -> Result<Imported> {
    connection
        .batch_execute("create index on incoming (layer, key); analyze incoming")
        .await?;
    let mut refused = remarks(connection, COLLAPSED).await?;
    refused.extend(remarks(connection, TWICE).await?);
    let repaired = remarks(connection, REPAIRED).await?;
    let mut filled = Vec::with_capacity(layers.len());
    let around = if layers.iter().all(|layer| layer.area_id.is_some()) {
        None
    } else {
        Some(area_around(connection).await?)
    };
    for (place, layer) in (0..).zip(layers) {
        let area_id = layer.area_id.or(around).ok_or(Error::Nowhere)?;
        layer::upsert_on(connection, &stored(layer, area_id)).await?;
        filled.push(fill(connection, place, layer, area_id, others).await?);
    }
    Ok(Imported {
        layers: filled,
        repaired,
        refused,
    })
}

fn stored(layer: &FilledLayer, area_id: i64) -> NewLayer {
    NewLayer {
        id: layer.id.clone(),
        area_id,
        kind: Kind::Features,
        title_zh: layer.title_zh.clone(),
        title_en: layer.title_en.clone(),
        audience: layer.audience,
        style: serde_json::json!({}),
        attribution: layer.attribution.clone(),
    }
}

const COLLAPSED: &str = "
    delete from incoming where geom is null or st_isempty(geom)
    returning place, 'its geometry is not valid, and nothing is left of it when it is repaired'
        as words";

const TWICE: &str = "
    with ranked as (
        select ctid, first_value(place) over same as first, row_number() over same as rank
        from incoming window same as (partition by layer, key order by place)
    )
    delete from incoming as i using ranked as r where i.ctid = r.ctid and r.rank > 1
    returning i.place, 'its key ' || i.key || ' is that of ' || r.first || ' already' as words";

const REPAIRED: &str = "
    select place, 'its geometry crossed itself' as words from incoming
    where repaired order by place";

async fn remarks(connection: &mut AsyncPgConnection, query: &str) -> Result<Vec<Remark>> {
    #[derive(QueryableByName)]
    #[diesel(check_for_backend(diesel::pg::Pg))]
    struct Row {
        #[diesel(sql_type = BigInt)]
        place: i64,
        #[diesel(sql_type = Text)]
        words: String,
    }
    let rows: Vec<Row> = sql_query(query).load(connection).await?;
    let remark = |Row { place, words }| Remark { place, words };
    Ok(rows.into_iter().map(remark).collect())
}

/// The smallest area around all that waits, else the one that most of it lies in.
async fn area_around(connection: &mut AsyncPgConnection) -> Result<i64> {
    #[derive(QueryableByName)]
    #[diesel(check_for_backend(diesel::pg::Pg))]
    struct Row {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    let found: Option<Row> = sql_query(
        "with frame as (
             select st_setsrid(st_extent(geom)::geometry, 4326) as box from incoming)
         select a.id from area as a, frame as f where st_intersects(a.geom, f.box)
         order by st_covers(a.geom, f.box) desc,
             case when st_covers(a.geom, f.box) then a.area_m2 else -a.area_m2 end, a.id
         limit 1",
    )
    .get_result(connection)
    .await
    .optional()?;
    found.map(|row| row.id).ok_or(Error::Nowhere)
}

/// Every feature belongs to the smallest area it lies in, and to the layer's where there is none.
const PLACE: &str = "
    update incoming as i set area_id = coalesce((
        select a.id from area as a where st_covers(a.geom, st_pointonsurface(i.geom))
        order by cardinality(a.ancestors) desc, a.area_m2, a.id limit 1), $2)
    where i.layer = $1";

const UPDATE: &str = "
    update feature as f
    set geom = i.geom, properties = i.properties, area_id = i.area_id
    from incoming as i
    where i.layer = $1 and f.layer_id = $2 and f.key = i.key
        and (f.area_id <> i.area_id or f.properties <> i.properties
             or st_asbinary(f.geom) <> st_asbinary(i.geom))";

const INSERT: &str = "
    insert into feature (layer_id, area_id, key, geom, properties)
    select $2, i.area_id, i.key, i.geom, i.properties from incoming as i
    where i.layer = $1 and not exists (
        select from feature as f where f.layer_id = $2 and f.key = i.key)
    order by i.place";

const REMOVE: &str = "
    delete from feature as f where f.layer_id = $2 and not exists (
        select from incoming as i where i.layer = $1 and i.key = f.key)";

async fn fill(
    connection: &mut AsyncPgConnection,
    place: i32,
    layer: &FilledLayer,
    area_id: i64,
    others: Others,
) -> Result<Filled> {
    sql_query(PLACE)
        .bind::<Integer, _>(place)
        .bind::<Nullable<BigInt>, _>(Some(area_id))
        .execute(connection)
        .await?;
    let mut count = async |query: &str| {
        let query = sql_query(query).bind::<Integer, _>(place);
        query.bind::<Text, _>(&layer.id).execute(connection).await
    };
    let removed = match others {
        Others::Go => count(REMOVE).await?,
        Others::Stay => 0,
    };
    let updated = count(UPDATE).await?;
    let created = count(INSERT).await?;
    let (in_layer, in_file) = totals(connection, place, &layer.id).await?;
    Ok(Filled {
        layer: layer.id.clone(),
        created,
        updated,
        unchanged: in_file.saturating_sub(created + updated),
        removed,
        stayed: in_layer.saturating_sub(in_file),
    })
}

/// How many features the layer has now, and how many of the file it took.
async fn totals(
    connection: &mut AsyncPgConnection,
    place: i32,
    layer: &str,
) -> Result<(usize, usize)> {
    #[derive(QueryableByName)]
    #[diesel(check_for_backend(diesel::pg::Pg))]
    struct Row {
        #[diesel(sql_type = BigInt)]
        in_layer: i64,
        #[diesel(sql_type = BigInt)]
        in_file: i64,
    }
    let row: Row = sql_query(
        "select (select count(*) from feature where layer_id = $2) as in_layer,
             (select count(*) from incoming where layer = $1) as in_file",
    )
    .bind::<Integer, _>(place)
    .bind::<Text, _>(layer)
    .get_result(connection)
    .await?;
    Ok((row.in_layer as usize, row.in_file as usize))
}
