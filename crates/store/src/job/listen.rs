//! Hearing of changes as they happen.

use std::future::poll_fn;

use tokio::sync::mpsc;
use tokio_postgres::{AsyncMessage, NoTls};
use uuid::Uuid;

use crate::{Result, Store};

/// Changes not yet read; the database keeps the rest.
const WAITING: usize = 256;

/// The ids of jobs, each time one of them, its chunks or its log changed. Dropped, it stops
/// listening.
#[derive(Debug)]
pub struct Changes {
    receiver: mpsc::Receiver<Uuid>,
    // Ends the session when dropped.
    _client: tokio_postgres::Client,
}

impl Changes {
    /// The next job that changed; `None` when the connection is lost: look at everything again,
    /// and [`listen`] again.
    pub async fn next(&mut self) -> Option<Uuid> {
        self.receiver.recv().await
    }
}

/// Listens for changes of jobs, from now on, on a connection of its own.
///
/// # Errors
/// [`crate::Error::Unreachable`].
pub async fn listen(store: &Store) -> Result<Changes> {
    let (client, mut connection) = tokio_postgres::connect(store.url(), NoTls)
        .await
        .map_err(|error| store.unreachable(&error))?;
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(news) = message
                && let Ok(id) = news.payload().parse()
                && sender.send(id).await.is_err()
            {
                break;
            }
        }
    });
    client
        .batch_execute("listen job")
        .await
        .map_err(|error| store.unreachable(&error))?;
    Ok(Changes {
        receiver,
        _client: client,
    })
}
