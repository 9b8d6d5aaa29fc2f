//! Other products a planner brings: one file with classes, a Landsat stack, two resolutions.

use std::path::Path;

use end_to_end::{Home, oracle, real_data};

/// A home whose one area covers the whole scene.
fn home_with_area(west: f64, south: f64, east: f64, north: f64) -> Home {
    let home = Home::new();
    let file = home.path().join("area.geojson");
    std::fs::write(
        &file,
        format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"code":"900001","name":"区域"}},
            "geometry":{{"type":"Polygon","coordinates":[[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]]}}}}]}}"#
        ),
    )
    .expect("a file");
    home.succeed(&["import", "areas", text(&file)]);
    home
}

#[test]
fn bolzano_one_file_with_classes_is_ingested_by_its_band_descriptions() {
    let Some(file) =
        real_data("satellite/s2_l2a_bolzano/S2_L2A_sample_20220612_B04_B03_B02_B08_SCL.tif")
    else {
        return;
    };
    let home = home_with_area(11.0, 46.0, 12.0, 47.0);
    let said = home.succeed(&["ingest", text(&file), "--id", "bolzano"]);
    for role in ["red", "green", "blue", "nir", "scl"] {
        assert!(said.contains(role), "{role} is named: {said}");
    }
    assert!(said.contains("2022-06-12"), "{said}");
    home.succeed(&["layer", "index", "bolzano", "--id", "ndvi"]);
    let listed = home.succeed(&["list", "layers"]);
    assert!(
        listed.contains("ndvi") && listed.contains("2022-06-12"),
        "{listed}"
    );
}

#[test]
fn landsat_7_stack_is_ingested_and_gives_an_index() {
    let Some(file) = real_data("satellite/landsat7_chiapas_2dates/LE70220491999322EDC01_stack.tif")
    else {
        return;
    };
    let home = home_with_area(-94.0, 14.0, -91.0, 18.0);
    let said = home.succeed(&["ingest", text(&file), "--id", "chiapas"]);
    // Day 322 of 1999.
    assert!(said.contains("1999-11-18"), "{said}");
    home.succeed(&[
        "layer",
        "index",
        "chiapas",
        "--bands",
        "nir,swir16",
        "--id",
        "moisture",
    ]);
    home.succeed(&["layer", "true-colour", "chiapas", "--id", "picture"]);
}

#[test]
fn bands_keep_their_values_in_their_own_grid() {
    let Some(folder) = real_data("satellite/s2_l2a_maja_gers") else {
        return;
    };
    let home = home_with_area(-0.2, 43.4, 0.4, 43.9);
    home.succeed(&["ingest", text(&folder), "--id", "gers"]);
    let mut sources: Vec<_> = std::fs::read_dir(&folder)
        .expect("the scene")
        .filter_map(|entry| entry.ok()?.path().to_str().map(str::to_owned))
        .filter(|path| path.contains("_FRE_"))
        .collect();
    sources.sort();
    let answer = oracle(
        "bands",
        &[
            &[text(&home.path().join("objects"))],
            sources
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .as_slice(),
        ]
        .concat(),
    );
    for band in answer.as_array().expect("a list") {
        assert_eq!(band["found"], true, "{band}");
        assert_eq!(band["nodata"], -10000.0, "{band}");
        assert_eq!(band["crs"], true, "{band}");
    }
    assert_eq!(answer.as_array().map(Vec::len), Some(7));
}

#[test]
fn ten_and_twenty_metres_meet_in_one_index() {
    let Some(folder) = real_data("satellite/s2_l2a_maja_gers") else {
        return;
    };
    let home = home_with_area(-0.2, 43.4, 0.4, 43.9);
    home.succeed(&["ingest", text(&folder), "--id", "gers"]);
    home.succeed(&[
        "layer",
        "index",
        "gers",
        "--bands",
        "nir,swir16",
        "--id",
        "moisture",
    ]);
    let verdict = oracle(
        "aligned",
        &[
            text(&folder),
            "B8",
            "B11",
            text(&home.path().join("objects")),
        ],
    );
    assert_eq!(
        verdict["shape"],
        serde_json::json!([1170, 1198]),
        "the finer grid: {verdict}"
    );
    assert!(verdict["median"].as_f64() < Some(1e-4), "{verdict}");
    assert!(verdict["p99"].as_f64() < Some(5e-3), "{verdict}");
    assert_eq!(verdict["nodata_differs"], 0, "{verdict}");
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}
