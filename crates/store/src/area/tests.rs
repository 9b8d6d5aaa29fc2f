use geo::{Area as _, GeodesicArea as _, MultiPolygon, Polygon, polygon};

use super::*;
use crate::Error;
use crate::testing::{TestDatabase, database, rectangle};

const COUNTY: [f64; 4] = [108.0, 31.0, 109.0, 32.0];

/// A county, two townships, a village each that share the border 108.5, a group in the first.
fn county() -> Vec<NewArea> {
    vec![
        // Children first: parents may come later in the batch.
        rectangle(
            "5001001",
            Level::Village,
            Some("5001"),
            [108.2, 31.2, 108.5, 31.5],
        ),
        rectangle(
            "5002001",
            Level::Village,
            Some("5002"),
            [108.5, 31.2, 108.7, 31.5],
        ),
        rectangle(
            "50010011",
            Level::Group,
            Some("5001001"),
            [108.2, 31.2, 108.3, 31.3],
        ),
        rectangle(
            "5001",
            Level::Township,
            Some("50"),
            [108.0, 31.0, 108.5, 32.0],
        ),
        rectangle(
            "5002",
            Level::Township,
            Some("50"),
            [108.5, 31.0, 109.0, 32.0],
        ),
        rectangle("50", Level::County, None, COUNTY),
    ]
}

async fn with_county() -> TestDatabase {
    let database = database().await;
    let upserted = upsert(database.store(), &county()).await.unwrap();
    assert_eq!(
        upserted,
        Upserted {
            created: 6,
            updated: 0,
            repaired: vec![]
        }
    );
    database
}

async fn find(database: &TestDatabase, code: &str) -> Area {
    by_code(database.store(), &Scope::Everything, code)
        .await
        .unwrap()
        .unwrap()
}

fn codes(areas: &[Area]) -> Vec<&str> {
    areas.iter().map(|area| area.code.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_area_comes_back_with_its_parent_bounds_and_size() {
    let database = with_county().await;
    let village = find(&database, "5001001").await;
    assert_eq!(village.parent.as_deref(), Some("5001"));
    assert_eq!(village.level, Level::Village);
    assert_eq!(
        village.bounds,
        Bounds {
            west: 108.2,
            south: 31.2,
            east: 108.5,
            north: 31.5
        }
    );
    // An oracle of another house: geographiclib through geo.
    let expected = county()[0].polygons.geodesic_area_unsigned();
    assert!(
        (village.area_m2 / expected - 1.0).abs() < 1e-9,
        "{} {expected}",
        village.area_m2
    );
    let outline = outlines(database.store(), &Scope::Everything, Some(village.id))
        .await
        .unwrap();
    assert_eq!(outline.len(), 2, "the village and its group");
    assert!((outline[0].polygons.unsigned_area() - 0.09).abs() < 1e-12);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_lies_in_the_lowest_area_around_it() {
    let database = with_county().await;
    for (longitude, latitude, expected) in [
        (108.25, 31.25, Some("50010011")),
        (108.4, 31.4, Some("5001001")),
        (108.6, 31.4, Some("5002001")),
        (108.1, 31.9, Some("5001")),
        // On the border of two villages: the smaller one, always.
        (108.5, 31.4, Some("5002001")),
        (107.0, 31.0, None),
        (f64::NAN, 31.0, None),
    ] {
        let found = containing(database.store(), longitude, latitude)
            .await
            .unwrap();
        let code = found.map(|area| area.code);
        assert_eq!(code.as_deref(), expected, "at {longitude}, {latitude}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_in_the_order_of_their_pronunciation() {
    let database = database().await;
    let mut areas: Vec<_> = ["赵家村", "白岩村", "满月村", "敦好村"]
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let mut area = rectangle(&index.to_string(), Level::Village, None, COUNTY);
            (*name).clone_into(&mut area.name_zh);
            area
        })
        .collect();
    let mut county = rectangle("9", Level::County, None, COUNTY);
    "云阳县".clone_into(&mut county.name_zh);
    areas.push(county);
    upsert(database.store(), &areas).await.unwrap();
    let listed = list(database.store(), &Scope::Everything).await.unwrap();
    let names: Vec<_> = listed.iter().map(|area| area.name_zh.as_str()).collect();
    assert_eq!(names, ["云阳县", "白岩村", "敦好村", "满月村", "赵家村"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_under_a_moved_area_moves_along() {
    let database = with_county().await;
    let (store, second) = (database.store(), find(&database, "5002").await.id);
    let under_second = Scope::Areas(vec![second]);
    assert_eq!(
        codes(&list(store, &under_second).await.unwrap()),
        ["5002", "5002001"]
    );

    let moved = rectangle(
        "5001001",
        Level::Village,
        Some("5002"),
        [108.2, 31.2, 108.5, 31.5],
    );
    let upserted = upsert(store, &[moved]).await.unwrap();
    assert_eq!((upserted.created, upserted.updated), (0, 1));
    let now = list(store, &under_second).await.unwrap();
    assert_eq!(codes(&now), ["5002", "5001001", "5002001", "50010011"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_outline_is_repaired_and_reported() {
    let database = database().await;
    let overlapping = MultiPolygon(vec![
        geo::Rect::new((108.0, 31.0), (108.2, 31.1)).to_polygon(),
        geo::Rect::new((108.1, 31.0), (108.3, 31.1)).to_polygon(),
    ]);
    let bow_tie = polygon![(x: 108.0, y: 31.0), (x: 108.1, y: 31.1), (x: 108.1, y: 31.0), (x: 108.0, y: 31.1)];
    let mut areas = vec![
        rectangle("1", Level::Village, None, COUNTY),
        rectangle("2", Level::Village, None, COUNTY),
        rectangle("3", Level::Village, None, COUNTY),
    ];
    areas[1].polygons = overlapping;
    areas[2].polygons = bow_tie.into();
    let upserted = upsert(database.store(), &areas).await.unwrap();
    assert_eq!(upserted.repaired, ["2", "3"]);
    let outlines = outlines(database.store(), &Scope::Everything, None)
        .await
        .unwrap();
    let size = |index: usize| outlines[index].polygons.unsigned_area();
    assert!(
        (size(1) - 0.03).abs() < 1e-9,
        "the two parts together, not cut out: {}",
        size(1)
    );
    assert!((size(2) - 0.005).abs() < 1e-9, "both wings: {}", size(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_area_names_itself_and_nothing_of_the_batch_stays() {
    let database = database().await;
    let store = database.store();
    let good = rectangle("1", Level::County, None, COUNTY);
    let orphan = rectangle("2", Level::Village, Some("404"), COUNTY);
    let mut empty = rectangle("3", Level::Village, None, COUNTY);
    let line = vec![(108.0, 31.0), (108.1, 31.0), (108.1, 31.0), (108.0, 31.0)];
    empty.polygons = Polygon::new(line.into(), vec![]).into();
    let mut short = rectangle("8", Level::Village, None, COUNTY);
    let ring = vec![(108.0, 31.0), (108.1, 31.0), (108.0, 31.0)];
    short.polygons = Polygon::new(ring.into(), vec![]).into();
    let metres = rectangle("4", Level::Village, None, [3.6e7, 3.4e6, 3.7e7, 3.5e6]);
    let itself = rectangle("5", Level::Village, Some("5"), COUNTY);

    let refused = async |bad: Vec<NewArea>| {
        let mut batch = vec![good.clone()];
        batch.extend(bad);
        let error = upsert(store, &batch).await.unwrap_err();
        assert_eq!(count(store).await.unwrap(), 0, "after {error}");
        error
    };
    let error = refused(vec![orphan]).await;
    assert!(
        matches!(&error, Error::UnknownArea { code } if code == "404"),
        "{error}"
    );
    let error = refused(vec![empty]).await;
    assert!(
        matches!(&error, Error::EmptyArea { code } if code == "3"),
        "{error}"
    );
    let error = refused(vec![short]).await;
    assert!(
        matches!(&error, Error::Area { code, .. } if code == "8"),
        "{error}"
    );
    let error = refused(vec![metres]).await;
    assert!(
        matches!(&error, Error::Geometry { reason } if reason.contains("\"4\"")),
        "{error}"
    );
    let error = refused(vec![itself]).await;
    assert!(
        matches!(&error, Error::CircularArea { code, .. } if code == "5"),
        "{error}"
    );
    let circle = vec![
        rectangle("6", Level::Village, Some("7"), COUNTY),
        rectangle("7", Level::Village, Some("6"), COUNTY),
    ];
    let error = refused(circle).await;
    assert!(matches!(error, Error::CircularArea { .. }), "{error}");
}
