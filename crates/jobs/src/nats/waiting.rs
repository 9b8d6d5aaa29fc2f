//! Trying again until somebody answers.

use std::fmt::Display;
use std::time::{Duration, Instant};

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The pauses of one outage.
pub(super) struct Patience {
    begun: Instant,
    pause: Duration,
    most: Duration,
}

impl Patience {
    pub fn new(most: Duration) -> Self {
        Self {
            begun: Instant::now(),
            pause: FIRST_PAUSE,
            most,
        }
    }

    /// Waits, each time longer; `false` when patience is at its end.
    pub async fn wait(&mut self) -> bool {
        if self.begun.elapsed() + self.pause > self.most {
            return false;
        }
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
    }
}

/// Asks again while the answer is an error and patience lasts.
pub(super) async fn until_answered<T, E: Display>(
    most: Duration,
    what: &'static str,
    mut ask: impl AsyncFnMut() -> Result<T, E>,
) -> Result<T, E> {
    let mut patience = Patience::new(most);
    loop {
        match ask().await {
            Err(error) => {
                tracing::warn!(%error, what, "no answer, asking again");
                if !patience.wait().await {
                    return Err(error);
                }
            }
            answer => return answer,
        }
    }
}
