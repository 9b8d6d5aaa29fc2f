use chrono::NaiveDate;
use diesel::sql_query;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use geo::polygon;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::area::{self, Level};
use crate::coverage::{self, NewCoverage};
use crate::layer::{self, Audience, Kind, NewLayer};
use crate::report::{self, Filter, tests::a_report};
use crate::scene::{self, NewScene};
use crate::testing::{TestDatabase, database, rectangle as an_area};
use crate::{Scope, Store};

async fn village() -> (TestDatabase, i64) {
    let database = database().await;
    let village = an_area("v", Level::Village, None, [108.0, 31.0, 108.1, 31.1]);
    area::upsert(database.store(), &[village]).await.unwrap();
    let found = area::containing(database.store(), 108.05, 31.05).await;
    (database, found.unwrap().unwrap().id)
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Text)]
    answer: String,
}

/// What PostGIS itself says.
async fn ask(store: &Store, query: &str) -> String {
    let mut connection = store.connection().await.unwrap();
    let answer: Answer = sql_query(query).get_result(&mut connection).await.unwrap();
    answer.answer
}

fn a_scene(area_id: i64) -> NewScene {
    let with_a_hole = polygon!(
        exterior: [(x: 108.0, y: 31.0), (x: 108.4, y: 31.0), (x: 108.4, y: 31.4), (x: 108.0, y: 31.4)],
        interiors: [[(x: 108.1, y: 31.1), (x: 108.1, y: 31.2), (x: 108.2, y: 31.2)]],
    );
    let apart = polygon![(x: 109.0, y: 30.5), (x: 109.5, y: 30.5), (x: 109.5, y: 31.0)];
    NewScene {
        id: "scene".to_owned(),
        area_id,
        acquired_at: chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
        sensor: "drone".to_owned(),
        cloud_share: Some(0.25),
        footprint: MultiPolygon(vec![with_a_hole, apart]),
        item: json!({"type": "Feature"}),
        bands: json!([]),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_footprint_arrives_with_its_parts_and_holes() {
    let (database, village) = village().await;
    let store = database.store();
    let stored = scene::upsert(store, &a_scene(village)).await.unwrap();
    assert_eq!(stored.bounds, Bounds::new(108.0, 30.5, 109.5, 31.4));
    let text = "select st_asewkt(footprint) as answer from scene where st_isvalid(footprint)";
    assert_eq!(
        ask(store, text).await,
        "SRID=4326;MULTIPOLYGON(((108 31,108.4 31,108.4 31.4,108 31.4,108 31),\
         (108.1 31.1,108.1 31.2,108.2 31.2,108.1 31.1)),\
         ((109 30.5,109.5 30.5,109.5 31,109 30.5)))"
    );
    let found = scene::by_id(store, &Scope::Everything, "scene").await;
    assert_eq!(found.unwrap(), Some(stored));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scene_is_replaced_as_a_whole() {
    let (database, village) = village().await;
    let store = database.store();
    scene::upsert(store, &a_scene(village)).await.unwrap();
    let smaller = NewScene {
        cloud_share: None,
        footprint: Rect::new((108.0, 31.0), (108.1, 31.1)).to_polygon().into(),
        ..a_scene(village)
    };
    let stored = scene::upsert(store, &smaller).await.unwrap();
    assert_eq!(stored.cloud_share, None, "what is no longer known is gone");
    assert_eq!(stored.bounds, Bounds::new(108.0, 31.0, 108.1, 31.1));
    let all = scene::list(store, &Scope::Everything).await.unwrap();
    assert_eq!(all, [stored]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_footprint_that_is_nowhere_is_refused() {
    let (database, village) = village().await;
    let store = database.store();
    let not_a_number = polygon![(x: f64::NAN, y: 31.0), (x: 108.0, y: 31.0), (x: 108.0, y: 31.1)];
    let ringless = geo::Polygon::new(LineString(Vec::new()), Vec::new());
    for polygons in [vec![], vec![not_a_number], vec![ringless]] {
        let scene = NewScene {
            footprint: MultiPolygon(polygons),
            ..a_scene(village)
        };
        let error = scene::upsert(store, &scene).await.unwrap_err();
        assert!(matches!(error, Error::Geometry { .. }), "{error}");
    }
    assert_eq!(
        ask(store, "select count(*)::text as answer from scene").await,
        "0"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bounds_of_a_coverage_come_back_to_the_last_bit() {
    let (database, village) = village().await;
    let store = database.store();
    let layer = NewLayer {
        id: "greenness".to_owned(),
        area_id: village,
        kind: Kind::Index,
        title_zh: "植被".to_owned(),
        title_en: String::new(),
        audience: Audience::Public,
        style: json!({}),
        attribution: String::new(),
    };
    layer::upsert(store, &layer).await.unwrap();
    let mut new = NewCoverage {
        layer_id: "greenness".to_owned(),
        area_id: village,
        scene_id: None,
        date: NaiveDate::from_ymd_opt(2024, 5, 1).unwrap(),
        object: "an object".to_owned(),
        drawing: None,
        georeference: json!({}),
        bounds: Bounds::new(108.0 + 1.0 / 3.0, 31.1, 108.7, 31.0 + 0.1 + 0.2),
        min_zoom: 8,
        max_zoom: 14,
        cloud_share: Some(0.5),
        version: "1".to_owned(),
        lineage: json!({}),
    };
    let stored = coverage::upsert(store, &new).await.unwrap();
    assert_eq!((stored.bounds, stored.cloud_share), (new.bounds, Some(0.5)));
    let kind = "select concat_ws(' ', st_srid(bounds), geometrytype(bounds), st_npoints(bounds)) \
                as answer from coverage";
    assert_eq!(ask(store, kind).await, "4326 POLYGON 5");

    new.cloud_share = None;
    let replaced = coverage::upsert(store, &new).await.unwrap();
    assert_eq!((replaced.id, replaced.cloud_share), (stored.id, None));
    new.bounds.north = f64::INFINITY;
    let error = coverage::upsert(store, &new).await.unwrap_err();
    assert!(matches!(error, Error::Geometry { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_has_a_place() {
    let (database, village) = village().await;
    let store = database.store();
    let nowhere = a_report(Uuid::from_u128(1), "nowhere", village, f64::NAN, 31.05);
    let error = report::insert(store, &nowhere).await.unwrap_err();
    assert!(matches!(error, Error::Geometry { .. }), "{error}");

    let slip = a_report(Uuid::from_u128(2), "slip", village, 108.05, 31.06);
    report::insert(store, &slip).await.unwrap();
    let text = "select st_asewkt(place) as answer from report";
    assert_eq!(ask(store, text).await, "SRID=4326;POINT(108.05 31.06)");

    // As a hand in the database might leave it.
    let empty = "update report set place = st_geomfromtext('point empty', 4326) \
                 returning reference as answer";
    ask(store, empty).await;
    let error = report::list(store, &Scope::Everything, &Filter::default(), 9).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("R-slip"), "{error}");
}
