//! Administrative areas come in from what counties really hold: Shapefiles in GBK without a
//! `.cpg`, `GeoPackages` in Gauss-Krüger zones, `GeoJSON` with a CRS of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use end_to_end::{Home, Program, oracle};
use serde_json::Value;

const VILLAGES: &str = r#"{"type":"FeatureCollection","features":[
 {"type":"Feature","properties":{"XZQDM":"500999001001","XZQMC":"大坪村"},
  "geometry":{"type":"Polygon","coordinates":[[[108.40,31.20],[108.42,31.20],[108.42,31.22],[108.40,31.22],[108.40,31.20]]]}},
 {"type":"Feature","properties":{"XZQDM":"500999001002","XZQMC":"白鹤沟村"},
  "geometry":{"type":"Polygon","coordinates":[[[108.42,31.20],[108.44,31.20],[108.44,31.22],[108.42,31.22],[108.42,31.20]]]}}]}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_shapefile_in_gbk_without_its_code_page_keeps_its_names() {
    let home = Home::new();
    let file = convert(
        &home,
        "ESRI Shapefile",
        "villages.shp",
        "EPSG:4490",
        &["-lco", "ENCODING=GBK"],
    );
    std::fs::remove_file(file.with_extension("cpg")).expect("the code page was written");
    home.succeed(&["import", "areas", text(&file)]);
    assert_villages(&home).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_geopackage_in_a_gauss_krueger_zone_lands_where_it_belongs() {
    let home = Home::new();
    // 3-degree zone 36 with the zone number in the easting.
    let file = convert(&home, "GPKG", "villages.gpkg", "EPSG:4524", &[]);
    home.succeed(&["import", "areas", text(&file)]);
    assert_villages(&home).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn areas_name_their_parents_and_a_second_import_updates() {
    let home = Home::new();
    let county = home.path().join("county.geojson");
    std::fs::write(
        &county,
        r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"500999","name":"示范县","name_en":"Model County"},
        "geometry":{"type":"Polygon","coordinates":[[[108.3,31.1],[108.5,31.1],[108.5,31.3],[108.3,31.3],[108.3,31.1]]]}}]}"#,
    )
    .expect("a file");
    let villages = home.path().join("villages.geojson");
    std::fs::write(&villages, VILLAGES).expect("a file");
    home.succeed(&["import", "areas", text(&county), "--level", "county"]);
    home.succeed(&["import", "areas", text(&villages), "--parent", "500999"]);
    home.succeed(&["import", "areas", text(&villages), "--parent", "500999"]);
    let areas = assert_villages(&home).await;
    assert_eq!(areas.len(), 3);
    let village = areas
        .iter()
        .find(|area| area["code"] == "500999001001")
        .expect("the village");
    assert_eq!(village["parent"], "500999");
    assert_eq!(village["level"], "village");

    let unknown = home.run(&["import", "areas", text(&villages), "--parent", "777"]);
    assert!(
        !unknown.success && unknown.err.contains("777"),
        "{}",
        unknown.err
    );
}

/// Starts the program, checks names, codes, places and sizes of the two villages, and returns all
/// areas.
async fn assert_villages(home: &Home) -> Vec<Value> {
    home.add_user("chief", "administrator", &[]);
    let program = Program::start(home, &["--no-demo"]);
    let client = program.signed_in("chief", "correct horse battery").await;
    let answer = program.json(&client, "/api/v1/areas").await;
    let areas = answer["areas"].as_array().expect("a list").clone();
    for (code, name, west) in [
        ("500999001001", "大坪村", 108.40),
        ("500999001002", "白鹤沟村", 108.42),
    ] {
        let area = areas.iter().find(|area| area["code"] == code);
        let area = area.unwrap_or_else(|| panic!("{code} is missing: {answer}"));
        assert_eq!(area["name_zh"], name);
        let bounds = area["bounds"].as_array().expect("bounds");
        assert!(
            (bounds[0].as_f64().expect("west") - west).abs() < 1e-6,
            "{area}"
        );
        assert!(
            (bounds[3].as_f64().expect("north") - 31.22).abs() < 1e-6,
            "{area}"
        );
        // 0.02 degrees square at 31.21 N on the ellipsoid: GeographicLib's Planimeter says
        // 4,226,230 m² for these corners.
        let square_metres = area["area_m2"].as_f64().expect("an area");
        assert!((square_metres / 4_226_230.42 - 1.0).abs() < 1e-6, "{area}");
        let mu = area["mu"].as_f64().expect("mu");
        assert!(
            (mu - square_metres * 15.0 / 10_000.0).abs() < 0.01,
            "{area}"
        );
    }
    vector_tile_decodes_elsewhere(home, &program, &client).await;
    areas
}

/// Another library reads our vector tile and finds the villages with their names.
async fn vector_tile_decodes_elsewhere(home: &Home, program: &Program, client: &reqwest::Client) {
    let path = "/tiles/areas/12/3281/1673.mvt";
    let answer = client
        .get(program.url(path))
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200, "{path}");
    let file = home.path().join("areas.mvt");
    std::fs::write(&file, answer.bytes().await.expect("bytes")).expect("a file");
    let layers = oracle("vector_tile", &[text(&file)]);
    let features = layers["areas"].as_array().expect("the layer of areas");
    for (code, name) in [("500999001001", "大坪村"), ("500999001002", "白鹤沟村")] {
        let village = features.iter().find(|feature| feature["code"] == code);
        assert_eq!(village.expect("the village")["name_zh"], name, "{layers}");
    }
}

fn convert(home: &Home, driver: &str, name: &str, crs: &str, options: &[&str]) -> PathBuf {
    let source = home.path().join("source.geojson");
    std::fs::write(&source, VILLAGES).expect("a file");
    let target = home.path().join(name);
    let status = Command::new("ogr2ogr")
        .args(["-f", driver, text(&target), text(&source), "-t_srs", crs])
        .args(options)
        .status()
        .expect("ogr2ogr runs (package gdal-bin)");
    assert!(status.success());
    target
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}
