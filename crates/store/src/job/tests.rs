//! Who leads, who stops, who sees.

use serde_json::json;

use super::*;
use crate::area::{self, Level};
use crate::job_log;
use crate::job_output::{self, Output};
use crate::layer::{self, Audience, NewLayer};
use crate::publication::{Publication, publish};
use crate::testing::{TestDatabase, database, rectangle};
use crate::{Viewer, chunk};

/// Two villages, and a layer of features called `ledger`.
pub(crate) struct Bench {
    database: TestDatabase,
    pub mine: i64,
    pub theirs: i64,
}

impl Bench {
    pub async fn new() -> Self {
        let database = database().await;
        let store = database.store();
        let areas = [
            rectangle("mine", Level::Village, None, [108.0, 31.0, 108.1, 31.1]),
            rectangle("theirs", Level::Village, None, [108.1, 31.0, 108.2, 31.1]),
        ];
        area::upsert(store, &areas).await.unwrap();
        let id = async |code| {
            let area = area::by_code(store, &Scope::Everything, code).await;
            area.unwrap().unwrap().id
        };
        let (mine, theirs) = (id("mine").await, id("theirs").await);
        layer::upsert(store, &a_layer("ledger", mine))
            .await
            .unwrap();
        Self {
            database,
            mine,
            theirs,
        }
    }

    pub fn store(&self) -> &Store {
        self.database.store()
    }
}

fn a_layer(id: &str, area_id: i64) -> NewLayer {
    NewLayer {
        id: id.to_owned(),
        area_id,
        kind: layer::Kind::Features,
        title_zh: id.to_owned(),
        title_en: String::new(),
        audience: Audience::Officials,
        style: json!({}),
        attribution: String::new(),
    }
}

pub(crate) fn a_job(area_id: i64) -> NewJob {
    NewJob {
        id: Uuid::now_v7(),
        area_id,
        account_id: None,
        title_zh: "无云影像".to_owned(),
        title_en: String::new(),
        recipe: "recipe: x".to_owned(),
        recipe_hash: [5; 32],
        plan: json!({ "stages": [] }),
        estimate: json!({}),
        executor: Executor::Local,
        chunks: vec![2, 1],
        worker: None,
    }
}

async fn state(store: &Store, id: Uuid) -> State {
    let job = by_id(store, &Scope::Everything, id).await.unwrap();
    job.unwrap().state
}

async fn silent_for_a_minute(store: &Store, id: Uuid) {
    let mut connection = store.connection().await.unwrap();
    sql_query("update job set heartbeat_at = now() - interval '1 minute' where id = $1")
        .bind::<SqlUuid, _>(id)
        .execute(&mut connection)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_leads_until_they_are_gone() {
    let bench = Bench::new().await;
    let (store, new) = (bench.store(), a_job(bench.mine));
    insert(store, &new).await.unwrap();
    let id = new.id;
    assert_eq!(next(store, Executor::Nats, &[]).await.unwrap(), None);
    assert_eq!(next(store, Executor::Local, &[]).await.unwrap(), Some(id));
    assert!(begin(store, id, "one", &[]).await.unwrap());
    assert_eq!(next(store, Executor::Local, &[]).await.unwrap(), None);
    assert!(!begin(store, id, "two", &[]).await.unwrap());
    assert_eq!(beat(store, id, "one").await.unwrap(), Beat::GoOn);
    assert_eq!(beat(store, id, "two").await.unwrap(), Beat::Lost);

    let lease = Duration::from_mins(9);
    let held = chunk::claim(store, id, 0, "one", lease)
        .await
        .unwrap()
        .unwrap();
    let gone = ["one".to_owned()];
    assert!(begin(store, id, "two", &gone).await.unwrap());
    assert_eq!(beat(store, id, "one").await.unwrap(), Beat::Lost);
    let outcome = chunk::Outcome::default();
    assert!(!chunk::done(store, &held, "one", &outcome).await.unwrap());
    let again = chunk::claim(store, id, 0, "two", lease)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((again.position, again.attempt), (0, 2), "it was freed");

    silent_for_a_minute(store, id).await;
    assert_eq!(next(store, Executor::Local, &[]).await.unwrap(), Some(id));
    assert!(begin(store, id, "three", &[]).await.unwrap());
    assert!(!finish(store, id, "two", State::Failed, None).await.unwrap());
    assert!(
        finish(store, id, "three", State::Failed, Some("no room"))
            .await
            .unwrap()
    );
    let job = unfinished(store, &[5; 32]).await.unwrap().unwrap();
    assert_eq!(
        (job.state, job.error.as_deref()),
        (State::Failed, Some("no room"))
    );
    assert_eq!(plan(store, id).await.unwrap(), Some(new.plan));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_stops_when_it_is_told_and_goes_on_when_it_is_told() {
    let bench = Bench::new().await;
    let (store, everything) = (bench.store(), Scope::Everything);
    let queued = a_job(bench.mine);
    insert(store, &queued).await.unwrap();
    let cancelled = cancel(store, &everything, queued.id).await.unwrap();
    assert_eq!(cancelled, Some(State::Cancelled));
    assert!(!begin(store, queued.id, "me", &[]).await.unwrap());
    let again = retry(store, &everything, queued.id).await.unwrap();
    assert_eq!(again, Some(State::Queued));
    assert!(begin(store, queued.id, "me", &[]).await.unwrap());
    assert_eq!(
        retry(store, &everything, queued.id).await.unwrap(),
        Some(State::Running),
        "what runs is left alone"
    );
    let asked = cancel(store, &everything, queued.id).await.unwrap();
    assert_eq!(asked, Some(State::Running));
    assert_eq!(beat(store, queued.id, "me").await.unwrap(), Beat::Stop);
    let nothing = Publication::default();
    assert!(!publish(store, queued.id, "me", &nothing).await.unwrap());
    finish(store, queued.id, "me", State::Cancelled, None)
        .await
        .unwrap();
    assert_eq!(state(store, queued.id).await, State::Cancelled);

    let lost = NewJob {
        worker: Some("gone".to_owned()),
        ..a_job(bench.mine)
    };
    insert(store, &lost).await.unwrap();
    silent_for_a_minute(store, lost.id).await;
    let cancelled = cancel(store, &everything, lost.id).await.unwrap();
    assert_eq!(
        cancelled,
        Some(State::Cancelled),
        "nobody is there to do it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_or_stops_the_neighbours_job() {
    let bench = Bench::new().await;
    let (store, new) = (bench.store(), a_job(bench.theirs));
    insert(store, &new).await.unwrap();
    job_log::add(store, new.id, job_log::Level::Info, "hello")
        .await
        .unwrap();
    let mine = Scope::Areas(vec![bench.mine]);
    let theirs = Scope::Areas(vec![bench.theirs]);
    let seen = async |scope: &Scope| {
        let listed = list(store, scope, &Filter::default(), 9).await.unwrap();
        let found = by_id(store, scope, new.id).await.unwrap();
        let chunks = chunk::list(store, scope, new.id, false).await.unwrap();
        let lines = job_log::list(store, scope, new.id, 0, 9).await.unwrap();
        let outputs = job_output::list(store, scope, new.id).await.unwrap();
        (
            listed.len(),
            found.is_some(),
            chunks.len(),
            lines.len(),
            outputs.len(),
        )
    };
    assert_eq!(seen(&mine).await, (0, false, 0, 0, 0));
    assert_eq!(seen(&theirs).await, (1, true, 3, 1, 0));
    assert_eq!(cancel(store, &mine, new.id).await.unwrap(), None);
    assert_eq!(retry(store, &mine, new.id).await.unwrap(), None);
    assert_eq!(delete(store, &mine, new.id).await.unwrap(), None);
    assert_eq!(state(store, new.id).await, State::Queued);
    assert!(delete(store, &theirs, new.id).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_published_or_nothing() {
    let bench = Bench::new().await;
    let store = bench.store();
    let new = NewJob {
        worker: Some("me".to_owned()),
        ..a_job(bench.mine)
    };
    insert(store, &new).await.unwrap();
    let table = Output {
        name: "table.csv".to_owned(),
        kind: job_output::Kind::Table,
        layer_id: None,
        object: Some("ab/cd.csv".to_owned()),
        title_zh: String::new(),
        title_en: String::new(),
        details: json!({}),
    };
    let good = Publication {
        layers: vec![a_layer("fresh", bench.mine)],
        outputs: vec![table],
        ..Publication::default()
    };
    let broken = Publication {
        features: vec![("nowhere".to_owned(), Vec::new())],
        ..good.clone()
    };
    publish(store, new.id, "me", &broken).await.unwrap_err();
    let fresh = async || {
        let viewer = Viewer::SignedIn(Scope::Everything);
        layer::by_id(store, &viewer, "fresh").await.unwrap()
    };
    assert_eq!(
        (fresh().await, state(store, new.id).await),
        (None, State::Running)
    );
    assert!(!publish(store, new.id, "another", &good).await.unwrap());
    assert_eq!(fresh().await, None);
    assert!(publish(store, new.id, "me", &good).await.unwrap());
    assert!(fresh().await.is_some());
    assert_eq!(state(store, new.id).await, State::Done);
    assert_eq!(unfinished(store, &[5; 32]).await.unwrap(), None);

    let kept = delete_finished(store, Utc::now() - chrono::TimeDelta::days(1))
        .await
        .unwrap();
    assert_eq!(kept, Remains::default(), "it is not old enough");
    let gone = delete_finished(store, Utc::now() + chrono::TimeDelta::days(1))
        .await
        .unwrap();
    assert_eq!(
        (gone.jobs, gone.objects),
        (vec![new.id], vec!["ab/cd.csv".to_owned()])
    );
    assert!(fresh().await.is_some(), "its layers stay");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other() {
    let bench = Bench::new().await;
    let store = bench.store();
    let mut ids = Vec::new();
    for _ in 0..3 {
        let new = a_job(bench.mine);
        insert(store, &new).await.unwrap();
        ids.insert(0, new.id);
    }
    let page = async |before| -> Vec<Uuid> {
        let filter = Filter {
            before,
            state: Some(State::Queued),
        };
        let jobs = list(store, &Scope::Everything, &filter, 2).await.unwrap();
        assert!(
            jobs.iter()
                .all(|job| (job.chunks, job.chunks_done) == (3, 0))
        );
        jobs.into_iter().map(|job| job.job.id).collect()
    };
    assert_eq!(page(None).await, ids[..2]);
    assert_eq!(page(Some(ids[1])).await, ids[2..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_listen_hear_of_every_change_but_not_of_heartbeats() {
    let bench = Bench::new().await;
    let store = bench.store();
    let mut changes = listen(store).await.unwrap();
    let mut heard = async || {
        let next = tokio::time::timeout(Duration::from_millis(300), changes.next());
        next.await.ok().flatten()
    };
    let new = NewJob {
        worker: Some("me".to_owned()),
        ..a_job(bench.mine)
    };
    insert(store, &new).await.unwrap();
    assert_eq!(heard().await, Some(new.id));
    beat(store, new.id, "me").await.unwrap();
    assert_eq!(heard().await, None);
    let lease = Duration::from_mins(1);
    chunk::claim(store, new.id, 0, "me", lease).await.unwrap();
    assert_eq!(heard().await, Some(new.id));
    job_log::add(store, new.id, job_log::Level::Info, "x")
        .await
        .unwrap();
    assert_eq!(heard().await, Some(new.id));
    finish(store, new.id, "me", State::Failed, Some("x"))
        .await
        .unwrap();
    assert_eq!(heard().await, Some(new.id));
}
