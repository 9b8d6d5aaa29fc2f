//! What is asked of those who make pixels: what a recipe takes, and to take it in.

use futures::future::{BoxFuture, FutureExt as _};
use jobs::plan::Estimate;
use jobs::{Result, Workshop};
use store::Scope;
use store::job::Executor;
use uuid::Uuid;

/// Who foresees jobs and takes them in.
pub trait Intake: Send + Sync {
    /// What a recipe takes, with the images that `scope` holds.
    fn estimate<'a>(&'a self, recipe: &'a str, scope: &'a Scope)
    -> BoxFuture<'a, Result<Estimate>>;

    /// Puts a job into the ledger, queued, in the name of an account.
    fn send<'a>(
        &'a self,
        recipe: &'a str,
        scope: &'a Scope,
        sender: i64,
    ) -> BoxFuture<'a, Result<Uuid>>;
}

impl Intake for Workshop {
    fn estimate<'a>(
        &'a self,
        recipe: &'a str,
        scope: &'a Scope,
    ) -> BoxFuture<'a, Result<Estimate>> {
        async move { Ok(self.plan(recipe, scope).await?.estimate) }.boxed()
    }

    fn send<'a>(
        &'a self,
        recipe: &'a str,
        scope: &'a Scope,
        sender: i64,
    ) -> BoxFuture<'a, Result<Uuid>> {
        async move {
            let planned = self.plan(recipe, scope).await?;
            Self::send(self, &planned, Some(sender), Executor::Local).await
        }
        .boxed()
    }
}
