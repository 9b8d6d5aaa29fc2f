//! An official of one village sees nothing of the neighbour, whatever they ask.

use chrono::NaiveDate;
use geo::Rect;
use grid::bounds::Bounds;
use grid::tile::Tile;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::area::{self, Level};
use crate::coverage::{self, NewCoverage};
use crate::feature::{self, NewFeature};
use crate::layer::{self, Audience, Kind, NewLayer};
use crate::report::{self, Filter, State, Transition, Transitioned};
use crate::scene::{self, NewScene};
use crate::testing::{TestDatabase, database, rectangle};
use crate::zonal::{self, Statistics};
use crate::{Store, vector_tile};
use crate::{job, job_log, patch};

/// Everything in a database that has something of two neighbouring villages. Whatever belongs
/// to one carries its word somewhere: `mine` or `theirs`.
struct Neighbours {
    database: TestDatabase,
    mine: i64,
    theirs: i64,
    county: i64,
    coverage: i64,
}

const MINE: Uuid = Uuid::from_u128(1);
const THEIRS: Uuid = Uuid::from_u128(2);

impl Neighbours {
    async fn new() -> Self {
        let database = database().await;
        let store = database.store();
        let areas = [
            rectangle("county", Level::County, None, [108.0, 31.0, 108.2, 31.1]),
            rectangle(
                "mine",
                Level::Village,
                Some("county"),
                [108.0, 31.0, 108.1, 31.1],
            ),
            rectangle(
                "theirs",
                Level::Village,
                Some("county"),
                [108.1, 31.0, 108.2, 31.1],
            ),
        ];
        area::upsert(store, &areas).await.unwrap();
        let (mine, theirs) = (id(store, "mine").await, id(store, "theirs").await);
        let county = id(store, "county").await;
        for (word, area) in [("mine", mine), ("theirs", theirs)] {
            scene::upsert(store, &a_scene(word, area)).await.unwrap();
            layer::upsert(store, &a_layer(word, area, Audience::Officials))
                .await
                .unwrap();
        }
        layer::upsert(store, &a_layer("public", theirs, Audience::Public))
            .await
            .unwrap();
        layer::upsert(store, &a_layer("county", county, Audience::Village))
            .await
            .unwrap();
        for (report, word, area, longitude) in [
            (MINE, "mine", mine, 108.05),
            (THEIRS, "theirs", theirs, 108.15),
        ] {
            let report = report::tests::a_report(report, word, area, longitude, 31.05);
            report::insert(store, &report).await.unwrap();
        }
        for (id, word, area) in [(MINE, "mine", mine), (THEIRS, "theirs", theirs)] {
            let job = job::NewJob {
                id,
                title_zh: word.to_owned(),
                ..job::tests::a_job(area)
            };
            job::insert(store, &job).await.unwrap();
            job_log::add(store, id, job_log::Level::Info, word)
                .await
                .unwrap();
        }
        let patches = [("mine", mine), ("theirs", theirs)].map(|(word, area_id)| NewFeature {
            area_id,
            key: word.to_owned(),
            geometry: Rect::new((108.0, 31.0), (108.1, 31.1)).to_polygon().into(),
            properties: json!({}),
        });
        feature::replace(store, "county", &patches).await.unwrap();
        let coverage = coverage::upsert(store, &a_coverage("county", county))
            .await
            .unwrap()
            .id;
        let statistics = [(mine, A_HALF), (theirs, A_HALF)];
        zonal::upsert(store, coverage, &statistics).await.unwrap();
        Self {
            database,
            mine,
            theirs,
            county,
            coverage,
        }
    }

    /// Everything that can be read with a scope, as text. A new function belongs in here.
    async fn everything_seen(&self, scope: &Scope) -> Vec<(&'static str, String)> {
        let store = self.database.store();
        let viewer = Viewer::SignedIn(scope.clone());
        let tile = Tile::new(8, 204, 104).unwrap();
        let by_layer = async |id| layer::by_id(store, &viewer, id).await;
        vec![
            ("area::list", seen(area::list(store, scope).await)),
            (
                "area::by_code",
                seen(area::by_code(store, scope, "mine").await),
            ),
            (
                "area::by_code",
                seen(area::by_code(store, scope, "theirs").await),
            ),
            (
                "area::outlines",
                seen(area::outlines(store, scope, None).await),
            ),
            (
                "area::outlines",
                seen(area::outlines(store, scope, Some(self.theirs)).await),
            ),
            ("scene::list", seen(scene::list(store, scope).await)),
            (
                "scene::by_id",
                seen(scene::by_id(store, scope, "mine").await),
            ),
            (
                "scene::by_id",
                seen(scene::by_id(store, scope, "theirs").await),
            ),
            ("layer::list", seen(layer::list(store, &viewer).await)),
            ("layer::by_id", seen(by_layer("mine").await)),
            ("layer::by_id", seen(by_layer("theirs").await)),
            (
                "zonal::table",
                seen(zonal::table(store, scope, self.coverage).await),
            ),
            (
                "report::list",
                seen(report::list(store, scope, &Filter::default(), 9).await),
            ),
            (
                "report::detail",
                seen(report::detail(store, scope, MINE).await),
            ),
            (
                "report::detail",
                seen(report::detail(store, scope, THEIRS).await),
            ),
            (
                "report::photo",
                seen(report::photo(store, scope, MINE, 0).await),
            ),
            (
                "report::photo",
                seen(report::photo(store, scope, THEIRS, 0).await),
            ),
            (
                "job::list",
                seen(job::list(store, scope, &job::Filter::default(), 9).await),
            ),
            ("job::by_id", seen(job::by_id(store, scope, MINE).await)),
            ("job::by_id", seen(job::by_id(store, scope, THEIRS).await)),
            (
                "job_log::list",
                seen(job_log::list(store, scope, MINE, 0, 9).await),
            ),
            (
                "job_log::list",
                seen(job_log::list(store, scope, THEIRS, 0, 9).await),
            ),
            (
                "patch::list",
                seen(patch::list(store, scope, "county", None, 0, 9).await),
            ),
            (
                "patch::by_key",
                seen(patch::by_key(store, scope, "county", "mine").await),
            ),
            (
                "patch::by_key",
                seen(patch::by_key(store, scope, "county", "theirs").await),
            ),
            (
                "vector_tile::features",
                drawn(vector_tile::features(store, "county", tile, scope).await),
            ),
            (
                "vector_tile::areas",
                drawn(vector_tile::areas(store, tile, &viewer).await),
            ),
            (
                "vector_tile::reports",
                drawn(vector_tile::reports(store, tile, scope).await),
            ),
        ]
    }
}

fn seen(answer: crate::Result<impl std::fmt::Debug>) -> String {
    format!("{:?}", answer.unwrap())
}

fn drawn(tile: crate::Result<Option<Vec<u8>>>) -> String {
    String::from_utf8_lossy(&tile.unwrap().unwrap_or_default()).into_owned()
}

async fn id(store: &Store, code: &str) -> i64 {
    area::by_code(store, &Scope::Everything, code)
        .await
        .unwrap()
        .unwrap()
        .id
}

const A_HALF: Statistics = Statistics {
    count: 10.0,
    valid_share: 1.0,
    mean: Some(0.5),
    std: Some(0.0),
    min: Some(0.5),
    max: Some(0.5),
};

fn a_scene(word: &str, area_id: i64) -> NewScene {
    NewScene {
        id: word.to_owned(),
        area_id,
        acquired_at: chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
        sensor: "sentinel-2-l2a".to_owned(),
        cloud_share: Some(0.1),
        footprint: Rect::new((108.0, 31.0), (108.1, 31.1)).to_polygon().into(),
        item: json!({}),
        bands: json!([]),
    }
}

fn a_layer(id: &str, area_id: i64, audience: Audience) -> NewLayer {
    NewLayer {
        id: id.to_owned(),
        area_id,
        kind: Kind::Index,
        title_zh: id.to_owned(),
        title_en: String::new(),
        audience,
        style: json!({}),
        attribution: String::new(),
    }
}

fn a_coverage(layer: &str, area_id: i64) -> NewCoverage {
    NewCoverage {
        layer_id: layer.to_owned(),
        area_id,
        scene_id: None,
        date: NaiveDate::from_ymd_opt(2024, 5, 1).unwrap(),
        object: "an object".to_owned(),
        drawing: None,
        georeference: json!({}),
        bounds: Bounds::new(108.0, 31.0, 108.2, 31.1),
        min_zoom: 8,
        max_zoom: 14,
        cloud_share: None,
        version: "1".to_owned(),
        lineage: json!({}),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_official_sees_their_own_village_and_nothing_of_the_neighbour() {
    let world = Neighbours::new().await;
    let answers = world.everything_seen(&Scope::Areas(vec![world.mine])).await;
    for (function, answer) in &answers {
        // The neighbour's public layer is for anyone.
        assert!(
            !answer.contains("theirs"),
            "{function} tells of the neighbour: {answer}"
        );
    }
    let mut silent: Vec<_> = answers.iter().map(|(function, _)| *function).collect();
    for (function, answer) in &answers {
        // A photo has no word of its own: its object does.
        if answer.contains("mine") {
            silent.retain(|name| name != function);
        }
    }
    assert!(
        silent.is_empty(),
        "these show nothing of one's own village: {silent:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn above_both_one_sees_both_and_without_areas_nothing() {
    let world = Neighbours::new().await;
    for scope in [Scope::Areas(vec![world.county]), Scope::Everything] {
        let answers = world.everything_seen(&scope).await;
        let told: String = answers.into_iter().map(|(_, answer)| answer).collect();
        assert!(told.contains("mine") && told.contains("theirs"));
    }
    for (function, answer) in world.everything_seen(&Scope::Areas(vec![])).await {
        assert!(
            !answer.contains("mine") && !answer.contains("theirs"),
            "{function}: {answer}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_neighbours_report_cannot_be_moved() {
    let world = Neighbours::new().await;
    let (store, scope) = (world.database.store(), Scope::Areas(vec![world.mine]));
    let step = Transition {
        from: State::New,
        to: State::Accepted,
        note: String::new(),
        account_id: report::tests::an_official(store).await,
        actor: "李".to_owned(),
    };
    let moved = report::transition(store, &scope, THEIRS, &step)
        .await
        .unwrap();
    assert_eq!(moved, Transitioned::Unknown);
    let theirs = report::detail(store, &Scope::Everything, THEIRS)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(theirs.summary.state, State::New);
    assert_eq!(theirs.history.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn layers_are_for_those_they_have_to_do_with() {
    let world = Neighbours::new().await;
    let store = world.database.store();
    let ids = async |viewer: Viewer| -> Vec<String> {
        let layers = layer::list(store, &viewer).await.unwrap();
        layers.into_iter().map(|layer| layer.id).collect()
    };
    assert_eq!(ids(Viewer::Anonymous).await, ["public"]);
    // The county's layer shows one's own village too.
    let mine = Viewer::SignedIn(Scope::Areas(vec![world.mine]));
    assert_eq!(ids(mine).await, ["county", "mine", "public"]);
    let county = Viewer::SignedIn(Scope::Areas(vec![world.county]));
    assert_eq!(ids(county).await, ["county", "mine", "public", "theirs"]);
    assert_eq!(
        ids(Viewer::SignedIn(Scope::Areas(vec![]))).await,
        ["public"]
    );
    assert_eq!(ids(Viewer::SignedIn(Scope::Everything)).await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_picture_of_the_same_day_takes_its_statistics_with_it() {
    let world = Neighbours::new().await;
    let store = world.database.store();
    let rows = async || {
        zonal::table(store, &Scope::Everything, world.coverage)
            .await
            .unwrap()
    };
    let mut again = a_coverage("county", world.county);
    coverage::upsert(store, &again).await.unwrap();
    assert_eq!(rows().await.len(), 2, "the same picture keeps them");
    assert_eq!(rows().await[0].statistics, A_HALF);
    "another object".clone_into(&mut again.object);
    let replaced = coverage::upsert(store, &again).await.unwrap();
    assert_eq!(replaced.id, world.coverage);
    assert_eq!(rows().await, []);

    zonal::upsert(store, world.coverage, &[(world.mine, A_HALF)])
        .await
        .unwrap();
    let missing = zonal::missing(store, world.coverage).await.unwrap();
    let codes: Vec<_> = missing
        .iter()
        .map(|outline| outline.area.code.as_str())
        .collect();
    assert_eq!(codes, ["county", "theirs"]);
    let by_date = coverage::by_date(store, "county", again.date)
        .await
        .unwrap();
    assert_eq!(
        by_date.as_ref(),
        coverage::latest(store, "county").await.unwrap().as_ref()
    );
    assert_eq!(by_date, Some(replaced));
}
