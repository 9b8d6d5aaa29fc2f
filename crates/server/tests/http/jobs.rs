//! Jobs: who sees them, what they say, how they move.

use std::time::Duration;

use axum::http::Method;
use serde_json::json;
use store::chunk::{self, Outcome};
use store::job::{self, Executor, NewJob};
use store::job_log::{self, Level};
use store::job_output::{Kind, Output};
use store::publication::{self, Publication};
use uuid::Uuid;

use crate::office::{DAPING, NEIGHBOUR, Office};

const LEASE: Duration = Duration::from_mins(1);

/// A job of a village with four chunks in two stages, led by `me` where `running`.
async fn a_job(office: &Office, village: &str, title: &str, running: bool) -> Uuid {
    let new = NewJob {
        id: Uuid::now_v7(),
        area_id: office.area_id(village).await,
        account_id: None,
        title_zh: title.to_owned(),
        title_en: String::new(),
        recipe: "recipe: test\n".to_owned(),
        recipe_hash: [7; 32],
        plan: json!({}),
        estimate: json!({ "pixels": 900, "looks": 2, "chunks": 4, "bytes_read": 7,
            "bytes_written": 5, "memory_bytes": 3, "seconds": 1.5 }),
        executor: Executor::Local,
        chunks: vec![3, 1],
        worker: running.then(|| "me".to_owned()),
    };
    job::insert(office.store(), &new).await.unwrap();
    new.id
}

async fn done(office: &Office, id: Uuid, stage: i32) {
    let store = office.store();
    let claim = chunk::claim(store, id, stage, "me", LEASE)
        .await
        .unwrap()
        .unwrap();
    let outcome = Outcome {
        result: json!({}),
        bytes_read: 100,
        bytes_written: 40,
    };
    assert!(chunk::done(store, &claim, "me", &outcome).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_for_planners_of_their_place() {
    let office = Office::open().await;
    let ours = a_job(&office, DAPING, "ours", false).await;
    let theirs = a_job(&office, NEIGHBOUR, "theirs", false).await;
    let anyone = office.get("/api/v1/jobs").send().await;
    assert_eq!(anyone.problem(), (401, "not-signed-in".to_owned()));
    let official = office.sign_in("daping").await;
    let planner = office.sign_in("planner").await;
    let chief = office.sign_in("chief").await;
    for path in [
        "/api/v1/jobs".to_owned(),
        "/api/v1/jobs/events".to_owned(),
        format!("/api/v1/jobs/{ours}"),
        format!("/api/v1/jobs/{ours}/chunks"),
        format!("/api/v1/jobs/{ours}/log"),
        format!("/api/v1/jobs/{ours}/events"),
    ] {
        let refused = office.get(&path).by(&official).send().await;
        assert_eq!(
            refused.problem(),
            (403, "planners-only".to_owned()),
            "{path}"
        );
    }
    let listed = async |cookie: &str| {
        let list = office.get("/api/v1/jobs").by(cookie).value().await;
        let jobs = list["jobs"].as_array().unwrap().clone();
        let titles = jobs
            .iter()
            .map(|job| job["title_zh"].as_str().unwrap().to_owned());
        titles.collect::<Vec<_>>()
    };
    assert_eq!(listed(&planner).await, ["ours"]);
    assert_eq!(listed(&chief).await, ["theirs", "ours"]);
    for end in ["", "/chunks", "/log", "/events", "/outputs/x"] {
        let path = format!("/api/v1/jobs/{theirs}{end}");
        let answer = office.get(&path).by(&planner).send().await;
        assert_eq!(answer.problem(), (404, "not-found".to_owned()), "{path}");
    }
    for act in ["cancel", "retry"] {
        let path = format!("/api/v1/jobs/{theirs}/{act}");
        let answer = office.ask(Method::POST, &path).by(&planner).send().await;
        assert_eq!(answer.problem(), (404, "not-found".to_owned()), "{path}");
    }
    let path = format!("/api/v1/jobs/{theirs}");
    let answer = office.ask(Method::DELETE, &path).by(&planner).send().await;
    assert_eq!(answer.problem(), (404, "not-found".to_owned()));
    assert_eq!(listed(&chief).await, ["theirs", "ours"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_tells_how_far_it_is_and_what_came_of_it() {
    let office = Office::open().await;
    let id = a_job(&office, DAPING, "season", true).await;
    let planner = office.sign_in("planner").await;
    done(&office, id, 0).await;
    done(&office, id, 0).await;
    let store = office.store();
    let claim = chunk::claim(store, id, 0, "me", LEASE)
        .await
        .unwrap()
        .unwrap();
    chunk::fail(store, &claim, "me", "the scene is gone")
        .await
        .unwrap();
    job_log::add(store, id, Level::Warning, "cloud everywhere")
        .await
        .unwrap();

    let path = format!("/api/v1/jobs/{id}");
    let body = office.get(&path).by(&planner).value().await;
    let progress = &body["progress"];
    for (key, value) in [
        ("chunks", 4),
        ("done", 2),
        ("running", 0),
        ("failed", 1),
        ("bytes_read", 200),
        ("bytes_written", 80),
    ] {
        assert_eq!(progress[key], value, "{key}");
    }
    let (pace, left) = (
        progress["per_minute"].as_f64().unwrap(),
        progress["remaining_s"].as_f64().unwrap(),
    );
    assert!(
        pace > 0.0 && (left - 2.0 * 60.0 / pace).abs() < 1e-9,
        "{pace} {left}"
    );
    assert_eq!(
        body["stages"],
        json!([{ "stage": 0, "chunks": 3 }, { "stage": 1, "chunks": 1 }])
    );
    assert_eq!(body["recipe"], "recipe: test\n");
    assert_eq!(body["estimate"]["pixels"], 900);
    assert_eq!(body["estimate"]["seconds"], 1.5);
    let chunks = office
        .get(&format!("{path}/chunks?failed=true"))
        .by(&planner)
        .value()
        .await;
    assert_eq!(chunks["chunks"].as_array().unwrap().len(), 1);
    assert_eq!(chunks["chunks"][0]["error"], "the scene is gone");
    let log = office
        .get(&format!("{path}/log"))
        .by(&planner)
        .value()
        .await;
    assert_eq!(log["lines"][0]["message"], "cloud everywhere");
    let after = log["lines"][0]["id"].as_i64().unwrap();
    let rest = office
        .get(&format!("{path}/log?after={after}"))
        .by(&planner)
        .value()
        .await;
    assert_eq!(rest["lines"], json!([]));

    let table = office.state.objects.put(b"code,mean\r\n", "csv").unwrap();
    let output = Output {
        name: "villages.csv".to_owned(),
        kind: Kind::Table,
        layer_id: None,
        object: Some(table.to_string()),
        title_zh: "各村".to_owned(),
        title_en: String::new(),
        details: json!({}),
    };
    let publication = Publication {
        outputs: vec![output],
        ..Publication::default()
    };
    assert!(
        publication::publish(store, id, "me", &publication)
            .await
            .unwrap()
    );
    let body = office.get(&path).by(&planner).value().await;
    assert_eq!(body["state"], "done");
    let href = body["outputs"][0]["files"][0]["href"]
        .as_str()
        .unwrap()
        .to_owned();
    let file = office.get(&href).by(&planner).send().await;
    assert_eq!(file.body, b"code,mean\r\n");
    assert!(file.header("content-disposition").contains("villages.csv"));
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_stopped_continued_and_forgotten() {
    let office = Office::open().await;
    let id = a_job(&office, DAPING, "season", false).await;
    let planner = office.sign_in("planner").await;
    let act = async |method: Method, end: &str| {
        let path = format!("/api/v1/jobs/{id}{end}");
        office.ask(method, &path).by(&planner).send().await
    };
    assert_eq!(
        act(Method::POST, "/retry").await.problem(),
        (409, "job-state".to_owned())
    );
    assert_eq!(
        act(Method::DELETE, "").await.problem(),
        (409, "job-state".to_owned())
    );
    let stopped = act(Method::POST, "/cancel").await.value();
    assert_eq!(stopped["state"], "cancelled");
    let again = act(Method::POST, "/retry").await.value();
    assert_eq!(
        (&again["state"], &again["cancel_requested"]),
        (&json!("queued"), &json!(false))
    );
    act(Method::POST, "/cancel").await;
    assert_eq!(act(Method::DELETE, "").await.status, 204);
    assert_eq!(
        act(Method::GET, "").await.problem(),
        (404, "not-found".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_watches_hears_of_their_jobs_until_they_sign_out() {
    use futures::StreamExt as _;

    let office = Office::open().await;
    let id = a_job(&office, DAPING, "ours", true).await;
    let theirs = a_job(&office, NEIGHBOUR, "theirs", true).await;
    let planner = office.sign_in("planner").await;
    let response = office
        .get("/api/v1/jobs/events")
        .header("accept-encoding", "gzip")
        .by(&planner)
        .response()
        .await;
    let header = |name: &str| {
        response
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(header("content-type").as_deref(), Some("text/event-stream"));
    assert_eq!(header("content-encoding"), None, "packed events would wait");
    assert_eq!(header("x-accel-buffering").as_deref(), Some("no"));
    let mut body = response.into_body().into_data_stream();
    let mut heard = String::new();
    let mut hear = async |word: &str| {
        let until = tokio::time::Instant::now() + Duration::from_secs(20);
        heard.clear();
        while !heard.contains(word) {
            let piece = tokio::time::timeout_at(until, body.next()).await;
            let Ok(Some(piece)) = piece else {
                panic!("{word} was not heard in: {heard}");
            };
            heard.push_str(&String::from_utf8_lossy(&piece.unwrap()));
        }
        heard.clone()
    };
    // How things stand, then what changes.
    assert!(hear("\"done\":0").await.contains(&id.to_string()));
    done(&office, theirs, 0).await;
    done(&office, id, 0).await;
    let told = hear("\"done\":1").await;
    assert!(
        told.contains("event: job") && !told.contains(&theirs.to_string()),
        "{told}"
    );
    let out = office
        .ask(Method::DELETE, "/api/v1/session")
        .by(&planner)
        .send()
        .await;
    assert_eq!(out.status, 204);
    hear("event: end").await;
    assert!(body.next().await.is_none());
}
