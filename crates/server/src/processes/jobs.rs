//! The list of jobs with the filters of the class `job-list`, one job, and dismissing it.

use std::fmt::Write as _;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use serde::Serialize;
use store::job::{self, Filter, Job};
use uuid::Uuid;

use super::describe::limit;
use super::exception::{no_such_job, wrong_input};
use super::status::{Status, StatusInfo, find, of_one, process_of};
use crate::jobs::forget;
use crate::ogc::{Link, base};
use crate::problem::Problem;
use crate::session::Planner;
use crate::state::AppState;

/// Jobs a page, as the standard has it.
const PAGE: usize = 10;
const PAGE_MOST: usize = 1000;
/// Jobs asked of the store at once.
const BATCH: u16 = 200;

/// `jobList.yaml`.
#[derive(Debug, Serialize)]
pub struct Jobs {
    jobs: Vec<StatusInfo>,
    links: Vec<Link>,
}

/// GET `/ogc/jobs`.
pub async fn list(
    State(state): State<AppState>,
    Planner(person): Planner,
    headers: HeaderMap,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Json<Jobs>, Problem> {
    let wanted = Wanted::read(&query)?;
    let base = base(&state, &headers);
    let mut filter = Filter {
        state: None,
        before: wanted.before,
    };
    let mut jobs = Vec::new();
    let mut last = None;
    let mut more = false;
    'pages: loop {
        let page = job::list(&state.store, &person.scope, &filter, BATCH).await?;
        for summary in &page {
            let job = &summary.job;
            let process = process_of(job, state.recipes);
            if !wanted.has(job, process) {
                continue;
            }
            if jobs.len() == wanted.limit {
                more = true;
                break 'pages;
            }
            let (done, chunks) = (summary.chunks_done, summary.chunks);
            jobs.push(StatusInfo::of(job, process, done, chunks, &base));
            last = Some(job.id);
        }
        filter.before = page.last().map(|summary| summary.job.id);
        if page.len() < usize::from(BATCH) {
            break;
        }
    }
    let mut links = vec![Link::json(format!("{base}/jobs"), "self", "")];
    if let Some(last) = last.filter(|_| more) {
        let next = format!("{base}/jobs?{}", wanted.after(&query, last));
        links.push(Link::json(next, "next", ""));
    }
    Ok(Json(Jobs { jobs, links }))
}

/// GET `/ogc/jobs/{id}`.
pub async fn one(
    State(state): State<AppState>,
    Planner(person): Planner,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<StatusInfo>, Problem> {
    let job = find(&state, &person, &id).await?;
    of_one(&state, &person, job.id, &headers).await.map(Json)
}

/// DELETE `/ogc/jobs/{id}`: stops a job, or forgets one that has ended.
pub async fn dismiss(
    State(state): State<AppState>,
    Planner(person): Planner,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<StatusInfo>, Problem> {
    let found = find(&state, &person, &id).await?;
    let mut told = of_one(&state, &person, found.id, &headers).await?;
    if matches!(found.state, job::State::Queued | job::State::Running) {
        let stands = job::cancel(&state.store, &person.scope, found.id).await?;
        stands.ok_or_else(no_such_job)?;
    } else {
        forget(&state, &person, found.id).await?;
    }
    tracing::info!(account = person.account.id, job = %found.id, "a job was dismissed");
    told.status = Status::Dismissed;
    Ok(Json(told))
}

/// What somebody wants to see of the list.
#[derive(Debug)]
struct Wanted {
    kinds: Option<Vec<String>>,
    processes: Option<Vec<String>>,
    statuses: Option<Vec<Status>>,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    min_seconds: Option<i64>,
    max_seconds: Option<i64>,
    limit: usize,
    /// Only older than this job: our own, in the links to the next page.
    before: Option<Uuid>,
}

impl Wanted {
    fn read(query: &[(String, String)]) -> Result<Self, Problem> {
        let one = |name: &str| {
            let found = query.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.as_str())
        };
        // Lists are written with commas or by repeating the name.
        let many = |name: &str| {
            let mut values = query.iter().filter(|(key, _)| key == name).peekable();
            values.peek()?;
            let words = values.flat_map(|(_, value)| value.split(','));
            Some(words.map(str::to_owned).collect::<Vec<_>>())
        };
        let statuses = many("status")
            .map(|words| words.iter().map(|word| status(word)).collect())
            .transpose()?;
        let (from, to) = one("datetime").map_or(Ok((None, None)), interval)?;
        let seconds = |name: &str| {
            let text = one(name);
            text.map(|text| whole(name, text)).transpose()
        };
        Ok(Self {
            kinds: many("type"),
            processes: many("processID"),
            statuses,
            from,
            to,
            min_seconds: seconds("minDuration")?,
            max_seconds: seconds("maxDuration")?,
            limit: limit(one("limit"), PAGE, PAGE_MOST)?,
            before: one("before")
                .map(str::parse)
                .transpose()
                .map_err(|_no_id| no_such_job())?,
        })
    }

    fn has(&self, job: &Job, process: &str) -> bool {
        let among = |list: &Option<Vec<String>>, word: &str| {
            list.as_ref()
                .is_none_or(|list| list.iter().any(|one| one == word))
        };
        let status = Status::of(job);
        among(&self.kinds, "process")
            && among(&self.processes, process)
            && self
                .statuses
                .as_ref()
                .is_none_or(|list| list.contains(&status))
            && self.from.is_none_or(|from| job.created_at >= from)
            && self.to.is_none_or(|to| job.created_at <= to)
            && self.lasted(job)
    }

    /// How long it ran, or runs already; a job that was not begun has no duration.
    fn lasted(&self, job: &Job) -> bool {
        if self.min_seconds.is_none() && self.max_seconds.is_none() {
            return true;
        }
        let Some(started) = job.started_at else {
            return false;
        };
        let lasted = job.finished_at.unwrap_or_else(Utc::now) - started;
        let seconds = lasted.num_milliseconds();
        self.min_seconds.is_none_or(|least| seconds >= least * 1000)
            && self.max_seconds.is_none_or(|most| seconds <= most * 1000)
    }

    /// The query of the next page.
    fn after(&self, query: &[(String, String)], last: Uuid) -> String {
        let known = |name: &str| {
            matches!(
                name,
                "type" | "processID" | "status" | "datetime" | "minDuration" | "maxDuration"
            )
        };
        let mut pairs: Vec<String> = query
            .iter()
            .filter(|(name, _)| known(name))
            .map(|(name, value)| format!("{name}={}", escaped(value)))
            .collect();
        pairs.push(format!("limit={}", self.limit));
        pairs.push(format!("before={last}"));
        pairs.join("&")
    }
}

fn status(word: &str) -> Result<Status, Problem> {
    let found = Status::ALL.iter().find(|(known, _)| *known == word);
    found.map(|(_, status)| *status).ok_or_else(|| {
        let known: Vec<_> = Status::ALL.iter().map(|(word, _)| *word).collect();
        wrong_input(
            format!("没有状态“{word}”，可用：{}。", known.join("、")),
            format!(
                "There is no status “{word}”; there are: {}.",
                known.join(", ")
            ),
        )
    })
}

fn whole(name: &str, text: &str) -> Result<i64, Problem> {
    let number = text.parse::<i64>().ok();
    number
        .filter(|seconds| (0..=i64::from(u32::MAX)).contains(seconds))
        .ok_or_else(|| {
            wrong_input(
                format!("{name} 须为整数秒，不能是“{text}”。"),
                format!("{name} must be whole seconds, not “{text}”."),
            )
        })
}

type Ends = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// A moment, or two with a stroke between them; `..` or nothing leaves an end open.
fn interval(text: &str) -> Result<Ends, Problem> {
    let moment = |text: &str| match text {
        "" | ".." => Some(None),
        text => DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|moment| Some(moment.to_utc())),
    };
    let ends = match text.split_once('/') {
        Some((from, to)) => moment(from).zip(moment(to)),
        None if text.is_empty() => None,
        None => moment(text).map(|moment| (moment, moment)),
    };
    ends.ok_or_else(|| {
        wrong_input(
            format!("datetime 须为 RFC 3339 时刻或区间，不能是“{text}”。"),
            format!("datetime must be a moment or an interval of RFC 3339, not “{text}”."),
        )
    })
}

/// A value in a query (RFC 3986).
fn escaped(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~,:/".contains(&byte);
    value.bytes().fold(String::new(), |mut text, byte| {
        if plain(byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_may_be_open_at_either_end() {
        let morning = "2024-06-01T08:00:00Z";
        let at = DateTime::parse_from_rfc3339(morning).unwrap().to_utc();
        assert_eq!(interval(morning).unwrap(), (Some(at), Some(at)));
        assert_eq!(
            interval(&format!("{morning}/..")).unwrap(),
            (Some(at), None)
        );
        assert_eq!(interval(&format!("/{morning}")).unwrap(), (None, Some(at)));
        for wrong in ["", "yesterday", "2024-06-01/June"] {
            assert!(interval(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_next_page_keeps_the_filters() {
        let query = [
            ("status".to_owned(), "running,failed".to_owned()),
            (
                "datetime".to_owned(),
                "2024-06-01T08:00:00+08:00/..".to_owned(),
            ),
            ("lang".to_owned(), "en".to_owned()),
        ];
        let wanted = Wanted::read(&query).unwrap();
        assert_eq!(
            wanted.after(&query, Uuid::nil()),
            "status=running,failed&datetime=2024-06-01T08:00:00%2B08:00/..&limit=10\
             &before=00000000-0000-0000-0000-000000000000"
        );
    }
}
