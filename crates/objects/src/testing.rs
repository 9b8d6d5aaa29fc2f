//! An S3 service of its own for every test: `s3s-fs`, somebody else's implementation, which keeps
//! objects as files; with signatures checked, ranged reads and uploads in parts.
//!
//! And a web server, which gives parts of the files in a folder.
//!
//! In another crate:
//!
//! ```toml
//! [dev-dependencies]
//! objects = { workspace = true, features = ["testing"] }
//! ```

#![expect(
    clippy::expect_used,
    reason = "a test that has no object service cannot go on"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use object_store::aws::AmazonS3Builder;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::ObjectStore;
use crate::bucket::Bucket;

const KEY: &str = "xiangtu";
const SECRET: &str = "a secret of the tests";
const BUCKET: &str = "village";

/// A running service; it ends, and its objects go away, with this value.
#[derive(Debug)]
pub struct S3 {
    address: SocketAddr,
    folder: TempDir,
    running: Option<Runtime>,
    requests: Arc<AtomicU64>,
}

impl S3 {
    /// Starts it on a free port of this machine.
    ///
    /// # Panics
    /// When there is no port or folder.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join(BUCKET)).expect("a bucket");
        let mut service = Self {
            address: ([127, 0, 0, 1], 0).into(),
            folder,
            running: None,
            requests: Arc::default(),
        };
        service.go_on();
        service
    }

    /// Takes the service away: open connections break and new ones are refused.
    ///
    /// # Panics
    ///
    /// When the server's thread panicked.
    pub fn pause(&mut self) {
        if let Some(runtime) = self.running.take() {
            // A thread of its own: the test may be asynchronous, where waiting is forbidden.
            let ending = std::thread::spawn(|| runtime.shutdown_timeout(Duration::from_secs(5)));
            ending.join().expect("an end");
        }
    }

    /// Brings it back at the same address with the same objects.
    ///
    /// # Panics
    /// When the port is taken.
    pub fn go_on(&mut self) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("s3")
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = listen(self.address);
        self.address = listener.local_addr().expect("an address");
        let inside = runtime.enter();
        let listener = TcpListener::from_std(listener).expect("a listener");
        drop(inside);
        let requests = Arc::clone(&self.requests);
        runtime.spawn(serve(listener, service(self.folder.path()), requests));
        self.running = Some(runtime);
    }

    /// What a program needs to find it (`XIANGTU_OBJECTS`, `AWS_…`).
    pub fn environment(&self, prefix: &str) -> Vec<(&'static str, String)> {
        vec![
            ("XIANGTU_OBJECTS", format!("s3://{BUCKET}/{prefix}")),
            ("AWS_ENDPOINT_URL", self.endpoint()),
            ("AWS_ACCESS_KEY_ID", KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("NO_PROXY", "127.0.0.1".to_owned()),
        ]
    }

    /// A store on it, without the environment.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub fn store(&self, prefix: &str, scratch: &Path) -> ObjectStore {
        self.open(prefix, KEY, scratch)
    }

    /// A store whose key the service does not know.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub fn store_with_key(&self, key: &str, scratch: &Path) -> ObjectStore {
        self.open("", key, scratch)
    }

    fn open(&self, prefix: &str, key: &str, scratch: &Path) -> ObjectStore {
        let settings = AmazonS3Builder::new()
            .with_endpoint(self.endpoint())
            .with_access_key_id(key)
            .with_secret_access_key(SECRET)
            .with_region("us-east-1");
        let bucket = Bucket::with(&format!("{BUCKET}/{prefix}"), settings).expect("a bucket");
        ObjectStore::from_bucket(bucket, scratch).expect("a scratch folder")
    }

    /// How many requests it has answered or refused.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The folder in which the service keeps the objects of a prefix.
    pub fn folder(&self, prefix: &str) -> PathBuf {
        self.folder.path().join(BUCKET).join(prefix)
    }

    fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        if let Some(runtime) = self.running.take() {
            runtime.shutdown_background();
        }
    }
}

/// The port was ours a moment ago: its old connections may still be closing.
fn listen(address: SocketAddr) -> std::net::TcpListener {
    let begun = Instant::now();
    let listener = loop {
        match std::net::TcpListener::bind(address) {
            Err(_) if begun.elapsed() < Duration::from_secs(10) => {
                std::thread::sleep(Duration::from_millis(50));
            }
            bound => break bound.expect("the port"),
        }
    };
    listener.set_nonblocking(true).expect("a listener");
    listener
}

fn service(folder: &Path) -> S3Service {
    let files = s3s_fs::FileSystem::new(folder).expect("a folder of buckets");
    let mut builder = S3ServiceBuilder::new(files);
    builder.set_auth(SimpleAuth::from_single(KEY, SECRET));
    builder.build()
}

async fn serve(listener: TcpListener, service: S3Service, requests: Arc<AtomicU64>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (service, requests) = (service.clone(), Arc::clone(&requests));
        let counted = service_fn(move |request| {
            requests.fetch_add(1, Ordering::Relaxed);
            Service::call(&service, request)
        });
        tokio::spawn(async move {
            let http = Builder::new(TokioExecutor::new());
            // A client that goes away is the client's affair.
            let _ = http.serve_connection(TokioIo::new(stream), counted).await;
        });
    }
}

/// A web server of the files in a folder; it ends with this value.
#[derive(Debug)]
pub struct Web {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
    parts: Arc<AtomicU64>,
}

impl Web {
    /// Starts it on a free port of this machine; `in_parts`: whether it gives parts of files.
    ///
    /// # Panics
    /// When there is no port.
    pub fn start(folder: &Path, in_parts: bool) -> Self {
        let listener = listen(([127, 0, 0, 1], 0).into());
        listener.set_nonblocking(false).expect("a listener");
        let web = Self {
            address: listener.local_addr().expect("an address"),
            stopped: Arc::default(),
            parts: Arc::default(),
        };
        let (folder, stopped) = (folder.to_owned(), Arc::clone(&web.stopped));
        let parts = Arc::clone(&web.parts);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (folder, parts) = (folder.clone(), Arc::clone(&parts));
                if let Ok(connection) = connection {
                    std::thread::spawn(move || answer(connection, &folder, in_parts, &parts));
                }
            }
        });
        web
    }

    /// The address of a file in the folder.
    pub fn url(&self, file: &str) -> String {
        format!("http://{}/{file}", self.address)
    }

    /// How many parts it has given.
    pub fn parts(&self) -> u64 {
        self.parts.load(Ordering::Relaxed)
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for the next one.
        drop(std::net::TcpStream::connect(self.address));
    }
}

/// Answers one request and closes.
fn answer(mut connection: std::net::TcpStream, folder: &Path, in_parts: bool, parts: &AtomicU64) {
    let mut request = String::new();
    let mut lines = BufReader::new(connection.try_clone().expect("a connection"));
    while !request.ends_with("\r\n\r\n") {
        if lines.read_line(&mut request).is_ok_and(|read| read == 0) {
            return;
        }
    }
    let path = request.split(' ').nth(1).unwrap_or_default();
    let (status, head, body) = match std::fs::read(folder.join(path.trim_start_matches('/'))) {
        Err(_) => ("404 Not Found", String::new(), Vec::new()),
        Ok(bytes) => match range(&request, bytes.len()).filter(|_| in_parts) {
            None => ("200 OK", String::new(), bytes),
            Some(range) => {
                parts.fetch_add(1, Ordering::Relaxed);
                let (first, last) = (range.start, range.end - 1);
                let head = format!("Content-Range: bytes {first}-{last}/{}\r\n", bytes.len());
                ("206 Partial Content", head, bytes[range].to_vec())
            }
        },
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\n{head}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    // Whoever went away needs no answer.
    let _ = connection.write_all(head.as_bytes());
    let _ = connection.write_all(&body);
}

/// The part that a request asks for.
fn range(request: &str, length: usize) -> Option<Range<usize>> {
    let line = request.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("range").then_some(value)
    });
    let (first, last) = line?.strip_prefix("bytes=")?.split_once('-')?;
    let end = last.parse().map_or(length, |last: usize| last + 1);
    Some(first.parse().ok()?..end.min(length))
}
