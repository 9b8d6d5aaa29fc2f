//! Places: administrative areas from the province down to the group of households.

mod upsert;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Binary, Double, Nullable, Text};
use diesel_async::RunQueryDsl;
use geo::MultiPolygon;
use grid::bounds::Bounds;

use crate::geometry::{BoundsRow, bounds_of, polygons_from_wkb};

use crate::word::words;
use crate::{Result, Scope, Store};

pub use upsert::upsert;

words! {
    /// How far up an area is, from the top.
    Level ("level") {
        /// 省
        Province = "province",
        /// 市
        City = "city",
        /// 县
        County = "county",
        /// 乡镇
        Township = "township",
        /// 行政村
        Village = "village",
        /// 村民小组
        Group = "group",
    }
}

/// An area without its outline.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// The key.
    pub id: i64,
    /// 统计用区划代码
    pub code: String,
    /// The Chinese name.
    pub name_zh: String,
    /// The English name; may be empty.
    pub name_en: String,
    /// How far up it is.
    pub level: Level,
    /// The code of the area above.
    pub parent: Option<String>,
    /// Degrees.
    pub bounds: Bounds,
    /// Square metres on the ellipsoid, of the outline as stored.
    pub area_m2: f64,
}

/// An area with its outline.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    /// The area.
    pub area: Area,
    /// Degrees; valid in the sense of OGC.
    pub polygons: MultiPolygon,
}

/// An area to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewArea {
    /// 统计用区划代码; an area with the same code is replaced.
    pub code: String,
    /// The Chinese name.
    pub name_zh: String,
    /// The English name; may be empty.
    pub name_en: String,
    /// How far up it is.
    pub level: Level,
    /// The code of the area above: one of this batch or one already stored.
    pub parent: Option<String>,
    /// Degrees; made valid on the way in.
    pub polygons: MultiPolygon,
}

/// What [`upsert`] did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Upserted {
    /// Areas that were not there before.
    pub created: usize,
    /// Areas that were.
    pub updated: usize,
    /// The codes of those whose outline was not valid and was repaired.
    pub repaired: Vec<String>,
}

/// The name of an area beside something else.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, QueryableByName, Selectable)]
#[diesel(table_name = crate::schema::area, check_for_backend(diesel::pg::Pg))]
pub struct AreaName {
    /// 统计用区划代码
    pub code: String,
    /// The Chinese name.
    pub name_zh: String,
    /// The English name; may be empty.
    pub name_en: String,
}

#[derive(Debug, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(embed)]
    name: AreaName,
    #[diesel(sql_type = Text)]
    level: Level,
    #[diesel(sql_type = Nullable<Text>)]
    parent: Option<String>,
    #[diesel(embed)]
    bounds: BoundsRow,
    #[diesel(sql_type = Double)]
    area_m2: f64,
}

#[derive(Debug, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct OutlineRow {
    #[diesel(embed)]
    area: Row,
    #[diesel(sql_type = Binary)]
    polygons: Vec<u8>,
}

impl OutlineRow {
    fn read(self) -> Result<Outline> {
        Ok(Outline {
            polygons: polygons_from_wkb(&self.polygons)?,
            area: self.area.into(),
        })
    }
}

#[derive(Debug, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl From<Row> for Area {
    fn from(row: Row) -> Self {
        let AreaName {
            code,
            name_zh,
            name_en,
        } = row.name;
        let (bounds, parent) = (row.bounds.into(), row.parent);
        Self {
            id: row.id,
            code,
            name_zh,
            name_en,
            level: row.level,
            parent,
            bounds,
            area_m2: row.area_m2,
        }
    }
}

/// SQL that selects areas `a` in the form of [`Row`], with `more` columns.
fn select(more: &str) -> String {
    let bounds = bounds_of("a.geom");
    format!(
        "select a.id, a.code, a.name_zh, a.name_en, a.level, p.code as parent, {bounds}, \
         a.area_m2{more} from area as a left join area as p on p.id = a.parent_id"
    )
}

/// SQL for a number that grows from the province down.
const DEPTH: &str =
    "array_position('{province,city,county,township,village,group}'::text[], a.level)";

/// The areas within a scope, by level and then by name in Chinese order.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn list(store: &Store, scope: &Scope) -> Result<Vec<Area>> {
    let within = Scope::predicate("a.id", 1);
    let query = format!(
        "{} where {within} order by {DEPTH}, a.name_zh collate name_order, a.code",
        select("")
    );
    let mut connection = store.connection().await?;
    let query = sql_query(query).bind::<Nullable<Array<BigInt>>, _>(scope.areas());
    Ok(query
        .load::<Row>(&mut connection)
        .await?
        .into_iter()
        .map(Area::from)
        .collect())
}

/// One area within a scope.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn by_code(store: &Store, scope: &Scope, code: &str) -> Result<Option<Area>> {
    let query = format!(
        "{} where {} and a.code = $2",
        select(""),
        Scope::predicate("a.id", 1)
    );
    let mut connection = store.connection().await?;
    let query = sql_query(query)
        .bind::<Nullable<Array<BigInt>>, _>(scope.areas())
        .bind::<Text, _>(code);
    Ok(query
        .get_result::<Row>(&mut connection)
        .await
        .optional()?
        .map(Area::from))
}

/// The areas of these keys, in the order of [`list`].
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn by_ids(store: &Store, ids: &[i64]) -> Result<Vec<Area>> {
    let query = format!(
        "{} where a.id = any($1) order by {DEPTH}, a.name_zh collate name_order, a.code",
        select("")
    );
    let mut connection = store.connection().await?;
    let query = sql_query(query).bind::<Array<BigInt>, _>(ids);
    Ok(query
        .load::<Row>(&mut connection)
        .await?
        .into_iter()
        .map(Area::from)
        .collect())
}

/// The smallest area of the lowest level around a place; `None` outside every area served.
/// On a shared border the smaller area wins, then the smaller code: always the same one.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn containing(store: &Store, longitude: f64, latitude: f64) -> Result<Option<Area>> {
    let query = format!(
        "{} where st_covers(a.geom, st_setsrid(st_makepoint($1, $2), 4326)) \
         order by {DEPTH} desc, a.area_m2, a.code limit 1",
        select("")
    );
    let mut connection = store.connection().await?;
    let query = sql_query(query)
        .bind::<Double, _>(longitude)
        .bind::<Double, _>(latitude);
    Ok(query
        .get_result::<Row>(&mut connection)
        .await
        .optional()?
        .map(Area::from))
}

/// The outlines within a scope that lie under (or are) the area `under`, by code.
///
/// # Errors
/// [`crate::Error::Database`], [`crate::Error::Geometry`].
pub async fn outlines(store: &Store, scope: &Scope, under: Option<i64>) -> Result<Vec<Outline>> {
    let query = format!(
        "{} where {} and ($2 is null or a.ancestors @> array[$2]) order by a.code",
        select(", st_asbinary(a.geom) as polygons"),
        Scope::predicate("a.id", 1)
    );
    let mut connection = store.connection().await?;
    let query = sql_query(query)
        .bind::<Nullable<Array<BigInt>>, _>(scope.areas())
        .bind::<Nullable<BigInt>, _>(under);
    query
        .load::<OutlineRow>(&mut connection)
        .await?
        .into_iter()
        .map(OutlineRow::read)
        .collect()
}

/// How many areas there are: zero in an empty database.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn count(store: &Store) -> Result<i64> {
    let mut connection = store.connection().await?;
    let query = sql_query("select count(*) as count from area");
    Ok(query.get_result::<Count>(&mut connection).await?.count)
}

/// The outlines of some areas, by code.
pub(crate) async fn outlines_of(store: &Store, ids: &[i64]) -> Result<Vec<Outline>> {
    let columns = select(", st_asbinary(a.geom) as polygons");
    let query = format!("{columns} where a.id = any($1) order by a.code");
    let mut connection = store.connection().await?;
    let query = sql_query(query).bind::<Array<BigInt>, _>(ids);
    query
        .load::<OutlineRow>(&mut connection)
        .await?
        .into_iter()
        .map(OutlineRow::read)
        .collect()
}

#[cfg(test)]
mod tests;
