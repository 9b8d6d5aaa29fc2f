//! Tiles of tables that somebody else keeps: drawn by the database, a few at a time, a moment old.

use std::sync::Arc;
use std::time::Duration;

use grid::tile::Tile;
use moka::future::Cache;
use store::Store;
use store::feature_table::{self, FeatureTable};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use uuid::Uuid;

use crate::{Error, Result};

/// How long a tile holds. Nobody tells of changes in such a table; a map that many open at once asks
/// the database for each tile once.
const MEMORY: Duration = Duration::from_secs(5);
/// Tables that are read at once: a slow one leaves connections for everything else.
const AT_ONCE: usize = 4;
/// How long to wait for one's turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// A publication of a table, and a place. Who may see the layer sees all of it: nobody's sight is part
/// of the key.
type Key = (Uuid, Tile);

/// The tiles of tables.
#[derive(Debug)]
pub struct Tables {
    store: Store,
    turns: Semaphore,
    /// `None` when nothing is to be kept.
    kept: Option<Cache<Key, Arc<[u8]>>>,
}

impl Tables {
    /// At most `bytes` of tiles.
    pub fn new(store: Store, bytes: u64) -> Self {
        let weigh = |_key: &Key, tile: &Arc<[u8]>| {
            // The key, the entry and the cache's own bookkeeping are about 200 bytes.
            u32::try_from(200 + tile.len()).unwrap_or(u32::MAX)
        };
        let cache = Cache::builder()
            .max_capacity(bytes)
            .weigher(weigh)
            .time_to_live(MEMORY);
        Self {
            store,
            turns: Semaphore::new(AT_ONCE),
            kept: (bytes > 0).then(|| cache.build()),
        }
    }

    /// A table's part of a tile; empty where there is nothing.
    pub async fn tile(&self, table: &FeatureTable, tile: Tile) -> Result<Arc<[u8]>> {
        let Some(kept) = &self.kept else {
            return self.draw(table, tile).await;
        };
        kept.try_get_with((table.revision, tile), Box::pin(self.draw(table, tile)))
            .await
            .map_err(Error::shared)
    }

    async fn draw(&self, table: &FeatureTable, tile: Tile) -> Result<Arc<[u8]>> {
        let turn = timeout(PATIENCE, self.turns.acquire()).await;
        let _turn = turn.map_err(|_elapsed| Error::Busy)?;
        let drawn = feature_table::tile(&self.store, table, tile).await?;
        Ok(drawn.unwrap_or_default().into())
    }
}
