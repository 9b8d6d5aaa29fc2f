//! The ledger of a job: every chunk of its plan, claimed under a lease and done once.
//!
//! A worker [`claim`]s a chunk for a while and [`extend`]s its lease while it works. Only who
//! holds the chunk in its newest attempt can say it is [`done`]; a lease that ran out lets the
//! next one claim it, with a higher attempt.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{
    Array, BigInt, Double, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use crate::word::words;
use crate::{Result, Scope, Store};

words! {
    /// How far a chunk is.
    State ("state of a chunk") {
        /// Nobody has begun, or whoever had is gone.
        Waiting = "waiting",
        /// Somebody works on it under a lease.
        Running = "running",
        /// Its result is kept.
        Done = "done",
        /// It cannot be done; `error` says why.
        Failed = "failed",
    }
}

/// A chunk somebody holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Claim {
    /// Of which job.
    pub job: Uuid,
    /// Of which stage of its plan.
    pub stage: i32,
    /// Which one of the stage.
    pub position: i32,
    /// The how-manieth time it is begun, from 1.
    pub attempt: i32,
}

/// A chunk.
#[derive(Debug, Clone, PartialEq, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Chunk {
    /// Of which stage of the plan.
    #[diesel(sql_type = Integer)]
    pub stage: i32,
    /// Which one of the stage.
    #[diesel(sql_type = Integer)]
    pub position: i32,
    /// How far it is.
    #[diesel(sql_type = Text)]
    pub state: State,
    /// How often it was begun.
    #[diesel(sql_type = Integer)]
    pub attempt: i32,
    /// Who works on it, or did last.
    #[diesel(sql_type = Nullable<Text>)]
    pub worker: Option<String>,
    /// Until when it is theirs.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub leased_until: Option<DateTime<Utc>>,
    /// When the newest attempt began.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub started_at: Option<DateTime<Utc>>,
    /// When it was done or failed.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub finished_at: Option<DateTime<Utc>>,
    /// Why it failed.
    #[diesel(sql_type = Nullable<Text>)]
    pub error: Option<String>,
    /// Bytes it read.
    #[diesel(sql_type = BigInt)]
    pub bytes_read: i64,
    /// Bytes it wrote.
    #[diesel(sql_type = BigInt)]
    pub bytes_written: i64,
}

/// What a chunk comes to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// What later stages need of it: names of objects, summaries.
    pub result: Value,
    /// Bytes it read.
    pub bytes_read: u64,
    /// Bytes it wrote.
    pub bytes_written: u64,
}

/// How far one stage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Progress {
    /// Which stage.
    #[diesel(sql_type = Integer)]
    pub stage: i32,
    /// Chunks that wait.
    #[diesel(sql_type = BigInt)]
    pub waiting: i64,
    /// Chunks somebody works on.
    #[diesel(sql_type = BigInt)]
    pub running: i64,
    /// Chunks that are done.
    #[diesel(sql_type = BigInt)]
    pub done: i64,
    /// Chunks that failed.
    #[diesel(sql_type = BigInt)]
    pub failed: i64,
    /// Attempts beyond the first of each chunk.
    #[diesel(sql_type = BigInt)]
    pub repeated: i64,
    /// Bytes read by what is done.
    #[diesel(sql_type = BigInt)]
    pub bytes_read: i64,
    /// Bytes written by what is done.
    #[diesel(sql_type = BigInt)]
    pub bytes_written: i64,
}

impl Progress {
    /// All chunks of the stage.
    pub fn chunks(&self) -> i64 {
        self.waiting + self.running + self.done + self.failed
    }
}

/// What may be claimed: it waits, or its lease ran out.
const FREE: &str = "(state = 'waiting' or (state = 'running' and leased_until < now()))";

/// Claims the first free chunk of a stage; `None` when there is none (now).
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn claim(
    store: &Store,
    job: Uuid,
    stage: i32,
    worker: &str,
    lease: Duration,
) -> Result<Option<Claim>> {
    claimed(store, job, stage, None, worker, lease).await
}

/// Claims a certain chunk if it is free.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn claim_one(
    store: &Store,
    job: Uuid,
    stage: i32,
    position: i32,
    worker: &str,
    lease: Duration,
) -> Result<Option<Claim>> {
    claimed(store, job, stage, Some(position), worker, lease).await
}

async fn claimed(
    store: &Store,
    job: Uuid,
    stage: i32,
    position: Option<i32>,
    worker: &str,
    lease: Duration,
) -> Result<Option<Claim>> {
    #[derive(QueryableByName)]
    #[diesel(check_for_backend(diesel::pg::Pg))]
    struct Row {
        #[diesel(sql_type = Integer)]
        position: i32,
        #[diesel(sql_type = Integer)]
        attempt: i32,
    }
    // Chunks of a job that has ended or is to stop are nobody's work.
    let query = format!(
        "update chunk set state = 'running', attempt = attempt + 1, worker = $4, error = null,
             started_at = now(), finished_at = null,
             leased_until = now() + make_interval(secs => $5)
         where (job_id, stage, position) = (
             select job_id, stage, position from chunk
             where job_id = $1 and stage = $2 and ($3 is null or position = $3) and {FREE}
                 and exists (select from job where id = $1 and state = 'running'
                     and not cancel_requested)
             order by position limit 1 for update skip locked)
         returning position, attempt"
    );
    let mut connection = store.connection().await?;
    let row: Option<Row> = sql_query(query)
        .bind::<SqlUuid, _>(job)
        .bind::<Integer, _>(stage)
        .bind::<Nullable<Integer>, _>(position)
        .bind::<Text, _>(worker)
        .bind::<Double, _>(lease.as_secs_f64())
        .get_result(&mut connection)
        .await
        .optional()?;
    Ok(row.map(|row| Claim {
        job,
        stage,
        position: row.position,
        attempt: row.attempt,
    }))
}

/// Makes the lease of a held chunk last this long from now. `false` when it is not held any more,
/// or its job has ended or is to stop.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn extend(store: &Store, claim: &Claim, worker: &str, lease: Duration) -> Result<bool> {
    let mut connection = store.connection().await?;
    let query = held("leased_until = now() + make_interval(secs => $6)")
        + " and exists (select from job where id = $1 and state = 'running'
              and not cancel_requested)";
    let query = bind_held(&query, claim, worker).bind::<Double, _>(lease.as_secs_f64());
    Ok(query.execute(&mut connection).await? > 0)
}

/// Says that a held chunk is done, its outputs being kept already. `false` when it is not held
/// any more: then somebody else does it, or did, and nothing is changed.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn done(store: &Store, claim: &Claim, worker: &str, outcome: &Outcome) -> Result<bool> {
    let mut connection = store.connection().await?;
    let query = held(
        "state = 'done', finished_at = now(), leased_until = null, error = null,
         result = $6, bytes_read = $7, bytes_written = $8",
    );
    let query = bind_held(&query, claim, worker)
        .bind::<Jsonb, _>(&outcome.result)
        .bind::<BigInt, _>(i64::try_from(outcome.bytes_read).unwrap_or(i64::MAX))
        .bind::<BigInt, _>(i64::try_from(outcome.bytes_written).unwrap_or(i64::MAX));
    Ok(query.execute(&mut connection).await? > 0)
}

/// Says that a held chunk cannot be done, and why; it is not tried again unless the job is
/// retried. Whether it was still held.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn fail(store: &Store, claim: &Claim, worker: &str, error: &str) -> Result<bool> {
    let mut connection = store.connection().await?;
    let query = held("state = 'failed', finished_at = now(), leased_until = null, error = $6");
    let query = bind_held(&query, claim, worker).bind::<Text, _>(error);
    Ok(query.execute(&mut connection).await? > 0)
}

/// Gives a held chunk back to be done by anyone, saying why if something went wrong that may
/// pass. Whether it was still held.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn release(
    store: &Store,
    claim: &Claim,
    worker: &str,
    error: Option<&str>,
) -> Result<bool> {
    let mut connection = store.connection().await?;
    let query = held("state = 'waiting', leased_until = null, error = $6");
    let query = bind_held(&query, claim, worker).bind::<Nullable<Text>, _>(error);
    Ok(query.execute(&mut connection).await? > 0)
}

fn held(set: &str) -> String {
    format!(
        "update chunk set {set} where job_id = $1 and stage = $2 and position = $3
             and attempt = $4 and worker = $5 and state = 'running'"
    )
}

type Held<'a> =
    diesel::query_builder::BoxedSqlQuery<'a, diesel::pg::Pg, diesel::query_builder::SqlQuery>;

fn bind_held<'a>(query: &str, claim: &Claim, worker: &'a str) -> Held<'a> {
    sql_query(query)
        .into_boxed()
        .bind::<SqlUuid, _>(claim.job)
        .bind::<Integer, _>(claim.stage)
        .bind::<Integer, _>(claim.position)
        .bind::<Integer, _>(claim.attempt)
        .bind::<Text, _>(worker)
}

/// The first free chunks of a stage, at most `limit`, with the attempts they had: what a
/// reconciler publishes again.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn free(store: &Store, job: Uuid, stage: i32, limit: u16) -> Result<Vec<Claim>> {
    #[derive(QueryableByName)]
    #[diesel(check_for_backend(diesel::pg::Pg))]
    struct Row {
        #[diesel(sql_type = Integer)]
        position: i32,
        #[diesel(sql_type = Integer)]
        attempt: i32,
    }
    let query = format!(
        "select position, attempt from chunk where job_id = $1 and stage = $2 and {FREE}
         order by position limit $3"
    );
    let mut connection = store.connection().await?;
    let rows: Vec<Row> = sql_query(query)
        .bind::<SqlUuid, _>(job)
        .bind::<Integer, _>(stage)
        .bind::<BigInt, _>(i64::from(limit))
        .load(&mut connection)
        .await?;
    let claim = |row: Row| Claim {
        job,
        stage,
        position: row.position,
        attempt: row.attempt,
    };
    Ok(rows.into_iter().map(claim).collect())
}

/// Who holds chunks of a stage.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn holders(store: &Store, job: Uuid, stage: i32) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    #[diesel(check_for_backend(diesel::pg::Pg))]
    struct Row {
        #[diesel(sql_type = Text)]
        worker: String,
    }
    let mut connection = store.connection().await?;
    let rows: Vec<Row> = sql_query(
        "select distinct worker from chunk
         where job_id = $1 and stage = $2 and state = 'running' and worker is not null",
    )
    .bind::<SqlUuid, _>(job)
    .bind::<Integer, _>(stage)
    .load(&mut connection)
    .await?;
    Ok(rows.into_iter().map(|row| row.worker).collect())
}

/// Frees the chunks of a stage that workers hold who are known to be dead, without waiting for
/// their leases to end. How many there were.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn free_held_by(store: &Store, job: Uuid, stage: i32, gone: &[String]) -> Result<usize> {
    let mut connection = store.connection().await?;
    let query = sql_query(
        "update chunk set state = 'waiting', leased_until = null
         where job_id = $1 and stage = $2 and state = 'running' and worker = any($3)",
    );
    Ok(query
        .bind::<SqlUuid, _>(job)
        .bind::<Integer, _>(stage)
        .bind::<Array<Text>, _>(gone)
        .execute(&mut connection)
        .await?)
}

/// The result of one chunk that is done.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn result(store: &Store, job: Uuid, stage: i32, position: i32) -> Result<Option<Value>> {
    let mut connection = store.connection().await?;
    let row: Option<ResultRow> = sql_query(
        "select position, result from chunk
         where job_id = $1 and stage = $2 and position = $3 and state = 'done'",
    )
    .bind::<SqlUuid, _>(job)
    .bind::<Integer, _>(stage)
    .bind::<Integer, _>(position)
    .get_result(&mut connection)
    .await
    .optional()?;
    Ok(row.map(|row| row.result))
}

/// How many chunks of a job were done a minute of late: in the last five minutes, or since the
/// first of them began. `None` before one is done.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn pace(store: &Store, job: Uuid) -> Result<Option<f64>> {
    #[derive(QueryableByName)]
    #[diesel(check_for_backend(diesel::pg::Pg))]
    struct Row {
        #[diesel(sql_type = Nullable<Double>)]
        per_minute: Option<f64>,
    }
    let query = sql_query(
        "select (count(*) * 60 / greatest(1, extract(epoch from now() - min(started_at))))
             ::double precision as per_minute
         from chunk where job_id = $1 and state = 'done'
             and finished_at > now() - interval '5 minutes'",
    );
    let mut connection = store.connection().await?;
    let row: Row = query
        .bind::<SqlUuid, _>(job)
        .get_result(&mut connection)
        .await?;
    Ok(row.per_minute.filter(|pace| *pace > 0.0))
}

/// The results of a stage's chunks that are done, with their positions, in order.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn results(store: &Store, job: Uuid, stage: i32) -> Result<Vec<(i32, Value)>> {
    let mut connection = store.connection().await?;
    let rows: Vec<ResultRow> = sql_query(
        "select position, result from chunk
         where job_id = $1 and stage = $2 and state = 'done' order by position",
    )
    .bind::<SqlUuid, _>(job)
    .bind::<Integer, _>(stage)
    .load(&mut connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.position, row.result))
        .collect())
}

#[derive(QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct ResultRow {
    #[diesel(sql_type = Integer)]
    position: i32,
    #[diesel(sql_type = Jsonb)]
    result: Value,
}

/// How far the stages of a job are, in order. The program's own: who may see the job is asked
/// before ([`crate::job::by_id`]).
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn progress(store: &Store, job: Uuid) -> Result<Vec<Progress>> {
    let query = sql_query(
        "select stage,
             count(*) filter (where state = 'waiting') as waiting,
             count(*) filter (where state = 'running') as running,
             count(*) filter (where state = 'done') as done,
             count(*) filter (where state = 'failed') as failed,
             sum(greatest(attempt - 1, 0)) as repeated,
             sum(bytes_read)::bigint as bytes_read, sum(bytes_written)::bigint as bytes_written
         from chunk where job_id = $1 group by stage order by stage",
    );
    let mut connection = store.connection().await?;
    Ok(query.bind::<SqlUuid, _>(job).load(&mut connection).await?)
}

/// The chunks of a job within a scope, in order; `failed_only` or all.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn list(
    store: &Store,
    scope: &Scope,
    job: Uuid,
    failed_only: bool,
) -> Result<Vec<Chunk>> {
    let query = format!(
        "select c.stage, c.position, c.state, c.attempt, c.worker, c.leased_until, c.started_at,
             c.finished_at, c.error, c.bytes_read, c.bytes_written
         from chunk as c join job as j on j.id = c.job_id
         where j.id = $2 and (not $3 or c.state = 'failed') and {}
         order by c.stage, c.position",
        Scope::predicate("j.area_id", 1)
    );
    let mut connection = store.connection().await?;
    let query = sql_query(query)
        .bind::<Nullable<Array<BigInt>>, _>(scope.areas())
        .bind::<SqlUuid, _>(job)
        .bind::<diesel::sql_types::Bool, _>(failed_only);
    Ok(query.load(&mut connection).await?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::job;
    use crate::job::tests::{Bench, a_job};

    const LEASE: Duration = Duration::from_mins(1);

    fn outcome(word: &str) -> Outcome {
        Outcome {
            result: json!({ "part": word }),
            bytes_read: 10,
            bytes_written: 5,
        }
    }

    async fn running(bench: &Bench, chunks: Vec<u32>) -> Uuid {
        let new = job::NewJob {
            chunks,
            worker: Some("me".to_owned()),
            ..a_job(bench.mine)
        };
        job::insert(bench.store(), &new).await.unwrap();
        new.id
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn every_chunk_is_claimed_by_one_worker() {
        let bench = Bench::new().await;
        let (store, job) = (bench.store(), running(&bench, vec![20]).await);
        let mut workers = tokio::task::JoinSet::new();
        for worker in 0..8 {
            let store = store.clone();
            workers.spawn(async move {
                let mut mine = Vec::new();
                let worker = format!("w{worker}");
                while let Some(claim) = claim(&store, job, 0, &worker, LEASE).await.unwrap() {
                    assert_eq!(claim.attempt, 1);
                    mine.push(claim.position);
                }
                mine
            });
        }
        let mut all = workers.join_all().await.concat();
        all.sort_unstable();
        assert_eq!(all, (0..20).collect::<Vec<_>>());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn only_the_holder_of_the_newest_attempt_can_be_done() {
        let bench = Bench::new().await;
        let (store, job) = (bench.store(), running(&bench, vec![1]).await);
        let first = claim(store, job, 0, "one", Duration::ZERO)
            .await
            .unwrap()
            .unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
        let second = claim(store, job, 0, "two", LEASE).await.unwrap().unwrap();
        assert_eq!((first.attempt, second.attempt), (1, 2));
        assert_eq!(claim(store, job, 0, "three", LEASE).await.unwrap(), None);
        assert!(!extend(store, &first, "one", LEASE).await.unwrap());
        assert!(!done(store, &first, "one", &outcome("late")).await.unwrap());
        assert!(
            !done(store, &second, "one", &outcome("thief"))
                .await
                .unwrap()
        );
        assert!(extend(store, &second, "two", LEASE).await.unwrap());
        assert!(done(store, &second, "two", &outcome("good")).await.unwrap());
        assert!(
            !done(store, &second, "two", &outcome("again"))
                .await
                .unwrap()
        );
        let kept = results(store, job, 0).await.unwrap();
        assert_eq!(kept, [(0, json!({ "part": "good" }))]);
        assert_eq!(
            result(store, job, 0, 0).await.unwrap(),
            Some(json!({ "part": "good" }))
        );
        let [progress] = progress(store, job).await.unwrap()[..] else {
            panic!("one stage");
        };
        assert_eq!(
            (progress.done, progress.repeated, progress.chunks()),
            (1, 1, 1)
        );
        assert_eq!((progress.bytes_read, progress.bytes_written), (10, 5));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_failed_chunk_waits_for_a_retry_and_a_released_one_does_not() {
        let bench = Bench::new().await;
        let (store, job) = (bench.store(), running(&bench, vec![2]).await);
        let first = claim(store, job, 0, "me", LEASE).await.unwrap().unwrap();
        let second = claim_one(store, job, 0, 1, "me", LEASE)
            .await
            .unwrap()
            .unwrap();
        assert!(fail(store, &first, "me", "the disk is full").await.unwrap());
        assert!(release(store, &second, "me", None).await.unwrap());
        let free_now = free(store, job, 0, 9).await.unwrap();
        assert_eq!(free_now.len(), 1);
        assert_eq!((free_now[0].position, free_now[0].attempt), (1, 1));
        assert_eq!(
            claim_one(store, job, 0, 0, "me", LEASE).await.unwrap(),
            None
        );
        let failed = list(store, &Scope::Everything, job, true).await.unwrap();
        assert_eq!(failed.len(), 1);
        assert_eq!(failed[0].error.as_deref(), Some("the disk is full"));

        job::finish(store, job, "me", job::State::Failed, Some("x"))
            .await
            .unwrap();
        assert_eq!(
            claim(store, job, 0, "me", LEASE).await.unwrap(),
            None,
            "it has ended"
        );
        job::retry(store, &Scope::Everything, job).await.unwrap();
        assert!(job::begin(store, job, "me", &[]).await.unwrap());
        let again = claim(store, job, 0, "me", LEASE).await.unwrap().unwrap();
        assert_eq!((again.position, again.attempt), (0, 1));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn nothing_is_claimed_or_held_of_a_job_that_is_to_stop() {
        let bench = Bench::new().await;
        let (store, job) = (bench.store(), running(&bench, vec![3]).await);
        let held = claim(store, job, 0, "me", LEASE).await.unwrap().unwrap();
        assert!(extend(store, &held, "me", LEASE).await.unwrap());
        job::cancel(store, &Scope::Everything, job).await.unwrap();
        assert_eq!(claim(store, job, 0, "me", LEASE).await.unwrap(), None);
        assert!(!extend(store, &held, "me", LEASE).await.unwrap());
        assert!(release(store, &held, "me", None).await.unwrap());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_the_dead_hold_is_free_at_once() {
        let bench = Bench::new().await;
        let (store, job) = (bench.store(), running(&bench, vec![3, 1]).await);
        for worker in ["dead", "alive"] {
            claim(store, job, 0, worker, LEASE).await.unwrap().unwrap();
        }
        claim(store, job, 1, "dead", LEASE).await.unwrap().unwrap();
        let mut holders = holders(store, job, 0).await.unwrap();
        holders.sort();
        assert_eq!(holders, ["alive", "dead"]);
        let dead = ["dead".to_owned()];
        assert_eq!(free_held_by(store, job, 0, &dead).await.unwrap(), 1);
        let free_now: Vec<_> = free(store, job, 0, 9).await.unwrap();
        let free_now: Vec<_> = free_now.iter().map(|f| (f.position, f.attempt)).collect();
        assert_eq!(free_now, [(0, 1), (2, 0)]);
        assert_eq!(free(store, job, 0, 1).await.unwrap().len(), 1);
    }
}
