//! Doing queued jobs as they come, and those whose leader died.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use store::job::State;
use store::job_log::Level;
use uuid::Uuid;

use super::{Craft, Executor, Stop, gone_workers, run, worker_name};
use crate::{Result, Workshop};

/// How often the queue is looked at.
const PAUSE: Duration = Duration::from_secs(2);

/// Finds out how a job's chunks are done.
pub type Crafts =
    dyn Fn(Workshop, Uuid) -> BoxFuture<'static, Result<Arc<dyn Craft>>> + Send + Sync;

/// Works on queued jobs of the executor, one at a time, until `stop` is set. What goes wrong with
/// one job is written to its log; a database that is away is asked again.
pub async fn attend(workshop: &Workshop, crafts: &Crafts, executor: &dyn Executor, stop: &Stop) {
    while !stop.is_set() {
        match attend_once(workshop, crafts, executor, stop).await {
            Ok(true) => {}
            Ok(false) => tokio::time::sleep(PAUSE).await,
            Err(error) => {
                tracing::warn!(%error, "a job could not be done");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Does the next job; whether there was one.
async fn attend_once(
    workshop: &Workshop,
    crafts: &Crafts,
    executor: &dyn Executor,
    stop: &Stop,
) -> Result<bool> {
    let (store, kind) = (&workshop.store, executor.kind());
    let gone = gone_workers(store, kind).await?;
    let Some(job) = store::job::next(store, kind, &gone).await? else {
        return Ok(false);
    };
    let craft = match crafts(workshop.clone(), job).await {
        Ok(craft) => craft,
        Err(error) => {
            refuse(workshop, job, &gone, &error.to_string()).await?;
            return Err(error);
        }
    };
    // A job of its own: cancelling it does not end the attendance.
    let own = Stop::default();
    let watched = own.clone();
    let told = stop.clone();
    let watch = tokio::spawn(async move {
        while !told.is_set() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        watched.leave();
    });
    let ended = run(workshop, job, craft, executor, &own).await;
    watch.abort();
    ended.map(|_| true)
}

/// A job nobody can begin would be next for ever.
async fn refuse(workshop: &Workshop, job: Uuid, gone: &[String], words: &str) -> Result<()> {
    let (store, worker) = (&workshop.store, worker_name());
    if store::job::begin(store, job, &worker, gone).await? {
        store::job_log::add(store, job, Level::Error, words).await?;
        store::job::finish(store, job, &worker, State::Failed, Some(words)).await?;
    }
    Ok(())
}
