//! Removing what jobs left.

use objects::{ObjectName, ObjectStore};
use serde_json::Value;
use store::job::{self, Remains};
use store::{Scope, Store, coverage, object_head};
use uuid::Uuid;

use super::{DerivedResult, Kept};
use crate::{Error, Result, Workshop};

/// Removes the parts of a job that is published or gone.
pub(super) async fn parts(objects: &ObjectStore, job: Uuid) -> Result<()> {
    blocking(objects, move |objects| {
        objects.remove_parts(&job.to_string())
    })
    .await
}

/// Forgets a job within a scope that has ended: its ledger, its log, its parts, its tables, and the
/// images it made that no layer shows. Whether there was such a job.
///
/// # Errors
/// When the database or the object store fails; what is left then goes when the program tidies up.
pub async fn forget(workshop: &Workshop, scope: &Scope, job: Uuid) -> Result<bool> {
    match job::delete(&workshop.store, scope, job).await? {
        None => Ok(false),
        Some(remains) => {
            clear(&workshop.store, &workshop.objects, remains).await?;
            Ok(true)
        }
    }
}

/// Removes what deleted jobs leave behind, but for what a layer shows.
///
/// # Errors
/// As [`forget`].
pub async fn clear(store: &Store, objects: &ObjectStore, remains: Remains) -> Result<()> {
    for job in remains.jobs {
        parts(objects, job).await?;
    }
    let made = remains.results.into_iter().flat_map(made);
    let images = made.filter(|kept| kept.fresh).map(|kept| kept.name);
    for name in remains.objects.into_iter().chain(images) {
        // Parts are gone already.
        let Ok(name) = name.parse::<ObjectName>() else {
            continue;
        };
        if !coverage::shows(store, name.as_str()).await? {
            object_head::forget(store, &[name.to_string()]).await?;
            blocking(objects, move |objects| objects.remove(&name)).await?;
        }
    }
    Ok(())
}

async fn blocking(
    objects: &ObjectStore,
    work: impl FnOnce(&ObjectStore) -> objects::Result<()> + Send + 'static,
) -> Result<()> {
    let objects = objects.clone();
    let done = tokio::task::spawn_blocking(move || work(&objects)).await;
    Ok(done.map_err(|source| Error::Interrupted { source })??)
}

/// The objects that a chunk's result names.
fn made(result: Value) -> Vec<Kept> {
    if let Ok(derived) = serde_json::from_value::<DerivedResult>(result.clone()) {
        return derived.files;
    }
    serde_json::from_value(result).into_iter().collect()
}
