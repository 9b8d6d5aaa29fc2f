//! Which version each layer's features have, heard of as it changes and never long out of date.

use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use moka::future::Cache;
use store::{Store, feature};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::{Error, Result};

/// How long a version holds without a word from the database: should a message be lost, the tiles
/// of old features are gone after this.
const MEMORY: Duration = Duration::from_secs(2);
/// Versions kept.
const ENTRIES: u64 = 4096;
/// How long to wait before listening again after the connection was lost.
const AGAIN: Duration = Duration::from_secs(2);

type Known = Cache<String, Option<Uuid>>;

/// The versions of layers. Begins to listen when somebody asks.
#[derive(Debug)]
pub struct Versions {
    store: Store,
    known: Arc<Known>,
    ear: OnceLock<Ear>,
}

/// Ends with whoever listens.
#[derive(Debug)]
struct Ear(JoinHandle<()>);

impl Drop for Ear {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Versions {
    pub fn new(store: Store) -> Self {
        let known = Cache::builder()
            .max_capacity(ENTRIES)
            .time_to_live(MEMORY)
            .build();
        Self {
            store,
            known: Arc::new(known),
            ear: OnceLock::new(),
        }
    }

    /// The version of a layer's features; `None` for a layer that is not there.
    pub async fn of(&self, layer: &str) -> Result<Option<Uuid>> {
        self.ear.get_or_init(|| {
            let known = Arc::downgrade(&self.known);
            Ear(tokio::spawn(listen(known, self.store.clone())))
        });
        if let Some(known) = self.known.get(layer).await {
            return Ok(known);
        }
        let ask = async { Ok(feature::version(&self.store, layer).await?) };
        self.known
            .try_get_with(layer.to_owned(), ask)
            .await
            .map_err(Error::shared)
    }
}

async fn listen(known: Weak<Known>, store: Store) {
    while known.strong_count() > 0 {
        match feature::listen(&store).await {
            Ok(mut changes) => {
                // What changed before is not heard of.
                forget(&known, None).await;
                while let Some(layer) = changes.next().await {
                    forget(&known, Some(&layer)).await;
                }
            }
            Err(error) => tracing::warn!(%error, "changes of features cannot be listened to"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn forget(known: &Weak<Known>, layer: Option<&str>) {
    let Some(known) = known.upgrade() else { return };
    match layer {
        Some(layer) => known.invalidate(layer).await,
        None => known.invalidate_all(),
    }
}
