//! `xiangtu jobs`: looking after jobs.

use jobs::Workshop;
use store::job::{self, Filter, State};
use store::{Scope, chunk, job_log, job_output};
use uuid::Uuid;

use crate::cli::Jobs;
use crate::failure::Failure;
use crate::office::Office;
use crate::terminal::say;

const EVERYTHING: Scope = Scope::Everything;
/// Jobs among which the beginning of an id is looked for.
const AMONG: u16 = 1000;
/// Jobs that are listed unless somebody says how many.
const MOST: u16 = 20;
/// Lines of the log that are shown.
const LINES: u16 = 200;

/// Lists, shows, stops and forgets.
pub fn run(office: &Office, action: Option<Jobs>) -> Result<(), Failure> {
    let workshop = office.quiet_workshop();
    office.runtime.block_on(async {
        match action.unwrap_or(Jobs::List { most: MOST }) {
            Jobs::List { most } => list(&workshop, most).await,
            Jobs::Show { id } => show(&workshop, find(&workshop, &id).await?).await,
            Jobs::Cancel { id } => {
                let id = find(&workshop, &id).await?;
                let state = job::cancel(&workshop.store, &EVERYTHING, id).await?;
                say(match state {
                    Some(State::Running) => "正在停止 It stops within seconds.",
                    Some(State::Cancelled) => "已取消 Cancelled.",
                    _ => "已结束 It has ended already.",
                });
                Ok(())
            }
            Jobs::Retry { id } => {
                let id = find(&workshop, &id).await?;
                job::retry(&workshop.store, &EVERYTHING, id).await?;
                say("已重新排队 Queued again; `xiangtu up` works it, or run its recipe again.");
                Ok(())
            }
            Jobs::Delete { id } => {
                let id = find(&workshop, &id).await?;
                if jobs::forget(&workshop, &EVERYTHING, id).await? {
                    say("已删除 Deleted; its layers stay.");
                    return Ok(());
                }
                Err(Failure::words(
                    "the job is being worked on; cancel it first",
                ))
            }
        }
    })
}

/// The one job whose id begins like this.
async fn find(workshop: &Workshop, id: &str) -> Result<Uuid, Failure> {
    let jobs = job::list(&workshop.store, &EVERYTHING, &Filter::default(), AMONG).await?;
    let ids = jobs.into_iter().map(|found| found.job.id);
    let found: Vec<Uuid> = ids
        .filter(|known| known.to_string().starts_with(id))
        .collect();
    match found.as_slice() {
        [only] => Ok(*only),
        [] => Err(Failure::words(format!(
            "there is no job “{id}”; `xiangtu jobs list` shows them"
        ))),
        _ => Err(Failure::words(format!(
            "{} jobs begin with “{id}”; give more of it",
            found.len()
        ))),
    }
}

async fn list(workshop: &Workshop, most: u16) -> Result<(), Failure> {
    let jobs = job::list(&workshop.store, &EVERYTHING, &Filter::default(), most).await?;
    if jobs.is_empty() {
        say("还没有任务 There are no jobs yet; `xiangtu run RECIPE` makes one.");
    }
    for found in jobs {
        let stages = chunk::progress(&workshop.store, found.job.id).await?;
        let done: i64 = stages.iter().map(|stage| stage.done).sum();
        let all: i64 = stages.iter().map(chunk::Progress::chunks).sum();
        let job = found.job;
        say(format_args!(
            "{}  {:<10} {:>3} %  {done:>6}/{all:<6} {}  {} {}",
            job.id,
            word(job.state),
            done * 100 / all.max(1),
            job.created_at.format("%Y-%m-%d %H:%M"),
            job.title_zh,
            job.title_en
        ));
    }
    Ok(())
}

fn word(state: State) -> &'static str {
    match state {
        State::Queued => "queued 排队",
        State::Running => "running 运行",
        State::Done => "done 完成",
        State::Failed => "failed 失败",
        State::Cancelled => "cancelled 取消",
    }
}

async fn show(workshop: &Workshop, id: Uuid) -> Result<(), Failure> {
    let store = &workshop.store;
    let Some(job) = job::by_id(store, &EVERYTHING, id).await? else {
        return Err(Failure::words("the job is gone"));
    };
    say(format_args!(
        "{id}\n{} {} · {} · {}",
        job.title_zh,
        job.title_en,
        job.area.name_zh,
        word(job.state)
    ));
    for stage in chunk::progress(store, id).await? {
        let names = [
            "像元 pixels",
            "合并 join",
            "图片 pictures",
            "合并 join",
            "派生 derive",
        ];
        let name = names.get(stage.stage as usize).copied().unwrap_or_default();
        say(format_args!(
            "  {name:<16} {}/{} done, {} running, {} failed, {} repeated",
            stage.done,
            stage.chunks(),
            stage.running,
            stage.failed,
            stage.repeated
        ));
        if stage.running > 0 {
            let workers = chunk::holders(store, id, stage.stage).await?;
            say(format_args!("    由 by: {}", workers.join(", ")));
        }
    }
    if let Some(error) = &job.error {
        say(format_args!("  错误 error: {error}"));
    }
    for output in job_output::list(store, &EVERYTHING, id).await? {
        say(format_args!(
            "  → {} ({}) {}",
            output.name,
            output.kind,
            output.object.unwrap_or_default()
        ));
    }
    for line in job_log::list(store, &EVERYTHING, id, 0, LINES).await? {
        say(format_args!(
            "  {} {:<8} {}",
            line.at.format("%H:%M:%S"),
            line.level,
            line.message
        ));
    }
    Ok(())
}
