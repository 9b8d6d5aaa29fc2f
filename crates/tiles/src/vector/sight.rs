//! Which areas' features somebody sees, a moment old.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use sha2::{Digest, Sha256};
use store::{Scope, Store};

use super::layer::Layer;
use crate::{Error, Result};

/// How long an answer holds: areas that change hands do so after this.
const MEMORY: Duration = Duration::from_secs(2);
/// Answers kept.
const ENTRIES: u64 = 1024;

/// What a scope comes to.
#[derive(Debug)]
pub struct Sight {
    /// The keys of the areas, rising; `None` for all.
    members: Option<Vec<i64>>,
    /// The same for those who see the same, and for nobody else.
    pub digest: [u8; 32],
}

impl Sight {
    fn new(members: Option<Vec<i64>>) -> Self {
        let mut digest = Sha256::new();
        // Everything is not the same as every area there is today.
        digest.update([u8::from(members.is_some())]);
        for member in members.iter().flatten() {
            digest.update(member.to_le_bytes());
        }
        Self {
            members,
            digest: digest.finalize().into(),
        }
    }

    /// For each of a layer's areas whether it is seen; `None` when all are.
    pub fn of(&self, layer: &Layer) -> Option<Vec<bool>> {
        let members = self.members.as_ref()?;
        let areas = layer.areas.iter();
        Some(
            areas
                .map(|area| members.binary_search(area).is_ok())
                .collect(),
        )
    }
}

/// The sights of scopes.
#[derive(Debug)]
pub struct Sights {
    store: Store,
    everything: Arc<Sight>,
    known: Cache<Vec<i64>, Arc<Sight>>,
}

impl Sights {
    pub fn new(store: Store) -> Self {
        let known = Cache::builder()
            .max_capacity(ENTRIES)
            .time_to_live(MEMORY)
            .build();
        Self {
            store,
            everything: Arc::new(Sight::new(None)),
            known,
        }
    }

    pub async fn of(&self, scope: &Scope) -> Result<Arc<Sight>> {
        let Scope::Areas(areas) = scope else {
            return Ok(Arc::clone(&self.everything));
        };
        let ask = async {
            let members = scope.members(&self.store).await?;
            Ok(Arc::new(Sight::new(members)))
        };
        self.known
            .try_get_with(areas.clone(), ask)
            .await
            .map_err(Error::shared)
    }
}
