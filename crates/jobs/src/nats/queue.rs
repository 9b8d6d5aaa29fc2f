//! The stream of free chunks and its one consumer, which all workers share.

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType, Stream};
use async_nats::jetstream::{self, Context, Message};
use async_nats::{Client, ConnectOptions};
use futures::StreamExt as _;
use store::chunk::Claim;
use uuid::Uuid;

use super::{NatsError, Pace};

const STREAM: &str = "xiangtu-chunks";
const CONSUMER: &str = "workers";
const SUBJECTS: &str = "xiangtu.chunk";

/// Long enough for two looks of two publishers, short enough not to hold up a retried job.
const SAME_MESSAGE: Duration = Duration::from_secs(10);

/// How long one request for a message waits on the server.
const EMPTY_HANDED: Duration = Duration::from_secs(2);

/// A connection to the queue. It connects again by itself.
#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    jetstream: Context,
    address: String,
    lease: Duration,
}

impl Queue {
    /// Connects, and makes stream and consumer if they are not there.
    ///
    /// # Errors
    /// [`NatsError::Queue`].
    pub async fn connect(address: &str, pace: Pace) -> Result<Self, NatsError> {
        let failed = |action| {
            move |error: &dyn std::fmt::Display| NatsError::Queue {
                address: address.to_owned(),
                action,
                reason: error.to_string(),
            }
        };
        let client = ConnectOptions::new()
            .name("xiangtu")
            .max_reconnects(None)
            .reconnect_delay_callback(|attempts| {
                Duration::from_millis(100 * attempts.min(20) as u64)
            })
            .connect(address)
            .await
            .map_err(|error| failed("be reached")(&error))?;
        let queue = Self {
            jetstream: jetstream::new(client.clone()),
            client,
            address: address.to_owned(),
            lease: pace.lease,
        };
        queue.consumer().await?;
        Ok(queue)
    }

    fn failed(&self, action: &'static str, error: &dyn std::fmt::Display) -> NatsError {
        NatsError::Queue {
            address: self.address.clone(),
            action,
            reason: error.to_string(),
        }
    }

    async fn stream(&self) -> Result<Stream, NatsError> {
        let config = Config {
            name: STREAM.to_owned(),
            subjects: vec![format!("{SUBJECTS}.>")],
            retention: RetentionPolicy::WorkQueue,
            storage: StorageType::File,
            // A chunk is in the queue once: a second message is refused until the first is spent.
            max_messages_per_subject: 1,
            discard: DiscardPolicy::New,
            discard_new_per_subject: true,
            duplicate_window: SAME_MESSAGE,
            ..Config::default()
        };
        self.jetstream
            .get_or_create_stream(config)
            .await
            .map_err(|error| self.failed("make the stream", &error))
    }

    async fn consumer(&self) -> Result<PullConsumer, NatsError> {
        let config = pull::Config {
            durable_name: Some(CONSUMER.to_owned()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.lease,
            // How often a chunk is tried is the ledger's to say.
            max_deliver: -1,
            max_ack_pending: -1,
            ..pull::Config::default()
        };
        self.stream()
            .await?
            .get_or_create_consumer(CONSUMER, config)
            .await
            .map_err(|error| self.failed("make the consumer", &error))
    }

    /// Publishes that a chunk is free; nothing happens when the queue says so already.
    pub(super) async fn publish(&self, claim: &Claim) -> Result<(), NatsError> {
        let Claim {
            job,
            stage,
            position,
            attempt,
        } = claim;
        let chunk = format!("{job}.{stage}.{position}");
        let message = PublishMessage::build().message_id(format!("{chunk}.{attempt}"));
        let sent = async {
            self.jetstream
                .send_publish(format!("{SUBJECTS}.{chunk}"), message)
                .await?
                .await
        };
        match sent.await {
            // How the server says that there is a message for this chunk.
            Err(error) if error.to_string().contains("maximum messages per subject") => Ok(()),
            Err(error) if error.kind() == PublishErrorKind::StreamNotFound => {
                self.consumer().await.map(drop)
            }
            Err(error) => Err(self.failed("take a chunk", &error)),
            Ok(_) => Ok(()),
        }
    }

    /// The next message, if there is one within moments. Makes stream and consumer again when
    /// they are gone.
    pub(super) async fn next(&self) -> Result<Option<Message>, NatsError> {
        let consumer = self.consumer().await?;
        let mut batch = consumer
            .fetch()
            .max_messages(1)
            .expires(EMPTY_HANDED)
            .messages()
            .await
            .map_err(|error| self.failed("give a chunk", &error))?;
        match batch.next().await {
            None => Ok(None),
            Some(message) => message
                .map(Some)
                .map_err(|error| self.failed("give a chunk", &error)),
        }
    }

    /// Sends what is still to be sent.
    pub(super) async fn flush(&self) {
        if let Err(error) = self.client.flush().await {
            tracing::warn!(%error, "the last words to NATS may be lost");
        }
    }
}

/// Job, stage and position of a message, by its subject.
pub(super) fn chunk_of(subject: &str) -> Option<(Uuid, i32, i32)> {
    let mut parts = subject
        .strip_prefix(SUBJECTS)?
        .strip_prefix('.')?
        .split('.');
    let chunk = (
        parts.next()?.parse().ok()?,
        parts.next()?.parse().ok()?,
        parts.next()?.parse().ok()?,
    );
    parts.next().is_none().then_some(chunk)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_names_a_chunk() {
        let job = Uuid::from_u128(7);
        let subject = format!("{SUBJECTS}.{job}.2.31");
        assert_eq!(chunk_of(&subject), Some((job, 2, 31)));
        for other in [
            "",
            "xiangtu.chunk",
            "xiangtu.chunk.x.2.3",
            "other.chunk.1.2",
        ] {
            assert_eq!(chunk_of(other), None);
        }
        assert_eq!(chunk_of(&format!("{subject}.4")), None);
    }
}
