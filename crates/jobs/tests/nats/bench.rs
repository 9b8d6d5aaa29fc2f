//! A job of toy chunks, and everything it needs: a database, a queue, an object service, workers.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jobs::engine::{Ended, Executor, Stop, run};
use jobs::nats::testing::Server;
use jobs::nats::{Nats, Queue};
use jobs::{Result, Workshop};
use objects::testing::S3;
use raster::foreign::Foreign;
use serde_json::json;
use store::area::{self, Level};
use store::cluster::{self, Cluster, Mode};
use store::job::{self, NewJob};
use store::testing::{TestDatabase, database, rectangle};
use store::{Scope, Store, chunk, job_output};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::PACE;
use crate::paint::{CHUNKS, Paint, whole};
use crate::process::Process;

const EVERYTHING: Scope = Scope::Everything;

/// Longer than any job here takes on a busy machine.
const END: Duration = Duration::from_mins(3);

/// A database of its own, or a server of its own where that is restarted.
pub enum Database {
    Shared(#[expect(dead_code, reason = "kept until the end of the test")] TestDatabase),
    Own {
        home: TempDir,
        cluster: Option<Cluster>,
    },
}

impl Database {
    pub async fn own() -> (Self, Store) {
        let home = tempfile::tempdir().unwrap();
        std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o711)).unwrap();
        let cluster = start(&home).await;
        let store = Store::connect(cluster.url()).await.unwrap();
        store.migrate().await.unwrap();
        let cluster = Some(cluster);
        (Self::Own { home, cluster }, store)
    }

    /// Stops it for a while, however much it has to do.
    pub async fn restart(&mut self, pause: Duration) {
        let Self::Own { home, cluster } = self else {
            panic!("the server is others' as well");
        };
        let running = cluster.take().unwrap();
        tokio::task::spawn_blocking(move || running.stop().unwrap())
            .await
            .unwrap();
        tokio::time::sleep(pause).await;
        *cluster = Some(start(home).await);
    }
}

async fn start(home: &TempDir) -> Cluster {
    let home = home.path().to_owned();
    let open = move || cluster::open(&home, Mode::Own, || {}).unwrap();
    tokio::task::spawn_blocking(open).await.unwrap()
}

pub struct Bench {
    // Workers end first.
    pub workers: Vec<Process>,
    pub shop: Workshop,
    pub database: Database,
    pub nats: Server,
    pub s3: S3,
    pub job: Uuid,
    folder: TempDir,
}

impl Bench {
    pub async fn new(kind: job::Executor) -> Self {
        let database = database().await;
        let store = database.store().clone();
        Self::on(Database::Shared(database), store, kind).await
    }

    pub async fn with_own_database(kind: job::Executor) -> Self {
        let (database, store) = Database::own().await;
        Self::on(database, store, kind).await
    }

    async fn on(database: Database, store: Store, kind: job::Executor) -> Self {
        let (s3, folder) = (S3::start(), tempfile::tempdir().unwrap());
        let objects = s3.store("parts", &folder.path().join("leader"));
        let objects = objects.patient(Duration::from_millis(300));
        let job = a_job(&store, kind).await;
        Self {
            workers: Vec::new(),
            shop: Workshop::new(store, objects, Foreign::new("/bin/false".into())),
            database,
            nats: Server::start(),
            s3,
            job,
            folder,
        }
    }

    pub fn store(&self) -> &Store {
        &self.shop.store
    }

    /// A worker, as a process.
    pub fn hire(&mut self, poison: Option<i32>) {
        let worker = self.process("worker", poison);
        self.workers.push(worker);
    }

    /// A program that does the jobs of its own machine, as a process.
    pub fn leader(&self) -> Process {
        self.process("leader", None)
    }

    fn process(&self, what: &str, poison: Option<i32>) -> Process {
        let scratch = self.folder.path().join(what);
        let (url, nats) = (self.store().url(), self.nats.address());
        let objects = self.s3.environment("parts");
        Process::start(what, url, &nats, &scratch, &objects, poison)
    }

    pub async fn executor(&self) -> Nats {
        let address = self.nats.address();
        let queue = Queue::connect(&address, PACE.unheard());
        Nats::new(queue.await.unwrap(), PACE)
    }

    /// Leads the job to its end in the background.
    pub async fn lead(&self, stop: &Stop) -> JoinHandle<Result<Ended>> {
        let executor = self.executor().await;
        let (shop, job, stop) = (self.shop.clone(), self.job, stop.clone());
        tokio::spawn(async move {
            let craft = Arc::<Paint>::default();
            let led = run(&shop, job, craft, &executor, &stop);
            tokio::time::timeout(END, led).await.expect("an end")
        })
    }

    pub async fn run_with(&self, executor: &dyn Executor, stop: &Stop) -> Result<Ended> {
        run(
            &self.shop,
            self.job,
            Arc::<Paint>::default(),
            executor,
            stop,
        )
        .await
    }

    /// Waits until so many chunks of the first stage are done.
    pub async fn done(&self, count: i64) {
        let begun = Instant::now();
        while self.progress().await[0].done < count {
            assert!(begun.elapsed() < END, "never {count} chunks done");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub async fn progress(&self) -> Vec<chunk::Progress> {
        patiently(|| chunk::progress(self.store(), self.job)).await
    }

    /// Every chunk is done, the one output has the bytes of an undisturbed run, and nothing else
    /// is left. How many attempts were repeated.
    pub async fn check(&self) -> i64 {
        let stages = self.progress().await;
        let done: Vec<i64> = stages.iter().map(|stage| stage.done).collect();
        assert_eq!(done, [i64::from(CHUNKS), 1]);
        let outputs = job_output::list(self.store(), &EVERYTHING, self.job).await;
        let [output] = &outputs.unwrap()[..] else {
            panic!("one output");
        };
        let object = output.object.as_ref().unwrap().parse().unwrap();
        assert!(self.shop.objects.read(&object).unwrap() == whole());
        assert_eq!(self.shop.objects.names().unwrap(), [object]);
        assert!(self.shop.objects.part_groups().unwrap().is_empty());
        stages.iter().map(|stage| stage.repeated).sum()
    }

    /// Waits until the job is so far.
    pub async fn ended(&self, wanted: job::State) {
        let begun = Instant::now();
        while self.state().await != wanted {
            assert!(begun.elapsed() < END, "never {wanted}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub async fn state(&self) -> job::State {
        let job = patiently(|| job::by_id(self.store(), &EVERYTHING, self.job));
        job.await.unwrap().state
    }
}

/// The test, too, waits for a database that is being restarted.
async fn patiently<T, F: Future<Output = store::Result<T>>>(ask: impl Fn() -> F) -> T {
    let begun = Instant::now();
    loop {
        match ask().await {
            Err(error) if error.is_away() && begun.elapsed() < END => {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            answer => return answer.unwrap(),
        }
    }
}

async fn a_job(store: &Store, executor: job::Executor) -> Uuid {
    let village = rectangle("village", Level::Village, None, [108.0, 31.0, 108.1, 31.1]);
    area::upsert(store, &[village]).await.unwrap();
    let area = area::by_code(store, &EVERYTHING, "village").await;
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
        executor,
        chunks: vec![CHUNKS, 1],
        worker: None,
    };
    job::insert(store, &new).await.unwrap();
    new.id
}
