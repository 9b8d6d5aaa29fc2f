//! Bringing a job to its end, whatever happens on the way.
//!
//! One program leads a job ([`run`]): stage after stage it lets an [`Executor`] do the chunks, and at
//! the end it publishes everything in one transaction. The ledger (`store::chunk`) is the truth:
//! whoever leads next goes on where it stands, and at most the chunks in flight are done again.

mod attend;
mod craft;
mod hold;
mod lead;
mod local;
mod pace;
mod stop;
#[cfg(test)]
mod tests;
mod tidy;
mod worker;

use std::sync::Arc;

use futures::future::BoxFuture;
use store::chunk;
use store::job::State;
use store::job_log::Level;
use store::publication;
use uuid::Uuid;

pub use self::attend::{Crafts, attend};
pub use self::craft::{Craft, Prepared};
pub(crate) use self::hold::{Fate, Hands};
pub use self::lead::Task;
pub use self::local::Local;
pub use self::pace::Pace;
pub(crate) use self::pace::rest;
pub use self::stop::Stop;
pub use self::tidy::tidy;
pub(crate) use self::worker::is_gone;
pub use self::worker::{gone_workers, worker_name, worker_name_with};
use crate::{Error, Result, Workshop};

/// Who does the chunks of a stage.
pub trait Executor: Send + Sync {
    /// Which jobs it is for.
    fn kind(&self) -> store::job::Executor;

    /// Works until no chunk of the stage waits or runs, or the task is told to stop. A chunk that
    /// cannot be done is marked as failed in the ledger, which is no error here.
    fn stage<'a>(&'a self, task: &'a Task, stage: i32) -> BoxFuture<'a, Result<()>>;
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Everything is published.
    Done,
    /// Somebody wanted it to stop; it can be resumed.
    Cancelled,
    /// Another leads the job now, or it is gone.
    Lost,
}

/// Takes the lead of a job and brings it to its end; `Ended::Lost` when somebody else leads it.
///
/// # Errors
/// When a chunk or the publication fails: the job is marked as failed with the same words, what
/// is done stays done, and nothing is published. When the database stays away: then the next one
/// to lead the job goes on with it.
pub async fn run(
    workshop: &Workshop,
    job: Uuid,
    craft: Arc<dyn Craft>,
    executor: &dyn Executor,
    stop: &Stop,
) -> Result<Ended> {
    let store = &workshop.store;
    let task = Task {
        workshop: workshop.clone(),
        job,
        worker: worker_name(),
        craft,
        stop: stop.clone(),
    };
    let gone = gone_workers(store, executor.kind()).await?;
    if !store::job::begin(store, job, &task.worker, &gone).await? {
        return Ok(Ended::Lost);
    }
    let _heart = task.beat();
    match stages(&task, executor).await {
        Err(error) if error.is_outage() => Err(error),
        Err(error) => {
            let words = error.to_string();
            task.ask(|| store::job_log::add(store, job, Level::Error, &words))
                .await?;
            finish(&task, State::Failed, Some(&words)).await?;
            Err(error)
        }
        Ok(Ended::Cancelled) => {
            finish(&task, State::Cancelled, None).await?;
            Ok(Ended::Cancelled)
        }
        Ok(ended) => Ok(ended),
    }
}

async fn finish(task: &Task, state: State, error: Option<&str>) -> Result<bool> {
    let store = &task.workshop.store;
    task.ask(|| store::job::finish(store, task.job, &task.worker, state, error))
        .await
}

/// Every stage, then the publication.
async fn stages(task: &Task, executor: &dyn Executor) -> Result<Ended> {
    let store = &task.workshop.store;
    for stage in task.ask(|| chunk::progress(store, task.job)).await? {
        if stage.done < stage.chunks() {
            executor.stage(task, stage.stage).await?;
        }
        if let Some(ended) = task.stop.reason() {
            return Ok(ended);
        }
        failed_chunk(task, stage.stage).await?;
    }
    publish(task).await
}

/// Everything the job comes to, or nothing.
async fn publish(task: &Task) -> Result<Ended> {
    let (shop, job) = (&task.workshop, task.job);
    let progress = shop.progress.as_ref();
    let prepare = || task.craft.publication(shop, job);
    let prepared = Pace::default()
        .patiently(&task.stop, progress, prepare)
        .await?;
    let publish = || publication::publish(&shop.store, job, &task.worker, &prepared.publication);
    // No answer may mean that it is published: then the second time says `false`.
    if task.ask(publish).await? || is_ours_and_done(task).await? {
        prepared.kept.commit();
        task.craft.clean_up(shop, job).await;
        return Ok(Ended::Done);
    }
    Ok(task.stop.reason().unwrap_or(Ended::Cancelled))
}

async fn is_ours_and_done(task: &Task) -> Result<bool> {
    let everything = store::Scope::Everything;
    let job = task.ask(|| store::job::by_id(&task.workshop.store, &everything, task.job));
    let ours = |job: store::job::Job| job.worker.as_ref() == Some(&task.worker);
    Ok(job
        .await?
        .is_some_and(|job| job.state == State::Done && ours(job)))
}

/// The first failed chunk of a stage is why the job fails.
async fn failed_chunk(task: &Task, stage: i32) -> Result<()> {
    let everything = store::Scope::Everything;
    let failed = task
        .ask(|| chunk::list(&task.workshop.store, &everything, task.job, true))
        .await?;
    match failed.into_iter().find(|chunk| chunk.stage == stage) {
        None => Ok(()),
        Some(chunk) => Err(Error::Chunk {
            stage,
            position: chunk.position,
            reason: chunk.error.unwrap_or_default(),
        }),
    }
}
