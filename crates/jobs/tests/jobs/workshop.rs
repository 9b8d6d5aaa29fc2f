//! A workshop with a database and objects of its own; the test binary is its own child process
//! for foreign files.

use std::{
    fs::OpenOptions,
    io::Write as _,
    path::{Path, PathBuf},
};

use jobs::Workshop;
use objects::ObjectStore;
use raster::foreign::Foreign;
use store::{
    Scope, Viewer,
    area::{self, Level},
    testing::TestDatabase,
};
use tempfile::TempDir;

/// Runs the child's body before the test harness sees the arguments.
#[used]
// SAFETY: an entry of `.init_array` is a function without arguments that returns nothing; the
// standard library is ready by then on glibc.
#[unsafe(link_section = ".init_array")]
static CHILD: extern "C" fn() = child;

#[expect(clippy::exit, reason = "the process is the child and ends here")]
extern "C" fn child() {
    if std::env::args().nth(1).as_deref() == Some("gdal-child") {
        let code = raster::foreign::child::main();
        std::process::exit(i32::from(code != std::process::ExitCode::SUCCESS));
    }
}

pub struct Bench {
    pub shop: Workshop,
    _database: TestDatabase,
    _folder: TempDir,
}

impl Bench {
    pub async fn new() -> Self {
        let database = store::testing::database().await;
        let folder = tempfile::tempdir().unwrap();
        let objects = ObjectStore::open(folder.path()).unwrap();
        let foreign = Foreign::new(std::env::current_exe().unwrap());
        let shop = Workshop::new(database.store().clone(), objects, foreign);
        Self {
            shop,
            _database: database,
            _folder: folder,
        }
    }

    /// A county in the shape of a rectangle: west, south, east, north.
    pub async fn square(&self, code: &str, bounds: [f64; 4]) {
        let area = store::testing::rectangle(code, Level::County, None, bounds);
        area::upsert(&self.shop.store, &[area]).await.unwrap();
    }

    pub async fn scenes(&self) -> usize {
        store::scene::list(&self.shop.store, &Scope::Everything)
            .await
            .unwrap()
            .len()
    }

    pub async fn layers(&self) -> usize {
        let viewer = Viewer::SignedIn(Scope::Everything);
        store::layer::list(&self.shop.store, &viewer)
            .await
            .unwrap()
            .len()
    }

    pub async fn coverages(&self, layer: &str) -> usize {
        store::coverage::list(&self.shop.store, layer)
            .await
            .unwrap()
            .len()
    }
}

/// A file of the real data, or `None` with a line that says what is skipped.
pub fn real(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("XIANGTU_REAL_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/real"),
        PathBuf::from,
    );
    let path = root.join(name);
    if !path.exists() {
        note_skipped(name);
        return None;
    }
    Some(path)
}

/// For the list at the end of `scripts/test`.
fn note_skipped(name: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let line = format!("{test}: {name} is not in XIANGTU_REAL_DATA");
    eprintln!("SKIPPED: {line}");
    let list = std::env::var_os("XIANGTU_SKIPPED");
    let file = list.and_then(|list| OpenOptions::new().append(true).create(true).open(list).ok());
    if let Some(mut file) = file {
        // A lost line would only shorten the closing list; it must not fail the test.
        let _ = writeln!(file, "{line}");
    }
}
