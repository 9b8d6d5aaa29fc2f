//! How the chunks of one job are done: what the engine does not know.

use futures::future::BoxFuture;
use objects::{ObjectName, ObjectStore, ObjectWriter};
use store::chunk::{Claim, Outcome};
use store::publication::Publication;
use uuid::Uuid;

use super::Stop;
use crate::kept::Kept;
use crate::{Result, Workshop};

/// What becomes visible at the end, and the objects made for it, which go away again unless it does.
pub struct Prepared {
    pub(super) publication: Publication,
    pub(super) kept: Kept,
}

impl Prepared {
    /// Nothing yet.
    pub fn new(objects: &ObjectStore) -> Self {
        Self {
            publication: Publication::default(),
            kept: Kept::new(objects),
        }
    }

    /// The rows; they name objects that are kept.
    #[must_use]
    pub fn with(self, publication: Publication) -> Self {
        Self {
            publication,
            ..self
        }
    }

    /// Finishes an object that rows will name.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn keep(&mut self, object: ObjectWriter) -> Result<ObjectName> {
        self.kept.finish(object)
    }
}

/// The work of one job. The same chunk done twice gives the same outputs.
pub trait Craft: Send + Sync + 'static {
    /// Does a chunk, on a blocking thread. Its outputs are kept when it returns. It asks `stop`
    /// often enough to end within seconds, by [`crate::Error::Stopped`].
    ///
    /// # Errors
    /// Why it cannot be done, in words for the planner.
    fn work(&self, workshop: &Workshop, chunk: &Claim, stop: &Stop) -> Result<Outcome>;

    /// Gathers what the stages came to.
    fn publication<'a>(
        &'a self,
        workshop: &'a Workshop,
        job: Uuid,
    ) -> BoxFuture<'a, Result<Prepared>>;

    /// Removes what is not needed once everything is published. What cannot be removed stays.
    fn clean_up<'a>(&'a self, workshop: &'a Workshop, job: Uuid) -> BoxFuture<'a, ()>;
}
