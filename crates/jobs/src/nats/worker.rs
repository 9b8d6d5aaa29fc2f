//! Taking chunks from the queue, one after the other.

use std::sync::Arc;

use async_nats::jetstream::{AckKind, Message};
use store::chunk::{self, Claim, Outcome};
use store::{Store, job_log};

use super::queue::chunk_of;
use super::waiting::{Patience, until_answered};
use super::{NatsError, Pace, Queue, Stop, Trouble, Work};

/// Works on one chunk at a time: inside a chunk all cores are busy.
pub struct Worker {
    store: Store,
    queue: Queue,
    work: Arc<dyn Work>,
    name: String,
    pace: Pace,
}

/// What becomes of a message.
enum Fate {
    /// The ledger knows all there is to know.
    Spent,
    /// Somebody should try again, soon.
    Again,
    /// Nobody should try again.
    Dead,
}

impl Worker {
    /// A worker known in the ledger by `name`, which nobody else may have: host and process.
    pub fn new(
        store: Store,
        queue: Queue,
        work: Arc<dyn Work>,
        name: impl Into<String>,
        pace: Pace,
    ) -> Self {
        Self {
            store,
            queue,
            work,
            name: name.into(),
            pace,
        }
    }

    /// Works until told to stop; then gives back the chunk in hand.
    ///
    /// # Errors
    /// [`NatsError::Store`] when the database does not answer for longer than
    /// [`Pace::patience`]. A NATS server that does not answer is waited for without end.
    pub async fn run(&self, stop: &Stop) -> Result<(), NatsError> {
        while !stop.is_set() {
            match self.queue.next().await {
                Ok(Some(message)) => self.handle(&message, stop).await?,
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(%error, "no chunk to be had, trying again");
                    tokio::time::sleep(self.pace.look).await;
                }
            }
        }
        self.queue.flush().await;
        Ok(())
    }

    async fn handle(&self, message: &Message, stop: &Stop) -> Result<(), NatsError> {
        let fate = match chunk_of(&message.subject) {
            Some(chunk) => self.chunk(chunk, message, stop).await?,
            None => Fate::Dead,
        };
        let kind = match fate {
            Fate::Spent => AckKind::Ack,
            Fate::Again => AckKind::Nak(None),
            Fate::Dead => AckKind::Term,
        };
        // A word that is lost costs a delivery: the ledger then says that there is nothing to do.
        if let Err(error) = message.ack_with(kind).await {
            tracing::warn!(%error, "NATS did not hear what became of a chunk");
        }
        Ok(())
    }

    async fn chunk(
        &self,
        (job, stage, position): (uuid::Uuid, i32, i32),
        message: &Message,
        stop: &Stop,
    ) -> Result<Fate, NatsError> {
        let (store, name, lease) = (&self.store, &self.name, self.pace.lease);
        let claim = async || chunk::claim_one(store, job, stage, position, name, lease).await;
        let Some(claim) = until_answered(self.pace.patience, "the claim of a chunk", claim).await?
        else {
            return Ok(Fate::Spent);
        };
        if claim.attempt > self.pace.attempts {
            let reason = format!(
                "it was begun {} times and never came to its end: the program may have been \
                 killed, for instance for want of memory",
                self.pace.attempts
            );
            return self.bury(&claim, &reason).await;
        }
        match self.hold(&claim, message, stop).await {
            None => {
                tracing::warn!(?claim, "a chunk was taken over by another worker");
                Ok(Fate::Spent)
            }
            Some(Ok(outcome)) => self.keep(&claim, &outcome).await,
            Some(Err(Trouble::Stopped)) => self.give_back(&claim, None).await,
            Some(Err(Trouble::Outage(reason))) => self.give_back(&claim, Some(&reason)).await,
            Some(Err(Trouble::Fault(reason))) if claim.attempt >= self.pace.attempts => {
                self.bury(&claim, &reason).await
            }
            Some(Err(Trouble::Fault(reason))) => self.give_back(&claim, Some(&reason)).await,
        }
    }

    /// Works on a chunk, giving signs of life; `None` when it was lost to somebody else.
    async fn hold(
        &self,
        claim: &Claim,
        message: &Message,
        stop: &Stop,
    ) -> Option<Result<Outcome, Trouble>> {
        let enough = Stop::default();
        let work = self.work_through_outages(claim, &enough);
        tokio::pin!(work);
        let mut sign = tokio::time::interval(self.pace.lease / 3);
        let mut told = tokio::time::interval(self.pace.lease.min(TOLD) / 3);
        loop {
            tokio::select! {
                ended = &mut work => return Some(ended),
                _ = told.tick() => if stop.is_set() { enough.set() },
                _ = sign.tick() => if self.lost(claim, message).await {
                    enough.set();
                    // What it comes to is nobody's business any more, but it must end.
                    let _ = work.await;
                    return None;
                },
            }
        }
    }

    /// Gives a sign of life. A database that does not answer is no loss yet: who holds the chunk
    /// is found out at the end.
    async fn lost(&self, claim: &Claim, message: &Message) -> bool {
        if let Err(error) = message.ack_with(AckKind::Progress).await {
            tracing::debug!(%error, "no sign of life to NATS");
        }
        let extended = chunk::extend(&self.store, claim, &self.name, self.pace.lease);
        match tokio::time::timeout(self.pace.lease / 3, extended).await {
            Ok(Ok(held)) => !held,
            Ok(Err(error)) => {
                tracing::warn!(%error, "no sign of life to the ledger");
                false
            }
            Err(_late) => false,
        }
    }

    /// Tries again while something it needs does not answer: still the same attempt.
    async fn work_through_outages(&self, claim: &Claim, stop: &Stop) -> Result<Outcome, Trouble> {
        let mut patience = Patience::new(self.pace.patience);
        loop {
            match self.work.work(*claim, stop.clone()).await {
                Err(Trouble::Outage(reason)) if !stop.is_set() => {
                    tracing::warn!(reason, "an outage, trying again");
                    if !patience.wait().await {
                        return Err(Trouble::Outage(reason));
                    }
                }
                ended => return ended,
            }
        }
    }

    async fn keep(&self, claim: &Claim, outcome: &Outcome) -> Result<Fate, NatsError> {
        let done = async || chunk::done(&self.store, claim, &self.name, outcome).await;
        if !until_answered(self.pace.patience, "a chunk that is done", done).await? {
            tracing::warn!(?claim, "a chunk was taken over before it was done");
        }
        Ok(Fate::Spent)
    }

    async fn give_back(&self, claim: &Claim, reason: Option<&str>) -> Result<Fate, NatsError> {
        let release = async || chunk::release(&self.store, claim, &self.name, reason).await;
        until_answered(self.pace.patience, "a chunk given back", release).await?;
        if let Some(reason) = reason {
            self.log(claim, job_log::Level::Warning, reason).await?;
        }
        Ok(Fate::Again)
    }

    /// The dead letter.
    async fn bury(&self, claim: &Claim, reason: &str) -> Result<Fate, NatsError> {
        let fail = async || chunk::fail(&self.store, claim, &self.name, reason).await;
        if until_answered(self.pace.patience, "a chunk that failed", fail).await? {
            self.log(claim, job_log::Level::Error, reason).await?;
        }
        Ok(Fate::Dead)
    }

    async fn log(
        &self,
        claim: &Claim,
        level: job_log::Level,
        reason: &str,
    ) -> Result<(), NatsError> {
        let line = format!(
            "chunk {} of stage {}, attempt {}: {reason}",
            claim.position, claim.stage, claim.attempt
        );
        let add = async || job_log::add(&self.store, claim.job, level, &line).await;
        Ok(until_answered(self.pace.patience, "a line of the log", add).await?)
    }
}

/// How soon a chunk in hand hears that the program is to stop.
const TOLD: std::time::Duration = std::time::Duration::from_secs(1);
