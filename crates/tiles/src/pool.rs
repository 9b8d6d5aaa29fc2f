//! Where tiles are drawn: a fixed number of threads and a bounded queue before them.

use std::sync::Arc;

use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::{Semaphore, oneshot};

use crate::{Error, Result};

/// Threads of its own, so that imagery jobs on the global pool cannot starve the map.
#[derive(Debug)]
pub struct Pool {
    threads: ThreadPool,
    places: Arc<Semaphore>,
}

impl Pool {
    /// A pool of `threads` before which at most `queue` calls wait.
    pub fn new(threads: usize, queue: usize) -> Result<Self> {
        let threads = ThreadPoolBuilder::new()
            .num_threads(threads.max(1))
            .thread_name(|number| format!("tile-{number}"))
            .build()?;
        let places = threads.current_num_threads() + queue;
        Ok(Self {
            threads,
            places: Arc::new(Semaphore::new(places)),
        })
    }

    /// Runs the work on a thread of the pool. Whoever stops waiting while it still queues spares
    /// the pool the work.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] at once when the queue is full, and the work's own.
    pub async fn run<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T> + Send + 'static,
    {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_full| Error::Busy)?;
        let (answer, answered) = oneshot::channel();
        self.threads.spawn(move || {
            let _place = place;
            if answer.is_closed() {
                return;
            }
            // Nobody waits any more: nothing to do about it.
            let _unheard = answer.send(work());
        });
        answered.await.unwrap_or(Err(Error::Lost))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_full_queue_turns_away_at_once_and_recovers() {
        let pool = Arc::new(Pool::new(1, 1).unwrap());
        let (release, held) = mpsc::channel::<()>();
        let slow = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move { pool.run(move || Ok(held.recv().is_ok())).await }
        });
        let queued = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move { pool.run(|| Ok(7)).await }
        });
        while pool.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(pool.run(|| Ok(0)).await, Err(Error::Busy)));
        release.send(()).unwrap();
        assert!(slow.await.unwrap().unwrap());
        assert_eq!(queued.await.unwrap().unwrap(), 7);
        assert_eq!(pool.run(|| Ok(8)).await.unwrap(), 8);
    }
}
