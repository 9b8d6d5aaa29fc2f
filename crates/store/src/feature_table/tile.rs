//! Tiles of a table, made by PostGIS.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Binary, Double, Integer, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection as _};
use grid::bounds::Bounds;
use grid::mercator::{MAX_LATITUDE, project};
use grid::tile::Tile;

use super::{Content, FeatureTable, quoted};
use crate::vector_tile::{BUFFER, EXTENT};
use crate::{Result, Store};

/// Rows in a tile; of more, the largest are drawn.
const MOST_ROWS: i64 = 20_000;
/// Bytes of a tile, before the smallest rows are left out.
const MOST_BYTES: usize = 4 << 20;
/// Share of a tile's side that is searched beyond it: its buffer, and what its sides bend on their
/// way into another projection.
const MARGIN: f64 = 1.0 / 32.0;
/// A table that is slow, or a view that never ends, gives its connection back.
const BOUNDS: &str = "set local statement_timeout = '5s'; set local work_mem = '32MB'; \
                      set local jit = off; set local max_parallel_workers_per_gather = 0; \
                      set local datestyle = 'ISO, YMD'; \
                      set local intervalstyle = 'iso_8601'";

/// The rows of a table in a tile, MVT layer named as the layer: its columns, and the key as the
/// features' number where it is a whole one that is not negative. `None` where there is nothing.
///
/// Who may see the layer may see them: it is not asked here.
///
/// # Errors
/// [`super::Error::Unreadable`] when the table has changed, has gone or is too slow;
/// [`crate::Error::Database`] when the database does not answer.
pub async fn tile(store: &Store, table: &FeatureTable, tile: Tile) -> Result<Option<Vec<u8>>> {
    let Some(search) = table.search(tile) else {
        return Ok(None);
    };
    let mut connection = store.connection().await?;
    let drawing = connection
        .build_transaction()
        .read_only()
        .run(async |connection| {
            connection.batch_execute(BOUNDS).await?;
            let mut most = MOST_ROWS;
            loop {
                let drawn = table.draw(connection, tile, &search, most).await?;
                if drawn.len() <= MOST_BYTES || most == 1 {
                    return Ok::<_, crate::Error>(drawn);
                }
                let share = MOST_BYTES as f64 / drawn.len() as f64;
                most = ((drawn.len() as f64).min(most as f64) * share * 0.9).max(1.0) as i64;
            }
        })
        .await;
    let drawn = drawing.map_err(|error| table.unreadable(error))?;
    Ok((!drawn.is_empty()).then_some(drawn))
}

#[derive(Debug, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct Drawn {
    #[diesel(sql_type = Binary)]
    tile: Vec<u8>,
}

impl FeatureTable {
    /// Where a tile's rows lie, in metres of web Mercator; `None` where the table has none.
    fn search(&self, tile: Tile) -> Option<Bounds> {
        let frame = tile.bounds_mercator();
        let reach = &self.reach;
        let (west, south) = project(reach.west, reach.south.max(-MAX_LATITUDE));
        let (east, north) = project(reach.east, reach.north.min(MAX_LATITUDE));
        let wide = frame.expanded(frame.width() * MARGIN);
        wide.intersection(&Bounds::new(west, south, east, north))
    }

    /// SQL for a tile: `$1`, `$2`, `$3` zoom, column, row; `$4` … `$7` where to search, `$8` its longest
    /// straight piece, `$9` the name, `$10` the most rows.
    ///
    /// The search is a constant for the planner, in the table's own coordinates, so that it knows
    /// when an index helps. Points are thinned by their place, the same in every tile.
    pub(super) fn tile_query(&self) -> String {
        let (shape_name, id_name) = (self.free_name("shape"), self.free_name("number"));
        let (shape, srid) = (self.shape("t"), self.srid);
        let mut carried = vec![format!("{shape} as {shape_name}")];
        let mut names = vec![String::new()];
        for column in &self.columns {
            let name = quoted(&column.name);
            carried.push(format!("{} as {name}", column.read("t")));
            names.push(format!("c.{name}"));
        }
        let number = self
            .key
            .as_ref()
            .filter(|key| key.content == Content::Whole);
        if let Some(key) = number {
            carried.push(format!("{} as {id_name}", key.read("t")));
            names.push(format!("c.{id_name}"));
        }
        let (carried, names) = (carried.join(", "), names.join(", "));
        let identifier = number.map_or_else(String::new, |_| format!(", '{id_name}'"));
        format!(
            "with chosen as (
                 select {carried} from {relation} as t
                 where {shape} && st_envelope(st_transform(st_segmentize(
                         st_makeenvelope($4, $5, $6, $7, 3857), $8), {srid}))
                     and geometrytype({shape}) <> 'POLYHEDRALSURFACE'
                 order by st_xmax({shape}) - st_xmin({shape}) + st_ymax({shape}) - st_ymin({shape})
                         desc,
                     hashfloat8(st_xmin({shape}) + st_ymin({shape}))
                 limit $10
             ),
             drawn as (
                 select st_asmvtgeom(
                         st_simplify(
                             st_transform(st_force2d(st_curvetoline(c.{shape_name})), 3857),
                             40075016.685578488 / (1::bigint << $1) / {EXTENT} / 2, true),
                         st_tileenvelope($1, $2, $3), {EXTENT}, {BUFFER}) as {shape_name}{names}
                 from chosen as c
             )
             select st_asmvt(drawn, $9, {EXTENT}, '{shape_name}'{identifier}) as tile
             from drawn where {shape_name} is not null",
            relation = self.relation(),
        )
    }

    /// A plain name that no column has.
    fn free_name(&self, name: &str) -> String {
        let mut free = name.to_owned();
        while self.columns.iter().any(|column| column.name == free) {
            free.push('_');
        }
        free
    }

    async fn draw(
        &self,
        connection: &mut AsyncPgConnection,
        tile: Tile,
        search: &Bounds,
        most: i64,
    ) -> Result<Vec<u8>> {
        let piece = search.width().max(search.height()) / 16.0;
        let query = sql_query(self.tile_query())
            .bind::<Integer, _>(i32::from(tile.zoom))
            .bind::<Integer, _>(tile.column as i32)
            .bind::<Integer, _>(tile.row as i32)
            .bind::<Double, _>(search.west)
            .bind::<Double, _>(search.south)
            .bind::<Double, _>(search.east)
            .bind::<Double, _>(search.north)
            .bind::<Double, _>(piece)
            .bind::<Text, _>(&self.layer_id)
            .bind::<BigInt, _>(most);
        Ok(query.get_result::<Drawn>(connection).await?.tile)
    }
}
