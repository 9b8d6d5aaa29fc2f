//! A database of its own for every test, in milliseconds.
//!
//! In another crate:
//!
//! ```toml
//! [dev-dependencies]
//! store = { workspace = true, features = ["testing"] }
//! ```
//!
//! ```no_run
//! #[tokio::test(flavor = "multi_thread")]
//! async fn a_village_is_found() {
//!     let database = store::testing::database().await;
//!     let store: &store::Store = database.store();
//!     // …
//! }
//! ```
//!
//! One PostgreSQL serves all tests of all crates on this machine. The first test that needs it
//! starts it (fast and careless: no fsync), later ones and later runs find it by its socket in
//! `/tmp/xiangtu-tests-<uid>` (another folder by `XIANGTU_TEST_CLUSTER`). It outlives the tests;
//! `kill -INT $(head -1 /tmp/xiangtu-tests-$(id -u)/postgres/postmaster.pid)` stops it. With
//! `TEST_DATABASE_URL` that server is used instead (a superuser's address).
//!
//! Each database is a copy of a migrated template, made once a change of the migrations, and
//! is dropped with its [`TestDatabase`]; those of killed tests are dropped by later ones.

#![expect(
    clippy::expect_used,
    reason = "a test that has no database cannot go on"
)]

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use sha2::{Digest as _, Sha256};
use tokio_postgres::{Client, NoTls};

use crate::Store;
use crate::area::{Level, NewArea};
use crate::cluster::{self, Owner, Programs};

/// A migrated, empty database; dropped with this value.
#[derive(Debug)]
pub struct TestDatabase {
    store: Store,
    server: String,
    name: String,
}

impl TestDatabase {
    /// Its store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Its address, for programs started by the test (`DATABASE_URL`).
    pub fn url(&self) -> &str {
        self.store.url()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        self.store.close();
        let (server, name) = (self.server.clone(), self.name.clone());
        // Its own thread and runtime: the test's runtime may be the one that drops us.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.expect("a runtime").block_on(async {
                let client = connect(&server).await.expect("the tests' server");
                drop_database(&client, &name).await;
            });
        });
        // A test that already fails should fail with its own message.
        let _ = dropping.join();
    }
}

/// Makes a database from the template.
///
/// # Panics
/// When no server can be started or reached: the test cannot go on.
pub async fn database() -> TestDatabase {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{count}", std::process::id());
    let (server, template) = prepare().await;
    let client = connect(&server).await.expect("the tests' server");
    drop_database(&client, &name).await;
    let create = format!("create database {name} template {template}");
    client
        .batch_execute(&create)
        .await
        .expect("a database from the template");
    let store = Store::connect(&with_database(&server, &name))
        .await
        .expect("the new database");
    TestDatabase {
        store,
        server,
        name,
    }
}

/// A rectangular area, for tests that need places.
///
/// `bounds` are west, south, east, north in degrees; the names are made from the code.
pub fn rectangle(code: &str, level: Level, parent: Option<&str>, bounds: [f64; 4]) -> NewArea {
    let [west, south, east, north] = bounds;
    let corners = geo::Rect::new((west, south), (east, north));
    NewArea {
        code: code.to_owned(),
        name_zh: format!("区{code}"),
        name_en: format!("Area {code}"),
        level,
        parent: parent.map(str::to_owned),
        polygons: corners.to_polygon().into(),
    }
}

/// The address of a running server and the name of an up-to-date template on it. One test at a
/// time does this; all but the first find it done.
async fn prepare() -> (String, String) {
    let folder = folder();
    make_folder(&folder);
    let path = folder.join("tests.lock");
    let lock = tokio::task::spawn_blocking(move || {
        let lock = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .expect("the tests' lock");
        flock(&lock, FlockOperation::LockExclusive).expect("to lock it");
        lock
    })
    .await
    .expect("the tests' lock");
    let server = match env::var("TEST_DATABASE_URL") {
        Ok(server) => server,
        Err(_) => running(&folder).await,
    };
    let client = connect(&server).await.expect("the tests' server");
    let template = template(&client, &server).await;
    drop(lock);
    (server, template)
}

fn folder() -> PathBuf {
    // Short enough for a socket, and passable for the server's user, wherever the sources are.
    let user = rustix::process::geteuid().as_raw();
    env::var_os("XIANGTU_TEST_CLUSTER").map_or_else(
        || env::temp_dir().join(format!("xiangtu-tests-{user}")),
        PathBuf::from,
    )
}

fn make_folder(folder: &Path) {
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o711)
        .create(folder)
        .expect("the tests' folder");
    let owner = fs::metadata(folder).expect("the tests' folder").uid();
    assert_eq!(
        owner,
        rustix::process::geteuid().as_raw(),
        "{} belongs to another user; set XIANGTU_TEST_CLUSTER",
        folder.display()
    );
}

async fn running(folder: &Path) -> String {
    let server = cluster::address(&folder.join("run"), cluster::NAME);
    if connect(&server).await.is_ok() {
        return server;
    }
    let first = start(folder, &server).await;
    if let Err(reason) = first {
        // Without fsync a power cut may leave rubbish: begin again.
        tracing::warn!(%reason, "the tests' server is made anew");
        for part in ["postgres", "run"] {
            let _ = fs::remove_dir_all(folder.join(part));
        }
        start(folder, &server).await.expect("a new server");
    }
    server
}

async fn start(folder: &Path, server: &str) -> Result<(), String> {
    let owner = Owner::current().map_err(|error| error.to_string())?;
    let log = folder.join("postgres.log");
    let mut child = launch(folder, &owner, &log).map_err(|error| error.to_string())?;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_mins(1) {
        if connect(server).await.is_ok() {
            return Ok(());
        }
        if let Ok(Some(status)) = child.try_wait() {
            return Err(format!(
                "{status}: {}",
                fs::read_to_string(&log).unwrap_or_default()
            ));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err("it did not answer within a minute".to_owned())
}

fn launch(folder: &Path, owner: &Owner, log: &Path) -> Result<std::process::Child, cluster::Error> {
    let folders = cluster::folders(folder, owner)?;
    let programs = Programs::find(&folders.data)?;
    cluster::create(&programs, &folders.data, owner)?;
    cluster::clear_leftover(&folders.data, &folders.run)?;
    let careless = [
        ("fsync", "off"),
        ("synchronous_commit", "off"),
        ("full_page_writes", "off"),
        ("max_connections", "200"),
    ];
    let command = cluster::command(&programs, &folders, owner, &careless);
    cluster::detached(command, log)
}

async fn template(client: &Client, server: &str) -> String {
    let name = format!("template_{}", migrations_hash());
    let exists = "select 1 from pg_database where datname = $1";
    if client
        .query_opt(exists, &[&name])
        .await
        .expect("the list of databases")
        .is_some()
    {
        drop_abandoned(client).await;
        return name;
    }
    let building = format!("{name}_building");
    drop_database(client, &building).await;
    let create = format!("create database {building} template template0");
    client.batch_execute(&create).await.expect("a new template");
    let store = Store::connect(&with_database(server, &building))
        .await
        .expect("the template");
    store.migrate().await.expect("the migrations");
    store.close();
    drop(store);
    let end = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1";
    client
        .query(end, &[&building])
        .await
        .expect("the template's connections to end");
    let begun = Instant::now();
    let rename = format!("alter database {building} rename to {name}");
    while let Err(error) = client.batch_execute(&rename).await {
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "renaming the template: {error}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    name
}

/// Of every file below `migrations/`: the template follows the sources.
fn migrations_hash() -> String {
    let mut files = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    for folder in fs::read_dir(root).expect("the migrations").flatten() {
        for file in fs::read_dir(folder.path()).expect("a migration").flatten() {
            files.push(file.path());
        }
    }
    files.sort();
    let mut digest = Sha256::new();
    for file in files {
        digest.update(file.to_string_lossy().as_bytes());
        digest.update(fs::read(file).expect("a migration"));
    }
    hex::encode(digest.finalize()).chars().take(16).collect()
}

/// Drops what tests left that were killed: their process is gone.
async fn drop_abandoned(client: &Client) {
    let list = "select datname::text from pg_database where datname like 'test\\_%'";
    for row in client
        .query(list, &[])
        .await
        .expect("the list of databases")
    {
        let name: String = row.get(0);
        let process = name.split('_').nth(1).unwrap_or_default();
        if !Path::new("/proc").join(process).exists() {
            drop_database(client, &name).await;
        }
    }
}

async fn drop_database(client: &Client, name: &str) {
    let drop = format!("drop database if exists {name} with (force)");
    client
        .batch_execute(&drop)
        .await
        .expect("the database to be dropped");
}

async fn connect(server: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(server, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// The same server, another database.
fn with_database(server: &str, name: &str) -> String {
    let Some((scheme, rest)) = server.split_once("://") else {
        return format!("{server} dbname={name}");
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let host = rest.split('/').next().unwrap_or_default();
    let question = if query.is_empty() { "" } else { "?" };
    format!("{scheme}://{host}/{name}{question}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_database_on_the_same_server() {
        let url = "postgres://a:b@localhost:5433/postgres?sslmode=disable";
        assert_eq!(
            with_database(url, "x"),
            "postgres://a:b@localhost:5433/x?sslmode=disable"
        );
        assert_eq!(
            with_database("host=/run user=a dbname=b", "x"),
            "host=/run user=a dbname=b dbname=x"
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn two_databases_know_nothing_of_each_other() {
        let (one, other) = tokio::join!(database(), database());
        let area = rectangle("1", Level::Village, None, [108.0, 31.0, 108.1, 31.1]);
        crate::area::upsert(one.store(), &[area]).await.unwrap();
        assert_eq!(crate::area::count(one.store()).await.unwrap(), 1);
        assert_eq!(crate::area::count(other.store()).await.unwrap(), 0);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn migrating_again_changes_nothing() {
        let database = database().await;
        database.store().migrate().await.unwrap();
        database.store().ready().await.unwrap();
    }
}
