//! A worker that is a process of its own, so that it can be killed: the test binary, begun again.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use jobs::Workshop;
use jobs::engine::{Craft, Local, Stop, attend, worker_name};
use jobs::nats::{Queue, Worker};
use objects::ObjectStore;
use raster::foreign::Foreign;
use store::Store;
use uuid::Uuid;

use crate::PACE;
use crate::paint::Paint;

/// Runs the worker, or the leader of jobs of this machine, before the test harness sees the arguments.
#[used]
// SAFETY: an entry of `.init_array` is a function without arguments that returns nothing; the
// standard library is ready by then on glibc.
#[unsafe(link_section = ".init_array")]
static WORKER: extern "C" fn() = child;

#[expect(clippy::exit, reason = "the process is the worker and ends here")]
extern "C" fn child() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, what, database, nats, scratch, poison] = arguments.as_slice() else {
        return;
    };
    let runtime = || tokio::runtime::Runtime::new().unwrap();
    let shop = || shop(database, scratch.as_ref());
    let poison = poison.parse().ok();
    match what.as_str() {
        "worker" => runtime().block_on(async { work(&shop().await, nats, poison).await }),
        "leader" => runtime().block_on(async { lead(&shop().await, poison).await }),
        _ => return,
    }
    std::process::exit(0);
}

async fn shop(database: &str, scratch: &Path) -> Workshop {
    let store = Store::connect(database).await.unwrap();
    let place = std::env::var("XIANGTU_OBJECTS").unwrap();
    // One that begins while the bucket is away ends with that error; whoever minds it (systemd)
    // starts it again, as often as it takes.
    let objects = loop {
        match ObjectStore::open_place(&place, scratch) {
            Err(error) if objects::is_outage(&error) => tokio::time::sleep(PACE.look).await,
            opened => break opened.unwrap(),
        }
    };
    Workshop::new(store, objects, Foreign::new("/bin/false".into()))
}

fn crafts(poison: Option<i32>) -> impl Fn(Workshop, Uuid) -> Found + Send + Sync {
    move |_, _| async move { Ok(Arc::new(Paint { poison }) as Arc<dyn Craft>) }.boxed()
}

type Found = BoxFuture<'static, jobs::Result<Arc<dyn Craft>>>;

async fn work(shop: &Workshop, nats: &str, poison: Option<i32>) {
    let crafts = crafts(poison);
    let queue = Queue::connect(nats, PACE.unheard()).await.unwrap();
    let worker = Worker::new(shop, queue, &crafts, worker_name(), PACE);
    worker.run(&Stop::default()).await;
}

async fn lead(shop: &Workshop, poison: Option<i32>) {
    attend(shop, &crafts(poison), &Local, &Stop::default()).await;
}

/// A running worker or leader; killed with this value.
pub struct Process(Child);

impl Process {
    pub fn start(
        what: &str,
        database: &str,
        nats: &str,
        scratch: &Path,
        objects: &[(&'static str, String)],
        poison: Option<i32>,
    ) -> Self {
        let poison = poison.map_or("none".to_owned(), |position| position.to_string());
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([what, database, nats]).arg(scratch);
        command.arg(poison).envs(objects.iter().cloned());
        command.stdout(Stdio::null());
        Self(command.spawn().unwrap())
    }

    /// No farewell: neither to NATS nor to the ledger.
    pub fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
