//! The chunks done by this program, one after the other: each uses all cores inside.

use futures::future::{BoxFuture, FutureExt as _};
use store::chunk;

use super::hold::{Fate, Hands};
use super::pace::{Pace, rest};
use super::{Executor, Task};
use crate::Result;

/// Works on the ledger within this program.
#[derive(Debug, Clone, Copy, Default)]
pub struct Local;

impl Executor for Local {
    fn kind(&self) -> store::job::Executor {
        store::job::Executor::Local
    }

    fn stage<'a>(&'a self, task: &'a Task, stage: i32) -> BoxFuture<'a, Result<()>> {
        async move {
            let hands = Hands {
                workshop: &task.workshop,
                worker: &task.worker,
                craft: &task.craft,
                stop: &task.stop,
                pace: Pace::default(),
                // The same work on the same machine fails the same way.
                tries: 1,
            };
            while !task.stop.is_set() {
                let store = &task.workshop.store;
                let lease = hands.pace.lease;
                let claim = || chunk::claim(store, task.job, stage, &task.worker, lease);
                if let Some(claim) = task.ask(claim).await? {
                    if hands.take(&claim, || std::future::ready(())).await? == Fate::Failed {
                        break;
                    }
                } else if task.goes_on(stage).await? {
                    // Somebody who was taken for dead has one in hand.
                    rest(hands.pace.look, &task.stop).await;
                } else {
                    break;
                }
            }
            Ok(())
        }
        .boxed()
    }
}
