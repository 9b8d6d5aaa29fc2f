//! Chunks through a real NATS server (Debian's), a real S3 service and PostgreSQL.

mod server;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use jobs::nats::{Ended, Pace, Publisher, Queue, Stop, Trouble, Work, Worker};
use objects::testing::S3;
use objects::{ObjectStore, is_outage};
use serde_json::json;
use server::Nats;
use store::area::{self, Level};
use store::chunk::{self, Claim, Outcome};
use store::job::{self, Executor, NewJob};
use store::testing::{TestDatabase, database, rectangle};
use store::{Scope, Store};
use tokio::task::JoinHandle;
use uuid::Uuid;

const CHUNKS: u32 = 24;

const PACE: Pace = Pace {
    lease: Duration::from_secs(2),
    look: Duration::from_millis(200),
    attempts: 3,
    patience: Duration::from_mins(2),
};

/// Stores bytes that depend on the chunk alone, after a while.
struct Paint {
    objects: ObjectStore,
    poison: Option<i32>,
    begun: Mutex<HashMap<i32, u32>>,
}

impl Work for Paint {
    fn work(&self, claim: Claim, stop: Stop) -> BoxFuture<'static, Result<Outcome, Trouble>> {
        *self
            .begun
            .lock()
            .unwrap()
            .entry(claim.position)
            .or_default() += 1;
        let (objects, poison) = (self.objects.clone(), self.poison);
        async move {
            for _ in 0..10 {
                if stop.is_set() {
                    return Err(Trouble::Stopped);
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            if poison == Some(claim.position) {
                return Err(Trouble::Fault("a poisoned chunk".to_owned()));
            }
            let put = move || objects.put(format!("part {}", claim.position).as_bytes(), "txt");
            match tokio::task::spawn_blocking(put).await.unwrap() {
                Ok(name) => Ok(Outcome {
                    result: json!(name.as_str()),
                    ..Outcome::default()
                }),
                Err(error) if is_outage(&error) => Err(Trouble::Outage(error.to_string())),
                Err(error) => Err(Trouble::Fault(error.to_string())),
            }
        }
        .boxed()
    }
}

/// A job of one stage, and everything it needs.
struct Bench {
    database: TestDatabase,
    nats: Nats,
    s3: S3,
    scratch: tempfile::TempDir,
    job: Uuid,
}

impl Bench {
    async fn new() -> Self {
        let database = database().await;
        let job = a_job(database.store()).await;
        Self {
            database,
            nats: Nats::start(),
            s3: S3::start(),
            scratch: tempfile::tempdir().unwrap(),
            job,
        }
    }

    fn store(&self) -> &Store {
        self.database.store()
    }

    fn objects(&self) -> ObjectStore {
        self.s3
            .store("parts", self.scratch.path())
            .patient(Duration::from_millis(300))
    }

    fn paint(&self, poison: Option<i32>) -> Arc<Paint> {
        Arc::new(Paint {
            objects: self.objects(),
            poison,
            begun: Mutex::default(),
        })
    }

    async fn worker(&self, name: &str, work: &Arc<Paint>, stop: &Stop) -> JoinHandle<()> {
        let queue = Queue::connect(&self.nats.address(), PACE).await.unwrap();
        let work: Arc<dyn Work> = Arc::<Paint>::clone(work);
        let worker = Worker::new(self.store().clone(), queue, work, name, PACE);
        let stop = stop.clone();
        tokio::spawn(async move { worker.run(&stop).await.unwrap() })
    }

    async fn publisher(&self) -> JoinHandle<Ended> {
        let queue = Queue::connect(&self.nats.address(), PACE).await.unwrap();
        let publisher = Publisher::new(self.store().clone(), queue, PACE);
        let job = self.job;
        tokio::spawn(async move {
            let ended = publisher.stage(job, 0, &Stop::default());
            tokio::time::timeout(Duration::from_mins(1), ended)
                .await
                .expect("an end within a minute")
                .unwrap()
        })
    }

    /// Waits until so many chunks are done.
    async fn done(&self, count: i64) {
        let begun = Instant::now();
        while chunk::progress(self.store(), self.job).await.unwrap()[0].done < count {
            assert!(begun.elapsed() < Duration::from_secs(40), "never {count}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Every chunk done, its object holding what it should; how many attempts were repeated.
    async fn check(&self) -> i64 {
        let progress = chunk::progress(self.store(), self.job).await.unwrap()[0];
        assert_eq!(progress.done, i64::from(CHUNKS));
        let objects = self.objects();
        for (position, name) in chunk::results(self.store(), self.job, 0).await.unwrap() {
            let name = name.as_str().unwrap().parse().unwrap();
            let bytes = objects.read(&name).unwrap();
            assert_eq!(bytes, format!("part {position}").as_bytes());
        }
        assert_eq!(objects.names().unwrap().len(), CHUNKS as usize);
        progress.repeated
    }
}

async fn a_job(store: &Store) -> Uuid {
    let village = rectangle("village", Level::Village, None, [108.0, 31.0, 108.1, 31.1]);
    area::upsert(store, &[village]).await.unwrap();
    let area = area::by_code(store, &Scope::Everything, "village").await;
    let new = NewJob {
        id: Uuid::now_v7(),
        area_id: area.unwrap().unwrap().id,
        account_id: None,
        title_zh: "影像".to_owned(),
        title_en: String::new(),
        recipe: String::new(),
        recipe_hash: [7; 32],
        plan: json!({}),
        estimate: json!({}),
        executor: Executor::Nats,
        chunks: vec![CHUNKS],
        worker: Some("leader".to_owned()),
    };
    job::insert(store, &new).await.unwrap();
    new.id
}

#[tokio::test(flavor = "multi_thread")]
async fn every_chunk_is_done_once() {
    let bench = Bench::new().await;
    let (work, stop) = (bench.paint(None), Stop::default());
    let workers = [
        bench.worker("one", &work, &stop).await,
        bench.worker("two", &work, &stop).await,
    ];
    assert_eq!(bench.publisher().await.await.unwrap(), Ended::Done);
    assert_eq!(bench.check().await, 0);
    assert!(work.begun.lock().unwrap().values().all(|&times| times == 1));
    stop.set();
    for worker in workers {
        worker.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_costs_its_chunk_one_attempt() {
    let bench = Bench::new().await;
    let (work, stop) = (bench.paint(None), Stop::default());
    let doomed = bench.worker("doomed", &work, &stop).await;
    let publisher = bench.publisher().await;
    bench.done(3).await;
    // No farewell: neither to NATS nor to the ledger.
    doomed.abort();
    let _survivor = bench.worker("survivor", &work, &stop).await;
    assert_eq!(publisher.await.unwrap(), Ended::Done);
    assert!(bench.check().await <= 1);
    stop.set();
}

#[tokio::test(flavor = "multi_thread")]
async fn nats_may_lose_everything() {
    let mut bench = Bench::new().await;
    let (work, stop) = (bench.paint(None), Stop::default());
    let _one = bench.worker("one", &work, &stop).await;
    let _two = bench.worker("two", &work, &stop).await;
    let publisher = bench.publisher().await;
    bench.done(4).await;
    bench.nats.kill_and_wipe();
    tokio::time::sleep(Duration::from_millis(500)).await;
    bench.nats.go_on();
    assert_eq!(publisher.await.unwrap(), Ended::Done);
    assert_eq!(bench.check().await, 0, "what was begun went on");
    stop.set();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_the_objects_burns_no_attempt() {
    let mut bench = Bench::new().await;
    let (work, stop) = (bench.paint(None), Stop::default());
    let _one = bench.worker("one", &work, &stop).await;
    let _two = bench.worker("two", &work, &stop).await;
    let publisher = bench.publisher().await;
    bench.done(4).await;
    let long = std::env::var_os("XIANGTU_LONG").is_some();
    bench.s3.pause();
    tokio::time::sleep(Duration::from_secs(if long { 60 } else { 4 })).await;
    bench.s3.go_on();
    assert_eq!(publisher.await.unwrap(), Ended::Done);
    assert_eq!(bench.check().await, 0);
    stop.set();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_chunk_is_buried_and_can_be_tried_again() {
    let bench = Bench::new().await;
    let (poisoned, stop) = (bench.paint(Some(5)), Stop::default());
    let worker = bench.worker("one", &poisoned, &stop).await;
    assert_eq!(bench.publisher().await.await.unwrap(), Ended::Failed(1));
    let failed = chunk::list(bench.store(), &Scope::Everything, bench.job, true).await;
    let failed = failed.unwrap();
    assert_eq!((failed[0].position, failed[0].attempt), (5, PACE.attempts));
    assert_eq!(failed[0].error.as_deref(), Some("a poisoned chunk"));
    stop.set();
    worker.await.unwrap();

    // As a leader does with a job that failed, and a person who tries again.
    let store = bench.store();
    let failed = job::State::Failed;
    job::finish(store, bench.job, "leader", failed, Some("one chunk failed"))
        .await
        .unwrap();
    let everything = &Scope::Everything;
    job::retry(store, everything, bench.job).await.unwrap();
    assert!(job::begin(store, bench.job, "leader", &[]).await.unwrap());
    let (healthy, stop) = (bench.paint(None), Stop::default());
    let _two = bench.worker("two", &healthy, &stop).await;
    assert_eq!(bench.publisher().await.await.unwrap(), Ended::Done);
    bench.check().await;
    assert_eq!(*healthy.begun.lock().unwrap(), HashMap::from([(5, 1)]));
    stop.set();
}
