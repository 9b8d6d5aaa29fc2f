//! Imagery work from file to published layer: ingest, publish, zonal tables.
//!
//! A [`Workshop`] holds what the work needs: the database, the objects, the door for foreign
//! files. Its functions are asynchronous and return when the work is done; pixels are worked on
//! blocking threads, never on the async ones. What fails leaves nothing behind: an object is
//! stored before the row that refers to it, and removed again when that row does not come.

mod areas;
pub mod emap;
pub mod engine;
mod error;
mod features;
mod ingest;
mod kept;
pub mod nats;
mod object_image;
pub mod plan;
mod progress;
pub mod publish;
pub mod recipe;
pub mod relief;
mod scene_band;
pub mod series;
mod sources;
pub mod stac;
pub mod table;
mod work;
pub mod zonal;

use std::sync::Arc;

use objects::ObjectStore;
use raster::foreign::Foreign;
use store::Store;

pub use areas::{ImportOptions, ImportSummary, Refused};
pub use error::Error;
pub use features::{FeatureRequest, FeaturesImported};
pub use ingest::{IngestRequest, Ingested};
pub use progress::{Progress, Silent, Stage};
pub use scene_band::SceneBand;
pub use work::{clear, forget};

/// What the functions of this crate return.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that work on imagery needs.
#[derive(Clone)]
pub struct Workshop {
    /// The database.
    pub store: Store,
    /// Where COGs are kept.
    pub objects: ObjectStore,
    /// The door for files other people made.
    pub foreign: Foreign,
    /// Whom to tell how far the work is.
    pub progress: Arc<dyn Progress>,
    /// Where recipes may look for scenes outside.
    pub hosts: stac::AllowedHosts,
    /// Whether recipes may name files of this machine: only those of whoever sits at it.
    pub local_files: bool,
}

impl Workshop {
    /// A workshop that tells nobody how far it is.
    pub fn new(store: Store, objects: ObjectStore, foreign: Foreign) -> Self {
        Self {
            store,
            objects,
            foreign,
            progress: Arc::new(Silent),
            hosts: stac::AllowedHosts::default(),
            local_files: false,
        }
    }

    /// The same, telling `progress`.
    #[must_use]
    pub fn with_progress(self, progress: Arc<dyn Progress>) -> Self {
        Self { progress, ..self }
    }

    /// The same, whose recipes may look for scenes on these hosts.
    #[must_use]
    pub fn with_hosts(self, hosts: stac::AllowedHosts) -> Self {
        Self { hosts, ..self }
    }

    /// The same, whose recipes may name files of this machine.
    #[must_use]
    pub fn with_local_files(self) -> Self {
        Self {
            local_files: true,
            ..self
        }
    }

    /// Runs work on pixels where it may take its time.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let workshop = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&workshop)).await;
        done.map_err(|source| Error::Interrupted { source })?
    }
}
