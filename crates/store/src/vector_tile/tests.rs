use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::area::{self, Level};
use crate::feature::{self, NewFeature};
use crate::layer::{self, Audience, Kind, NewLayer};
use crate::report;
use crate::testing::{TestDatabase, database, rectangle};

async fn village() -> (TestDatabase, i64) {
    let database = database().await;
    let village = rectangle("500234", Level::Village, None, [108.0, 31.0, 108.1, 31.1]);
    area::upsert(database.store(), &[village]).await.unwrap();
    let found = area::containing(database.store(), 108.05, 31.05)
        .await
        .unwrap()
        .unwrap();
    (database, found.id)
}

fn around(longitude: f64, latitude: f64, zoom: u8) -> Tile {
    let side = f64::from(1_u32 << zoom);
    let column = (longitude + 180.0) / 360.0 * side;
    let mercator = latitude.to_radians().tan().asinh() / std::f64::consts::PI;
    let row = (1.0 - mercator) / 2.0 * side;
    Tile::new(zoom, column as u32, row as u32).unwrap()
}

fn holds(tile: &[u8], text: &str) -> bool {
    tile.windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_area_is_drawn_where_it_lies_and_nowhere_else() {
    let (database, id) = village().await;
    let store = database.store();
    for zoom in [0, 1, 6, 12, 16] {
        let tile = around(108.05, 31.05, zoom);
        let drawn = areas(store, tile, &Viewer::Anonymous)
            .await
            .unwrap()
            .unwrap();
        for text in ["areas", "code", "500234", "name_zh", "区500234", "village"] {
            assert!(holds(&drawn, text), "{text} is missing at zoom {zoom}");
        }
    }
    let elsewhere = around(100.0, 20.0, 12);
    assert_eq!(
        areas(store, elsewhere, &Viewer::Anonymous).await.unwrap(),
        None
    );
    let here = around(108.05, 31.05, 12);
    let mine = Viewer::SignedIn(Scope::Areas(vec![id]));
    assert!(areas(store, here, &mine).await.unwrap().is_some());
    let nothing = Viewer::SignedIn(Scope::Areas(vec![]));
    assert_eq!(areas(store, here, &nothing).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_drawn_with_its_state_and_without_its_words() {
    let (database, id) = village().await;
    let store = database.store();
    let new = report::tests::a_report(Uuid::from_u128(5), "slip", id, 108.05, 31.05);
    report::insert(store, &new).await.unwrap();
    let tile = around(108.05, 31.05, 14);
    let drawn = reports(store, tile, &Scope::Everything)
        .await
        .unwrap()
        .unwrap();
    for text in [
        "reports",
        "reference",
        "R-slip",
        "state",
        "new",
        "service",
        "road",
    ] {
        assert!(holds(&drawn, text), "{text} is missing");
    }
    assert!(!holds(&drawn, "13800000000"));
    let neighbour = Tile::new(14, tile.column + 2, tile.row).unwrap();
    assert_eq!(
        reports(store, neighbour, &Scope::Everything).await.unwrap(),
        None
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn features_are_replaced_and_drawn_with_their_properties() {
    let (database, id) = village().await;
    let store = database.store();
    let roads = NewLayer {
        id: "roads".to_owned(),
        area_id: id,
        kind: Kind::Features,
        title_zh: "道路".to_owned(),
        title_en: "Roads".to_owned(),
        audience: Audience::Public,
        style: json!({}),
        attribution: String::new(),
    };
    let line = geo::LineString::from(vec![(108.02, 31.02), (108.08, 31.08)]);
    let road = |key: usize| NewFeature {
        area_id: id,
        key: key.to_string(),
        geometry: line.clone().into(),
        properties: json!({"surface": "gravel", "width_m": 4.5}),
    };
    let many: Vec<_> = (0..2_500).map(road).collect();
    let error = feature::replace(store, "roads", &many).await.unwrap_err();
    assert!(
        matches!(error, crate::Error::UnknownLayer { .. }),
        "{error}"
    );
    layer::upsert(store, &roads).await.unwrap();
    assert_eq!(
        feature::replace(store, "roads", &many).await.unwrap(),
        2_500
    );
    assert_eq!(feature::count(store, "roads").await.unwrap(), 2_500);
    assert_eq!(
        feature::replace(store, "roads", &many[..3]).await.unwrap(),
        3
    );
    assert_eq!(feature::count(store, "roads").await.unwrap(), 3);

    let drawn = features(
        store,
        "roads",
        around(108.05, 31.05, 13),
        &Scope::Everything,
    )
    .await
    .unwrap()
    .unwrap();
    for text in ["roads", "surface", "gravel", "width_m"] {
        assert!(holds(&drawn, text), "{text} is missing");
    }
    assert_eq!(
        features(
            store,
            "other",
            around(108.05, 31.05, 13),
            &Scope::Everything
        )
        .await
        .unwrap(),
        None
    );
    assert!(layer::delete(store, "roads").await.unwrap());
    assert_eq!(feature::count(store, "roads").await.unwrap(), 0);
}
