//! From blocking callers to asynchronous requests, and trying them again.

use std::error::Error as _;
use std::io;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, LazyLock, Once};
use std::time::{Duration, Instant};

use object_store::Error;
use tokio::runtime::Runtime;

use super::Bucket;

/// Requests run on two threads of their own: a caller may itself be a thread of a runtime, or the
/// last free one of a pool, and waiting for that same runtime could wait for ever.
static REQUESTS: LazyLock<io::Result<Runtime>> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("objects")
        .enable_all()
        .build()
});

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

impl<Service: Send + Sync + 'static> Bucket<Service> {
    /// Waits for a request, made again with growing pauses while the service does not answer and
    /// patience lasts. Every request of this crate may be made twice without harm: a
    /// name always means the same bytes. What the request is about comes to it as a copy each time.
    pub(super) fn call<A, T, F>(
        &self,
        about: A,
        request: impl Fn(Arc<Service>, A) -> F + Send + Sync + 'static,
    ) -> object_store::Result<T>
    where
        A: Clone + Send + Sync + 'static,
        T: Send + 'static,
        F: Future<Output = object_store::Result<T>> + Send,
    {
        let runtime = REQUESTS
            .as_ref()
            .map_err(|error| generic(error.to_string()))?;
        let (answer, answered) = sync_channel(1);
        let (client, patience) = (Arc::clone(&self.inner.client), self.patience);
        runtime.spawn(async move {
            let request = || request(Arc::clone(&client), about.clone());
            // Nobody waits any more only when the program ends.
            let _ = answer.send(patiently(patience, request).await);
        });
        answered
            .recv()
            .map_err(|_gone| generic("the request was interrupted".to_owned()))?
    }
}

pub(super) async fn patiently<T, F>(
    patience: Duration,
    request: impl Fn() -> F,
) -> object_store::Result<T>
where
    F: Future<Output = object_store::Result<T>>,
{
    let begun = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        match request().await {
            Err(error) if may_pass(&error) && begun.elapsed() + pause < patience => {
                tracing::warn!(
                    error = chain(&error),
                    ?pause,
                    "the object store is tried again"
                );
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            answer => return answer,
        }
    }
}

/// No answer, or an answer that speaks of trouble over there.
pub(super) fn may_pass(error: &Error) -> bool {
    matches!(error, Error::Generic { .. })
}

/// An error and its causes in one line, without repeating what one says of the next.
pub(super) fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    text
}

fn generic(reason: String) -> Error {
    Error::Generic {
        store: "S3",
        source: reason.into(),
    }
}

/// The program's cryptography, unless it has been chosen already.
pub(super) fn prepare_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error says that it was chosen already.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}
