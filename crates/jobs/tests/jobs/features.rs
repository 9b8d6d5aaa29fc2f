//! Features and e-maps from files, good and bad.

use std::path::PathBuf;

use grid::offset_datum::OffsetDatum;
use jobs::{Error, FeatureRequest, emap::EmapRequest};
use serde_json::json;
use store::{Scope, Viewer, feature, layer};

use crate::workshop::{Bench, real};

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

fn wells() -> FeatureRequest {
    FeatureRequest {
        layer: "wells".to_owned(),
        title_zh: Some("水井".to_owned()),
        key: Some("编号".to_owned()),
        ..FeatureRequest::default()
    }
}

async fn bench() -> Bench {
    let bench = Bench::new().await;
    bench.square("500154", [108.0, 31.0, 109.0, 32.0]).await;
    bench
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_comes_again_updates_by_its_key() {
    let bench = bench().await;
    let first = file(
        "a.csv",
        "编号,经度,纬度\nA,108.1,31.1\nB,108.2,31.2\n,108.3,31.3\nA,108.4,31.4\n",
    );
    let imported = bench
        .shop
        .import_features(&first.path, &wells())
        .await
        .unwrap();
    assert_eq!(imported.layers[0].created, 2);
    let refused: Vec<_> = imported.refused.iter().map(|remark| remark.place).collect();
    assert_eq!((refused, imported.refused_count), (vec![4, 5], 2));
    assert!(imported.file.by_line);

    let again = file("a.csv", "编号,经度,纬度\nB,108.25,31.2\nC,108.3,31.3\n");
    let imported = bench
        .shop
        .import_features(&again.path, &wells())
        .await
        .unwrap();
    let filled = &imported.layers[0];
    assert_eq!((filled.created, filled.updated, filled.stayed), (1, 1, 1));
    assert_eq!(feature::count(&bench.shop.store, "wells").await.unwrap(), 3);

    let request = FeatureRequest {
        replace: true,
        title_zh: None,
        ..wells()
    };
    let imported = bench
        .shop
        .import_features(&again.path, &request)
        .await
        .unwrap();
    let filled = &imported.layers[0];
    assert_eq!((filled.unchanged, filled.removed), (2, 1));
    let everyone = Viewer::SignedIn(Scope::Everything);
    let layer = layer::by_id(&bench.shop.store, &everyone, "wells")
        .await
        .unwrap();
    assert_eq!(
        layer.unwrap().title_zh,
        "水井",
        "a title that is not told stays"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_a_key_takes_the_place_of_the_last() {
    let bench = bench().await;
    let request = FeatureRequest {
        key: None,
        ..wells()
    };
    for rows in ["108.1,31.1\n108.2,31.2\n", "108.1,31.1\n"] {
        let file = file("a.csv", &format!("lon,lat\n{rows}"));
        bench
            .shop
            .import_features(&file.path, &request)
            .await
            .unwrap();
    }
    assert_eq!(feature::count(&bench.shop.store, "wells").await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn shifted_coordinates_are_shifted_back_only_when_told() {
    let bench = bench().await;
    let text = r#"{"type":"Feature","properties":{"编号":1},"geometry":{"type":"Polygon",
        "coordinates":[[[108.40461660131051,31.15793663284234],[108.5,31.15793663284234],
        [108.5,31.3],[108.40461660131051,31.15793663284234]]]}}"#;
    let file = file("a.geojson", text);
    let corner = async || {
        let found = feature::polygons(&bench.shop.store, "wells").await.unwrap();
        let ring = found[0].polygons.0[0].exterior();
        let west = ring.coords().map(|at| at.x).fold(f64::MAX, f64::min);
        (west, found[0].properties["source_datum"].clone())
    };
    bench
        .shop
        .import_features(&file.path, &wells())
        .await
        .unwrap();
    let (west, datum) = corner().await;
    assert!((west - 108.404_616_601_310_51).abs() < 1e-12 && datum.is_null());
    let request = FeatureRequest {
        from: Some(OffsetDatum::Gcj02),
        ..wells()
    };
    let imported = bench
        .shop
        .import_features(&file.path, &request)
        .await
        .unwrap();
    assert_eq!(imported.layers[0].updated, 1);
    let (west, datum) = corner().await;
    assert!((west - 108.4).abs() < 1e-8, "{west}");
    assert_eq!(datum, "GCJ-02");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_at_fault_change_nothing_and_say_why() {
    let bench = bench().await;
    let good = file("a.csv", "编号,经度,纬度\nA,108.1,31.1\n");
    bench
        .shop
        .import_features(&good.path, &wells())
        .await
        .unwrap();

    let other = file("b.csv", "id,经度,纬度\nA,108.1,31.1\n");
    let error = bench
        .shop
        .import_features(&other.path, &wells())
        .await
        .unwrap_err();
    assert!(
        matches!(&error, Error::UnknownField { field, .. } if field == "编号"),
        "{error}"
    );
    let empty = file("c.csv", "编号,经度,纬度\n");
    let error = bench
        .shop
        .import_features(&empty.path, &wells())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NoFeatures { .. }), "{error}");
    let wrong = file("d.csv", "编号,经度,纬度\nB,x,y\n");
    let error = bench
        .shop
        .import_features(&wrong.path, &wells())
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::AllRefused { count: 1, .. }),
        "{error}"
    );
    // More rows than two batches, and then damage.
    let mut text = r#"{"type":"FeatureCollection","features":["#.to_owned();
    for id in 0..5000 {
        let feature = json!({
            "type": "Feature",
            "properties": {"编号": id.to_string()},
            "geometry": {"type": "Point", "coordinates": [108.5, 31.5]},
        });
        text += &feature.to_string();
        text.push(',');
    }
    let broken = file("e.geojson", &text);
    let error = bench
        .shop
        .import_features(&broken.path, &wells())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Foreign(_)), "{error}");
    let request = FeatureRequest {
        area: Some("999".to_owned()),
        ..wells()
    };
    let error = bench
        .shop
        .import_features(&good.path, &request)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("999"), "{error}");
    assert_eq!(feature::count(&bench.shop.store, "wells").await.unwrap(), 1);

    let error = bench
        .shop
        .import_emap(&good.path, &EmapRequest::default())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NoExtract { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extract_becomes_an_e_map() {
    let Some(extract) = real("vector/andorra-latest.osm.pbf") else {
        return;
    };
    let bench = Bench::new().await;
    let nowhere = bench
        .shop
        .import_emap(&extract, &EmapRequest::default())
        .await
        .unwrap_err();
    assert!(nowhere.to_string().contains("--area"), "{nowhere}");
    bench.square("AD", [1.2, 42.3, 1.9, 42.8]).await;
    let request = EmapRequest::default();
    let imported = bench.shop.import_emap(&extract, &request).await.unwrap();
    assert_eq!(imported.layers.len(), jobs::emap::LAYERS.len());
    let made: usize = imported.layers.iter().map(|filled| filled.created).sum();
    for filled in &imported.layers {
        assert!(filled.created > 20, "{filled:?}");
    }
    // The extract holds some five thousand roads, and as many buildings.
    assert!(made > 10_000, "{made}");
    let everyone = Viewer::Anonymous;
    assert_eq!(
        layer::list(&bench.shop.store, &everyone)
            .await
            .unwrap()
            .len(),
        8
    );
    let again = bench.shop.import_emap(&extract, &request).await.unwrap();
    for filled in &again.layers {
        let count = feature::count(&bench.shop.store, &filled.layer)
            .await
            .unwrap();
        assert_eq!((filled.created, filled.updated, filled.removed), (0, 0, 0));
        assert_eq!(filled.unchanged, count as usize);
    }
}
