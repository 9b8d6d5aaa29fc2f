//! Mapbox vector tiles made by PostGIS.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Binary, Integer, Nullable, Text};
use diesel_async::RunQueryDsl;
use grid::tile::Tile;

use crate::{Result, Scope, Store, Viewer};

/// Steps along a side of a tile; what MapLibre and everybody else expects.
pub(crate) const EXTENT: i32 = 4096;

/// Steps beyond its sides, so that lines and symbols do not end at them.
pub(crate) const BUFFER: i32 = 64;

#[derive(Debug, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct Drawn {
    #[diesel(sql_type = Binary)]
    tile: Vec<u8>,
}

impl Drawn {
    fn read(self) -> Option<Vec<u8>> {
        (!self.tile.is_empty()).then_some(self.tile)
    }
}

/// SQL for a tile (`$1`, `$2`, `$3`: zoom, column, row; `$4`: name) of the rows of `from`.
///
/// The search uses the index on the untransformed column, in degrees, a little wider than the
/// tile, but never beyond 180°, which would come back on the other side. What is finer than half a step of the tile is not carried.
fn draw(geometry: &str, columns: &str, from: &str, identifier: &str) -> String {
    let margin = f64::from(BUFFER) / f64::from(EXTENT);
    format!(
        "with frame as (
             select st_tileenvelope($1, $2, $3) as inner_box,
                 st_transform(st_intersection(
                     st_tileenvelope($1, $2, $3, margin => {margin}), st_tileenvelope(0, 0, 0)
                 ), 4326) as search,
                 40075016.685578488 / (1::bigint << $1) / {EXTENT} / 2 as tolerance
         ),
         drawn as (
             select st_asmvtgeom(
                     st_simplify(st_transform({geometry}, 3857), frame.tolerance, true),
                     frame.inner_box, {EXTENT}, {BUFFER}) as geom, {columns}
             from frame, {from} and {geometry} && frame.search
         )
         select st_asmvt(drawn, $4, {EXTENT}, 'geom'{identifier}) as tile
         from drawn where geom is not null"
    )
}

fn place(tile: Tile) -> (i32, i32, i32) {
    (i32::from(tile.zoom), tile.column as i32, tile.row as i32)
}

/// The areas of a tile, MVT layer `areas` (`code`, `name_zh`, `name_en`, `level`): all of them for
/// the anonymous (boundaries are public), those within their scope for people signed in.
/// `None` where there is nothing.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn areas(store: &Store, tile: Tile, viewer: &Viewer) -> Result<Option<Vec<u8>>> {
    let scope = match viewer {
        Viewer::Anonymous => &Scope::Everything,
        Viewer::SignedIn(scope) => scope,
    };
    let (zoom, column, row) = place(tile);
    let from = format!("area as a where {}", Scope::predicate("a.id", 5));
    let columns = "a.code, a.name_zh, a.name_en, a.level";
    let query = sql_query(draw("a.geom", columns, &from, ""))
        .bind::<Integer, _>(zoom)
        .bind::<Integer, _>(column)
        .bind::<Integer, _>(row)
        .bind::<Text, _>("areas")
        .bind::<Nullable<Array<BigInt>>, _>(scope.areas());
    let mut connection = store.connection().await?;
    Ok(query.get_result::<Drawn>(&mut connection).await?.read())
}

/// The reports of a tile within a scope, MVT layer `reports` (`id`, `reference`, `state`,
/// `service`). `None` where there is nothing.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn reports(store: &Store, tile: Tile, scope: &Scope) -> Result<Option<Vec<u8>>> {
    let (zoom, column, row) = place(tile);
    let from = format!("report as r where {}", Scope::predicate("r.area_id", 5));
    let columns = "r.id::text as id, r.reference, r.state, r.service_code as service";
    let query = sql_query(draw("r.place", columns, &from, ""))
        .bind::<Integer, _>(zoom)
        .bind::<Integer, _>(column)
        .bind::<Integer, _>(row)
        .bind::<Text, _>("reports")
        .bind::<Nullable<Array<BigInt>>, _>(scope.areas());
    let mut connection = store.connection().await?;
    Ok(query.get_result::<Drawn>(&mut connection).await?.read())
}

/// The features of a layer in a tile, MVT layer named as the layer: `key` and the scalar
/// properties; only those within a scope, and none that is drawn from a later zoom only (a number
/// in its property `minzoom`). `None` where there is nothing.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn features(
    store: &Store,
    layer: &str,
    tile: Tile,
    scope: &Scope,
) -> Result<Option<Vec<u8>>> {
    let (zoom, column, row) = place(tile);
    let from = format!(
        "feature as f where f.layer_id = $4 and {} \
             and (jsonb_typeof(f.properties->'minzoom') is distinct from 'number' \
                 or f.properties->'minzoom' <= to_jsonb($1::integer))",
        Scope::predicate("f.area_id", 5)
    );
    let query = draw("f.geom", "f.id, f.key, f.properties", &from, ", 'id'");
    let query = sql_query(query)
        .bind::<Integer, _>(zoom)
        .bind::<Integer, _>(column)
        .bind::<Integer, _>(row)
        .bind::<Text, _>(layer)
        .bind::<Nullable<Array<BigInt>>, _>(scope.areas());
    let mut connection = store.connection().await?;
    Ok(query.get_result::<Drawn>(&mut connection).await?.read())
}

#[cfg(test)]
mod tests;
