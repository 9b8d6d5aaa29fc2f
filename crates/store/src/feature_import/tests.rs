use diesel::QueryableByName;
use geo::{Geometry, line_string, point, polygon};
use serde_json::json;
use tokio::sync::mpsc;

use super::*;
use crate::area::{self, Level};
use crate::layer::{self, Kind, NewLayer};
use crate::testing::{TestDatabase, database, rectangle};
use crate::{Scope, Viewer, feature};

/// A township with two villages side by side.
async fn township() -> TestDatabase {
    let database = database().await;
    let areas = [
        rectangle("5", Level::Township, None, [108.0, 31.0, 108.2, 31.1]),
        rectangle("51", Level::Village, Some("5"), [108.0, 31.0, 108.1, 31.1]),
        rectangle("52", Level::Village, Some("5"), [108.1, 31.0, 108.2, 31.1]),
    ];
    area::upsert(database.store(), &areas).await.unwrap();
    database
}

fn wells() -> FilledLayer {
    FilledLayer {
        id: "wells".into(),
        area_id: None,
        title_zh: "水井".into(),
        title_en: "Wells".into(),
        audience: Audience::Public,
        attribution: String::new(),
    }
}

fn incoming(place: i64, key: &str, geometry: impl Into<Geometry>) -> Incoming {
    Incoming {
        layer: 0,
        place,
        key: key.into(),
        geometry: geometry.into(),
        properties: json!({ "key": key }),
    }
}

async fn bring(
    database: &TestDatabase,
    features: Vec<Incoming>,
    others: Others,
) -> Result<Imported> {
    let (sender, receiver) = mpsc::channel(4);
    for batch in features.chunks(2) {
        sender
            .send(Arrival::Features(batch.to_vec()))
            .await
            .unwrap();
    }
    sender.send(Arrival::End).await.unwrap();
    import(database.store(), &[wells()], others, receiver).await
}

/// Key and the code of the area, in the order of keys.
async fn lies_in(database: &TestDatabase) -> Vec<(String, String)> {
    #[derive(QueryableByName)]
    #[diesel(check_for_backend(diesel::pg::Pg))]
    struct Row {
        #[diesel(sql_type = Text)]
        key: String,
        #[diesel(sql_type = Text)]
        code: String,
    }
    let mut connection = database.store().connection().await.unwrap();
    let rows: Vec<Row> = sql_query(
        "select f.key, a.code from feature f join area a on a.id = f.area_id order by f.key",
    )
    .load(&mut connection)
    .await
    .unwrap();
    rows.into_iter().map(|row| (row.key, row.code)).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let pair = |(key, code): &(&str, &str)| ((*key).to_owned(), (*code).to_owned());
    pairs.iter().map(pair).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_feature_lies_in_the_smallest_area_around_it() {
    let database = township().await;
    let features = vec![
        incoming(1, "a", point!(x: 108.05, y: 31.05)),
        incoming(2, "b", point!(x: 108.15, y: 31.05)),
        incoming(3, "c", point!(x: 100.0, y: 20.0)),
    ];
    let imported = bring(&database, features, Others::Stay).await.unwrap();
    assert_eq!(imported.layers[0].created, 3);
    // The layer is the township's: it is the largest that is touched, and "c" lies outside of all.
    assert_eq!(
        lies_in(&database).await,
        pairs(&[("a", "51"), ("b", "52"), ("c", "5")])
    );
    let viewer = Viewer::Anonymous;
    let layer = layer::by_id(database.store(), &viewer, "wells")
        .await
        .unwrap();
    assert_eq!(layer.unwrap().kind, Kind::Features);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_import_updates_by_key_and_doubles_nothing() {
    let database = township().await;
    let at = |x: f64| point!(x: x, y: 31.05);
    let first = ["a", "b", "c"].iter().zip(1..);
    let first = first.map(|(key, place)| incoming(place, key, at(108.05)));
    bring(&database, first.collect(), Others::Stay)
        .await
        .unwrap();
    let again = || {
        vec![
            incoming(1, "a", at(108.05)),
            incoming(2, "b", at(108.15)),
            incoming(3, "d", at(108.05)),
        ]
    };
    let imported = bring(&database, again(), Others::Stay).await.unwrap();
    let expected = Filled {
        layer: "wells".into(),
        created: 1,
        updated: 1,
        unchanged: 1,
        removed: 0,
        stayed: 1,
    };
    assert_eq!(imported.layers, [expected]);
    let moved = pairs(&[("a", "51"), ("b", "52"), ("c", "51"), ("d", "51")]);
    assert_eq!(lies_in(&database).await, moved);

    let imported = bring(&database, again(), Others::Go).await.unwrap();
    let Filled {
        created,
        updated,
        unchanged,
        removed,
        ..
    } = imported.layers[0];
    assert_eq!((created, updated, unchanged, removed), (0, 0, 3, 1));
    assert_eq!(feature::count(database.store(), "wells").await.unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn shapes_are_repaired_or_refused_and_keys_count_once() {
    let database = township().await;
    let bow = polygon![
        (x: 108.0, y: 31.0), (x: 108.1, y: 31.1), (x: 108.1, y: 31.0), (x: 108.0, y: 31.1),
        (x: 108.0, y: 31.0)
    ];
    let flat = polygon![
        (x: 108.0, y: 31.0), (x: 108.1, y: 31.0), (x: 108.0, y: 31.0), (x: 108.0, y: 31.0)
    ];
    let spot = line_string![(x: 108.0, y: 31.0), (x: 108.0, y: 31.0)];
    let features = vec![
        incoming(2, "bow", bow),
        incoming(3, "flat", flat),
        incoming(4, "spot", spot),
        incoming(5, "a", point!(x: 108.05, y: 31.05)),
        incoming(6, "a", point!(x: 108.06, y: 31.05)),
    ];
    let imported = bring(&database, features, Others::Stay).await.unwrap();
    let places = |remarks: &[Remark]| {
        remarks
            .iter()
            .map(|remark| remark.place)
            .collect::<Vec<_>>()
    };
    assert_eq!(places(&imported.repaired), [2]);
    assert_eq!(places(&imported.refused), [3, 4, 6]);
    let twice = &imported.refused[2].words;
    assert!(twice.contains("key a") && twice.contains('5'), "{twice}");
    let whole = feature::polygons(database.store(), "wells").await.unwrap();
    let area = grid::area::square_metres(&whole[0].polygons);
    // Both triangles of the bow tie: half of the rectangle around it.
    let around = rectangle("x", Level::Village, None, [108.0, 31.0, 108.1, 31.1]);
    let share = area / grid::area::square_metres(&around.polygons);
    assert!((share - 0.5).abs() < 1e-3, "{share}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_breaks_off_leaves_nothing_behind() {
    let database = township().await;
    let (sender, receiver) = mpsc::channel(4);
    let batch = vec![incoming(1, "a", point!(x: 108.05, y: 31.05))];
    sender.send(Arrival::Features(batch)).await.unwrap();
    drop(sender);
    let broken = import(database.store(), &[wells()], Others::Go, receiver).await;
    assert!(matches!(broken, Err(Error::Broken)), "{broken:?}");
    let everyone = Viewer::SignedIn(Scope::Everything);
    assert_eq!(layer::list(database.store(), &everyone).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_layer_of_pictures_is_not_overwritten_and_nowhere_is_said() {
    let database = township().await;
    let far = vec![incoming(1, "a", point!(x: 1.5, y: 42.5))];
    let nowhere = bring(&database, far, Others::Stay).await;
    assert!(matches!(nowhere, Err(Error::Nowhere)), "{nowhere:?}");

    let place = area::containing(database.store(), 108.05, 31.05)
        .await
        .unwrap();
    let pictures = NewLayer {
        id: "wells".into(),
        area_id: place.unwrap().id,
        kind: Kind::Visual,
        title_zh: "影像".into(),
        title_en: String::new(),
        audience: Audience::Public,
        style: json!({}),
        attribution: String::new(),
    };
    layer::upsert(database.store(), &pictures).await.unwrap();
    let here = vec![incoming(1, "a", point!(x: 108.05, y: 31.05))];
    let refused = bring(&database, here, Others::Stay).await;
    assert!(
        matches!(refused, Err(Error::NotFeatures { .. })),
        "{refused:?}"
    );
}
