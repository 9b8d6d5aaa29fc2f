//! Areas from files, good and bad.

use std::path::PathBuf;

use jobs::{Error, ImportOptions};
use store::{
    Scope,
    area::{self, Level},
};

use crate::workshop::Bench;

fn collection(features: &[(&str, &str)]) -> String {
    let features: Vec<String> = features
        .iter()
        .map(|(properties, geometry)| {
            format!(r#"{{"type":"Feature","properties":{properties},"geometry":{geometry}}}"#)
        })
        .collect();
    format!(
        r#"{{"type":"FeatureCollection","features":[{}]}}"#,
        features.join(",")
    )
}

fn square(west: f64) -> String {
    let east = west + 0.01;
    format!(
        r#"{{"type":"Polygon","coordinates":[[[{west},31],[{east},31],[{east},31.01],[{west},31.01],[{west},31]]]}}"#
    )
}

struct File {
    path: PathBuf,
    _folder: tempfile::TempDir,
}

fn file(name: &str, text: &str) -> File {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    File {
        path,
        _folder: folder,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn levels_parents_and_parts_come_from_the_file() {
    let bench = Bench::new().await;
    let text = collection(&[
        (
            r#"{"code":"5001","name":"示范镇","level":"township","parent":""}"#,
            &square(108.0),
        ),
        (
            r#"{"code":500101,"name":"大坪村","name_en":"Daping","parent":"5001"}"#,
            &square(108.1),
        ),
        (
            r#"{"code":500101,"name":"大坪村","parent":"5001"}"#,
            &square(108.2),
        ),
        (r#"{"code":"","name":"无名"}"#, &square(108.3)),
        (
            r#"{"code":"5002","name":"点"}"#,
            r#"{"type":"Point","coordinates":[108,31]}"#,
        ),
    ]);
    let file = file("areas.geojson", &text);
    let summary = bench
        .shop
        .import_areas(&file.path, ImportOptions::default())
        .await
        .unwrap();
    assert_eq!((summary.created, summary.updated), (2, 0));
    assert_eq!(summary.merged, ["500101"]);
    let refused: Vec<_> = summary
        .refused
        .iter()
        .map(|refused| refused.index)
        .collect();
    assert_eq!(refused, [4, 5], "{:?}", summary.refused);

    let village = area::by_code(&bench.shop.store, &Scope::Everything, "500101")
        .await
        .unwrap();
    let village = village.unwrap();
    assert_eq!(
        (village.level, village.parent.as_deref()),
        (Level::Village, Some("5001"))
    );
    assert_eq!(
        (village.name_zh.as_str(), village.name_en.as_str()),
        ("大坪村", "Daping")
    );
    // Both parts: two squares of a hundredth of a degree, a tenth apart.
    assert!((village.bounds.east - 108.21).abs() < 1e-9, "{village:?}");

    let again = bench
        .shop
        .import_areas(&file.path, ImportOptions::default())
        .await
        .unwrap();
    assert_eq!((again.created, again.updated), (0, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_polygons_brings_nothing_in() {
    let bench = Bench::new().await;
    let point = r#"{"type":"Point","coordinates":[108,31]}"#;
    for (text, word) in [
        (
            collection(&[(r#"{"code":"1","name":"a"}"#, point)]),
            "1 × point",
        ),
        (collection(&[]), "no features"),
    ] {
        let file = file("points.geojson", &text);
        let error = bench
            .shop
            .import_areas(&file.path, ImportOptions::default())
            .await
            .unwrap_err();
        assert!(matches!(error, Error::NoPolygons { .. }), "{error}");
        let message = error.to_string();
        assert!(
            message.contains("points.geojson") && message.contains(word),
            "{message}"
        );
    }
    assert_eq!(area::count(&bench.shop.store).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_parent_refuses_the_whole_file() {
    let bench = Bench::new().await;
    let good = (r#"{"code":"1","name":"a"}"#, square(108.0));
    let orphan = (r#"{"code":"2","name":"b","parent":"777"}"#, square(108.1));
    let text = collection(&[(good.0, &good.1), (orphan.0, &orphan.1)]);
    let file = file("areas.geojson", &text);
    let error = bench
        .shop
        .import_areas(&file.path, ImportOptions::default())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("777"), "{error}");
    assert_eq!(
        area::count(&bench.shop.store).await.unwrap(),
        0,
        "all or none"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bow_tie_is_repaired_and_named() {
    let bench = Bench::new().await;
    let bow = r#"{"type":"Polygon","coordinates":[[[108,31],[108.1,31.1],[108.1,31],[108,31.1],[108,31]]]}"#;
    let file = file(
        "bow.geojson",
        &collection(&[(r#"{"code":"9","name":"结"}"#, bow)]),
    );
    let summary = bench
        .shop
        .import_areas(&file.path, ImportOptions::default())
        .await
        .unwrap();
    assert_eq!(summary.repaired, ["9"]);
}
