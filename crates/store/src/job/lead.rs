//! Who leads a job, and where it goes.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Bool, Double, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncConnection as _, RunQueryDsl};
use uuid::Uuid;

use super::{Executor, STALE, State};
use crate::{Result, Scope, Store};

/// What a leader is told when it gives a sign of life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    /// Go on.
    GoOn,
    /// Somebody wants the job to stop.
    Stop,
    /// Another leads the job now, or it has ended or gone.
    Lost,
}

/// Takes the lead of a job that is queued, was ours, is led by one of `gone` (workers known to
/// be dead) or by one not heard of for [`STALE`]. Whether we lead now. The chunks a dead local
/// leader held are free again.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn begin(store: &Store, id: Uuid, worker: &str, gone: &[String]) -> Result<bool> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            let taken = sql_query(
                "update job set state = 'running', worker = $2, heartbeat_at = now(),
                     started_at = coalesce(started_at, now()), finished_at = null, error = null
                 where id = $1 and not cancel_requested and (state = 'queued'
                     or (state = 'running' and (worker = $2 or worker = any($3)
                         or heartbeat_at < now() - make_interval(secs => $4))))",
            )
            .bind::<SqlUuid, _>(id)
            .bind::<Text, _>(worker)
            .bind::<Array<Text>, _>(gone)
            .bind::<Double, _>(STALE.as_secs_f64())
            .execute(connection)
            .await?;
            if taken == 0 {
                return Ok(false);
            }
            sql_query(
                "update chunk set state = 'waiting', leased_until = null
                 where job_id = $1 and state = 'running'
                     and (select executor from job where id = $1) = 'local'",
            )
            .bind::<SqlUuid, _>(id)
            .execute(connection)
            .await?;
            Ok(true)
        })
        .await
}

/// The leader's sign of life.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn beat(store: &Store, id: Uuid, worker: &str) -> Result<Beat> {
    #[derive(QueryableByName)]
    #[diesel(check_for_backend(diesel::pg::Pg))]
    struct Row {
        #[diesel(sql_type = Bool)]
        cancel_requested: bool,
    }
    let mut connection = store.connection().await?;
    let row: Option<Row> = sql_query(
        "update job set heartbeat_at = now() where id = $1 and worker = $2 and state = 'running'
         returning cancel_requested",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(worker)
    .get_result(&mut connection)
    .await
    .optional()?;
    Ok(match row {
        None => Beat::Lost,
        Some(row) if row.cancel_requested => Beat::Stop,
        Some(_) => Beat::GoOn,
    })
}

/// Ends a job its leader cannot or may not bring to its end (`Failed` with a reason, or
/// `Cancelled`); publishing is what makes it `Done` ([`crate::publication`]). Whether it was
/// still ours to end. What waits or runs stays as it is, for a retry.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn finish(
    store: &Store,
    id: Uuid,
    worker: &str,
    state: State,
    error: Option<&str>,
) -> Result<bool> {
    let mut connection = store.connection().await?;
    let query = sql_query(
        "update job set state = $3, error = $4, finished_at = now()
         where id = $1 and worker = $2 and state = 'running'",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(worker)
    .bind::<Text, _>(state)
    .bind::<Nullable<Text>, _>(error);
    Ok(query.execute(&mut connection).await? > 0)
}

/// Wants a job within a scope to stop. One that nobody leads is cancelled at once, the leader of
/// another sees it at its next sign of life. The state then; `None` when there is no such job.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn cancel(store: &Store, scope: &Scope, id: Uuid) -> Result<Option<State>> {
    let query = format!(
        "update job set cancel_requested = cancel_requested or state in ('queued', 'running'),
             state = case when alone then 'cancelled' else state end,
             finished_at = case when alone then now() else finished_at end
         from (select id as own, state = 'queued' or (state = 'running'
                 and heartbeat_at < now() - make_interval(secs => $3)) as alone
             from job where id = $2 for update) as found
         where id = own and {} returning state",
        Scope::predicate("area_id", 1)
    );
    let mut connection = store.connection().await?;
    let query = sql_query(query)
        .bind::<Nullable<Array<BigInt>>, _>(scope.areas())
        .bind::<SqlUuid, _>(id)
        .bind::<Double, _>(STALE.as_secs_f64());
    let row: Option<StateRow> = query.get_result(&mut connection).await.optional()?;
    Ok(row.map(|row| row.state))
}

/// Queues a job within a scope again that failed or was cancelled; what is done stays done, what
/// failed waits again, its attempts counted anew. The state then; `None` when there is no such job.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn retry(store: &Store, scope: &Scope, id: Uuid) -> Result<Option<State>> {
    let again = format!(
        "update job set state = 'queued', cancel_requested = false, error = null,
             finished_at = null, worker = null, heartbeat_at = null
         where id = $2 and state in ('failed', 'cancelled') and {}",
        Scope::predicate("area_id", 1)
    );
    let now = format!(
        "select state from job where id = $2 and {}",
        Scope::predicate("area_id", 1)
    );
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            let moved = sql_query(again)
                .bind::<Nullable<Array<BigInt>>, _>(scope.areas())
                .bind::<SqlUuid, _>(id)
                .execute(connection)
                .await?;
            if moved > 0 {
                sql_query(
                    "update chunk set state = 'waiting', leased_until = null, error = null,
                         attempt = case state when 'failed' then 0 else attempt end
                     where job_id = $1 and state in ('failed', 'running')",
                )
                .bind::<SqlUuid, _>(id)
                .execute(connection)
                .await?;
            }
            let row: Option<StateRow> = sql_query(now)
                .bind::<Nullable<Array<BigInt>>, _>(scope.areas())
                .bind::<SqlUuid, _>(id)
                .get_result(connection)
                .await
                .optional()?;
            Ok(row.map(|row| row.state))
        })
        .await
}

/// The oldest job of an executor that nobody leads: queued, or led by one of `gone`, or by one
/// not heard of for [`STALE`]. It is not taken yet ([`begin`]).
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn next(store: &Store, executor: Executor, gone: &[String]) -> Result<Option<Uuid>> {
    #[derive(QueryableByName)]
    #[diesel(check_for_backend(diesel::pg::Pg))]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    let mut connection = store.connection().await?;
    let row: Option<Row> = sql_query(
        "select id from job
         where executor = $1 and not cancel_requested and (state = 'queued' or (state = 'running'
             and (worker = any($2) or heartbeat_at < now() - make_interval(secs => $3))))
         order by created_at, id limit 1",
    )
    .bind::<Text, _>(executor)
    .bind::<Array<Text>, _>(gone)
    .bind::<Double, _>(STALE.as_secs_f64())
    .get_result(&mut connection)
    .await
    .optional()?;
    Ok(row.map(|row| row.id))
}

#[derive(QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct StateRow {
    #[diesel(sql_type = Text)]
    state: State,
}
