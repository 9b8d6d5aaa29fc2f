//! The stream of free chunks and its one consumer, which all workers share.

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};
use async_nats::jetstream::{self, Context, Message};
use async_nats::{Client, ConnectOptions, ServerAddr};
use futures::StreamExt as _;
use futures::future::join_all;
use store::chunk::Claim;
use uuid::Uuid;

use crate::{Error, Result};

const STREAM: &str = "xiangtu-chunks";
const CONSUMER: &str = "workers";
const SUBJECTS: &str = "xiangtu.chunk";

/// How long one request for a message waits on the server.
const EMPTY_HANDED: Duration = Duration::from_secs(2);

/// A connection to the queue. It connects again by itself.
#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    jetstream: Context,
    address: String,
    unheard: Duration,
}

impl Queue {
    /// A queue at `nats://[user:password@]host[:port]`, whether or not anybody answers there by
    /// now. A message whose worker is not heard of for `unheard` goes to another.
    ///
    /// # Errors
    /// [`Error::Queue`] for what is no such address.
    pub async fn connect(address: &str, unheard: Duration) -> Result<Self> {
        let place = place(address);
        let client = ConnectOptions::new()
            .name("xiangtu")
            .retry_on_initial_connect()
            .max_reconnects(None)
            .reconnect_delay_callback(|attempts| {
                Duration::from_millis(100 * attempts.min(20) as u64)
            })
            .connect(address)
            .await
            .map_err(|error| failed(&place, "be reached", &error))?;
        Ok(Self {
            jetstream: jetstream::new(client.clone()),
            client,
            address: place,
            unheard,
        })
    }

    /// Where it is, for people: without user and password.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The consumer, made with its stream if one of them is not there.
    pub(super) async fn consumer(&self) -> Result<PullConsumer> {
        let stream = Config {
            name: STREAM.to_owned(),
            subjects: vec![format!("{SUBJECTS}.>")],
            retention: RetentionPolicy::WorkQueue,
            storage: StorageType::File,
            // An attempt is in the queue once: a second message is refused until the first is spent.
            max_messages_per_subject: 1,
            discard: DiscardPolicy::New,
            discard_new_per_subject: true,
            ..Config::default()
        };
        let consumer = pull::Config {
            durable_name: Some(CONSUMER.to_owned()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.unheard,
            // How often a chunk is tried is the ledger's to say.
            max_deliver: -1,
            max_ack_pending: -1,
            ..pull::Config::default()
        };
        self.jetstream
            .get_or_create_stream(stream)
            .await
            .map_err(|error| self.failed("make the stream", &error))?
            .create_consumer(consumer)
            .await
            .map_err(|error| self.failed("make the consumer", &error))
    }

    /// Publishes that chunks are free; nothing happens where the queue says so already.
    pub(super) async fn publish(&self, free: &[Claim]) -> Result<()> {
        if free.is_empty() {
            return Ok(());
        }
        match self.publish_all(free).await {
            Err(error) if error.kind() == PublishErrorKind::StreamNotFound => {
                self.consumer().await?;
                let again = self.publish_all(free).await;
                again.map_err(|error| self.failed("take a chunk", &error))
            }
            answer => answer.map_err(|error| self.failed("take a chunk", &error)),
        }
    }

    /// All at once: the answers come together.
    async fn publish_all(&self, free: &[Claim]) -> std::result::Result<(), PublishError> {
        let mut sent = Vec::with_capacity(free.len());
        for claim in free {
            let message = PublishMessage::build();
            sent.push(self.jetstream.send_publish(subject(claim), message).await?);
        }
        for answer in join_all(sent.into_iter().map(IntoFuture::into_future)).await {
            match answer {
                // How the server says that there is a message for this attempt.
                Err(error) if error.to_string().contains("maximum messages per subject") => {}
                Err(error) => return Err(error),
                Ok(_) => {}
            }
        }
        Ok(())
    }

    /// The next message, if there is one within moments.
    pub(super) async fn next(&self, consumer: &PullConsumer) -> Result<Option<Message>> {
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
        let flushed = tokio::time::timeout(EMPTY_HANDED, self.client.flush()).await;
        if !matches!(flushed, Ok(Ok(()))) {
            tracing::warn!(address = self.address, "the last words to NATS may be lost");
        }
    }

    fn failed(&self, action: &'static str, error: &dyn std::fmt::Display) -> Error {
        failed(&self.address, action, error)
    }
}

fn failed(address: &str, action: &'static str, error: &dyn std::fmt::Display) -> Error {
    Error::Queue {
        address: address.to_owned(),
        action,
        reason: error.to_string(),
    }
}

/// Host and port of an address, without user and password.
fn place(address: &str) -> String {
    match address.parse::<ServerAddr>() {
        Ok(address) => format!("{}:{}", address.host(), address.port()),
        Err(_unreadable) => "an address that cannot be read".to_owned(),
    }
}

fn subject(claim: &Claim) -> String {
    let Claim {
        job,
        stage,
        position,
        attempt,
    } = claim;
    format!("{SUBJECTS}.{job}.{stage}.{position}.{attempt}")
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
    let _attempt: i32 = parts.next()?.parse().ok()?;
    parts.next().is_none().then_some(chunk)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_names_a_chunk() {
        let claim = Claim {
            job: Uuid::from_u128(7),
            stage: 2,
            position: 31,
            attempt: 4,
        };
        let subject = subject(&claim);
        assert_eq!(chunk_of(&subject), Some((claim.job, 2, 31)));
        for other in ["", "xiangtu.chunk", "xiangtu.chunk.x.2.3.4", "other.1.2.3"] {
            assert_eq!(chunk_of(other), None);
        }
        assert_eq!(chunk_of(&format!("{subject}.4")), None);
    }

    #[tokio::test]
    async fn a_password_is_not_repeated() {
        assert_eq!(place("nats://li:secret@mill:4223"), "mill:4223");
        assert_eq!(place("mill"), "mill:4222");
        let refused = Queue::connect("ftp://li:secret@mill", EMPTY_HANDED).await;
        let words = refused.unwrap_err().to_string();
        assert!(!words.contains("secret"), "{words}");
    }
}
