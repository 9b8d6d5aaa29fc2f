//! `xiangtu worker`: does chunks of jobs that other machines lead, until told to stop.

use jobs::engine::{Pace, Stop, worker_name, worker_name_with};
use jobs::nats;

use crate::attendant::{crafts, farewell};
use crate::cli::Worker;
use crate::failure::Failure;
use crate::office::Office;
use crate::terminal::say;
use crate::up::told_to_stop;

/// Works until Ctrl-C or SIGTERM; the chunk in hand is given back.
pub fn run(office: &Office, options: &Worker) -> Result<(), Failure> {
    let pace = Pace::default();
    let name = match &options.name {
        Some(word) => worker_name_with(word),
        None => worker_name(),
    };
    office.runtime.block_on(async {
        let queue = nats::Queue::connect(&options.nats, pace.unheard()).await?;
        say(format_args!(
            "工作节点已就绪,等待任务 Waiting for chunks of jobs from {}; objects are at {}. Ctrl-C 停止 stops it.",
            queue.address(),
            office.objects.place()
        ));
        let stop = Stop::default();
        let told = stop.clone();
        tokio::spawn(async move {
            told_to_stop().await;
            told.leave();
        });
        let workshop = office.workshop();
        let worker = nats::Worker::new(&workshop, queue, &crafts, name, pace);
        tokio::select! {
            () = worker.run(&stop) => {}
            () = farewell(&stop) => {}
        }
        Ok::<_, Failure>(())
    })?;
    say("已停止,手中的块已交还 Stopped; the chunk in hand is given back.");
    Ok(())
}
