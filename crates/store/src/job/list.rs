//! Jobs for people: newest first, with how far they are.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncConnection as _, RunQueryDsl};
use uuid::Uuid;

use super::{COLUMNS, Job, State};
use crate::{Result, Scope, Store};

/// A line of the list.
#[derive(Debug, Clone, PartialEq, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Summary {
    /// The job.
    #[diesel(embed)]
    pub job: Job,
    /// How many chunks it has in all.
    #[diesel(sql_type = BigInt)]
    pub chunks: i64,
    /// How many of them are done.
    #[diesel(sql_type = BigInt)]
    pub chunks_done: i64,
}

/// Which jobs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Only in this state.
    pub state: Option<State>,
    /// Only older than this job: the last one of an earlier page.
    pub before: Option<Uuid>,
}

/// The jobs within a scope, newest first, at most `limit`.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn list(
    store: &Store,
    scope: &Scope,
    filter: &Filter,
    limit: u16,
) -> Result<Vec<Summary>> {
    let query = format!(
        "select {COLUMNS}, count(c.job_id) as chunks,
             count(c.job_id) filter (where c.state = 'done') as chunks_done
         from job as j join area as a on a.id = j.area_id left join chunk as c on c.job_id = j.id
         where {} and ($2 is null or j.state = $2) and ($3 is null or (j.created_at, j.id)
             < (select b.created_at, b.id from job as b where b.id = $3))
         group by j.id, a.id order by j.created_at desc, j.id desc limit $4",
        Scope::predicate("j.area_id", 1)
    );
    let mut connection = store.connection().await?;
    let query = sql_query(query)
        .bind::<Nullable<Array<BigInt>>, _>(scope.areas())
        .bind::<Nullable<Text>, _>(filter.state)
        .bind::<Nullable<SqlUuid>, _>(filter.before)
        .bind::<BigInt, _>(i64::from(limit));
    Ok(query.load(&mut connection).await?)
}

/// Which of these jobs have not come to their end: they wait, run, failed or were cancelled.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn not_done(store: &Store, jobs: &[Uuid]) -> Result<Vec<Uuid>> {
    let mut connection = store.connection().await?;
    let rows: Vec<Id> = sql_query("select id from job where id = any($1) and state <> 'done'")
        .bind::<Array<SqlUuid>, _>(jobs)
        .load(&mut connection)
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// What a deleted job leaves to be removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remains {
    /// The jobs that are gone.
    pub jobs: Vec<Uuid>,
    /// The names of tables nobody refers to any more.
    pub objects: Vec<String>,
    /// What the chunks of unfinished jobs had as results, in which their parts are named.
    pub results: Vec<serde_json::Value>,
}

/// Deletes a job within a scope, unless it is being worked on; its layers stay. `None` when
/// there is no such job that could be deleted.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn delete(store: &Store, scope: &Scope, id: Uuid) -> Result<Option<Remains>> {
    let predicate = format!(
        "id = $2 and state <> 'running' and {}",
        Scope::predicate("area_id", 1)
    );
    let mut connection = store.connection().await?;
    let remains = connection
        .transaction(async |connection| {
            let ids: Vec<Id> =
                sql_query(format!("select id from job where {predicate} for update"))
                    .bind::<Nullable<Array<BigInt>>, _>(scope.areas())
                    .bind::<SqlUuid, _>(id)
                    .load(connection)
                    .await?;
            remove(connection, ids).await
        })
        .await?;
    Ok((!remains.jobs.is_empty()).then_some(remains))
}

/// Deletes the jobs that ended before a time: retention.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn delete_finished(store: &Store, before: DateTime<Utc>) -> Result<Remains> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            let ids: Vec<Id> = sql_query(
                "select id from job where state in ('done', 'failed', 'cancelled')
                     and finished_at < $1 for update",
            )
            .bind::<Timestamptz, _>(before)
            .load(connection)
            .await?;
            remove(connection, ids).await
        })
        .await
}

async fn remove(connection: &mut diesel_async::AsyncPgConnection, ids: Vec<Id>) -> Result<Remains> {
    let jobs: Vec<Uuid> = ids.into_iter().map(|row| row.id).collect();
    let results: Vec<ResultRow> = sql_query(
        "select result from chunk where job_id = any($1) and result is not null
         order by job_id, stage, position",
    )
    .bind::<Array<SqlUuid>, _>(&jobs)
    .load(connection)
    .await?;
    let objects: Vec<ObjectRow> = sql_query(
        "select distinct o.object from job_output as o
         where o.job_id = any($1) and o.kind = 'table' and o.object is not null and not exists (
             select from job_output as p where p.object = o.object and p.job_id <> all($1))",
    )
    .bind::<Array<SqlUuid>, _>(&jobs)
    .load(connection)
    .await?;
    sql_query("delete from job where id = any($1)")
        .bind::<Array<SqlUuid>, _>(&jobs)
        .execute(connection)
        .await?;
    Ok(Remains {
        jobs,
        objects: objects.into_iter().map(|row| row.object).collect(),
        results: results.into_iter().map(|row| row.result).collect(),
    })
}

#[derive(QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

#[derive(QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct ObjectRow {
    #[diesel(sql_type = Text)]
    object: String,
}

#[derive(QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct ResultRow {
    #[diesel(sql_type = diesel::sql_types::Jsonb)]
    result: serde_json::Value,
}
