//! What an index is, area by area.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Double, Nullable};
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;

use crate::area::{AreaName, Outline, outlines_of};
use crate::schema::zonal_statistic;
use crate::{Result, Scope, Store};

/// Statistics of one coverage over one area. Pixels count by the share of them inside.
#[derive(Debug, Clone, Copy, PartialEq, QueryableByName, Insertable)]
#[diesel(table_name = zonal_statistic, check_for_backend(diesel::pg::Pg))]
pub struct Statistics {
    /// Valid pixels.
    pub count: f64,
    /// Valid pixels out of all pixels of the area, 0 to 1.
    pub valid_share: f64,
    /// `None` without a valid pixel, like the rest.
    pub mean: Option<f64>,
    /// Population standard deviation.
    pub std: Option<f64>,
    /// The smallest value.
    pub min: Option<f64>,
    /// The largest value.
    pub max: Option<f64>,
}

/// A line of the table.
#[derive(Debug, Clone, PartialEq, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Row {
    /// Which area.
    #[diesel(embed)]
    pub area: AreaName,
    /// Square metres.
    #[diesel(sql_type = Double)]
    pub area_m2: f64,
    /// Its statistics.
    #[diesel(embed)]
    pub statistics: Statistics,
}

#[derive(Debug, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Stores the statistics of a coverage for some areas, replacing those of the same areas.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn upsert(store: &Store, coverage: i64, rows: &[(i64, Statistics)]) -> Result<()> {
    use zonal_statistic as z;
    let rows: Vec<_> = rows
        .iter()
        .map(|(area, statistics)| {
            (
                z::coverage_id.eq(coverage),
                z::area_id.eq(*area),
                *statistics,
            )
        })
        .collect();
    let mut connection = store.connection().await?;
    diesel::insert_into(z::table)
        .values(rows)
        .on_conflict((z::coverage_id, z::area_id))
        .do_update()
        .set((
            z::count.eq(excluded(z::count)),
            z::valid_share.eq(excluded(z::valid_share)),
            z::mean.eq(excluded(z::mean)),
            z::std.eq(excluded(z::std)),
            z::min.eq(excluded(z::min)),
            z::max.eq(excluded(z::max)),
        ))
        .execute(&mut connection)
        .await?;
    Ok(())
}

/// The table of a coverage within a scope, by name in Chinese order.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn table(store: &Store, scope: &Scope, coverage: i64) -> Result<Vec<Row>> {
    let query = format!(
        "select a.code, a.name_zh, a.name_en, a.area_m2,
             z.count, z.valid_share, z.mean, z.std, z.min, z.max
         from zonal_statistic as z join area as a on a.id = z.area_id
         where z.coverage_id = $2 and {}
         order by a.name_zh collate name_order, a.code",
        Scope::predicate("z.area_id", 1)
    );
    let mut connection = store.connection().await?;
    let query = sql_query(query)
        .bind::<Nullable<Array<BigInt>>, _>(scope.areas())
        .bind::<BigInt, _>(coverage);
    Ok(query.load(&mut connection).await?)
}

/// The areas of every level that touch a coverage and have no statistics yet. Who may see the
/// layer is decided elsewhere: its area is not asked.
///
/// # Errors
/// [`crate::Error::Database`], [`crate::Error::Geometry`].
pub async fn missing(store: &Store, coverage: i64) -> Result<Vec<Outline>> {
    let query = sql_query(
        "select a.id from coverage as c
         join area as a on a.geom && c.bounds and st_intersects(a.geom, c.bounds)
         where c.id = $1 and not exists (
             select from zonal_statistic as z where z.coverage_id = c.id and z.area_id = a.id)",
    );
    let mut connection = store.connection().await?;
    let ids = query
        .bind::<BigInt, _>(coverage)
        .load::<Id>(&mut connection)
        .await?;
    drop(connection);
    let ids: Vec<_> = ids.into_iter().map(|row| row.id).collect();
    outlines_of(store, &ids).await
}
