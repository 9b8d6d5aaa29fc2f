//! Jobs as clients see them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use jobs::plan::Estimate;
use serde::Serialize;
use store::job::{self, Executor, Job};
use store::{account, chunk, job_log, job_output};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::areas::AreaName;
use crate::problem::Problem;
use crate::state::AppState;

/// A line of the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobBody {
    /// Key.
    pub id: Uuid,
    /// Chinese title.
    title_zh: String,
    /// English title; may be empty.
    title_en: String,
    /// The area it is for.
    area: AreaName,
    /// `queued`, `running`, `done`, `failed` or `cancelled`.
    #[schema(value_type = String, example = "running")]
    pub state: job::State,
    /// Whether somebody wants it to stop.
    cancel_requested: bool,
    /// `local` or `nats`.
    #[schema(value_type = String, example = "local")]
    executor: Executor,
    /// The name of who sent it; `null` from the command line.
    sent_by: Option<String>,
    /// Why it failed.
    error: Option<String>,
    /// When it was sent.
    created_at: DateTime<Utc>,
    /// When it was begun.
    started_at: Option<DateTime<Utc>>,
    /// When it ended.
    finished_at: Option<DateTime<Utc>>,
    /// How far it is.
    progress: ProgressBody,
}

/// How far a job is.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct ProgressBody {
    /// All chunks.
    chunks: i64,
    /// Those that are done.
    done: i64,
    /// Those somebody works on.
    running: i64,
    /// Those that failed.
    failed: i64,
    /// Bytes read by what is done.
    bytes_read: i64,
    /// Bytes written by what is done.
    bytes_written: i64,
    /// Chunks a minute of late; `null` unless it runs and one is done.
    per_minute: Option<f64>,
    /// Seconds still to go at that rate.
    remaining_s: Option<f64>,
}

/// One job in full.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobDetailBody {
    #[serde(flatten)]
    job: JobBody,
    /// The recipe as it was written.
    recipe: String,
    /// What was foreseen.
    estimate: EstimateBody,
    /// In order.
    stages: Vec<StageBody>,
    /// What came of it; empty until it is done.
    outputs: Vec<OutputBody>,
}

/// What a job takes.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct EstimateBody {
    /// Pixels of all outputs.
    pixels: u64,
    /// Images that are read.
    looks: u64,
    /// Chunks of all stages.
    chunks: u64,
    /// Bytes read, as they are stored.
    bytes_read: u64,
    /// Bytes written.
    bytes_written: u64,
    /// Bytes of memory at most.
    memory_bytes: u64,
    /// Seconds on this machine.
    seconds: f64,
}

impl From<Estimate> for EstimateBody {
    fn from(estimate: Estimate) -> Self {
        Self {
            pixels: estimate.pixels,
            looks: estimate.looks,
            chunks: estimate.chunks,
            bytes_read: estimate.bytes_read,
            bytes_written: estimate.bytes_written,
            memory_bytes: estimate.memory_bytes,
            seconds: estimate.seconds,
        }
    }
}

/// A part of the work whose chunks do not wait for one another.
#[derive(Debug, Serialize, ToSchema)]
struct StageBody {
    /// From 0.
    stage: i32,
    /// How many chunks it has.
    chunks: i64,
}

/// Something that came of a job.
#[derive(Debug, Serialize, ToSchema)]
struct OutputBody {
    /// Its name in the job.
    name: String,
    /// `layer`, `features` or `table`.
    #[schema(value_type = String, example = "layer")]
    kind: job_output::Kind,
    /// The layer, unless it is gone.
    layer_id: Option<String>,
    /// Chinese title.
    title_zh: String,
    /// English title; may be empty.
    title_en: String,
    /// Whether its features are patches that wait for a field check.
    ledger: bool,
    /// The files of a table.
    files: Vec<FileBody>,
}

/// A file to download.
#[derive(Debug, Serialize, ToSchema)]
struct FileBody {
    /// `csv` or `parquet`.
    format: String,
    /// Path.
    href: String,
}

/// One chunk of the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChunkBody {
    /// Stage, from 0.
    stage: i32,
    /// Place in the stage, from 0.
    position: i32,
    /// `waiting`, `running`, `done` or `failed`.
    #[schema(value_type = String, example = "done")]
    state: chunk::State,
    /// How often it was begun.
    attempt: i32,
    /// Who works on it, or did last.
    worker: Option<String>,
    /// Why it failed.
    error: Option<String>,
}

/// A line of the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineBody {
    /// Grows with time.
    id: i64,
    /// When it was said.
    at: DateTime<Utc>,
    /// `info`, `warning` or `error`.
    #[schema(value_type = String, example = "info")]
    level: job_log::Level,
    /// What was said.
    message: String,
}

impl From<chunk::Chunk> for ChunkBody {
    fn from(chunk: chunk::Chunk) -> Self {
        Self {
            stage: chunk.stage,
            position: chunk.position,
            state: chunk.state,
            attempt: chunk.attempt,
            worker: chunk.worker,
            error: chunk.error,
        }
    }
}

impl From<job_log::Line> for LineBody {
    fn from(line: job_log::Line) -> Self {
        Self {
            id: line.id,
            at: line.at,
            level: line.level,
            message: line.message,
        }
    }
}

impl OutputBody {
    fn of(job: Uuid, output: job_output::Output, ledgers: &[String]) -> Self {
        let file = |object: &String| FileBody {
            format: object.rsplit('.').next().unwrap_or_default().to_owned(),
            href: format!("/api/v1/jobs/{job}/outputs/{}", output.name),
        };
        Self {
            ledger: output
                .layer_id
                .as_ref()
                .is_some_and(|id| ledgers.contains(id)),
            files: output.object.iter().map(file).collect(),
            name: output.name,
            kind: output.kind,
            layer_id: output.layer_id,
            title_zh: output.title_zh,
            title_en: output.title_en,
        }
    }
}

/// Some jobs with how far they are, in their order. Who may see them was asked before.
pub async fn of_jobs(state: &AppState, jobs: Vec<Job>) -> Result<Vec<JobBody>, Problem> {
    let senders: Vec<_> = jobs.iter().filter_map(|job| job.account_id).collect();
    let names: HashMap<_, _> = account::names(&state.store, &senders)
        .await?
        .into_iter()
        .collect();
    let mut bodies = Vec::with_capacity(jobs.len());
    for job in jobs {
        let stages = chunk::progress(&state.store, job.id).await?;
        let pace = match job.state {
            job::State::Running => chunk::pace(&state.store, job.id).await?,
            _ => None,
        };
        let sent_by = job.account_id.and_then(|id| names.get(&id).cloned());
        bodies.push(of_job(job, sent_by, &stages, pace));
    }
    Ok(bodies)
}

/// One job in full.
pub async fn in_full(
    state: &AppState,
    job: Job,
    outputs: Vec<job_output::Output>,
) -> Result<JobDetailBody, Problem> {
    let (id, recipe) = (job.id, job.recipe.clone());
    // An older version may have kept less.
    let estimate: Estimate = serde_json::from_value(job.estimate.clone()).unwrap_or_default();
    let stages = chunk::progress(&state.store, id).await?;
    let ledgers = store::patch::ledgers(&state.store).await?;
    let job = of_jobs(state, vec![job]).await?.pop();
    let job = job.ok_or_else(|| Problem::new(&crate::problem::kinds::NOT_FOUND))?;
    let output = |output| OutputBody::of(id, output, &ledgers);
    Ok(JobDetailBody {
        job,
        recipe,
        estimate: estimate.into(),
        stages: stages
            .iter()
            .map(|stage| StageBody {
                stage: stage.stage,
                chunks: stage.chunks(),
            })
            .collect(),
        outputs: outputs.into_iter().map(output).collect(),
    })
}

fn of_job(
    job: Job,
    sent_by: Option<String>,
    stages: &[chunk::Progress],
    pace: Option<f64>,
) -> JobBody {
    let sum = |of: fn(&chunk::Progress) -> i64| stages.iter().map(of).sum::<i64>();
    let (chunks, done) = (sum(chunk::Progress::chunks), sum(|stage| stage.done));
    JobBody {
        id: job.id,
        title_zh: job.title_zh,
        title_en: job.title_en,
        area: job.area.into(),
        state: job.state,
        cancel_requested: job.cancel_requested,
        executor: job.executor,
        sent_by,
        error: job.error,
        created_at: job.created_at,
        started_at: job.started_at,
        finished_at: job.finished_at,
        progress: ProgressBody {
            chunks,
            done,
            running: sum(|stage| stage.running),
            failed: sum(|stage| stage.failed),
            bytes_read: sum(|stage| stage.bytes_read),
            bytes_written: sum(|stage| stage.bytes_written),
            per_minute: pace,
            remaining_s: pace.map(|pace| (chunks - done) as f64 * 60.0 / pace),
        },
    }
}
