//! A job of toy chunks through every accident.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt as _};
use objects::ObjectStore;
use raster::foreign::Foreign;
use serde_json::json;
use store::area::{self, Level};
use store::chunk::{self, Claim, Outcome};
use store::job::{self, NewJob};
use store::job_output::{self, Output};
use store::publication::Publication;
use store::testing::{TestDatabase, database, rectangle};
use store::{Scope, job_log};
use tempfile::TempDir;

use super::*;

const EVERYTHING: Scope = Scope::Everything;

/// Squares positions; sums them up in the end.
#[derive(Default)]
struct Squares {
    worked: AtomicI32,
    /// The position that fails.
    broken: Option<i32>,
    /// Whether `broken` was put right.
    mended: AtomicBool,
    /// The position that takes until it is told to stop.
    endless: Option<i32>,
}

impl Craft for Squares {
    fn work(&self, _workshop: &Workshop, chunk: &Claim, stop: &Stop) -> Result<Outcome> {
        self.worked.fetch_add(1, Ordering::Relaxed);
        if self.broken == Some(chunk.position) && !self.mended.load(Ordering::Relaxed) {
            return Err(Error::NoBands);
        }
        while self.endless == Some(chunk.position) {
            if stop.is_set() {
                return Err(Error::Stopped);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(Outcome {
            result: json!(chunk.position * chunk.position),
            bytes_read: 1,
            bytes_written: 1,
        })
    }

    fn publication<'a>(&'a self, shop: &'a Workshop, job: Uuid) -> BoxFuture<'a, Result<Prepared>> {
        async move {
            let squares = chunk::results(&shop.store, job, 0).await?;
            let sum: i64 = squares
                .iter()
                .filter_map(|(_, square)| square.as_i64())
                .sum();
            let table = Output {
                name: "sum".to_owned(),
                kind: job_output::Kind::Table,
                layer_id: None,
                object: None,
                title_zh: String::new(),
                title_en: String::new(),
                details: json!(sum),
            };
            let publication = Publication {
                outputs: vec![table],
                ..Publication::default()
            };
            Ok(Prepared::new(&shop.objects).with(publication))
        }
        .boxed()
    }

    fn clean_up<'a>(&'a self, _shop: &'a Workshop, _job: Uuid) -> BoxFuture<'a, ()> {
        async {}.boxed()
    }
}

struct Bench {
    shop: Workshop,
    job: Uuid,
    _database: TestDatabase,
    _folder: TempDir,
}

impl Bench {
    async fn new(worker: Option<&str>) -> Self {
        let database = database().await;
        let store = database.store().clone();
        let village = rectangle("v", Level::Village, None, [108.0, 31.0, 108.1, 31.1]);
        area::upsert(&store, &[village]).await.unwrap();
        let area = area::by_code(&store, &EVERYTHING, "v")
            .await
            .unwrap()
            .unwrap();
        let new = NewJob {
            id: Uuid::now_v7(),
            area_id: area.id,
            account_id: None,
            title_zh: String::new(),
            title_en: String::new(),
            recipe: String::new(),
            recipe_hash: [1; 32],
            plan: json!({}),
            estimate: json!({}),
            executor: job::Executor::Local,
            chunks: vec![4, 1],
            worker: worker.map(str::to_owned),
        };
        job::insert(&store, &new).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let objects = ObjectStore::open(folder.path()).unwrap();
        Self {
            shop: Workshop::new(store, objects, Foreign::new("/bin/false".into())),
            job: new.id,
            _database: database,
            _folder: folder,
        }
    }

    async fn run(&self, craft: &Arc<Squares>, stop: &Stop) -> Result<Ended> {
        let craft: Arc<dyn Craft> = Arc::<Squares>::clone(craft);
        run(&self.shop, self.job, craft, &Local, stop).await
    }

    async fn state(&self) -> State {
        let job = job::by_id(&self.shop.store, &EVERYTHING, self.job)
            .await
            .unwrap();
        job.unwrap().state
    }

    async fn outputs(&self) -> Vec<serde_json::Value> {
        let outputs = job_output::list(&self.shop.store, &EVERYTHING, self.job)
            .await
            .unwrap();
        outputs.into_iter().map(|output| output.details).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_chunk_once_and_then_the_publication() {
    let (bench, craft) = (Bench::new(None).await, Arc::<Squares>::default());
    assert_eq!(
        bench.run(&craft, &Stop::default()).await.unwrap(),
        Ended::Done
    );
    assert_eq!(craft.worked.load(Ordering::Relaxed), 5);
    assert_eq!(bench.outputs().await, [json!(1 + 4 + 9)]);
    assert_eq!(bench.state().await, State::Done);
    let again = bench.run(&craft, &Stop::default()).await.unwrap();
    assert_eq!(again, Ended::Lost, "what is done is done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_that_fails_says_why_and_is_done_after_a_retry() {
    let bench = Bench::new(None).await;
    let craft = Arc::new(Squares {
        broken: Some(2),
        ..Squares::default()
    });
    let error = bench
        .run(&craft, &Stop::default())
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("no band is left") && error.contains("chunk 2"),
        "{error}"
    );
    assert_eq!(
        (bench.state().await, bench.outputs().await.len()),
        (State::Failed, 0)
    );
    let log = job_log::list(&bench.shop.store, &EVERYTHING, bench.job, 0, 9)
        .await
        .unwrap();
    assert_eq!(
        log.last().map(|line| line.message.as_str()),
        Some(error.as_str())
    );
    craft.mended.store(true, Ordering::Relaxed);
    job::retry(&bench.shop.store, &EVERYTHING, bench.job)
        .await
        .unwrap();
    assert_eq!(
        bench.run(&craft, &Stop::default()).await.unwrap(),
        Ended::Done
    );
    assert_eq!(
        craft.worked.load(Ordering::Relaxed),
        3 + 3,
        "0 and 1 are not done again"
    );
    assert_eq!(bench.outputs().await, [json!(14)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_stops_in_mid_chunk_and_can_go_on() {
    let bench = Bench::new(None).await;
    let endless = Arc::new(Squares {
        endless: Some(1),
        ..Squares::default()
    });
    let (store, job) = (bench.shop.store.clone(), bench.job);
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(200)).await;
        job::cancel(&store, &EVERYTHING, job).await.unwrap();
    });
    let stop = Stop::default();
    let ended = tokio::time::timeout(Duration::from_secs(20), bench.run(&endless, &stop));
    assert_eq!(ended.await.unwrap().unwrap(), Ended::Cancelled);
    assert_eq!(bench.state().await, State::Cancelled);
    job::retry(&bench.shop.store, &EVERYTHING, job)
        .await
        .unwrap();
    let craft = Arc::<Squares>::default();
    assert_eq!(
        bench.run(&craft, &Stop::default()).await.unwrap(),
        Ended::Done
    );
    assert_eq!(
        craft.worked.load(Ordering::Relaxed),
        4,
        "chunk 0 was done before"
    );
    assert_eq!(bench.outputs().await, [json!(14)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_job_of_a_killed_program_is_taken_over_at_once() {
    // Of this machine, and of a process that is not there.
    let own = worker_name();
    let (before, _) = own.rsplit_once('/').unwrap();
    let dead = format!("{before}/1");
    let bench = Bench::new(Some(&dead)).await;
    let (store, lease) = (&bench.shop.store, Duration::from_hours(1));
    let held = chunk::claim(store, bench.job, 0, &dead, lease)
        .await
        .unwrap();
    assert!(held.is_some());
    let craft = Arc::<Squares>::default();
    assert_eq!(
        bench.run(&craft, &Stop::default()).await.unwrap(),
        Ended::Done
    );
    let repeated: i64 = chunk::progress(store, bench.job)
        .await
        .unwrap()
        .iter()
        .map(|stage| stage.repeated)
        .sum();
    assert_eq!(repeated, 1, "the chunk in flight");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queued_job_is_attended_to() {
    let bench = Bench::new(None).await;
    let (shop, stop) = (bench.shop.clone(), Stop::default());
    let told = stop.clone();
    let office = tokio::spawn(async move {
        let crafts = |_shop: Workshop, _job: Uuid| {
            async { Ok::<Arc<dyn Craft>, Error>(Arc::<Squares>::default()) }.boxed()
        };
        attend(&shop, &crafts, &Local, &told).await;
    });
    for _ in 0..200 {
        if bench.state().await == State::Done {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(bench.outputs().await, [json!(14)]);
    stop.cancel();
    office.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_parts_of_what_is_over_go_away_and_no_others() {
    let bench = Bench::new(None).await;
    let objects = bench.shop.objects.clone();
    let put = |group: &str| {
        let name = objects::PartName::new(group, "0-0.part").unwrap();
        objects.put_part(&name, b"part").unwrap();
    };
    let (job, deleted) = (bench.job.to_string(), Uuid::now_v7().to_string());
    for group in [job.as_str(), deleted.as_str(), "somebodys"] {
        put(group);
    }
    let groups = || {
        let mut groups = objects.part_groups().unwrap();
        groups.sort();
        groups
    };
    let ever = Duration::from_hours(1);
    tidy(&bench.shop, ever).await.unwrap();
    assert_eq!(groups(), [job.as_str(), "somebodys"], "the job is queued");
    let craft = Arc::<Squares>::default();
    bench.run(&craft, &Stop::default()).await.unwrap();
    tidy(&bench.shop, ever).await.unwrap();
    assert_eq!(groups(), ["somebodys"], "the job is done");
    assert_eq!(bench.state().await, State::Done, "and kept for a while");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_long_ago_goes_away_with_its_parts_and_tables() {
    let bench = Bench::new(None).await;
    let craft = Arc::new(Squares {
        broken: Some(2),
        ..Squares::default()
    });
    bench.run(&craft, &Stop::default()).await.unwrap_err();
    let name = objects::PartName::new(&bench.job.to_string(), "0-0.part").unwrap();
    bench.shop.objects.put_part(&name, b"part").unwrap();
    tidy(&bench.shop, Duration::from_hours(1)).await.unwrap();
    assert!(bench.shop.objects.part(&name).is_ok(), "it may be retried");
    tidy(&bench.shop, Duration::ZERO).await.unwrap();
    assert!(bench.shop.objects.part(&name).is_err());
    let job = job::by_id(&bench.shop.store, &EVERYTHING, bench.job).await;
    assert_eq!(job.unwrap(), None);

    let object = bench.shop.objects.put(b"a,b", "csv").unwrap();
    let remains = job::Remains {
        objects: vec![object.to_string()],
        ..job::Remains::default()
    };
    crate::clear(&bench.shop.store, &bench.shop.objects, remains)
        .await
        .unwrap();
    assert!(!bench.shop.objects.exists(&object).unwrap());
}
