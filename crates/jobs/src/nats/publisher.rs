//! Bringing what the ledger says is free into the queue.

use store::Store;
use store::chunk::{self, Progress};
use uuid::Uuid;

use super::waiting::until_answered;
use super::{NatsError, Pace, Queue, Stop};

/// How a stage ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Every chunk is done.
    Done,
    /// So many chunks failed; the others are done.
    Failed(i64),
    /// It was told to stop; workers give their chunks back or finish them.
    Stopped,
}

/// Leads the chunks of a stage through the workers.
#[derive(Debug, Clone)]
pub struct Publisher {
    store: Store,
    queue: Queue,
    pace: Pace,
}

impl Publisher {
    /// A publisher of the chunks in this ledger.
    pub fn new(store: Store, queue: Queue, pace: Pace) -> Self {
        Self { store, queue, pace }
    }

    /// Publishes what is free, again and again, until every chunk of the stage is done or failed.
    ///
    /// # Errors
    /// [`NatsError::Store`] when the database does not answer for longer than
    /// [`Pace::patience`]. A NATS server that does not answer is waited for: what workers have
    /// begun goes on meanwhile.
    pub async fn stage(&self, job: Uuid, stage: i32, stop: &Stop) -> Result<Ended, NatsError> {
        loop {
            if stop.is_set() {
                return Ok(Ended::Stopped);
            }
            let ask = async || chunk::progress(&self.store, job).await;
            let stages = until_answered(self.pace.patience, "the progress of a job", ask).await?;
            if let Some(ended) = ended(&stages, stage) {
                return Ok(ended);
            }
            if let Err(error) = self.publish_free(job, stage).await {
                tracing::warn!(%error, "free chunks could not be published, trying again");
            }
            tokio::time::sleep(self.pace.look).await;
        }
    }

    async fn publish_free(&self, job: Uuid, stage: i32) -> Result<(), NatsError> {
        for free in chunk::free(&self.store, job, stage).await? {
            self.queue.publish(&free).await?;
        }
        Ok(())
    }
}

fn ended(stages: &[Progress], stage: i32) -> Option<Ended> {
    let now = stages.iter().find(|progress| progress.stage == stage);
    match now {
        Some(now) if now.waiting + now.running > 0 => None,
        Some(now) if now.failed > 0 => Some(Ended::Failed(now.failed)),
        _ => Some(Ended::Done),
    }
}
