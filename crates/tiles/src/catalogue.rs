//! Which layers there are and who may see them, a moment old.
//!
//! A map asks for forty tiles at once; the database is asked for their layer once. Layers are
//! published by other processes too, so what is known is forgotten after two seconds.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use store::layer::{self, Kind, Layer};
use store::{Scope, Store, Viewer, coverage, feature_table};

use crate::{Error, Published, Result};

/// How long an answer holds: a layer taken back from somebody is gone for them after this.
const MEMORY: Duration = Duration::from_secs(2);
/// Answers kept.
const ENTRIES: u64 = 4096;

/// A viewer as part of a key: two with the same rights see the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Sight {
    Anonymous,
    Everything,
    Areas(Vec<i64>),
}

impl From<&Viewer> for Sight {
    fn from(viewer: &Viewer) -> Self {
        match viewer {
            Viewer::Anonymous => Self::Anonymous,
            Viewer::SignedIn(Scope::Everything) => Self::Everything,
            Viewer::SignedIn(Scope::Areas(areas)) => Self::Areas(areas.clone()),
        }
    }
}

#[derive(Debug)]
pub struct Catalogue {
    store: Store,
    known: Cache<(Sight, String), Option<Arc<Published>>>,
}

impl Catalogue {
    pub fn new(store: Store) -> Self {
        let known = Cache::builder()
            .max_capacity(ENTRIES)
            .time_to_live(MEMORY)
            .build();
        Self { store, known }
    }

    /// A layer if it is there and the viewer may see it.
    pub async fn layer(&self, viewer: &Viewer, id: &str) -> Result<Option<Arc<Published>>> {
        let ask = async {
            match layer::by_id(&self.store, viewer, id).await? {
                Some(layer) => Ok(Some(Arc::new(self.dated(layer).await?))),
                None => Ok(None),
            }
        };
        let key = (Sight::from(viewer), id.to_owned());
        // Known already: no coordination.
        if let Some(known) = self.known.get(&key).await {
            return Ok(known);
        }
        self.known
            .try_get_with(key, ask)
            .await
            .map_err(Error::shared)
    }

    /// The layers the viewer may see, by title.
    pub async fn layers(&self, viewer: &Viewer) -> Result<Vec<Published>> {
        let mut published = Vec::new();
        for layer in layer::list(&self.store, viewer).await? {
            published.push(self.dated(layer).await?);
        }
        Ok(published)
    }

    async fn dated(&self, layer: Layer) -> Result<Published> {
        let mut coverages = coverage::list(&self.store, &layer.id).await?;
        let mut table = None;
        if layer.kind == Kind::Features {
            // Features are as they are now; an archive of them shows the day it was made.
            coverages.truncate(1);
            table = feature_table::by_layer(&self.store, &layer.id).await?;
        }
        Ok(Published::new(layer, coverages).drawn_from(table))
    }
}
