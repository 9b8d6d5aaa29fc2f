//! `statusInfo.yaml`: a job as the standard tells of it.

use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use jobs::recipe::Shipped;
use serde::Serialize;
use store::chunk;
use store::job::{self, Job, State};
use uuid::Uuid;

use super::ANY;
use super::exception::no_such_job;
use crate::ogc::{Link, base};
use crate::problem::Problem;
use crate::recipes::Head;
use crate::session::SignedIn;
use crate::state::AppState;

/// The standard's words for how far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Accepted,
    Running,
    Successful,
    Failed,
    Dismissed,
}

impl Status {
    /// All of them, by their words.
    pub const ALL: [(&'static str, Self); 5] = [
        ("accepted", Self::Accepted),
        ("running", Self::Running),
        ("successful", Self::Successful),
        ("failed", Self::Failed),
        ("dismissed", Self::Dismissed),
    ];

    /// One that is to stop counts as dismissed: whoever dismissed it is told so at once.
    pub fn of(job: &Job) -> Self {
        match job.state {
            State::Cancelled => Self::Dismissed,
            State::Queued | State::Running if job.cancel_requested => Self::Dismissed,
            State::Queued => Self::Accepted,
            State::Running => Self::Running,
            State::Done => Self::Successful,
            State::Failed => Self::Failed,
        }
    }
}

/// `statusInfo.yaml`.
#[derive(Debug, Serialize)]
pub struct StatusInfo {
    #[serde(rename = "processID")]
    process: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "jobID")]
    job: Uuid,
    pub status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    created: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished: Option<DateTime<Utc>>,
    updated: DateTime<Utc>,
    /// Per cent.
    progress: i64,
    links: Vec<Link>,
}

/// Which process a job is of: the recipe's name tells.
pub fn process_of(job: &Job, recipes: &'static [Shipped]) -> &'static str {
    let name = Head::of(&job.recipe).recipe;
    let shipped = recipes
        .iter()
        .find(|recipe| Head::of(recipe.text).recipe == name);
    shipped.map_or(ANY, |recipe| recipe.id)
}

impl StatusInfo {
    /// A job with how many of its chunks are done.
    pub fn of(job: &Job, process: &'static str, done: i64, chunks: i64, base: &str) -> Self {
        let place = format!("{base}/jobs/{}", job.id);
        let mut links = vec![Link::json(place.clone(), "self", "")];
        if job.state == State::Done {
            let rel = "http://www.opengis.net/def/rel/ogc/1.0/results";
            links.push(Link::json(format!("{place}/results"), rel, ""));
        }
        let moments = [job.started_at, job.heartbeat_at, job.finished_at];
        let latest = moments.into_iter().flatten().max();
        Self {
            process,
            kind: "process",
            job: job.id,
            status: Status::of(job),
            message: job.error.clone(),
            created: job.created_at,
            started: job.started_at,
            finished: job.finished_at,
            updated: latest.unwrap_or(job.created_at),
            progress: match job.state {
                State::Done => 100,
                // Publishing is work too.
                _ => (done * 100 / chunks.max(1)).min(99),
            },
            links,
        }
    }
}

/// A job in a person's scope, or `no-such-job`.
pub async fn find(state: &AppState, person: &SignedIn, id: &str) -> Result<Job, Problem> {
    let id = id.parse().map_err(|_no_id| no_such_job())?;
    let job = job::by_id(&state.store, &person.scope, id).await?;
    job.ok_or_else(no_such_job)
}

/// How a job stands.
pub async fn of_one(
    state: &AppState,
    person: &SignedIn,
    id: Uuid,
    headers: &HeaderMap,
) -> Result<StatusInfo, Problem> {
    let job = job::by_id(&state.store, &person.scope, id).await?;
    let job = job.ok_or_else(no_such_job)?;
    let stages = chunk::progress(&state.store, id).await?;
    let done = stages.iter().map(|stage| stage.done).sum();
    let chunks = stages.iter().map(chunk::Progress::chunks).sum();
    let process = process_of(&job, state.recipes);
    let base = base(state, headers);
    Ok(StatusInfo::of(&job, process, done, chunks, &base))
}
