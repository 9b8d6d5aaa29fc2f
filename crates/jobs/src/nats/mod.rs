//! The chunks of a job on many machines, through NATS `JetStream`.
//!
//! ```text
//! ledger ──Publisher──► stream of chunks ──► Worker, Worker, … ──► ledger
//!           what is free    (work queue)       claim, work, done
//! ```
//!
//! The ledger ([`store::chunk`]) is the truth and NATS only carries the news that a chunk is free:
//!
//! * The [`Publisher`] looks again and again which chunks are free and publishes those. A chunk
//!   has a subject of its own on which the stream holds one message at most, and a message id
//!   of chunk and attempt, so looking often publishes nothing twice. When NATS has lost its
//!   folder, stream and consumer are made again and the next look publishes everything missing.
//! * A [`Worker`] claims the chunk of a message in the ledger. If that fails somebody else has it
//!   or has done it, and the message is spent. Lease and message are extended while it works.
//!   Only after the outputs are stored and the ledger says "done" is the message acknowledged:
//!   whatever dies before that, the chunk becomes free again when its lease ends.
//! * Work that fails is tried again up to [`Pace::attempts`] times, then the ledger gets the dead
//!   letter and the message is terminated. When database or object store do not answer, the
//!   worker waits with the chunk in its hand: that costs no attempt.

mod publisher;
mod queue;
mod waiting;
mod worker;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use store::chunk::{Claim, Outcome};

pub use self::publisher::{Ended, Publisher};
pub use self::queue::Queue;
pub use self::worker::Worker;

/// Why the queue could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NatsError {
    /// No connection, or no `JetStream`.
    #[error(
        "the NATS server at {address} could not {action}: {reason}; check XIANGTU_NATS and that \
         nats-server runs there with JetStream (nats-server -js -sd FOLDER)"
    )]
    Queue {
        /// Its address.
        address: String,
        /// What was attempted, as a verb.
        action: &'static str,
        /// What was said.
        reason: String,
    },
    /// The ledger.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How long a chunk is a worker's without a sign of life; signs come three times as often.
    pub lease: Duration,
    /// How often the ledger is looked at for free chunks.
    pub look: Duration,
    /// How often a chunk is begun at most.
    pub attempts: i32,
    /// How long a worker waits for a database or an object store that does not answer.
    pub patience: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            lease: Duration::from_mins(1),
            look: Duration::from_secs(2),
            attempts: 5,
            patience: Duration::from_mins(15),
        }
    }
}

/// Why a chunk did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Something it needs does not answer; the chunk itself is not to blame.
    Outage(String),
    /// It was told to stop.
    Stopped,
    /// It failed.
    Fault(String),
}

impl Trouble {
    /// An outage if the object store did not answer, however deep that lies; else a fault.
    pub fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        if objects::is_outage(error) {
            Self::Outage(error.to_string())
        } else {
            Self::Fault(error.to_string())
        }
    }
}

/// Tells work to stop; cheap to clone and to ask.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// From now on [`is_set`](Self::is_set).
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether to stop.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What a worker does with a chunk it holds.
pub trait Work: Send + Sync + 'static {
    /// Does it and stores what comes of it: twice the same chunk gives twice the same. Asks
    /// `stop` every now and then.
    fn work(&self, claim: Claim, stop: Stop) -> BoxFuture<'static, Result<Outcome, Trouble>>;
}
