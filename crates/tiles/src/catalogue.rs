//! Which layers there are and who may see them, a moment old.
//!
//! A map asks for forty tiles at once; the database is asked for their layer once. Layers are
//! published by other processes too, so what is known is forgotten after two seconds.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use store::coverage::{self, Coverage};
use store::feature_table::{self, FeatureTable};
use store::layer::{self, Kind, Layer};
use store::{Scope, Store, Viewer};

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
        let key = (Sight::from(viewer), id.to_owned());
        // Known already: no coordination.
        if let Some(known) = self.known.get(&key).await {
            return Ok(known);
        }
        // In a box, or what is seldom needed would be moved along with every answer.
        let ask = self.ask(viewer, id);
        let answer = self.known.try_get_with(key, ask);
        Box::pin(answer).await.map_err(Error::shared)
    }

    async fn ask(&self, viewer: &Viewer, id: &str) -> Result<Option<Arc<Published>>> {
        let Some(layer) = layer::by_id(&self.store, viewer, id).await? else {
            return Ok(None);
        };
        let dates = coverage::list(&self.store, &layer.id).await?;
        let table = match layer.kind {
            Kind::Features => feature_table::by_layer(&self.store, &layer.id).await?,
            Kind::Visual | Kind::Index => None,
        };
        Ok(Some(Arc::new(dated(layer, dates, table))))
    }

    /// The layers the viewer may see, by title.
    pub async fn layers(&self, viewer: &Viewer) -> Result<Vec<Published>> {
        let layers = layer::list(&self.store, viewer).await?;
        let ids: Vec<&str> = layers.iter().map(|layer| layer.id.as_str()).collect();
        let mut dates = coverage::list_of(&self.store, &ids).await?;
        let mut tables = feature_table::list_of(&self.store, &ids).await?;
        let published = layers.into_iter().map(|layer| {
            let dates = dates.remove(&layer.id).unwrap_or_default();
            let table = tables.remove(&layer.id);
            dated(layer, dates, table)
        });
        Ok(published.collect())
    }
}

fn dated(layer: Layer, mut coverages: Vec<Coverage>, table: Option<FeatureTable>) -> Published {
    if layer.kind == Kind::Features {
        // Features are as they are now; an archive of them shows the day it was made.
        coverages.truncate(1);
    }
    Published::new(layer, coverages).drawn_from(table)
}
