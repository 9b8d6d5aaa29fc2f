//! The program's own tables, which hold what is private.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Bool, Oid, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::Result;

/// Everything the migrations make; where they made it is where `layer` is.
pub(super) const OWN: [&str; 22] = [
    "__diesel_schema_migrations",
    "access_token",
    "account",
    "account_area",
    "area",
    "chunk",
    "coverage",
    "feature",
    "feature_default",
    "feature_table",
    "job",
    "job_log",
    "job_output",
    "layer",
    "object_head",
    "patch_check",
    "photo",
    "report",
    "report_event",
    "scene",
    "session",
    "zonal_statistic",
];

/// What a relation reads, through views and from those it is a part of.
const READS: &str = "
    with recursive reads (oid) as (
        select $1
        union
        select found.oid from reads, lateral (
            select d.refobjid as oid from pg_rewrite as w
            join pg_depend as d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
            where w.ev_class = reads.oid and d.refclassid = 'pg_class'::regclass
            union all
            select i.inhparent from pg_inherits as i where i.inhrelid = reads.oid
        ) as found
    )
    select c.relname::text as name, c.oid = $1 as itself from reads
    join pg_class as c on c.oid = reads.oid
    where c.relname = any($2) and c.relnamespace = (
        select l.relnamespace from pg_class as l where l.oid = to_regclass('layer'))
    -- Boundaries are public: a view may name the village of each row.
        and (c.relname <> 'area' or c.oid = $1)
    order by itself desc, name limit 1";

/// A table of the program's own that a relation is (`true`) or reads (`false`).
pub(super) async fn within(
    connection: &mut AsyncPgConnection,
    relation: u32,
) -> Result<Option<(String, bool)>> {
    #[derive(QueryableByName)]
    #[diesel(check_for_backend(diesel::pg::Pg))]
    struct Row {
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Bool)]
        itself: bool,
    }
    let query = sql_query(READS)
        .bind::<Oid, _>(relation)
        .bind::<Array<Text>, _>(OWN.as_slice());
    let row: Option<Row> = query.get_result(connection).await.optional()?;
    Ok(row.map(|row| (row.name, row.itself)))
}
