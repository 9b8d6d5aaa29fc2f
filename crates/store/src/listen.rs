//! Hearing of changes as they happen.

use std::future::poll_fn;
use std::str::FromStr;

use tokio::sync::mpsc;
use tokio_postgres::{AsyncMessage, NoTls};

use crate::{Result, Store};

/// Changes not yet read; the database keeps the rest.
const WAITING: usize = 256;

/// What changed, each time something did. Dropped, it stops listening.
#[derive(Debug)]
pub struct Changes<T> {
    receiver: mpsc::Receiver<T>,
    // Ends the session when dropped.
    _client: tokio_postgres::Client,
}

impl<T> Changes<T> {
    /// What changed next; `None` when the connection is lost: look at everything again, and
    /// listen again.
    pub async fn next(&mut self) -> Option<T> {
        self.receiver.recv().await
    }
}

/// Listens to a channel whose messages are a `T`, from now on, on a connection of its own.
///
/// # Errors
/// [`crate::Error::Unreachable`].
pub(crate) async fn listen<T>(store: &Store, channel: &str) -> Result<Changes<T>>
where
    T: FromStr<Err: Send> + Send + 'static,
{
    let (client, mut connection) = tokio_postgres::connect(store.url(), NoTls)
        .await
        .map_err(|error| store.unreachable(&error))?;
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(news) = message
                && let Ok(changed) = news.payload().parse()
                && sender.send(changed).await.is_err()
            {
                break;
            }
        }
    });
    client
        .batch_execute(&format!("listen {channel}"))
        .await
        .map_err(|error| store.unreachable(&error))?;
    Ok(Changes {
        receiver,
        _client: client,
    })
}
