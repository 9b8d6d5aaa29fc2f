//! The chunks of a job on many machines, through NATS `JetStream`.
//!
//! ```text
//! ledger ──Nats──► queue of free chunks ──► Worker, Worker, … ──► ledger
//!       what is free                     claim, work, done
//! ```
//!
//! The ledger ([`store::chunk`]) is the truth and NATS only carries the news that a chunk is free:
//!
//! * [`Nats`], the leader's [`Executor`](crate::engine::Executor), looks again and again which
//!   chunks are free and publishes those. Each attempt of a chunk has a subject of its own, on
//!   which the queue holds one message at most, so looking often publishes nothing twice. When
//!   NATS has lost its folder, the queue is made again and the next look publishes what is missing.
//! * A [`Worker`] claims the chunk of a message in the ledger. If that fails somebody else has it
//!   or has done it, and the message is spent. Lease and message are extended while it works.
//!   Only after the outputs are stored and the ledger says "done" is the message acknowledged:
//!   whatever dies before that, the chunk becomes free again when its lease ends.
//! * Work that fails is tried again up to [`Pace::attempts`](crate::engine::Pace::attempts) times,
//!   then the ledger gets the dead letter and the message is terminated. When the database or the
//!   object store does not answer, the worker waits with the chunk in its hand: that costs no
//!   attempt.

mod lead;
mod queue;
#[cfg(feature = "testing")]
pub mod testing;
mod worker;

pub use self::lead::Nats;
pub use self::queue::Queue;
pub use self::worker::Worker;
