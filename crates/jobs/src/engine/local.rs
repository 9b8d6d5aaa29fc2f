//! The chunks done by this program, one after the other: each uses all cores inside.

use std::time::Duration;

use futures::future::{BoxFuture, FutureExt as _};
use store::chunk::{self, Claim, Outcome};

use super::lead::LEASE;
use super::{Executor, Task};
use crate::{Error, Result};

/// How long a database may be away before the work fails, and how often it is asked.
const PATIENCE: u32 = 120;
const PAUSE: Duration = Duration::from_secs(1);

/// Works on the ledger within this program.
#[derive(Debug, Clone, Copy, Default)]
pub struct Local;

impl Executor for Local {
    fn kind(&self) -> store::job::Executor {
        store::job::Executor::Local
    }

    fn stage<'a>(&'a self, task: &'a Task, stage: i32) -> BoxFuture<'a, Result<()>> {
        async move {
            while !task.stop.is_set() {
                let store = &task.workshop.store;
                let claim = patiently(|| chunk::claim(store, task.job, stage, &task.worker, LEASE));
                let Some(claim) = claim.await? else {
                    break;
                };
                task.hold(Some(claim)).await;
                let worked = work(task, claim).await;
                task.hold(None).await;
                if !settle(task, &claim, worked).await? {
                    break;
                }
            }
            Ok(())
        }
        .boxed()
    }
}

/// On a thread where it may take its time; a panic is an error like any other.
async fn work(task: &Task, claim: Claim) -> Result<Outcome> {
    let (craft, stop) = (std::sync::Arc::clone(&task.craft), task.stop.clone());
    task.workshop
        .blocking(move |workshop| craft.work(workshop, &claim, &stop))
        .await
}

/// Writes down what became of a chunk; whether to go on with the next.
async fn settle(task: &Task, claim: &Claim, worked: Result<Outcome>) -> Result<bool> {
    let (store, worker) = (&task.workshop.store, task.worker.as_str());
    match worked {
        Ok(outcome) => {
            // No answer may mean that it is written: then the second time says `false`, and the
            // ledger has it all the same.
            patiently(|| chunk::done(store, claim, worker, &outcome)).await?;
            Ok(true)
        }
        Err(Error::Stopped) => {
            patiently(|| chunk::release(store, claim, worker, None)).await?;
            Ok(false)
        }
        Err(error) => {
            let words = error.to_string();
            patiently(|| chunk::fail(store, claim, worker, &words)).await?;
            Ok(false)
        }
    }
}

/// Asks again while the database is away.
async fn patiently<T, F>(ask: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = store::Result<T>>,
{
    let mut left = PATIENCE;
    loop {
        match ask().await {
            Err(error) if left > 0 && error.is_away() => {
                left -= 1;
                tokio::time::sleep(PAUSE).await;
            }
            answer => return Ok(answer?),
        }
    }
}
