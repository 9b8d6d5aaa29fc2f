//! What the catalogues, and where they are silent the rows, say of a table.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Bool, Double, Integer, Nullable, Oid, SmallInt, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use grid::bounds::Bounds;

use super::{Column, Content, Error, own, quoted};
use crate::Result;

/// Names that an error lists.
const LISTED: usize = 8;
/// Rows looked at where the catalogue does not know the coordinate system.
const SAMPLE: u32 = 1000;
/// Degrees beyond its rows where a projection still works.
const REACH: f64 = 10.0;
/// Degrees that rounding may add to the ends of the earth.
const ROUNDING: f64 = 1e-6;

/// What was asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub table: &'a str,
    pub geometry: Option<&'a str>,
    pub key: Option<&'a str>,
    pub columns: Option<&'a [String]>,
}

/// A table that can be a layer.
#[derive(Debug, PartialEq)]
pub(super) struct Described {
    pub schema: String,
    pub table: String,
    pub geometry: String,
    pub key: Option<Column>,
    pub columns: Vec<Column>,
    pub srid: i32,
    /// Degrees; `None` for an empty table.
    pub bounds: Option<Bounds>,
    /// Whether every degree of the earth has its place in the coordinate system.
    pub worldwide: bool,
    /// SQL for the index that would find what lies in a tile; `None` where there is one, and for a view,
    /// which uses those of its tables.
    pub missing_index: Option<String>,
}

impl Described {
    /// Where rows are to be looked for: a projection fails far from its own place.
    pub fn reach(&self, bounds: &Bounds) -> Bounds {
        let world = Bounds::new(-180.0, -90.0, 180.0, 90.0);
        let near = bounds.expanded(REACH).intersection(&world);
        near.filter(|_| !self.worldwide).unwrap_or(world)
    }
}

pub(super) async fn describe(
    connection: &mut AsyncPgConnection,
    wanted: Wanted<'_>,
) -> Result<Described> {
    let relation = Relation::find(connection, wanted.table).await?;
    relation.check(connection).await?;
    let all = relation.columns(connection).await?;
    let geometry = relation.geometry(&all, wanted.geometry)?;
    let srid = relation.srid(connection, geometry).await?;
    let worldwide = relation.is_worldwide(connection, geometry, srid).await?;
    let indexed = relation.is_indexed(connection, geometry).await?;
    Ok(Described {
        bounds: relation.bounds(connection, geometry, srid, indexed).await?,
        key: relation.key(connection, &all, wanted.key).await?,
        columns: relation.chosen(&all, wanted.columns)?,
        missing_index: (relation.kind != "v" && !indexed).then(|| relation.index(geometry)),
        schema: relation.schema,
        table: relation.name,
        geometry: geometry.name.clone(),
        srid,
        worldwide,
    })
}

#[derive(Debug, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct Relation {
    #[diesel(sql_type = Oid)]
    oid: u32,
    #[diesel(sql_type = Text)]
    schema: String,
    #[diesel(sql_type = Text)]
    name: String,
    /// `r` table, `p` partitioned, `f` foreign, `v` view, `m` materialised view.
    #[diesel(sql_type = Text)]
    kind: String,
    /// Found without its schema.
    #[diesel(sql_type = Bool)]
    visible: bool,
    #[diesel(sql_type = Bool)]
    readable: bool,
}

#[derive(Debug, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct Attribute {
    #[diesel(sql_type = SmallInt)]
    number: i16,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    type_name: String,
}

impl Attribute {
    fn is_shape(&self) -> bool {
        ["geometry", "geography"].contains(&self.type_name.as_str())
    }

    /// `None` for what tiles do not carry.
    fn column(&self) -> Option<Column> {
        let content = Content::of(&self.type_name)?;
        let name = self.name.clone();
        Some(Column { name, content })
    }
}

/// A name on its own, or with its schema; as it is, or as SQL quotes it.
const FIND: &str = "
    select c.oid, n.nspname::text as schema, c.relname::text as name, c.relkind::text as kind,
        pg_table_is_visible(c.oid) as visible,
        has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') as readable
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'f', 'v', 'm')
        and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
        and $1 in (c.relname, quote_ident(c.relname), n.nspname || '.' || c.relname,
            quote_ident(n.nspname) || '.' || quote_ident(c.relname))
    order by schema, name";

impl Relation {
    async fn find(connection: &mut AsyncPgConnection, name: &str) -> Result<Self> {
        let find = sql_query(FIND).bind::<Text, _>(name);
        let mut found: Vec<Self> = find.load(connection).await?;
        if found.is_empty() {
            // As SQL reads a name that nobody quoted.
            let find = sql_query(FIND).bind::<Text, _>(name.to_lowercase());
            found = find.load(connection).await?;
        }
        if found.len() > 1 && found.iter().any(|one| one.visible) {
            found.retain(|one| one.visible);
        }
        match <[Self; 1]>::try_from(found) {
            Ok([one]) => Ok(one),
            Err(none) if none.is_empty() => {
                let candidates = candidates(connection, name).await?;
                let name = name.to_owned();
                Err(Error::UnknownTable { name, candidates }.into())
            }
            Err(several) => Err(Error::Ambiguous {
                name: name.to_owned(),
                candidates: several.iter().map(Self::full_name).collect(),
            }
            .into()),
        }
    }

    fn full_name(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }

    fn sql(&self) -> String {
        format!("{}.{}", quoted(&self.schema), quoted(&self.name))
    }

    /// Whether it may be shown, and read.
    async fn check(&self, connection: &mut AsyncPgConnection) -> Result<()> {
        let table = self.full_name();
        match own::within(connection, self.oid).await? {
            Some((_, true)) => return Err(Error::Own { table }.into()),
            Some((own, false)) => {
                let (view, table) = (table, own);
                return Err(Error::ReadsOwn { view, table }.into());
            }
            None => {}
        }
        if self.readable {
            return Ok(());
        }
        let role: Word = sql_query("select current_user::text as word")
            .get_result(connection)
            .await?;
        Err(Error::NoRights {
            table: self.sql(),
            schema: quoted(&self.schema),
            role: quoted(&role.word),
        }
        .into())
    }

    /// In their order; a domain is what it is made of.
    async fn columns(&self, connection: &mut AsyncPgConnection) -> Result<Vec<Attribute>> {
        let query = sql_query(
            "select a.attnum as number, a.attname::text as name,
                 coalesce(b.typname, t.typname)::text as type_name
             from pg_attribute as a join pg_type as t on t.oid = a.atttypid
             left join pg_type as b on t.typtype = 'd' and b.oid = t.typbasetype
             where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped order by a.attnum",
        );
        Ok(query.bind::<Oid, _>(self.oid).load(connection).await?)
    }

    fn geometry<'a>(&self, all: &'a [Attribute], wanted: Option<&str>) -> Result<&'a Attribute> {
        let shapes: Vec<&Attribute> = all.iter().filter(|one| one.is_shape()).collect();
        let names = || shapes.iter().map(|one| one.name.clone()).collect();
        let table = self.full_name();
        let error = match (wanted, &shapes[..]) {
            (_, []) => Error::NoGeometry {
                table,
                columns: all.iter().map(|one| one.name.clone()).collect(),
            },
            (None, [one]) => return Ok(one),
            (None, _) => Error::SeveralGeometries {
                table,
                columns: names(),
            },
            (Some(wanted), _) => match shapes.iter().find(|one| one.name == wanted) {
                Some(one) => return Ok(one),
                None => self.unknown("geometry", wanted, names()),
            },
        };
        Err(error.into())
    }

    /// The column that is told, or the primary key where it is one column.
    async fn key(
        &self,
        connection: &mut AsyncPgConnection,
        all: &[Attribute],
        wanted: Option<&str>,
    ) -> Result<Option<Column>> {
        if let Some(wanted) = wanted {
            let found = all.iter().find(|one| one.name == wanted);
            let column = found.and_then(Attribute::column);
            let unknown = || self.unknown("column for a key", wanted, ordinary(all));
            return Ok(Some(column.ok_or_else(unknown)?));
        }
        let query = sql_query(
            "select i.indkey[0] as number from pg_index as i
             where i.indrelid = $1 and i.indisprimary and i.indnkeyatts = 1",
        );
        let query = query.bind::<Oid, _>(self.oid);
        let found: Option<Number> = query.get_result(connection).await.optional()?;
        let primary = found.and_then(|found| all.iter().find(|one| one.number == found.number));
        Ok(primary.and_then(Attribute::column))
    }

    fn chosen(&self, all: &[Attribute], wanted: Option<&[String]>) -> Result<Vec<Column>> {
        let Some(wanted) = wanted else {
            return Ok(all.iter().filter_map(Attribute::column).collect());
        };
        let choose = |name: &String| {
            let found = all.iter().find(|one| one.name == *name);
            let column = found.and_then(Attribute::column);
            column.ok_or_else(|| self.unknown("column to show", name, ordinary(all)).into())
        };
        wanted.iter().map(choose).collect()
    }

    fn unknown(&self, what: &'static str, name: &str, known: Vec<String>) -> Error {
        Error::UnknownColumn {
            table: self.full_name(),
            what,
            name: name.to_owned(),
            known,
        }
    }

    /// As the catalogue has it, else as the rows do.
    async fn srid(&self, connection: &mut AsyncPgConnection, geometry: &Attribute) -> Result<i32> {
        let query = sql_query(
            "select srid from geometry_columns
             where f_table_schema = $1 and f_table_name = $2 and f_geometry_column = $3 and srid > 0
             union all
             select srid from geography_columns
             where f_table_schema = $1 and f_table_name = $2 and f_geography_column = $3 and srid > 0",
        );
        let written: Vec<Srid> = query
            .bind::<Text, _>(&self.schema)
            .bind::<Text, _>(&self.name)
            .bind::<Text, _>(&geometry.name)
            .load(connection)
            .await?;
        let found = if written.is_empty() {
            let (column, table) = (quoted(&geometry.name), self.sql());
            let query = format!(
                "select distinct st_srid({column}::geometry) as srid from (
                     select {column} from {table} where {column} is not null limit {SAMPLE}
                 ) as sample order by srid"
            );
            sql_query(query).load(connection).await?
        } else {
            written
        };
        let reason = match &found[..] {
            [] => "it has no rows yet".to_owned(),
            [Srid { srid: 0 }] => "SRID 0".to_owned(),
            [Srid { srid }] => match name_of(connection, *srid).await? {
                Some(_) => return Ok(*srid),
                None => format!("{srid} is not in spatial_ref_sys"),
            },
            several => {
                let several: Vec<_> = several.iter().map(|one| one.srid.to_string()).collect();
                format!("its rows have several: {}", several.join(", "))
            }
        };
        Err(Error::UnknownSrid {
            table: self.full_name(),
            column: geometry.name.clone(),
            reason,
        }
        .into())
    }

    /// Degrees have a place for everything, and so has web Mercator for all that a tile can show.
    async fn is_worldwide(
        &self,
        connection: &mut AsyncPgConnection,
        geometry: &Attribute,
        srid: i32,
    ) -> Result<bool> {
        if srid == 3857 || geometry.type_name == "geography" {
            return Ok(true);
        }
        let name = name_of(connection, srid).await?;
        Ok(name.is_some_and(|name| name.starts_with("GEOGCS")))
    }

    /// Whether an index is there that finds shapes by their place.
    async fn is_indexed(
        &self,
        connection: &mut AsyncPgConnection,
        geometry: &Attribute,
    ) -> Result<bool> {
        let query = sql_query(
            "select exists (
                 select from pg_index as i join pg_class as c on c.oid = i.indexrelid
                 join pg_am as m on m.oid = c.relam
                 where i.indrelid = $1 and m.amname in ('gist', 'spgist', 'brin')
                     -- A geography is searched as a geometry: by an index of that expression.
                     and case when $3 then $2 = any(i.indkey)
                         else pg_get_indexdef(i.indexrelid) like '%::geometry%' end
             ) as found",
        );
        let found: Found = query
            .bind::<Oid, _>(self.oid)
            .bind::<SmallInt, _>(geometry.number)
            .bind::<Bool, _>(geometry.type_name == "geometry")
            .get_result(connection)
            .await?;
        Ok(found.found)
    }

    /// SQL for an index that finds shapes by their place.
    fn index(&self, geometry: &Attribute) -> String {
        let column = quoted(&geometry.name);
        let over = if geometry.type_name == "geometry" {
            column
        } else {
            format!("({column}::geometry)")
        };
        format!("create index on {} using gist ({over})", self.sql())
    }

    /// By the index where there is one, else by all rows.
    async fn bounds(
        &self,
        connection: &mut AsyncPgConnection,
        geometry: &Attribute,
        srid: i32,
        indexed: bool,
    ) -> Result<Option<Bounds>> {
        // An index of several parts has no root to read the extent from.
        let by_index =
            indexed && geometry.type_name == "geometry" && ["r", "m"].contains(&&*self.kind);
        if by_index {
            let extent = "st_estimatedextent($1, $2, $3)";
            let found = self.degrees(connection, geometry, srid, extent).await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        let (column, table) = (quoted(&geometry.name), self.sql());
        let extent = format!("(select st_extent({column}::geometry) from {table})");
        self.degrees(connection, geometry, srid, &extent).await
    }

    /// An extent in degrees. Its sides bend on their way there.
    async fn degrees(
        &self,
        connection: &mut AsyncPgConnection,
        geometry: &Attribute,
        srid: i32,
        extent: &str,
    ) -> Result<Option<Bounds>> {
        let query = format!(
            "with extent as (select st_setsrid({extent}::geometry, $4) as shape),
             degrees as (
                 select st_transform(st_segmentize(shape, greatest(
                     st_xmax(shape) - st_xmin(shape), st_ymax(shape) - st_ymin(shape), 1e-6) / 16),
                     4326) as shape
                 from extent where not st_isempty(shape)
             )
             select st_xmin(shape) as west, st_ymin(shape) as south,
                 st_xmax(shape) as east, st_ymax(shape) as north
             from degrees where $1 || $2 || $3 is not null"
        );
        let found: QueryResult<Option<Extent>> = sql_query(query)
            .bind::<Text, _>(&self.schema)
            .bind::<Text, _>(&self.name)
            .bind::<Text, _>(&geometry.name)
            .bind::<Integer, _>(srid)
            .get_result(connection)
            .await
            .optional();
        let nonsense = |reason: String| Error::Extent {
            table: self.full_name(),
            srid,
            reason,
        };
        match found {
            Ok(None) => Ok(None),
            Ok(Some(extent)) => {
                let bounds = extent.bounds();
                Ok(Some(bounds.ok_or_else(|| nonsense(extent.words()))?))
            }
            Err(error) if crate::Error::is_away_for(&error) => Err(error.into()),
            Err(error) => Err(nonsense(crate::error::explain(&error)).into()),
        }
    }
}

/// Names of columns that tiles can carry.
fn ordinary(all: &[Attribute]) -> Vec<String> {
    let columns = all.iter().filter_map(Attribute::column);
    columns.map(|column| column.name).collect()
}

/// Tables with a geometry, those with the most similar names first.
async fn candidates(connection: &mut AsyncPgConnection, name: &str) -> Result<Vec<String>> {
    let query = sql_query(
        "select distinct n.nspname || '.' || c.relname as word from pg_attribute as a
         join pg_type as t on t.oid = a.atttypid and t.typname in ('geometry', 'geography')
         join pg_class as c on c.oid = a.attrelid and c.relkind in ('r', 'p', 'f', 'v', 'm')
         join pg_namespace as n on n.oid = c.relnamespace
         where not a.attisdropped and not (c.relname = any($1) and n.oid = (
             select l.relnamespace from pg_class as l where l.oid = to_regclass('layer')))",
    );
    let found: Vec<Word> = query
        .bind::<diesel::sql_types::Array<Text>, _>(own::OWN.as_slice())
        .load(connection)
        .await?;
    let mut names: Vec<String> = found.into_iter().map(|found| found.word).collect();
    let likeness = |known: &String| {
        let bare = known
            .split_once('.')
            .map_or(known.as_str(), |(_, bare)| bare);
        strsim::jaro_winkler(known, name).max(strsim::jaro_winkler(bare, name))
    };
    names.sort_by(|one, other| {
        likeness(other)
            .total_cmp(&likeness(one))
            .then(one.cmp(other))
    });
    names.truncate(LISTED);
    Ok(names)
}

/// The definition of a coordinate system, as far as the database knows it.
async fn name_of(connection: &mut AsyncPgConnection, srid: i32) -> Result<Option<String>> {
    let query =
        sql_query("select coalesce(srtext, '') as word from spatial_ref_sys where srid = $1");
    let query = query.bind::<Integer, _>(srid);
    let found: Option<Word> = query.get_result(connection).await.optional()?;
    Ok(found.map(|found| found.word))
}

#[derive(QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

#[derive(QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct Number {
    #[diesel(sql_type = SmallInt)]
    number: i16,
}

#[derive(QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct Srid {
    #[diesel(sql_type = Integer)]
    srid: i32,
}

#[derive(QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct Found {
    #[diesel(sql_type = Bool)]
    found: bool,
}

#[derive(Debug, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct Extent {
    #[diesel(sql_type = Nullable<Double>)]
    west: Option<f64>,
    #[diesel(sql_type = Nullable<Double>)]
    south: Option<f64>,
    #[diesel(sql_type = Nullable<Double>)]
    east: Option<f64>,
    #[diesel(sql_type = Nullable<Double>)]
    north: Option<f64>,
}

impl Extent {
    /// `None` for what is not on the earth.
    fn bounds(&self) -> Option<Bounds> {
        let (west, south) = (self.west?, self.south?);
        let (east, north) = (self.east?, self.north?);
        let within = |value: f64, most: f64| value.abs() <= most + ROUNDING;
        let sound = within(west, 180.0) && within(east, 180.0);
        (sound && within(south, 90.0) && within(north, 90.0)).then(|| {
            Bounds::new(
                west.max(-180.0),
                south.max(-90.0),
                east.min(180.0),
                north.min(90.0),
            )
        })
    }

    fn words(&self) -> String {
        let words =
            |value: Option<f64>| value.map_or("?".to_owned(), |value| format!("{value:.3}"));
        let [west, south, east, north] = [self.west, self.south, self.east, self.north].map(words);
        format!("it goes from {west}° {south}° to {east}° {north}°")
    }
}
