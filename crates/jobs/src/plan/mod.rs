//! From a recipe to work that can be counted: which images, which chunks, what it will take.

use serde::{Deserialize, Serialize};
use store::Scope;
use store::job::Executor;
use uuid::Uuid;

use crate::recipe::Recipe;
use crate::{Error, Result, Workshop};

/// A recipe that was understood, with the images it means.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The recipe.
    pub recipe: Recipe,
    /// As it was written.
    pub text: String,
    /// What it will take.
    pub estimate: Estimate,
}

/// What a job will take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Pixels of all outputs.
    pub pixels: u64,
    /// Images that are read.
    pub looks: u64,
    /// Chunks of all stages.
    pub chunks: u64,
    /// Bytes read, as they are stored.
    pub bytes_read: u64,
    /// Bytes written.
    pub bytes_written: u64,
    /// Bytes of memory at most.
    pub memory_bytes: u64,
    /// Seconds on this machine.
    pub seconds: f64,
}

impl Workshop {
    /// Reads a recipe, finds its images among what `scope` holds, and foresees what it takes.
    ///
    /// # Errors
    /// When the recipe is wrong, or its images cannot be found or do not fit it.
    pub async fn plan(&self, text: &str, scope: &Scope) -> Result<Planned> {
        let _ = scope;
        let recipe = Recipe::read(text)?;
        let text = text.to_owned();
        let estimate = Estimate::default();
        tokio::task::yield_now().await;
        Ok(Planned {
            recipe,
            text,
            estimate,
        })
    }

    /// Puts a planned job into the ledger, queued; the same recipe over the same images goes on with
    /// the job that has not come to its end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn send(
        &self,
        planned: &Planned,
        sender: Option<i64>,
        executor: Executor,
    ) -> Result<Uuid> {
        let _ = (planned, sender, executor);
        tokio::task::yield_now().await;
        Err(Error::Stopped)
    }
}
