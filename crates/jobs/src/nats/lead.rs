//! Bringing what the ledger says is free into the queue.

use futures::future::{BoxFuture, FutureExt as _};
use store::chunk;
use store::job_log::{self, Level};

use super::Queue;
use crate::Result;
use crate::engine::{Executor, Pace, Task, is_gone, rest};

/// Free chunks that are in the queue at most: enough for many workers until the next look.
const AHEAD: u16 = 256;

/// Leads the chunks of a job through workers on many machines.
#[derive(Debug, Clone)]
pub struct Nats {
    queue: Queue,
    pace: Pace,
}

impl Nats {
    /// Through this queue.
    pub fn new(queue: Queue, pace: Pace) -> Self {
        Self { queue, pace }
    }

    async fn publish_free(&self, task: &Task, stage: i32) -> Result<()> {
        let (store, job) = (&task.workshop.store, task.job);
        // Workers killed on this machine: nobody needs to wait for their leases to end.
        let mut gone = chunk::holders(store, job, stage).await?;
        gone.retain(|worker| is_gone(worker));
        if !gone.is_empty() {
            chunk::free_held_by(store, job, stage, &gone).await?;
        }
        let free = chunk::free(store, job, stage, AHEAD).await?;
        self.queue.publish(&free).await
    }
}

impl Executor for Nats {
    fn kind(&self) -> store::job::Executor {
        store::job::Executor::Nats
    }

    /// A NATS server that does not answer is waited for: what workers have begun goes on.
    fn stage<'a>(&'a self, task: &'a Task, stage: i32) -> BoxFuture<'a, Result<()>> {
        async move {
            let mut silent = false;
            while task.goes_on(stage).await? {
                match self.publish_free(task, stage).await {
                    Ok(()) => silent = false,
                    Err(error) if error.is_outage() => {
                        tracing::warn!(%error, "free chunks could not be published, trying again");
                        // Once an outage.
                        if !std::mem::replace(&mut silent, true) {
                            let (store, words) = (&task.workshop.store, error.to_string());
                            task.ask(|| job_log::add(store, task.job, Level::Warning, &words))
                                .await?;
                        }
                    }
                    Err(error) => return Err(error),
                }
                rest(self.pace.look, &task.stop).await;
            }
            Ok(())
        }
        .boxed()
    }
}
