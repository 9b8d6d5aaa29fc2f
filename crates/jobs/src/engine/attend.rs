//! Doing queued jobs as they come, and those whose leader died.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use store::job::State;
use store::job_log::Level;
use uuid::Uuid;

use super::pace::{Pace, rest};
use super::{Craft, Executor, Stop, gone_workers, run, tidy, worker_name};
use crate::{Result, Workshop};

/// How often what is over is tidied away.
const TIDY: Duration = Duration::from_hours(1);

/// How long a job that has ended is kept: its tables go away with it, its layers stay.
const KEPT: Duration = Duration::from_hours(24 * 180);

/// Finds out how a job's chunks are done.
pub type Crafts =
    dyn Fn(Workshop, Uuid) -> BoxFuture<'static, Result<Arc<dyn Craft>>> + Send + Sync;

/// Works on queued jobs of the executor, one at a time, until `stop` is set. What goes wrong with
/// one job is written to its log; a database that is away is asked again.
pub async fn attend(workshop: &Workshop, crafts: &Crafts, executor: &dyn Executor, stop: &Stop) {
    let mut tidied: Option<Instant> = None;
    while !stop.is_set() {
        if tidied.is_none_or(|at| at.elapsed() > TIDY) {
            tidied = Some(Instant::now());
            if let Err(error) = tidy(workshop, KEPT).await {
                tracing::warn!(%error, "what is over could not be tidied away");
            }
        }
        match attend_once(workshop, crafts, executor, stop).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "a job could not be done"),
        }
        rest(Pace::default().look, stop).await;
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
        Err(error) if error.is_outage() => return Err(error),
        Err(error) => {
            refuse(workshop, job, &gone, &error.to_string()).await?;
            return Err(error);
        }
    };
    // Cancelling the job does not end the attendance.
    run(workshop, job, craft, executor, &stop.below()).await?;
    Ok(true)
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
