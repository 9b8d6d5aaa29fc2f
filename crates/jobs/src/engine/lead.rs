//! Leading a job: a sign of life every few seconds, and word of who wants it to stop.

use std::sync::Arc;

use store::chunk;
use store::job::{self, Beat};
use uuid::Uuid;

use super::pace::Pace;
use super::{Craft, Stop};
use crate::{Result, Workshop};

/// A job that is led by this program.
#[derive(Clone)]
pub struct Task {
    /// Where the work is done.
    pub workshop: Workshop,
    /// The job.
    pub job: Uuid,
    /// The leader's name.
    pub worker: String,
    /// How its chunks are done.
    pub craft: Arc<dyn Craft>,
    /// Whether it is to stop.
    pub stop: Stop,
}

/// Ends the signs of life when dropped.
pub(super) struct Heart(tokio::task::JoinHandle<()>);

impl Drop for Heart {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Task {
    /// Gives signs of life from now on: without one for `store::job::STALE` it is taken for gone.
    pub(super) fn beat(&self) -> Heart {
        let task = self.clone();
        Heart(tokio::spawn(async move {
            loop {
                tokio::time::sleep(Pace::default().sign).await;
                task.beat_once().await;
            }
        }))
    }

    async fn beat_once(&self) {
        match job::beat(&self.workshop.store, self.job, &self.worker).await {
            Ok(Beat::GoOn) => {}
            Ok(Beat::Stop) => self.stop.cancel(),
            Ok(Beat::Lost) => self.stop.leave(),
            // A database that restarts is back soon; if another takes over meanwhile, we hear it.
            Err(error) => tracing::warn!(job = %self.job, %error, "no sign of life could be given"),
        }
    }

    /// Asks the database, again while it does not answer.
    pub(crate) async fn ask<T, F>(&self, ask: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = store::Result<T>>,
    {
        let progress = self.workshop.progress.as_ref();
        Pace::default().patiently(&self.stop, progress, ask).await
    }

    /// Whether there is more to do in a stage: a chunk waits or runs, none has failed, and nobody
    /// wants it to stop.
    pub(crate) async fn goes_on(&self, stage: i32) -> Result<bool> {
        if self.stop.is_set() {
            return Ok(false);
        }
        let stages = self.ask(|| chunk::progress(&self.workshop.store, self.job));
        let now = stages.await?.into_iter().find(|now| now.stage == stage);
        Ok(now.is_some_and(|now| now.failed == 0 && now.waiting + now.running > 0))
    }
}
