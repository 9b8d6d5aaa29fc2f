//! The layers in memory, within a bound of bytes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use store::{Store, feature};
use tokio::sync::{OnceCell, Semaphore, mpsc};
use uuid::Uuid;

use super::build::{Builder, TooLarge};
use super::layer::Layer;
use crate::{Error, Result};

/// Batches of features that wait to be taken in.
const BATCHES: usize = 4;

/// How a layer's tiles are to be drawn.
#[derive(Debug, Clone)]
pub enum Held {
    /// From memory.
    Here(Arc<Layer>),
    /// By the database: it is too large for the memory there is, or of shapes unknown here.
    InDatabase,
}

#[derive(Debug)]
struct Slot {
    version: Uuid,
    held: Arc<OnceCell<Held>>,
    /// 0 until it is loaded.
    bytes: u64,
    /// When it was last asked for.
    turn: u64,
}

#[derive(Debug, Default)]
struct Slots {
    by_layer: HashMap<String, Slot>,
    turn: u64,
}

/// Layers by id, the least recently used of which leave. While one is being loaded, the memory of
/// what it is loaded from comes on top.
#[derive(Debug)]
pub struct Shelf {
    store: Store,
    /// Bytes of all layers together.
    bound: u64,
    slots: Mutex<Slots>,
    /// One layer is loaded at a time: two large ones at once would be twice over the bound.
    loading: Semaphore,
}

impl Shelf {
    pub fn new(store: Store, bound: u64) -> Self {
        Self {
            store,
            bound,
            slots: Mutex::default(),
            loading: Semaphore::new(1),
        }
    }

    /// A layer in this version; loaded once, however many ask.
    pub async fn layer(&self, id: &str, version: Uuid) -> Result<Held> {
        let held = self.slot(id, version);
        if let Some(held) = held.get() {
            return Ok(held.clone());
        }
        let load = async {
            let _alone = self.loading.acquire().await;
            self.load(id).await
        };
        let loaded = held.get_or_try_init(|| load).await?.clone();
        if let Held::Here(layer) = &loaded {
            self.charge(id, &held, layer.bytes() as u64);
        }
        Ok(loaded)
    }

    /// Bytes of all layers that are held.
    pub fn bytes(&self) -> u64 {
        self.slots().by_layer.values().map(|slot| slot.bytes).sum()
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        // Nothing in here is left half done.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The layer's slot; an older version makes room.
    fn slot(&self, id: &str, version: Uuid) -> Arc<OnceCell<Held>> {
        let mut slots = self.slots();
        slots.turn += 1;
        let turn = slots.turn;
        if let Some(slot) = slots.by_layer.get_mut(id)
            && slot.version == version
        {
            slot.turn = turn;
            return Arc::clone(&slot.held);
        }
        let held = Arc::new(OnceCell::new());
        let slot = Slot {
            version,
            held: Arc::clone(&held),
            bytes: 0,
            turn,
        };
        slots.by_layer.insert(id.to_owned(), slot);
        held
    }

    /// Notes what a layer takes and lets others go that were not asked for longest.
    fn charge(&self, id: &str, held: &Arc<OnceCell<Held>>, bytes: u64) {
        let mut slots = self.slots();
        match slots.by_layer.get_mut(id) {
            Some(slot) if Arc::ptr_eq(&slot.held, held) => slot.bytes = bytes,
            // It changed meanwhile.
            _ => return,
        }
        let mut total: u64 = slots.by_layer.values().map(|slot| slot.bytes).sum();
        while total > self.bound {
            let others = slots
                .by_layer
                .iter()
                .filter(|(other, slot)| *other != id && slot.bytes > 0);
            let oldest = others
                .min_by_key(|(_, slot)| slot.turn)
                .map(|(other, _)| other.clone());
            let Some(gone) = oldest.and_then(|oldest| slots.by_layer.remove(&oldest)) else {
                break;
            };
            total -= gone.bytes;
        }
    }

    async fn load(&self, id: &str) -> Result<Held> {
        let began = Instant::now();
        let (sender, mut receiver) = mpsc::channel(BATCHES);
        let mut builder = Builder::new(id, usize::try_from(self.bound).unwrap_or(usize::MAX));
        let building = tokio::task::spawn_blocking(move || {
            while let Some(batch) = receiver.blocking_recv() {
                for feature in &batch {
                    builder.add(feature)?;
                }
            }
            Ok::<_, TooLarge>(builder.finish())
        });
        let sent = feature::send_all(&self.store, id, sender).await;
        let built = building.await.map_err(|_panic| Error::Lost)?;
        match (sent, built) {
            (Ok(()), Ok(layer)) => {
                let (features, bytes) = (layer.features.len(), layer.bytes());
                let milliseconds = began.elapsed().as_millis() as u64;
                tracing::info!(
                    layer = id,
                    features,
                    bytes,
                    milliseconds,
                    "features are in memory"
                );
                Ok(Held::Here(Arc::new(layer)))
            }
            (Ok(()), Err(TooLarge)) => {
                tracing::info!(
                    layer = id,
                    bound = self.bound,
                    "too many features for the memory"
                );
                Ok(Held::InDatabase)
            }
            (Err(error @ store::Error::Geometry { .. }), _) => {
                tracing::warn!(layer = id, %error, "tiles are drawn by the database");
                Ok(Held::InDatabase)
            }
            (Err(error), _) => Err(error.into()),
        }
    }
}
