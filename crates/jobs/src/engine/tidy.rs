//! Removing what is over: jobs that ended long ago, and parts nobody will join any more.

use std::time::Duration;

use chrono::Utc;
use objects::ObjectStore;
use store::job;
use uuid::Uuid;

use crate::{Result, Workshop};

/// Deletes the jobs that ended longer than `kept` ago, with their tables, and the parts of all
/// jobs that are done or deleted; a job that failed or was cancelled needs its parts to go on.
///
/// # Errors
/// When the database or the object store fails; the next time removes what is left.
pub async fn tidy(workshop: &Workshop, kept: Duration) -> Result<()> {
    let store = &workshop.store;
    let remains = job::delete_finished(store, Utc::now() - kept).await?;
    crate::work::clear(store, &workshop.objects, remains).await?;
    let groups = workshop
        .blocking(|workshop| Ok(workshop.objects.part_groups()?))
        .await?;
    // Whatever has no such name is not ours.
    let jobs: Vec<Uuid> = groups
        .iter()
        .filter_map(|group| group.parse().ok())
        .collect();
    let open = job::not_done(store, &jobs).await?;
    let over: Vec<Uuid> = jobs.into_iter().filter(|job| !open.contains(job)).collect();
    workshop
        .blocking(move |workshop| remove_parts(&workshop.objects, &over))
        .await
}

fn remove_parts(objects: &ObjectStore, jobs: &[Uuid]) -> Result<()> {
    for job in jobs {
        objects.remove_parts(&job.to_string())?;
    }
    Ok(())
}
