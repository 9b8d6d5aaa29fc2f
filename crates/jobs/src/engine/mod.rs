//! Bringing a job to its end, whatever happens on the way.
//!
//! One program leads a job ([`run`]): stage after stage it lets an [`Executor`] do the chunks, and at
//! the end it publishes everything in one transaction. The ledger (`store::chunk`) is the truth:
//! whoever leads next goes on where it stands, and at most the chunks in flight are done again.

mod attend;
mod craft;
mod lead;
mod local;
#[cfg(test)]
mod tests;
mod worker;

use futures::future::BoxFuture;
use store::chunk;
use store::job::State;
use store::job_log::Level;
use store::publication;
use uuid::Uuid;

pub use self::attend::attend;
pub use self::craft::{Craft, Prepared};
pub use self::lead::{Stop, Task};
pub use self::local::Local;
pub use self::worker::{gone_workers, worker_name};
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
/// is done stays done, and nothing is published.
pub async fn run(
    workshop: &Workshop,
    job: Uuid,
    craft: std::sync::Arc<dyn Craft>,
    executor: &dyn Executor,
    stop: &Stop,
) -> Result<Ended> {
    let (store, worker) = (&workshop.store, worker_name());
    let gone = gone_workers(store, executor.kind()).await?;
    if !store::job::begin(store, job, &worker, &gone).await? {
        return Ok(Ended::Lost);
    }
    let task = Task::new(workshop.clone(), job, worker, craft, stop.clone());
    let _heart = task.beat();
    match stages(&task, executor).await {
        Err(error) => {
            let words = error.to_string();
            store::job_log::add(store, job, Level::Error, &words).await?;
            let failed = Some(words.as_str());
            store::job::finish(store, job, &task.worker, State::Failed, failed).await?;
            Err(error)
        }
        Ok(Ended::Cancelled) => {
            store::job::finish(store, job, &task.worker, State::Cancelled, None).await?;
            Ok(Ended::Cancelled)
        }
        Ok(ended) => Ok(ended),
    }
}

/// Every stage, then the publication.
async fn stages(task: &Task, executor: &dyn Executor) -> Result<Ended> {
    let (store, job) = (&task.workshop.store, task.job);
    for stage in chunk::progress(store, job).await? {
        if stage.done < stage.chunks() {
            executor.stage(task, stage.stage).await?;
        }
        if let Some(ended) = task.stop.reason() {
            return Ok(ended);
        }
        failed_chunk(task, stage.stage).await?;
    }
    let prepared = task.craft.publication(&task.workshop, job).await?;
    if publication::publish(store, job, &task.worker, &prepared.publication).await? {
        prepared.kept.commit();
        task.craft.clean_up(&task.workshop, job).await;
        return Ok(Ended::Done);
    }
    Ok(task.stop.reason().unwrap_or(Ended::Cancelled))
}

/// The first failed chunk of a stage is why the job fails.
async fn failed_chunk(task: &Task, stage: i32) -> Result<()> {
    let everything = store::Scope::Everything;
    let failed = chunk::list(&task.workshop.store, &everything, task.job, true).await?;
    match failed.into_iter().find(|chunk| chunk.stage == stage) {
        None => Ok(()),
        Some(chunk) => Err(Error::Chunk {
            stage,
            position: chunk.position,
            reason: chunk.error.unwrap_or_default(),
        }),
    }
}
