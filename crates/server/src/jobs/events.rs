//! Server-sent events: what happens to jobs, as it happens.
//!
//! `job` carries a job as in the list, `gone` the id of one that was deleted, `end` says that the
//! session has ended. Nothing is lost over a broken connection: a stream begins with how things
//! stand.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::HeaderName;
use axum::http::header::CACHE_CONTROL;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use store::job::{self, Filter};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, sleep_until, timeout_at};
use uuid::Uuid;

use super::body::of_jobs;
use super::feed::News;
use super::read::find;
use crate::problem::{Problem, ProblemBody};
use crate::session::{Planner, SignedIn};
use crate::state::AppState;

/// What happens within this time is told at once: no eye follows faster.
const GATHER: Duration = Duration::from_millis(300);
/// Every so often the session is asked for, and proxies see that the connection lives.
const BEAT: Duration = Duration::from_secs(15);
/// Jobs that are told of when a stream begins.
const FIRST: u16 = 50;

/// What happens to the jobs in scope, as server-sent events: `job` (as in the list), `gone` (an
/// id), `end` (the session has ended).
#[utoipa::path(get, path = "/api/v1/jobs/events", operation_id = "jobs_events", tag = "jobs", responses(
    (status = 200, description = "A stream that does not end by itself", body = String, content_type = "text/event-stream"),
    (status = 403, description = "`planners-only`", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn all(State(state): State<AppState>, Planner(person): Planner) -> Response {
    respond(state, person, None)
}

/// The same for one job.
#[utoipa::path(get, path = "/api/v1/jobs/{id}/events", operation_id = "job_events", tag = "jobs",
    params(("id" = Uuid, Path, description = "Job")), responses(
    (status = 200, description = "A stream that does not end by itself", body = String, content_type = "text/event-stream"),
    (status = 403, description = "`planners-only`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "`not-found`", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn one(
    State(state): State<AppState>,
    Planner(person): Planner,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    find(&state, &person, id).await?;
    Ok(respond(state, person, Some(id)))
}

fn respond(state: AppState, person: SignedIn, only: Option<Uuid>) -> Response {
    let (news, closed) = state.feed.watch();
    let watcher = Watcher {
        state,
        person,
        only,
        news,
        closed,
        told: HashSet::new(),
        waiting: VecDeque::new(),
        next_beat: Instant::now() + BEAT,
        stage: Stage::Opening,
    };
    let events = stream::unfold(watcher, |mut watcher| async move {
        let event = watcher.next().await?;
        Some((Ok::<_, Infallible>(event), watcher))
    });
    let headers = [
        (CACHE_CONTROL, "no-cache, no-transform"),
        // nginx would else keep events until a page of them is full.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Sse::new(events)).into_response()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Opening,
    Open,
    Over,
}

/// One stream.
struct Watcher {
    state: AppState,
    person: SignedIn,
    only: Option<Uuid>,
    news: broadcast::Receiver<News>,
    closed: watch::Receiver<bool>,
    /// The jobs this stream has spoken of: only of those it may say that they are gone.
    told: HashSet<Uuid>,
    waiting: VecDeque<Event>,
    next_beat: Instant,
    stage: Stage,
}

impl Watcher {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            let turn = match self.stage {
                Stage::Over => return None,
                Stage::Opening => {
                    self.stage = Stage::Open;
                    self.waiting.push_back(Event::default().comment("open"));
                    self.tell_everything().await
                }
                Stage::Open => self.turn().await,
            };
            if turn.is_err() {
                // The cause is in the log; the browser comes again.
                self.stage = Stage::Over;
            }
        }
    }

    /// Waits for something and prepares what it makes of it.
    async fn turn(&mut self) -> Result<(), Problem> {
        let heard = tokio::select! {
            // What it waits with is given back at once.
            () = async { drop(self.closed.wait_for(|closed| *closed).await) } => {
                self.stage = Stage::Over;
                return Ok(());
            }
            () = sleep_until(self.next_beat) => return self.beat().await,
            heard = self.news.recv() => heard,
        };
        let mut changed = BTreeSet::new();
        let mut everything = !hear(&heard, &mut changed);
        let until = Instant::now() + GATHER;
        while let Ok(heard) = timeout_at(until, self.news.recv()).await {
            if !hear(&heard, &mut changed) {
                everything = true;
                break;
            }
        }
        if everything {
            return self.tell_everything().await;
        }
        for id in changed {
            if self.only.is_none_or(|only| only == id) {
                self.tell(id).await?;
            }
        }
        Ok(())
    }

    async fn beat(&mut self) -> Result<(), Problem> {
        self.next_beat = Instant::now() + BEAT;
        if self.person.still(&self.state).await? {
            self.waiting.push_back(Event::default().comment("alive"));
        } else {
            self.stage = Stage::Over;
            self.waiting
                .push_back(Event::default().event("end").data("session-expired"));
        }
        Ok(())
    }

    async fn tell_everything(&mut self) -> Result<(), Problem> {
        if let Some(id) = self.only {
            return self.tell(id).await;
        }
        let scope = &self.person.scope;
        let found = job::list(&self.state.store, scope, &Filter::default(), FIRST).await?;
        self.tell_of(found.into_iter().map(|summary| summary.job).collect())
            .await
    }

    async fn tell(&mut self, id: Uuid) -> Result<(), Problem> {
        let found = job::by_id(&self.state.store, &self.person.scope, id).await?;
        if let Some(job) = found {
            return self.tell_of(vec![job]).await;
        }
        if self.told.remove(&id) {
            let gone = Event::default().event("gone").data(id.to_string());
            self.waiting.push_back(gone);
        }
        Ok(())
    }

    async fn tell_of(&mut self, jobs: Vec<job::Job>) -> Result<(), Problem> {
        for body in of_jobs(&self.state, jobs).await? {
            self.told.insert(body.id);
            let event = Event::default().event("job").json_data(&body);
            self.waiting
                .push_back(event.map_err(|error| Problem::internal(&error))?);
        }
        Ok(())
    }
}

/// Notes a job that changed; `false` when everything must be looked at.
fn hear(heard: &Result<News, RecvError>, changed: &mut BTreeSet<Uuid>) -> bool {
    match heard {
        Ok(News::Job(id)) => {
            changed.insert(*id);
            true
        }
        Ok(News::Everything) | Err(_) => false,
    }
}
