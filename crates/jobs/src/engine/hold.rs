//! A chunk in somebody's hands: worked on, with signs of life, and written down at the end.

use std::sync::Arc;
use std::time::Duration;

use store::chunk::{self, Claim, Outcome};
use store::job_log::{self, Level};
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::pace::Pace;
use super::{Craft, Stop};
use crate::{Error, Result, Stage, Workshop};

/// What became of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The ledger has its outcome, or another's.
    Done,
    /// Anyone may begin it again.
    Free,
    /// Nobody will, unless the job is retried.
    Failed,
}

/// Who holds chunks of a job.
pub(crate) struct Hands<'a> {
    pub workshop: &'a Workshop,
    /// The name in the ledger.
    pub worker: &'a str,
    pub craft: &'a Arc<dyn Craft>,
    pub stop: &'a Stop,
    pub pace: Pace,
    /// How often a chunk that fails is tried; elsewhere it may succeed.
    pub tries: i32,
}

impl Hands<'_> {
    /// Does a claimed chunk and writes down what became of it; calls `alive` with every sign of
    /// life.
    ///
    /// # Errors
    /// When the database does not answer for longer than patience lasts.
    pub async fn take<F>(&self, claim: &Claim, alive: impl Fn() -> F) -> Result<Fate>
    where
        F: Future<Output = ()>,
    {
        if claim.attempt > self.pace.attempts {
            return self.bury(claim, &never_ended(self.pace.attempts)).await;
        }
        self.workshop.progress.stage(&Stage::Chunk {
            job: claim.job,
            stage: claim.stage,
            position: claim.position,
        });
        match self.hold(claim, alive).await {
            Ok(outcome) => self.keep(claim, &outcome).await,
            Err(Error::Stopped) => self.give_back(claim, None).await,
            Err(error) if error.is_outage() || claim.attempt < self.tries => {
                self.give_back(claim, Some(&error.to_string())).await
            }
            Err(error) => self.bury(claim, &error.to_string()).await,
        }
    }

    /// Works on it, giving signs of life. Who loses it meanwhile stops: another works on it, or
    /// nobody wants it any more.
    async fn hold<F>(&self, claim: &Claim, alive: impl Fn() -> F) -> Result<Outcome>
    where
        F: Future<Output = ()>,
    {
        let enough = self.stop.below();
        let mut work = std::pin::pin!(self.work(claim, &enough));
        let mut sign = interval(self.pace.sign);
        sign.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                worked = &mut work => return worked,
                _ = sign.tick() => {
                    let _late = timeout(self.pace.sign, alive()).await;
                    if self.is_lost(claim).await {
                        enough.leave();
                    }
                }
            }
        }
    }

    /// Extends the lease. A database that does not answer is no loss yet: who holds the chunk is
    /// found out at the end.
    async fn is_lost(&self, claim: &Claim) -> bool {
        let lease = self.pace.lease;
        let extended = chunk::extend(&self.workshop.store, claim, self.worker, lease);
        match timeout(Duration::from_secs(5), extended).await {
            Ok(Ok(held)) => !held,
            Ok(Err(error)) => {
                tracing::warn!(job = %claim.job, %error, "a lease could not be extended");
                false
            }
            Err(_late) => false,
        }
    }

    /// On a thread where it may take its time; a panic is an error like any other. An outage of
    /// what it needs is waited for: still the same attempt.
    async fn work(&self, claim: &Claim, stop: &Stop) -> Result<Outcome> {
        let progress = self.workshop.progress.as_ref();
        let once = || {
            let (craft, stop, claim) = (Arc::clone(self.craft), stop.clone(), *claim);
            let work = move |workshop: &Workshop| craft.work(workshop, &claim, &stop);
            self.workshop.blocking(work)
        };
        self.pace.patiently(stop, progress, once).await
    }

    async fn keep(&self, claim: &Claim, outcome: &Outcome) -> Result<Fate> {
        let (store, worker) = (&self.workshop.store, self.worker);
        // No answer may mean that it is written: then the second time says `false`, and the
        // ledger has it all the same.
        if !self
            .ask(|| chunk::done(store, claim, worker, outcome))
            .await?
        {
            tracing::warn!(?claim, "a chunk was another's before it was done");
        }
        Ok(Fate::Done)
    }

    async fn give_back(&self, claim: &Claim, reason: Option<&str>) -> Result<Fate> {
        let (store, worker) = (&self.workshop.store, self.worker);
        let held = self.ask(|| chunk::release(store, claim, worker, reason));
        if let (true, Some(reason)) = (held.await?, reason) {
            let line = format!(
                "{reason} (stage {}, chunk {}, attempt {}: it is tried again)",
                claim.stage, claim.position, claim.attempt
            );
            self.ask(|| job_log::add(store, claim.job, Level::Warning, &line))
                .await?;
        }
        Ok(Fate::Free)
    }

    /// The dead letter; who leads the job puts it into the log.
    async fn bury(&self, claim: &Claim, reason: &str) -> Result<Fate> {
        let (store, worker) = (&self.workshop.store, self.worker);
        self.ask(|| chunk::fail(store, claim, worker, reason))
            .await?;
        Ok(Fate::Failed)
    }

    async fn ask<T, F>(&self, ask: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = store::Result<T>>,
    {
        let progress = self.workshop.progress.as_ref();
        self.pace.patiently(self.stop, progress, ask).await
    }
}

fn never_ended(attempts: i32) -> String {
    format!(
        "it was begun {attempts} times and never came to its end: the program may have been \
         killed each time, for instance for want of memory"
    )
}
