use store::layer::Audience;

use crate::imagery::{self, index_place};
use crate::office::{COUNTY, DAPING, Office};

#[tokio::test(flavor = "multi_thread")]
async fn a_layer_says_what_a_map_needs() {
    let office = Office::open().await;
    imagery::index(&office, "ndvi", DAPING, Audience::Public).await;
    let mut layers = office.get("/api/v1/layers").value().await;
    let layer = &mut layers["layers"][0];
    for edge in layer["bounds"].as_array_mut().unwrap() {
        *edge = serde_json::json!((edge.as_f64().unwrap() * 1e6).round() / 1e6);
    }
    let version = layer["dates"][0]["version"].take();
    assert_eq!(version.as_str().unwrap().len(), 16);
    insta::assert_json_snapshot!("layers", layers);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_under_the_cursor_is_the_images_own() {
    let office = Office::open().await;
    imagery::index(&office, "ndvi", DAPING, Audience::Public).await;
    imagery::picture(&office, "colours", COUNTY, Audience::Public).await;
    for (column, row, value) in [
        (10.5, 100.5, Some(0.3)),
        (300.5, 100.5, Some(0.6)),
        (10.5, 10.5, None),
        (-9.5, 100.5, None),
    ] {
        let (lon, lat) = index_place(column, row);
        let point = office
            .get(&format!("/api/v1/layers/ndvi/point?lon={lon}&lat={lat}"))
            .value()
            .await;
        assert_eq!(point["date"], "2024-08-02");
        let found = point["value"].as_f64();
        let same = match (found, value) {
            (Some(found), Some(value)) => (found - value).abs() < 1e-6_f64,
            (None, None) => true,
            _ => false,
        };
        assert!(same, "{column}/{row}: {found:?}, not {value:?}");
    }
    let picture = office
        .get("/api/v1/layers/colours/point?lon=108.3&lat=31.3")
        .value()
        .await;
    assert!(picture["value"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_of_services_is_for_everybody() {
    let office = Office::open().await;
    let services = office.get("/api/v1/services").value().await;
    assert_eq!(services["services"][0]["service_code"], "road");
    assert_eq!(services["services"][0]["name_zh"], "道路与滑坡");
}
