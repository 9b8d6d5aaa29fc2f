//! Taking chunks from the queue, one after the other.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::{AckKind, Message};
use store::chunk;
use tokio::time::timeout;
use uuid::Uuid;

use super::Queue;
use super::queue::chunk_of;
use crate::engine::{Craft, Crafts, Fate, Hands, Pace, Stop, rest};
use crate::{Result, Workshop};

/// Works on one chunk at a time: inside a chunk all cores are busy.
pub struct Worker<'a> {
    workshop: &'a Workshop,
    queue: Queue,
    crafts: &'a Crafts,
    name: String,
    pace: Pace,
    stop: Stop,
    /// How the chunks of the job are done that was worked on last.
    known: Option<(Uuid, Arc<dyn Craft>)>,
}

impl<'a> Worker<'a> {
    /// A worker known in the ledger by `name`, which nobody else may have
    /// ([`crate::engine::worker_name`]).
    pub fn new(
        workshop: &'a Workshop,
        queue: Queue,
        crafts: &'a Crafts,
        name: impl Into<String>,
        pace: Pace,
    ) -> Self {
        Self {
            workshop,
            queue,
            crafts,
            name: name.into(),
            pace,
            stop: Stop::default(),
            known: None,
        }
    }

    /// Works until told to stop; then gives back the chunk in hand. Whatever does not answer is
    /// waited for without end.
    pub async fn run(mut self, stop: &Stop) {
        self.stop = stop.clone();
        let mut consumer: Option<PullConsumer> = None;
        let mut silent = false;
        while !stop.is_set() {
            match self.turn(&mut consumer).await {
                Ok(()) => {
                    if std::mem::take(&mut silent) {
                        self.workshop.progress.waits_for(None);
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "no work could be done, trying again");
                    self.workshop.progress.waits_for(Some(&error));
                    (silent, consumer) = (true, None);
                    rest(self.pace.look, stop).await;
                }
            }
        }
        self.queue.flush().await;
    }

    /// Does the next chunk, if there is one within moments.
    async fn turn(&mut self, consumer: &mut Option<PullConsumer>) -> Result<()> {
        let known = match consumer.take() {
            Some(consumer) => consumer,
            None => self.queue.consumer().await?,
        };
        // Where nothing comes, the queue may be gone: then it is made again.
        if let Some(message) = self.queue.next(&known).await? {
            *consumer = Some(known);
            self.handle(&message).await?;
        }
        Ok(())
    }

    async fn handle(&mut self, message: &Message) -> Result<()> {
        let fate = match chunk_of(&message.subject) {
            Some(chunk) => self.chunk(chunk, message).await?,
            None => Fate::Failed,
        };
        let kind = match fate {
            // What is free again is published again, as the ledger has it.
            Fate::Done | Fate::Free => AckKind::Ack,
            Fate::Failed => AckKind::Term,
        };
        answer(message, kind, self.pace.sign).await;
        Ok(())
    }

    async fn chunk(&mut self, (job, stage, position): Chunk, message: &Message) -> Result<Fate> {
        let (store, lease) = (&self.workshop.store, self.pace.lease);
        let craft = match self.craft(job).await {
            // The message comes again.
            Err(error) if error.is_outage() => return Err(error),
            craft => craft,
        };
        let claimed = chunk::claim_one(store, job, stage, position, &self.name, lease).await?;
        let Some(claim) = claimed else {
            return Ok(Fate::Done);
        };
        let craft = match craft {
            Ok(craft) => craft,
            Err(error) => {
                chunk::fail(store, &claim, &self.name, &error.to_string()).await?;
                return Ok(Fate::Failed);
            }
        };
        let hands = Hands {
            workshop: self.workshop,
            worker: &self.name,
            craft: &craft,
            stop: &self.stop,
            pace: self.pace,
            tries: self.pace.attempts,
        };
        let alive = || answer(message, AckKind::Progress, self.pace.sign);
        hands.take(&claim, alive).await
    }

    async fn craft(&mut self, job: Uuid) -> Result<Arc<dyn Craft>> {
        if let Some((known, craft)) = &self.known
            && *known == job
        {
            return Ok(Arc::clone(craft));
        }
        let craft = (self.crafts)(self.workshop.clone(), job).await?;
        self.known = Some((job, Arc::clone(&craft)));
        Ok(craft)
    }
}

/// Job, stage and position.
type Chunk = (Uuid, i32, i32);

/// A word that is lost costs a delivery: the ledger then says that there is nothing to do.
async fn answer(message: &Message, kind: AckKind, within: Duration) {
    let heard = timeout(within, message.ack_with(kind)).await;
    if !matches!(heard, Ok(Ok(()))) {
        tracing::warn!(subject = %message.subject, "NATS did not hear of a chunk");
    }
}
