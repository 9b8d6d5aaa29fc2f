//! How long things may take, and asking again while somebody does not answer.

use std::time::{Duration, Instant};

use super::Stop;
use crate::{Error, Progress, Result};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// How long things may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How long a chunk is a worker's without a sign of life.
    pub lease: Duration,
    /// How often a sign of life is given.
    pub sign: Duration,
    /// How often the ledger is looked at.
    pub look: Duration,
    /// How often a chunk is begun at most: the next one may kill its program as well.
    pub attempts: i32,
    /// How long a database or an object store that does not answer is waited for.
    pub patience: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            lease: Duration::from_mins(1),
            sign: Duration::from_secs(2),
            look: Duration::from_secs(2),
            attempts: 5,
            patience: Duration::from_mins(15),
        }
    }
}

impl Pace {
    /// After how long without a sign of life a message goes to another worker.
    pub fn unheard(&self) -> Duration {
        self.sign * 5
    }

    /// Asks again while what is asked does not answer, until patience ends or the work is to
    /// stop. Who watches hears of it.
    pub(crate) async fn patiently<T, E, F>(
        &self,
        stop: &Stop,
        progress: &dyn Progress,
        ask: impl Fn() -> F,
    ) -> Result<T>
    where
        E: Into<Error>,
        F: Future<Output = std::result::Result<T, E>>,
    {
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        let mut waited = false;
        loop {
            let answer = ask().await.map_err(Into::into);
            match &answer {
                Err(error) if error.is_outage() && begun.elapsed() < self.patience => {
                    tracing::warn!(%error, "no answer, asking again");
                    progress.waits_for(Some(error));
                    waited = true;
                }
                _ => {
                    if waited {
                        progress.waits_for(None);
                    }
                    return answer;
                }
            }
            if rest(pause, stop).await {
                return answer;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// Sleeps, but not on when the work is to stop. Whether it is.
pub(crate) async fn rest(pause: Duration, stop: &Stop) -> bool {
    const TICK: Duration = Duration::from_millis(100);
    let begun = Instant::now();
    while !stop.is_set() {
        let left = pause.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return false;
        }
        tokio::time::sleep(left.min(TICK)).await;
    }
    true
}
