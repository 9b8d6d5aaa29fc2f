//! A small office: a county with two villages, an official for each, and a chief.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use jobs::Workshop;
use objects::ObjectStore;
use raster::foreign::Foreign;
use serde_json::{Value, json};
use server::{AppState, BaseMaps, Settings};
use store::account::{self, NewAccount, Role};
use store::area::{self, Level};
use store::testing::{TestDatabase, rectangle};
use store::{Scope, Store};
use tempfile::TempDir;
use tiles::{Limits, Tiles};
use tower::ServiceExt as _;

use crate::clerk::{Clerk, SHIPPED};

pub const COUNTY: &str = "500234";
pub const DAPING: &str = "500234101";
pub const NEIGHBOUR: &str = "500234102";
pub const PASSWORD: &str = "correct horse battery";

/// argon2 takes its time: once for all tests.
static HASH: LazyLock<String> = LazyLock::new(|| server::password::hash(PASSWORD).unwrap());

pub struct Office {
    pub state: AppState,
    router: Router,
    database: TestDatabase,
    _folder: TempDir,
}

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// A request in the making.
pub struct Ask<'a> {
    office: &'a Office,
    request: axum::http::request::Builder,
    body: Vec<u8>,
    peer: SocketAddr,
    host: &'static str,
}

impl Office {
    /// Plain HTTP on this machine.
    pub async fn open() -> Self {
        Self::with(Settings::plain(([127, 0, 0, 1], 8080).into())).await
    }

    pub async fn with(settings: Settings) -> Self {
        Self::built(settings, BaseMaps::default()).await
    }

    /// Plain HTTP on this machine, with base maps of outside hosts.
    pub async fn with_base_maps(base_maps: BaseMaps) -> Self {
        Self::built(Settings::plain(([127, 0, 0, 1], 8080).into()), base_maps).await
    }

    async fn built(settings: Settings, base_maps: BaseMaps) -> Self {
        let database = store::testing::database().await;
        let folder = tempfile::tempdir().unwrap();
        let objects = ObjectStore::open(folder.path()).unwrap();
        let store = database.store().clone();
        people(&store).await;
        let limits = Limits {
            threads: 1,
            ..Limits::default()
        };
        let tiles = Arc::new(Tiles::new(store.clone(), objects.clone(), limits).unwrap());
        let workshop = Workshop::new(store.clone(), objects, Foreign::new("xiangtu".into()));
        let mut state = AppState::new(workshop, tiles, settings).with_base_maps(base_maps);
        state.intake = Arc::new(Clerk { store });
        state.recipes = SHIPPED;
        Self {
            router: server::router(state.clone()),
            state,
            database,
            _folder: folder,
        }
    }

    pub fn store(&self) -> &Store {
        self.database.store()
    }

    pub async fn area_id(&self, code: &str) -> i64 {
        area::by_code(self.store(), &Scope::Everything, code)
            .await
            .unwrap()
            .unwrap()
            .id
    }

    pub fn ask(&self, method: Method, path: &str) -> Ask<'_> {
        Ask {
            office: self,
            request: Request::builder().method(method).uri(path),
            body: Vec::new(),
            peer: ([127, 0, 0, 1], 40000).into(),
            host: "localhost:8080",
        }
    }

    pub fn get(&self, path: &str) -> Ask<'_> {
        self.ask(Method::GET, path)
    }

    /// Signs in and returns the `Cookie` value.
    pub async fn sign_in(&self, login: &str) -> String {
        let answer = self.try_sign_in(login, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.cookie()
    }

    pub async fn try_sign_in(&self, login: &str, password: &str) -> Answer {
        self.ask(Method::POST, "/api/v1/session")
            .json(&json!({ "login": login, "password": password }))
            .send()
            .await
    }
}

impl Ask<'_> {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// As a browser page of ours with a session.
    pub fn by(self, cookie: &str) -> Self {
        self.header(COOKIE.as_str(), cookie)
            .header("sec-fetch-site", "same-origin")
    }

    pub fn json(mut self, body: &Value) -> Self {
        self.body = body.to_string().into_bytes();
        self.header(CONTENT_TYPE.as_str(), "application/json")
    }

    pub fn body(mut self, media_type: &str, body: Vec<u8>) -> Self {
        self.body = body;
        self.header(CONTENT_TYPE.as_str(), media_type)
    }

    pub fn from(mut self, host: &'static str, peer: SocketAddr) -> Self {
        self.host = host;
        self.peer = peer;
        self
    }

    pub async fn send(self) -> Answer {
        let (head, body) = self.response().await.into_parts();
        let body = to_bytes(body, 64 << 20).await.unwrap().to_vec();
        Answer {
            status: head.status,
            headers: head.headers,
            body,
        }
    }

    /// The answer as it begins, for one that does not end.
    pub async fn response(self) -> axum::response::Response {
        let request = self
            .request
            .header(HOST, self.host)
            .extension(ConnectInfo(self.peer))
            .body(Body::from(self.body))
            .unwrap();
        self.office.router.clone().oneshot(request).await.unwrap()
    }

    /// The answer's JSON, which must be a success.
    pub async fn value(self) -> Value {
        let answer = self.send().await;
        assert!(
            answer.status.is_success(),
            "{}: {}",
            answer.status,
            answer.text()
        );
        answer.value()
    }
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// `name=value` of the cookie that was set.
    pub fn cookie(&self) -> String {
        self.header(SET_COOKIE.as_str())
            .split(';')
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    /// Status and code of a problem, whose shape is checked on the way.
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{}",
            self.text()
        );
        let value = self.value();
        let code = value["code"].as_str().unwrap().to_owned();
        assert_eq!(value["type"], format!("/problems/{code}"));
        assert_eq!(value["status"], self.status.as_u16());
        assert!(!value["title"].as_str().unwrap().is_empty());
        assert!(!value["detail"].as_str().unwrap().is_empty());
        (self.status.as_u16(), code)
    }
}

/// The county from 108° to 109° E; Daping in its west, the neighbour in its east.
async fn people(store: &Store) {
    let areas = [
        rectangle(COUNTY, Level::County, None, [108.0, 31.0, 109.0, 32.0]),
        rectangle(
            DAPING,
            Level::Village,
            Some(COUNTY),
            [108.0, 31.0, 108.5, 31.5],
        ),
        rectangle(
            NEIGHBOUR,
            Level::Village,
            Some(COUNTY),
            [108.5, 31.0, 109.0, 31.5],
        ),
    ];
    area::upsert(store, &areas).await.unwrap();
    for (login, role, code) in [
        ("daping", Role::Official, Some(DAPING)),
        ("neighbour", Role::Official, Some(NEIGHBOUR)),
        ("chief", Role::Administrator, None),
        ("planner", Role::Planner, Some(DAPING)),
    ] {
        let new = NewAccount {
            login: login.to_owned(),
            name: format!("{login} 同志"),
            role,
            password_hash: HASH.clone(),
            demo: false,
        };
        let mut areas = Vec::new();
        if let Some(code) = code {
            areas.push(
                area::by_code(store, &Scope::Everything, code)
                    .await
                    .unwrap()
                    .unwrap()
                    .id,
            );
        }
        account::create(store, &new, &areas).await.unwrap();
    }
}
