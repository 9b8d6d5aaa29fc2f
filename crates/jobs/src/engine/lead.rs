//! Leading a job: a sign of life every few seconds, and word of who wants it to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use store::chunk::{self, Claim};
use store::job::{self, Beat};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{Craft, Ended};
use crate::Workshop;

/// How often a leader gives a sign of life; it is taken for gone after `store::job::STALE`.
const BEAT: Duration = Duration::from_secs(2);

/// How long a chunk is its worker's without a sign of life.
pub(super) const LEASE: Duration = Duration::from_mins(1);

const GO_ON: u8 = 0;
const CANCELLED: u8 = 1;
const LOST: u8 = 2;

/// Whether the work is to stop; asked from any thread.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicU8>);

impl Stop {
    /// Wants the work to stop, for instance at Ctrl-C.
    pub fn cancel(&self) {
        self.set(CANCELLED);
    }

    /// Lets go of the work without ending the job: the next one to look goes on with it.
    pub fn leave(&self) {
        self.set(LOST);
    }

    /// Whether it is to stop.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed) != GO_ON
    }

    /// How the run ends by it.
    pub(super) fn reason(&self) -> Option<Ended> {
        match self.0.load(Ordering::Relaxed) {
            GO_ON => None,
            LOST => Some(Ended::Lost),
            _ => Some(Ended::Cancelled),
        }
    }

    /// The first reason stands.
    fn set(&self, reason: u8) {
        let _ = self
            .0
            .compare_exchange(GO_ON, reason, Ordering::Relaxed, Ordering::Relaxed);
    }
}

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
    held: Arc<Mutex<Option<Claim>>>,
}

/// Ends the signs of life when dropped.
pub(super) struct Heart(tokio::task::JoinHandle<()>);

impl Drop for Heart {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Task {
    pub(super) fn new(
        workshop: Workshop,
        job: Uuid,
        worker: String,
        craft: Arc<dyn Craft>,
        stop: Stop,
    ) -> Self {
        Self {
            workshop,
            job,
            worker,
            craft,
            stop,
            held: Arc::default(),
        }
    }

    /// The chunk in hand, whose lease follows the signs of life.
    pub(super) async fn hold(&self, claim: Option<Claim>) {
        *self.held.lock().await = claim;
    }

    pub(super) fn beat(&self) -> Heart {
        let task = self.clone();
        Heart(tokio::spawn(async move {
            loop {
                tokio::time::sleep(BEAT).await;
                task.beat_once().await;
            }
        }))
    }

    async fn beat_once(&self) {
        let store = &self.workshop.store;
        match job::beat(store, self.job, &self.worker).await {
            Ok(Beat::GoOn) => {}
            Ok(Beat::Stop) => self.stop.set(CANCELLED),
            Ok(Beat::Lost) => self.stop.set(LOST),
            // A database that restarts is back soon; if another takes over meanwhile, we hear it.
            Err(error) => tracing::warn!(job = %self.job, %error, "no sign of life could be given"),
        }
        let held = *self.held.lock().await;
        if let Some(claim) = held
            && let Err(error) = chunk::extend(store, &claim, &self.worker, LEASE).await
        {
            tracing::warn!(job = %self.job, %error, "a lease could not be extended");
        }
    }
}
