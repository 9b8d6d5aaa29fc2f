//! Jobs that were sent, done while the program runs.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use jobs::Workshop;
use jobs::engine::{Craft, Executor, Local, Pace, Stop, attend};
use jobs::nats::{Nats, Queue};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::failure::Failure;
use crate::office::Office;

/// How long a chunk may take to hear that it is to stop.
const FAREWELL: Duration = Duration::from_secs(15);

/// The work on jobs in the background.
pub struct Attendant {
    stop: Stop,
    tasks: Vec<JoinHandle<()>>,
}

impl Attendant {
    /// Begins with the jobs for this machine, and those for workers on others where `nats` is the
    /// address of their queue.
    pub fn begin(office: &Office, nats: Option<&str>) -> Result<Self, Failure> {
        let (workshop, stop) = (office.quiet_workshop(), Stop::default());
        let mut executors: Vec<Box<dyn Executor>> = vec![Box::new(Local)];
        if let Some(address) = nats {
            let pace = Pace::default();
            let queue = Queue::connect(address, pace.unheard());
            let queue = office.runtime.block_on(queue)?;
            executors.push(Box::new(Nats::new(queue, pace)));
        }
        let begin = |executor: Box<dyn Executor>| {
            let (workshop, stop) = (workshop.clone(), stop.clone());
            office.runtime.spawn(async move {
                attend(&workshop, &crafts, executor.as_ref(), &stop).await;
            })
        };
        Ok(Self {
            tasks: executors.into_iter().map(begin).collect(),
            stop,
        })
    }

    /// Lets go of the job in hand: the next start goes on with it.
    pub fn end(self, office: &Office) {
        self.stop.leave();
        let all = futures::future::join_all(self.tasks);
        office.runtime.block_on(async {
            tokio::select! {
                _ = all => {}
                () = farewell(&self.stop) => {}
            }
        });
    }
}

/// Comes when work that was told to stop has had its time: what it has in hand is done again by
/// the next.
pub async fn farewell(stop: &Stop) {
    while !stop.is_set() {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    tokio::time::sleep(FAREWELL).await;
    tracing::warn!("a chunk did not stop in time");
}

/// How the chunks of a job are done: by its recipe.
pub fn crafts(workshop: Workshop, job: Uuid) -> BoxFuture<'static, jobs::Result<Arc<dyn Craft>>> {
    Box::pin(async move { workshop.craft(job).await })
}
