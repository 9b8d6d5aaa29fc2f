//! Jobs through real workers (processes), Debian's NATS server, an S3 service and PostgreSQL, and
//! through every accident: nothing is lost, nothing is done twice but the chunks in flight, and the
//! end has the bytes of an undisturbed run.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod bench;
mod paint;
mod process;

use std::time::{Duration, Instant};

use jobs::engine::{Ended, Local, Pace, Stop};
use rand::{RngExt as _, SeedableRng as _};
use store::job::{Executor, State};
use store::{Scope, chunk, job, job_log};

use crate::bench::Bench;
use crate::paint::CHUNKS;

/// Faster than usual, so that the tests are.
const PACE: Pace = Pace {
    lease: Duration::from_secs(4),
    sign: Duration::from_millis(300),
    look: Duration::from_millis(200),
    attempts: 3,
    patience: Duration::from_mins(3),
};

fn long() -> bool {
    std::env::var("XIANGTU_LONG").is_ok_and(|long| long == "1")
}

#[tokio::test(flavor = "multi_thread")]
async fn undisturbed_every_chunk_is_done_once() {
    let mut bench = Bench::new(Executor::Nats).await;
    bench.hire(None);
    bench.hire(None);
    let led = bench.lead(&Stop::default()).await;
    assert_eq!(led.await.unwrap().unwrap(), Ended::Done);
    assert_eq!(bench.check().await, 0);
    let chunks = chunk::list(bench.store(), &Scope::Everything, bench.job, false).await;
    let mut workers: Vec<_> = chunks.unwrap().into_iter().map(|c| c.worker).collect();
    workers.sort();
    workers.dedup();
    assert_eq!(workers.len(), 2, "both had work");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_program_alone_comes_to_the_same_bytes() {
    let bench = Bench::new(Executor::Local).await;
    let ended = bench.run_with(&Local, &Stop::default()).await.unwrap();
    assert_eq!(ended, Ended::Done);
    assert_eq!(bench.check().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_program_waits_for_its_database() {
    let mut bench = Bench::with_own_database(Executor::Local).await;
    let _leader = bench.leader();
    bench.done(4).await;
    bench.database.restart(Duration::from_secs(3)).await;
    bench.ended(State::Done).await;
    assert!(bench.check().await <= 1, "the chunk in flight");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_program_goes_on_at_once_where_a_killed_one_stood() {
    let bench = Bench::new(Executor::Local).await;
    let mut leader = bench.leader();
    bench.done(4).await;
    leader.kill();
    let (before, begun) = (bench.progress().await[0].done, Instant::now());
    let _next = bench.leader();
    bench.done(before + 1).await;
    let lease = Pace::default().lease;
    assert!(begun.elapsed() < lease / 2, "it waited for a lease");
    bench.ended(State::Done).await;
    assert!(bench.check().await <= 1, "the chunk in flight");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_costs_the_chunk_in_its_hand_and_no_waiting() {
    let mut bench = Bench::new(Executor::Nats).await;
    bench.hire(None);
    let led = bench.lead(&Stop::default()).await;
    bench.done(3).await;
    bench.workers[0].kill();
    bench.hire(None);
    assert_eq!(led.await.unwrap().unwrap(), Ended::Done);
    assert!(bench.check().await <= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nats_may_lose_everything() {
    let mut bench = Bench::new(Executor::Nats).await;
    bench.hire(None);
    bench.hire(None);
    let led = bench.lead(&Stop::default()).await;
    bench.done(4).await;
    bench.nats.kill_and_wipe();
    tokio::time::sleep(Duration::from_millis(500)).await;
    bench.nats.go_on();
    assert_eq!(led.await.unwrap().unwrap(), Ended::Done);
    assert_eq!(bench.check().await, 0, "what was begun went on");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_objects_may_be_away_for_a_while() {
    let mut bench = Bench::new(Executor::Nats).await;
    bench.hire(None);
    bench.hire(None);
    let led = bench.lead(&Stop::default()).await;
    bench.done(4).await;
    bench.s3.pause();
    tokio::time::sleep(Duration::from_secs(if long() { 60 } else { 10 })).await;
    bench.s3.go_on();
    assert_eq!(led.await.unwrap().unwrap(), Ended::Done);
    assert_eq!(bench.check().await, 0, "an outage costs no attempt");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_may_be_restarted() {
    let mut bench = Bench::with_own_database(Executor::Nats).await;
    bench.hire(None);
    bench.hire(None);
    let led = bench.lead(&Stop::default()).await;
    bench.done(4).await;
    let pause = Duration::from_secs(if long() { 60 } else { 1 });
    bench.database.restart(pause).await;
    assert_eq!(led.await.unwrap().unwrap(), Ended::Done);
    assert!(bench.check().await <= 2, "the chunks in flight");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_chunk_is_buried_and_can_be_tried_again() {
    let mut bench = Bench::new(Executor::Nats).await;
    bench.hire(Some(5));
    let led = bench.lead(&Stop::default()).await;
    let error = led.await.unwrap().unwrap_err().to_string();
    assert!(error.contains("chunk 5"), "{error}");
    assert_eq!(bench.state().await, State::Failed);
    let failed = chunk::list(bench.store(), &Scope::Everything, bench.job, true).await;
    let failed = failed.unwrap();
    assert_eq!((failed[0].position, failed[0].attempt), (5, PACE.attempts));
    let log = job_log::list(bench.store(), &Scope::Everything, bench.job, 0, 9).await;
    let warnings = |line: &&job_log::Line| line.level == job_log::Level::Warning;
    let tried = log.unwrap().iter().filter(warnings).count();
    assert_eq!(tried, 2, "each time it is tried again");

    bench.workers.clear();
    job::retry(bench.store(), &Scope::Everything, bench.job)
        .await
        .unwrap();
    bench.hire(None);
    let led = bench.lead(&Stop::default()).await;
    assert_eq!(led.await.unwrap().unwrap(), Ended::Done);
    bench.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_stops_at_the_workers_too() {
    let mut bench = Bench::new(Executor::Nats).await;
    bench.hire(None);
    let led = bench.lead(&Stop::default()).await;
    bench.done(3).await;
    let begun = Instant::now();
    job::cancel(bench.store(), &Scope::Everything, bench.job)
        .await
        .unwrap();
    assert_eq!(led.await.unwrap().unwrap(), Ended::Cancelled);
    while bench.progress().await[0].running > 0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "it goes on");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(bench.progress().await[0].done < i64::from(CHUNKS));
    job::retry(bench.store(), &Scope::Everything, bench.job)
        .await
        .unwrap();
    let led = bench.lead(&Stop::default()).await;
    assert_eq!(led.await.unwrap().unwrap(), Ended::Done);
    assert!(bench.check().await <= 1, "the chunk in flight");
}

/// One accident after the other, at moments that the seed chooses.
#[tokio::test(flavor = "multi_thread")]
async fn a_season_of_accidents() {
    for seed in 0..if long() { 12 } else { 1 } {
        let mut random = rand::rngs::StdRng::seed_from_u64(seed);
        let mut bench = Bench::with_own_database(Executor::Nats).await;
        bench.hire(None);
        bench.hire(None);
        let led = bench.lead(&Stop::default()).await;
        let mut in_flight = 0;
        for accident in 0..4 {
            bench.done(i64::from(CHUNKS) * accident / 4).await;
            tokio::time::sleep(Duration::from_millis(random.random_range(0..400))).await;
            match (accident + seed as i64) % 4 {
                0 => {
                    bench.nats.kill_and_wipe();
                    tokio::time::sleep(Duration::from_millis(300)).await;
                    bench.nats.go_on();
                }
                1 => {
                    let victim = random.random_range(0..2);
                    bench.workers.swap_remove(victim).kill();
                    bench.hire(None);
                    in_flight += 1;
                }
                2 => {
                    bench.database.restart(Duration::from_millis(300)).await;
                    in_flight += 2;
                }
                _ => {
                    bench.s3.pause();
                    tokio::time::sleep(Duration::from_secs(2)).await;
                    bench.s3.go_on();
                }
            }
        }
        assert_eq!(led.await.unwrap().unwrap(), Ended::Done, "seed {seed}");
        let repeated = bench.check().await;
        assert!(repeated <= in_flight, "seed {seed}: {repeated}");
    }
}
