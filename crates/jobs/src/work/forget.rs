//! Removing what jobs left.

use objects::ObjectName;
use serde_json::Value;
use store::job::Remains;
use store::{Scope, coverage, job};
use uuid::Uuid;

use super::{DerivedResult, Kept};
use crate::{Result, Workshop};

/// Removes the parts of a job that is published.
pub(super) async fn parts(workshop: &Workshop, job: Uuid) -> Result<()> {
    workshop
        .blocking(move |shop| Ok(shop.objects.remove_parts(&job.to_string())?))
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
        Some(remains) => clear(workshop, remains).await.map(|()| true),
    }
}

/// Removes what deleted jobs leave behind, but for what a layer shows.
///
/// # Errors
/// As [`forget`].
pub async fn clear(workshop: &Workshop, remains: Remains) -> Result<()> {
    for job in remains.jobs {
        parts(workshop, job).await?;
    }
    let images = remains
        .results
        .into_iter()
        .flat_map(made)
        .filter(|kept| kept.fresh)
        .map(|kept| kept.name);
    for name in remains.objects.into_iter().chain(images) {
        // Parts are gone already.
        let Ok(name) = name.parse::<ObjectName>() else {
            continue;
        };
        if !coverage::shows(&workshop.store, name.as_str()).await? {
            workshop
                .blocking(move |shop| Ok(shop.objects.remove(&name)?))
                .await?;
        }
    }
    Ok(())
}

/// The objects that a chunk's result names.
fn made(result: Value) -> Vec<Kept> {
    if let Ok(derived) = serde_json::from_value::<DerivedResult>(result.clone()) {
        return derived.files;
    }
    serde_json::from_value(result).into_iter().collect()
}
