//! One ear at the database for all who watch.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use store::{Store, job};
use tokio::sync::{broadcast, watch};
use uuid::Uuid;

/// News a watcher may be behind before it is told to look at everything again.
const BEHIND: usize = 1024;
/// How long to wait before listening again after the connection was lost.
const AGAIN: Duration = Duration::from_secs(2);

/// What is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// This job changed.
    Job(Uuid),
    /// Something may have been missed: look at everything.
    Everything,
}

/// Hands on what the database says of jobs. Begins to listen when somebody watches.
#[derive(Debug)]
pub struct Feed {
    store: Store,
    news: broadcast::Sender<News>,
    closed: watch::Sender<bool>,
    listening: AtomicBool,
}

impl Feed {
    /// A feed that nobody watches yet.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            news: broadcast::Sender::new(BEHIND),
            closed: watch::Sender::new(false),
            listening: AtomicBool::new(false),
        }
    }

    /// What is new from now on, and whether the program is about to end.
    pub fn watch(self: &Arc<Self>) -> (broadcast::Receiver<News>, watch::Receiver<bool>) {
        let receivers = (self.news.subscribe(), self.closed.subscribe());
        if !self.listening.swap(true, Ordering::Relaxed) {
            tokio::spawn(listen(Arc::downgrade(self), self.store.clone()));
        }
        receivers
    }

    /// Ends every stream.
    pub fn close(&self) {
        self.closed.send_replace(true);
    }
}

/// Listens for as long as there is a feed, through every loss of the connection.
async fn listen(feed: Weak<Feed>, store: Store) {
    while let Some(news) = feed.upgrade().map(|feed| feed.news.clone()) {
        match job::listen(&store).await {
            Ok(mut changes) => {
                // An error is nobody watching just now.
                let _ = news.send(News::Everything);
                while let Some(id) = changes.next().await {
                    let _ = news.send(News::Job(id));
                }
            }
            Err(error) => tracing::warn!(%error, "jobs cannot be listened to"),
        }
        drop(news);
        tokio::time::sleep(AGAIN).await;
    }
}
