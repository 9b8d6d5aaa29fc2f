//! How the chunks of a recipe's job are done.
//!
//! ```text
//! pixels ──► parts ──► join ──► images ──┬─► pictures ──► join
//!                                        └─► patches, polygons, contours, tables
//! ```
//!
//! Whatever a chunk makes is kept under a name of the job's own, or under that of its content, before
//! the ledger says that it is done: doing it again makes the same bytes.

mod contours;
mod features;
mod forget;
mod images;
mod join;
mod neighbours;
mod patches;
mod pictures;
mod pixels;
mod polygons;
mod publish;
mod style;
mod tables;

use std::sync::{Arc, Mutex, PoisonError};

use futures::future::{BoxFuture, FutureExt as _};
use raster::pipeline::Summary;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::chunk::{self, Claim, Outcome};
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::engine::{Craft, Prepared, Stop};
use crate::plan::{Plan, Stage};
use crate::sources::Sources;
use crate::{Error, Result, Workshop};

pub use forget::{clear, forget};

/// The work of a recipe.
pub(crate) struct RecipeCraft {
    job: Uuid,
    plan: Plan,
    sources: Sources,
    runtime: Handle,
    /// What the images' values are like, once all parts are there.
    summaries: Mutex<Option<Arc<Vec<Summary>>>>,
}

/// What a part came to: one for each image.
#[derive(Debug, Serialize, Deserialize)]
struct PartResult {
    summaries: Vec<Summary>,
}

/// Where a joined image or a table is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    /// The object, or the part of this job.
    name: String,
    /// Whether it was not there before.
    fresh: bool,
    /// Its length.
    bytes: u64,
}

/// What came of a derived output.
#[derive(Debug, Serialize, Deserialize)]
struct DerivedResult {
    /// The part with its features.
    features: Option<String>,
    /// Features, or rows.
    count: u64,
    /// Files of a table.
    files: Vec<Kept>,
    /// What the planner may want to know.
    details: Value,
}

impl RecipeCraft {
    /// Reads a job's plan. To be called within a runtime.
    ///
    /// # Errors
    /// When the job is gone or its plan cannot be read.
    async fn of(workshop: Workshop, job: Uuid) -> Result<Arc<dyn Craft>> {
        let plan = store::job::plan(&workshop.store, job).await?;
        let stored = |source| Error::Stored {
            what: format!("the plan of the job {job}"),
            source,
        };
        let plan: Plan =
            serde_json::from_value(plan.ok_or(Error::NoJob { job })?).map_err(stored)?;
        // The plan was made under the rules of whoever sent it; now its files are as good as any.
        Ok(Arc::new(Self {
            job,
            sources: Sources::new(&workshop, plan.meanings.clone())?,
            plan,
            runtime: Handle::current(),
            summaries: Mutex::new(None),
        }))
    }

    /// What each image's values are like; read from the ledger once.
    fn summaries(&self, workshop: &Workshop) -> Result<Arc<Vec<Summary>>> {
        let mut known = self
            .summaries
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*known {
            return Ok(Arc::clone(known));
        }
        let parts = self.results(workshop, Stage::Pixels)?;
        let merged = Arc::new(merged(self.plan.images.len(), parts));
        *known = Some(Arc::clone(&merged));
        Ok(merged)
    }

    /// What all chunks of a stage came to, in their order.
    fn results<T: DeserializeOwned>(&self, workshop: &Workshop, stage: Stage) -> Result<Vec<T>> {
        let results = chunk::results(&workshop.store, self.job, stage as i32);
        parse(self.runtime.block_on(results)?)
    }

    /// The name of something this job keeps for itself.
    fn part(&self, file: &str) -> Result<objects::PartName> {
        Ok(objects::PartName::new(&self.job.to_string(), file)?)
    }
}

impl Craft for RecipeCraft {
    fn work(&self, workshop: &Workshop, chunk: &Claim, stop: &Stop) -> Result<Outcome> {
        let before = self.sources.bytes_read();
        let position = chunk.position as u32;
        let stage = Stage::ALL
            .into_iter()
            .find(|stage| *stage as i32 == chunk.stage);
        let worked = match stage {
            Some(Stage::Pixels) => self.pixels(workshop, position, stop),
            Some(Stage::Join) => self.join(workshop, position as usize),
            Some(Stage::Pictures) => self.picture(workshop, position, stop),
            Some(Stage::JoinPictures) => self.join_picture(workshop, position as usize),
            Some(Stage::Derive) => self.derive(workshop, position as usize, stop),
            None => Err(Error::NoJob { job: self.job }),
        };
        // Whatever went wrong meanwhile, it was told to stop.
        let (result, bytes_written) = match worked {
            Err(_) if stop.is_set() => return Err(Error::Stopped),
            worked => worked?,
        };
        Ok(Outcome {
            result,
            bytes_read: self.sources.bytes_read() - before,
            bytes_written,
        })
    }

    fn publication<'a>(
        &'a self,
        workshop: &'a Workshop,
        _job: Uuid,
    ) -> BoxFuture<'a, Result<Prepared>> {
        publish::publication(self, workshop).boxed()
    }

    fn clean_up<'a>(&'a self, workshop: &'a Workshop, job: Uuid) -> BoxFuture<'a, ()> {
        async move {
            publish::statistics(&self.plan, workshop).await;
            if let Err(error) = forget::parts(&workshop.objects, job).await {
                tracing::warn!(%job, %error, "parts of a finished job could not be removed");
            }
        }
        .boxed()
    }
}

impl Workshop {
    /// How the chunks of a job are done: by its recipe's plan.
    ///
    /// # Errors
    /// When the job is gone or its plan cannot be read.
    pub async fn craft(&self, job: Uuid) -> Result<Arc<dyn Craft>> {
        RecipeCraft::of(self.clone(), job).await
    }
}

impl RecipeCraft {
    fn derive(&self, workshop: &Workshop, index: usize, stop: &Stop) -> Result<(Value, u64)> {
        use crate::plan::DerivedKind as Kind;
        let derived = self
            .plan
            .derived
            .get(index)
            .ok_or(Error::NoJob { job: self.job })?;
        let made = match &derived.kind {
            Kind::Patches { .. } => self.patches(workshop, derived, stop)?,
            Kind::Polygons { .. } => self.polygons(workshop, derived, stop)?,
            Kind::Contours { .. } => self.contours(workshop, derived, stop)?,
            Kind::Table { .. } => self.table(workshop, derived, stop)?,
        };
        let bytes = made.files.iter().map(|file| file.bytes).sum();
        Ok((to_json(&made)?, bytes))
    }
}

/// What each image's values are like, of all its parts.
fn merged(images: usize, parts: Vec<PartResult>) -> Vec<Summary> {
    let mut merged = vec![Summary::default(); images];
    for part in parts {
        for (all, part) in merged.iter_mut().zip(&part.summaries) {
            all.merge(part);
        }
    }
    merged
}

/// Chunks' results as the ledger kept them.
fn parse<T: DeserializeOwned>(results: Vec<(i32, Value)>) -> Result<Vec<T>> {
    let read = |(_, value)| {
        serde_json::from_value(value).map_err(|source| Error::Stored {
            what: "what came of a chunk".to_owned(),
            source,
        })
    };
    results.into_iter().map(read).collect()
}

/// A chunk's result as the ledger keeps it.
fn to_json<T: Serialize>(result: &T) -> Result<Value> {
    serde_json::to_value(result).map_err(|source| Error::Stored {
        what: "what came of a chunk".to_owned(),
        source,
    })
}
