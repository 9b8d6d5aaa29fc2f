//! An outside host of tiles on this machine.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub const KEY: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f90";
pub const MODIFIED: &str = "Wed, 01 Oct 2025 08:00:00 GMT";

/// How it behaves.
#[derive(Debug, Clone, Copy)]
pub enum Manner {
    /// A picture, or 304.
    Usual,
    /// The same, forbidding to keep it.
    Private,
    /// These bytes.
    Begins(&'static [u8]),
    /// Status 200 and an error in words, with the key in them.
    Words,
    Status(u16),
    Slow(Duration),
    /// It says how much too much it is.
    Large,
    /// It does not say.
    Endless,
    /// The connection ends in the middle.
    Broken,
}

#[derive(Clone)]
struct Behaviour {
    manner: Arc<Mutex<Manner>>,
    asked: Arc<Mutex<Vec<(String, HeaderMap)>>>,
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

pub struct Host {
    port: u16,
    behaviour: Behaviour,
    running: JoinHandle<()>,
}

impl Drop for Host {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// A picture as far as the beginning of its bytes goes.
pub fn png() -> Bytes {
    Bytes::from_static(b"\x89PNG\r\n\x1a\n and the rest of a picture")
}

impl Host {
    pub async fn start() -> Self {
        let behaviour = Behaviour {
            manner: Arc::new(Mutex::new(Manner::Usual)),
            asked: Arc::default(),
            now: Arc::default(),
            most: Arc::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = Router::new().fallback(answer).with_state(behaviour.clone());
        let running = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            port,
            behaviour,
            running,
        }
    }

    /// Takes no connections any more.
    pub async fn stop(&self) {
        self.running.abort();
        while tokio::net::TcpStream::connect(("127.0.0.1", self.port))
            .await
            .is_ok()
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub fn behave(&self, manner: Manner) {
        *self.behaviour.manner.lock().unwrap() = manner;
    }

    /// The paths and queries it was asked for.
    pub fn asked(&self) -> Vec<String> {
        let asked = self.behaviour.asked.lock().unwrap();
        asked.iter().map(|(path, _)| path.clone()).collect()
    }

    pub fn header(&self, request: usize, name: &str) -> String {
        let asked = self.behaviour.asked.lock().unwrap();
        let value = asked[request].1.get(name);
        value.map_or(String::new(), |value| value.to_str().unwrap().to_owned())
    }

    pub fn most_at_once(&self) -> usize {
        self.behaviour.most.load(Ordering::SeqCst)
    }

    /// A configuration of one base map of this host.
    pub fn entry(&self, more: &str) -> String {
        let port = self.port;
        let address = format!("http://127.0.0.1:{port}/{{z}}/{{x}}/{{y}}?tk={{key}}&part=");
        let keep = if more.contains("keep_days") {
            ""
        } else {
            "keep_days = 8"
        };
        format!(
            "[[base_map]]\nid = \"one\"\ntitle = \"一号\"\ntitle_en = \"One\"\n\
             url = \"{address}ground\"\nlabels = \"{address}labels\"\nkey_file = \"one.key\"\n\
             headers = {{ Referer = \"https://xiangtu.example/\" }}\n\
             attribution = \"某局 审图号 GS(2025)0001号\"\n{keep}\n{more}\n"
        )
    }
}

async fn answer(State(behaviour): State<Behaviour>, request: Request) -> Response {
    let now = behaviour.now.fetch_add(1, Ordering::SeqCst) + 1;
    behaviour.most.fetch_max(now, Ordering::SeqCst);
    let path = request.uri().path_and_query().unwrap().to_string();
    let headers = request.headers().clone();
    behaviour
        .asked
        .lock()
        .unwrap()
        .push((path, headers.clone()));
    let manner = *behaviour.manner.lock().unwrap();
    if let Manner::Slow(time) = manner {
        tokio::time::sleep(time).await;
    }
    behaviour.now.fetch_sub(1, Ordering::SeqCst);
    let names = [("etag", "\"host\""), ("last-modified", MODIFIED)];
    match manner {
        Manner::Usual | Manner::Slow(_) if headers.contains_key("if-none-match") => {
            StatusCode::NOT_MODIFIED.into_response()
        }
        Manner::Usual | Manner::Slow(_) => {
            let cookie = [("set-cookie", "tracked=1")];
            (names, cookie, png()).into_response()
        }
        Manner::Private => ([("cache-control", "private, no-store")], png()).into_response(),
        Manner::Begins(bytes) => bytes.into_response(),
        Manner::Words => {
            let words = format!("<html>权限类型错误 {KEY}</html>");
            ([("content-type", "text/html;charset=utf-8")], words).into_response()
        }
        Manner::Status(status) => {
            let status = StatusCode::from_u16(status).unwrap();
            let mut response = (status, [("location", "/elsewhere")]).into_response();
            if status == StatusCode::TOO_MANY_REQUESTS {
                let seconds = HeaderValue::from_static("120");
                response.headers_mut().insert(RETRY_AFTER, seconds);
            }
            response
        }
        Manner::Large => {
            let mut bytes = png().to_vec();
            bytes.resize(3 << 20, 0);
            bytes.into_response()
        }
        Manner::Endless => {
            let chunk = |_| async { Ok::<_, std::io::Error>(Bytes::from(vec![0x89; 64 << 10])) };
            let chunks = futures::stream::iter(0..10_000);
            Body::from_stream(futures::StreamExt::then(chunks, chunk)).into_response()
        }
        Manner::Broken => {
            let parts = [Ok(png()), Err(std::io::Error::other("broken off"))];
            Body::from_stream(futures::stream::iter(parts)).into_response()
        }
    }
}
