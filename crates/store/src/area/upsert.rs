use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Binary, Bool, Nullable, Text};
use diesel_async::{
    AsyncConnection as _, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection as _,
};
use geo::CoordsIter as _;

use super::{NewArea, Upserted};
use crate::geometry::to_wkb;
use crate::{Error, Result, Store};

/// Stores areas, all or none. Outlines are made valid; what lies under a moved area moves along.
///
/// # Errors
/// [`Error::UnknownArea`] for a parent that is neither in the batch nor stored,
/// [`Error::EmptyArea`], [`Error::CircularArea`], [`Error::Geometry`] for coordinates that are
/// not degrees.
pub async fn upsert(store: &Store, areas: &[NewArea]) -> Result<Upserted> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            // Two imports at once would build each half a tree.
            connection
                .batch_execute("lock table area in share row exclusive mode")
                .await?;
            let mut upserted = Upserted::default();
            for area in areas {
                let written = write(connection, area).await?;
                if written.created {
                    upserted.created += 1;
                } else {
                    upserted.updated += 1;
                }
                if written.repaired {
                    upserted.repaired.push(area.code.clone());
                }
            }
            for area in areas {
                hang(connection, area).await?;
            }
            grow(connection).await?;
            Ok(upserted)
        })
        .await
}

#[derive(Debug, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct Written {
    #[diesel(sql_type = Bool)]
    created: bool,
    #[diesel(sql_type = Bool)]
    repaired: bool,
}

/// The area itself. `structure` takes overlapping parts together, as whoever drew them meant;
/// the older method would cut them out.
const WRITE: &str = "
    with given as (select st_setsrid(st_geomfromwkb($1), 4326) as geom),
    valid as (
        select not st_isvalid(geom) as repaired, st_multi(st_collectionextract(
            case when st_isvalid(geom) then geom
                 else st_makevalid(geom, 'method=structure keepcollapsed=false') end, 3)) as geom
        from given
    )
    insert into area (code, name_zh, name_en, level, geom, area_m2)
    select $2, $3, $4, $5, geom, st_area(geom::geography) from valid where not st_isempty(geom)
    on conflict (code) do update set
        name_zh = excluded.name_zh, name_en = excluded.name_en, level = excluded.level,
        geom = excluded.geom, area_m2 = excluded.area_m2, updated_at = now()
    returning xmax = 0 as created, (select repaired from valid) as repaired";

async fn write(connection: &mut AsyncPgConnection, area: &NewArea) -> Result<Written> {
    check_degrees(area)?;
    let written = sql_query(WRITE)
        .bind::<Binary, _>(to_wkb(&area.polygons.clone().into())?)
        .bind::<Text, _>(&area.code)
        .bind::<Text, _>(&area.name_zh)
        .bind::<Text, _>(&area.name_en)
        .bind::<Text, _>(area.level)
        .get_result(connection)
        .await
        .optional()
        .map_err(|source| Error::Area {
            code: area.code.clone(),
            source,
        })?;
    written.ok_or_else(|| Error::EmptyArea {
        code: area.code.clone(),
    })
}

fn check_degrees(area: &NewArea) -> Result<()> {
    let outside = area.polygons.coords_iter().find(|corner| {
        // Written so that NaN is outside.
        !((-180.0..=180.0).contains(&corner.x) && (-90.0..=90.0).contains(&corner.y))
    });
    match outside {
        None => Ok(()),
        Some(corner) => Err(Error::Geometry {
            reason: format!(
                "the area {:?} has a corner at {}, {}, which is not longitude and latitude in \
                 degrees; give its coordinate reference system",
                area.code, corner.x, corner.y
            ),
        }),
    }
}

/// Below its parent, or at the top.
async fn hang(connection: &mut AsyncPgConnection, area: &NewArea) -> Result<()> {
    let circular = |parent: &String| Error::CircularArea {
        code: area.code.clone(),
        parent: parent.clone(),
    };
    if let Some(parent) = area.parent.as_ref().filter(|parent| **parent == area.code) {
        return Err(circular(parent));
    }
    let hung = sql_query(
        "update area as a set parent_id = p.id \
         from (select 1) as one left join area as p on p.code = $2 \
         where a.code = $1 and ($2 is null or p.id is not null)",
    )
    .bind::<Text, _>(&area.code)
    .bind::<Nullable<Text>, _>(area.parent.as_ref())
    .execute(connection)
    .await?;
    match (&area.parent, hung) {
        (Some(parent), 0) => Err(Error::UnknownArea {
            code: parent.clone(),
        }),
        _ => Ok(()),
    }
}

#[derive(Debug, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct Unreached {
    #[diesel(sql_type = Text)]
    code: String,
    #[diesel(sql_type = Text)]
    parent: String,
}

/// The ancestors of everything, from the roots down: also of what hangs under a moved area.
/// What no root reaches hangs in a circle.
async fn grow(connection: &mut AsyncPgConnection) -> Result<()> {
    sql_query(
        "with recursive tree as (
             select id, array[id] as ancestors from area where parent_id is null
             union all
             select a.id, t.ancestors || a.id from area as a join tree as t on a.parent_id = t.id
         )
         update area as a set ancestors = t.ancestors from tree as t
         where t.id = a.id and a.ancestors is distinct from t.ancestors",
    )
    .execute(connection)
    .await?;
    let unreached = sql_query(
        "with recursive tree as (
             select id from area where parent_id is null
             union all
             select a.id from area as a join tree as t on a.parent_id = t.id
         )
         select a.code, p.code as parent from area as a join area as p on p.id = a.parent_id
         where a.id not in (select id from tree) order by a.id limit 1",
    )
    .get_result::<Unreached>(connection)
    .await
    .optional()?;
    match unreached {
        None => Ok(()),
        Some(Unreached { code, parent }) => Err(Error::CircularArea { code, parent }),
    }
}
