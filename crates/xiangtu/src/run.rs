//! `xiangtu run`: a recipe from its estimate to its layers.

use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, HumanDuration};
use jobs::Workshop;
use jobs::engine::{self, Ended, Local, Stop};
use jobs::plan::{Estimate, Planned};
use store::Scope;
use store::job::{self, Executor, State};
use store::job_output::{self, Kind};
use uuid::Uuid;

use crate::cli::Run;
use crate::failure::Failure;
use crate::office::Office;
use crate::recipe;
use crate::terminal::{Step, say, warn};

/// How often the bar moves.
const LOOK: Duration = Duration::from_millis(400);

/// Works a recipe; running the same again goes on with what was begun.
pub fn run(office: &Office, options: &Run) -> Result<(), Failure> {
    let text = text(options)?;
    let workshop = office.quiet_workshop().with_local_files();
    let step = Step::begin("正在准备 Looking for the images …");
    let planned = office
        .runtime
        .block_on(workshop.plan(&text, &Scope::Everything))?;
    drop(step);
    tell(&planned);
    if options.only_estimate {
        return Ok(());
    }
    let executor = if options.workers {
        Executor::Nats
    } else {
        Executor::Local
    };
    let job = office
        .runtime
        .block_on(workshop.send(&planned, None, executor))?;
    say(format_args!("任务 job {job}"));
    let stop = Stop::default();
    office.runtime.spawn(listen(stop.clone()));
    let began = Instant::now();
    let ended = office
        .runtime
        .block_on(work(&workshop, job, executor, &stop))?;
    match ended {
        Ended::Done => office
            .runtime
            .block_on(report(&workshop, job, began.elapsed())),
        Ended::Cancelled => Err(Failure::words(
            "已停止,已完成的部分保留;再次运行即可继续。Stopped; what is done is kept, run it again to go on",
        )),
        Ended::Lost => Err(Failure::words(format!(
            "the job {job} is led by another program now; `xiangtu jobs show {job}` tells how far it is"
        ))),
    }
}

fn text(options: &Run) -> Result<String, Failure> {
    let file = Path::new(&options.recipe);
    let text = if file.is_file() {
        recipe::read(file)?
    } else {
        recipe::text_of(&options.recipe)?.to_owned()
    };
    Ok(match &options.area {
        None => text,
        Some(code) => {
            let lines = text.lines().filter(|line| !line.starts_with("area:"));
            let rest = lines.collect::<Vec<_>>().join("\n");
            format!("{rest}\narea: \"{code}\"\n")
        }
    })
}

/// What it will take.
fn tell(planned: &Planned) {
    let Estimate {
        pixels,
        looks,
        chunks,
        bytes_read,
        bytes_written,
        memory_bytes,
        seconds,
    } = planned.estimate;
    let grid = &planned.plan.program.grid;
    let title = &planned.recipe.title;
    say(format_args!("{} {}", title.zh, title.en));
    let crs = grid
        .epsg
        .map_or_else(|| "?".to_owned(), |code| format!("EPSG:{code}"));
    say(format_args!(
        "  网格 grid        {} × {} px, {} ({crs})",
        grid.width,
        grid.height,
        grid.pixel_size()
    ));
    say(format_args!("  影像 images      {looks}"));
    say(format_args!("  像元 pixels      {}", HumanCount(pixels)));
    say(format_args!("  分块 chunks      {chunks}"));
    say(format_args!(
        "  读取 read        {}",
        HumanBytes(bytes_read)
    ));
    say(format_args!(
        "  写入 written     {}",
        HumanBytes(bytes_written)
    ));
    say(format_args!(
        "  内存 memory      {}",
        HumanBytes(memory_bytes)
    ));
    say(format_args!(
        "  时间 time        {}",
        HumanDuration(Duration::from_secs_f64(seconds.max(1.0)))
    ));
}

/// Ctrl-C ends the work; twice is impatience and changes nothing: chunks stop within seconds.
async fn listen(stop: Stop) {
    crate::up::told_to_stop().await;
    warn("正在停止 Stopping …");
    stop.cancel();
}

/// Leads the job, or watches it where another does.
async fn work(
    workshop: &Workshop,
    job: Uuid,
    executor: Executor,
    stop: &Stop,
) -> Result<Ended, Failure> {
    let step = Step::begin("正在处理 Working …");
    let watched = watch(workshop, job, &step);
    if executor == Executor::Nats {
        return followed(workshop, job, stop, watched).await;
    }
    let craft = workshop.craft(job).await?;
    tokio::select! {
        ended = engine::run(workshop, job, craft, &Local, stop) => match ended? {
            // The server may have been quicker.
            Ended::Lost if !stop.is_set() => followed(workshop, job, stop, watch(workshop, job, &step)).await,
            ended => Ok(ended),
        },
        never = watched => never,
    }
}

/// Waits for the end of a job that somebody else leads.
async fn followed(
    workshop: &Workshop,
    job: Uuid,
    stop: &Stop,
    watched: impl Future<Output = Result<Ended, Failure>>,
) -> Result<Ended, Failure> {
    let ended = async {
        loop {
            tokio::time::sleep(LOOK).await;
            if stop.is_set() {
                job::cancel(&workshop.store, &Scope::Everything, job).await?;
            }
            let now = job::by_id(&workshop.store, &Scope::Everything, job).await?;
            match now.as_ref().map(|job| job.state) {
                Some(State::Done) => return Ok(Ended::Done),
                Some(State::Cancelled) => return Ok(Ended::Cancelled),
                Some(State::Failed) => {
                    let error = now.and_then(|job| job.error).unwrap_or_default();
                    return Err(Failure::words(error));
                }
                Some(_) => {}
                None => return Ok(Ended::Lost),
            }
        }
    };
    tokio::select! {
        ended = ended => ended,
        never = watched => never,
    }
}

/// Moves the bar for as long as somebody waits.
async fn watch(workshop: &Workshop, job: Uuid, step: &Step) -> Result<Ended, Failure> {
    loop {
        tokio::time::sleep(LOOK).await;
        // A database that is away is the work's concern.
        if let Ok(stages) = store::chunk::progress(&workshop.store, job).await {
            let done: i64 = stages.iter().map(|stage| stage.done).sum();
            let all: i64 = stages.iter().map(store::chunk::Progress::chunks).sum();
            step.progress(done as u64, all as u64);
        }
    }
}

/// What came of it.
async fn report(workshop: &Workshop, job: Uuid, took: Duration) -> Result<(), Failure> {
    say(format_args!("已完成 Done in {:.1} s.", took.as_secs_f64()));
    for output in job_output::list(&workshop.store, &Scope::Everything, job).await? {
        let what = match output.kind {
            Kind::Layer => "图层 layer",
            Kind::Features => "要素 features",
            Kind::Table => "表格 table",
        };
        let titles = format!("{} {}", output.title_zh, output.title_en);
        say(format_args!(
            "  {what:<14} {:<28} {}",
            output.name,
            titles.trim()
        ));
        if let Some(object) = &output.object {
            say(format_args!(
                "                 {}/{object}",
                workshop.objects.place()
            ));
        }
    }
    Ok(())
}
