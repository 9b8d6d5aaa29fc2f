//! A recipe at work: who leads it, how far it is, what it said.
//!
//! A job is led by one program at a time, which says so every few seconds ([`beat`]); one that
//! has not done so for [`STALE`] may be taken over ([`begin`]). Its parts are in
//! [`crate::chunk`], what it said in [`crate::job_log`], what came of it in
//! [`crate::job_output`].

mod lead;
mod list;
mod listen;
#[cfg(test)]
pub(crate) mod tests;

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{
    Array, BigInt, Binary, Bool, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::{AsyncConnection as _, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

pub use self::lead::{Beat, beat, begin, cancel, finish, next, retry};
pub use self::list::{Filter, Remains, Summary, delete, delete_finished, list, not_done};
pub use self::listen::{Changes, listen};
use crate::area::AreaName;
use crate::word::words;
use crate::{Result, Scope, Store};

/// A leader who has not been heard of for so long is taken for gone.
pub const STALE: Duration = Duration::from_secs(30);

words! {
    /// How far a job is.
    State ("state of a job") {
        /// Nobody has begun.
        Queued = "queued",
        /// It is being worked on.
        Running = "running",
        /// Everything is published.
        Done = "done",
        /// It cannot go on; `error` says why.
        Failed = "failed",
        /// Somebody stopped it.
        Cancelled = "cancelled",
    }
}

words! {
    /// Who works on the chunks.
    Executor ("executor") {
        /// The program that leads the job.
        Local = "local",
        /// Workers on many machines.
        Nats = "nats",
    }
}

/// A job.
#[derive(Debug, Clone, PartialEq, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Job {
    /// The key.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// The key of the area it is for.
    #[diesel(sql_type = BigInt)]
    pub area_id: i64,
    /// The area.
    #[diesel(embed)]
    pub area: AreaName,
    /// Who sent it; `None` from the command line.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub account_id: Option<i64>,
    /// The Chinese title.
    #[diesel(sql_type = Text)]
    pub title_zh: String,
    /// The English title; may be empty.
    #[diesel(sql_type = Text)]
    pub title_en: String,
    /// The recipe as it was written.
    #[diesel(sql_type = Text)]
    pub recipe: String,
    /// Of the recipe and of what it was found to mean.
    #[diesel(sql_type = Binary)]
    pub recipe_hash: Vec<u8>,
    /// What was foreseen: see `jobs::Estimate`.
    #[diesel(sql_type = Jsonb)]
    pub estimate: Value,
    /// How far it is.
    #[diesel(sql_type = Text)]
    pub state: State,
    /// Whether somebody wants it to stop.
    #[diesel(sql_type = Bool)]
    pub cancel_requested: bool,
    /// Who works on its chunks.
    #[diesel(sql_type = Text)]
    pub executor: Executor,
    /// Who leads it, or led it last.
    #[diesel(sql_type = Nullable<Text>)]
    pub worker: Option<String>,
    /// When the leader was last heard of.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub heartbeat_at: Option<DateTime<Utc>>,
    /// Why it failed.
    #[diesel(sql_type = Nullable<Text>)]
    pub error: Option<String>,
    /// When it was sent.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// When it was begun.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub finished_at: Option<DateTime<Utc>>,
}

/// All columns of a [`Job`], for `job as j join area as a`.
pub(crate) const COLUMNS: &str = "j.id, j.area_id, a.code, a.name_zh, a.name_en, j.account_id, \
    j.title_zh, j.title_en, j.recipe, j.recipe_hash, j.estimate, j.state, j.cancel_requested, \
    j.executor, j.worker, j.heartbeat_at, j.error, j.created_at, j.started_at, j.finished_at";

/// A job to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// The key: a time-ordered UUID.
    pub id: Uuid,
    /// The key of the area it is for.
    pub area_id: i64,
    /// Who sends it.
    pub account_id: Option<i64>,
    /// The Chinese title.
    pub title_zh: String,
    /// The English title; may be empty.
    pub title_en: String,
    /// The recipe as it was written.
    pub recipe: String,
    /// Of the recipe and of what it was found to mean.
    pub recipe_hash: [u8; 32],
    /// What is to be done: see `jobs::plan::Plan`.
    pub plan: Value,
    /// What is foreseen.
    pub estimate: Value,
    /// Who works on its chunks.
    pub executor: Executor,
    /// How many chunks each stage has.
    pub chunks: Vec<u32>,
    /// Who leads it from the beginning; else it is queued until somebody does.
    pub worker: Option<String>,
}

/// Stores a job with its whole ledger.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn insert(store: &Store, job: &NewJob) -> Result<()> {
    let state = if job.worker.is_some() {
        State::Running
    } else {
        State::Queued
    };
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            sql_query(
                "insert into job (id, area_id, account_id, title_zh, title_en, recipe, \
                     recipe_hash, plan, estimate, executor, state, worker, heartbeat_at, started_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
                     case when $11 = 'running' then now() end, \
                     case when $11 = 'running' then now() end)",
            )
            .bind::<SqlUuid, _>(job.id)
            .bind::<BigInt, _>(job.area_id)
            .bind::<Nullable<BigInt>, _>(job.account_id)
            .bind::<Text, _>(&job.title_zh)
            .bind::<Text, _>(&job.title_en)
            .bind::<Text, _>(&job.recipe)
            .bind::<Binary, _>(job.recipe_hash.as_slice())
            .bind::<Jsonb, _>(&job.plan)
            .bind::<Jsonb, _>(&job.estimate)
            .bind::<Text, _>(job.executor)
            .bind::<Text, _>(state)
            .bind::<Nullable<Text>, _>(job.worker.as_deref())
            .execute(connection)
            .await?;
            for (stage, chunks) in (0_i32..).zip(&job.chunks) {
                sql_query(
                    "insert into chunk (job_id, stage, position)
                     select $1, $2, g from generate_series(0, $3 - 1) as g",
                )
                .bind::<SqlUuid, _>(job.id)
                .bind::<Integer, _>(stage)
                .bind::<Integer, _>(i32::try_from(*chunks).unwrap_or(i32::MAX))
                .execute(connection)
                .await?;
            }
            Ok(())
        })
        .await
}

/// A job within a scope.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn by_id(store: &Store, scope: &Scope, id: Uuid) -> Result<Option<Job>> {
    let query = format!(
        "select {COLUMNS} from job as j join area as a on a.id = j.area_id
         where j.id = $2 and {}",
        Scope::predicate("j.area_id", 1)
    );
    let mut connection = store.connection().await?;
    let query = sql_query(query)
        .bind::<Nullable<Array<BigInt>>, _>(scope.areas())
        .bind::<SqlUuid, _>(id);
    Ok(query.get_result(&mut connection).await.optional()?)
}

/// What a job is to do. For those who work on it: nobody is asked for a scope.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn plan(store: &Store, id: Uuid) -> Result<Option<Value>> {
    #[derive(QueryableByName)]
    #[diesel(check_for_backend(diesel::pg::Pg))]
    struct Row {
        #[diesel(sql_type = Jsonb)]
        plan: Value,
    }
    let mut connection = store.connection().await?;
    let query = sql_query("select plan from job where id = $1").bind::<SqlUuid, _>(id);
    let row: Option<Row> = query.get_result(&mut connection).await.optional()?;
    Ok(row.map(|row| row.plan))
}

/// The newest job of the same recipe that has not come to its end: what running the recipe again
/// goes on with.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn unfinished(store: &Store, recipe_hash: &[u8; 32]) -> Result<Option<Job>> {
    let query = format!(
        "select {COLUMNS} from job as j join area as a on a.id = j.area_id
         where j.recipe_hash = $1 and j.state <> 'done'
         order by j.created_at desc, j.id desc limit 1"
    );
    let mut connection = store.connection().await?;
    let query = sql_query(query).bind::<Binary, _>(recipe_hash.as_slice());
    Ok(query.get_result(&mut connection).await.optional()?)
}
