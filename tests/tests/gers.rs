//! The main job on a real scene: Gers (MAJA, one file a band, 10 and 20 m, nodata by convention)
//! and its 19 communes, against independent computations.

use std::path::Path;

use end_to_end::{Home, Program, oracle, real_data};
use serde_json::Value;

const SCENE: &str = "satellite/s2_l2a_maja_gers";
const COMMUNES: &str = "vector/communes_gers_epsg2154.geojson";

#[tokio::test(flavor = "multi_thread")]
async fn gers_becomes_layers_whose_values_are_right() {
    let (Some(scene), Some(communes)) = (real_data(SCENE), real_data(COMMUNES)) else {
        return;
    };
    let home = Home::new();
    let imported = home.succeed(&["import", "areas", text(&communes)]);
    assert!(
        imported.contains("19"),
        "19 communes are reported: {imported}"
    );
    home.succeed(&["ingest", text(&scene), "--id", "gers"]);
    home.succeed(&[
        "layer",
        "true-colour",
        "gers",
        "--id",
        "picture",
        "--title",
        "真彩色",
        "--title-en",
        "True colour",
        "--audience",
        "public",
    ]);
    home.succeed(&[
        "layer",
        "index",
        "gers",
        "--id",
        "ndvi",
        "--audience",
        "officials",
    ]);
    home.add_user("planner", "administrator", &[]);
    every_object_is_a_valid_cog(&home);

    let program = Program::start(&home, &["--no-demo"]);
    let client = program.signed_in("planner", "correct horse battery").await;
    pixels_equal_the_formula(&program, &client, text(&scene)).await;
    zonal_means_agree_with_exactextract(&program, &client, text(&scene), text(&communes)).await;
    tiles_have_the_right_colours(&program, &client, &home, text(&scene)).await;
    addresses_outside_the_data_are_answered_correctly(&program, &client).await;
}

fn every_object_is_a_valid_cog(home: &Home) {
    let mut cogs = Vec::new();
    collect(&home.path().join("objects"), &mut cogs);
    // Eight bands and the cloud mask, the picture, the index.
    assert!(cogs.len() >= 10, "one COG a band and one a layer: {cogs:?}");
    let mut arguments = vec!["validate"];
    arguments.extend(cogs.iter().map(String::as_str));
    for verdict in oracle("cog", &arguments).as_array().expect("a list") {
        assert_eq!(verdict["valid"], true, "{verdict}");
        assert_eq!(verdict["layout"], "COG", "{verdict}");
        assert_eq!(verdict["errors"], serde_json::json!([]), "{verdict}");
        assert_eq!(verdict["warnings"], serde_json::json!([]), "{verdict}");
    }
}

async fn pixels_equal_the_formula(program: &Program, client: &reqwest::Client, scene: &str) {
    let pixels = oracle("gers", &["pixels", scene, "250"]);
    let pixels = pixels.as_array().expect("a list");
    assert!(pixels.len() >= 250);
    for pixel in pixels {
        let path = format!(
            "/api/v1/layers/ndvi/point?lon={}&lat={}",
            pixel["lon"], pixel["lat"]
        );
        let answer = program.json(client, &path).await;
        match pixel["ndvi"].as_f64() {
            Some(expected) => {
                let value = answer["value"].as_f64().unwrap_or(f64::NAN);
                assert!(
                    (value - expected).abs() < 1e-4,
                    "{path}: {answer}, expected {expected}"
                );
            }
            None => assert_eq!(
                answer["value"],
                Value::Null,
                "{path}: no data is not a value"
            ),
        }
    }
}

async fn zonal_means_agree_with_exactextract(
    program: &Program,
    client: &reqwest::Client,
    scene: &str,
    communes: &str,
) {
    let table = program.json(client, "/api/v1/layers/ndvi/statistics").await;
    let rows = table["rows"].as_array().expect("rows");
    let expected = oracle("gers", &["zonal", scene, communes]);
    let mut compared = 0;
    for commune in expected.as_array().expect("a list") {
        let code = &commune["code"];
        let row = rows.iter().find(|row| &row["code"] == code);
        let Some(mean) = commune["mean"].as_f64() else {
            assert!(
                row.is_none_or(|row| row["mean"].is_null()),
                "{code} lies outside the scene"
            );
            continue;
        };
        let row = row.unwrap_or_else(|| panic!("commune {code} has no row"));
        close(row, "mean", mean, 1e-3);
        close(
            row,
            "count",
            commune["count"].as_f64().expect("a count"),
            1e-3,
        );
        close(
            row,
            "std",
            commune["stdev"].as_f64().expect("a deviation"),
            1e-3,
        );
        compared += 1;
    }
    assert!(
        compared >= 15,
        "only {compared} communes lie over the scene"
    );
}

async fn tiles_have_the_right_colours(
    program: &Program,
    client: &reqwest::Client,
    home: &Home,
    scene: &str,
) {
    // A tile in the middle of the scene (0.10 E, 43.69 N).
    let (z, x, y) = (13, 4098, 2988);
    let place = [z.to_string(), x.to_string(), y.to_string()];
    let picture = tile(
        program,
        client,
        home,
        &format!("/tiles/picture/{z}/{x}/{y}.webp"),
    )
    .await;
    let ask = |question, file| {
        let mut arguments = vec![question, scene, file];
        arguments.extend(place.iter().map(String::as_str));
        oracle("tile", &arguments)
    };
    let verdict = ask("true-colour", &picture);
    assert!(verdict["places"].as_u64() > Some(2000), "{verdict}");
    assert!(verdict["opaque"].as_f64() > Some(0.999), "{verdict}");
    for channel in 0..3 {
        let own = verdict["correlation"][channel][channel]
            .as_f64()
            .expect("a number");
        assert!(own > 0.95, "channel {channel} follows its band: {verdict}");
        for other in (0..3).filter(|other| *other != channel) {
            let other = verdict["correlation"][channel][other]
                .as_f64()
                .expect("a number");
            assert!(
                own >= other,
                "channel {channel} follows its own band best: {verdict}"
            );
        }
    }
    let index = tile(
        program,
        client,
        home,
        &format!("/tiles/ndvi/{z}/{x}/{y}.png"),
    )
    .await;
    let verdict = ask("ndvi", &index);
    assert!(verdict["places"].as_u64() > Some(2000), "{verdict}");
    assert!(verdict["median"].as_f64() < Some(4.0), "{verdict}");
    assert!(verdict["p99"].as_f64() < Some(16.0), "{verdict}");
}

async fn addresses_outside_the_data_are_answered_correctly(
    program: &Program,
    client: &reqwest::Client,
) {
    for (path, status) in [
        ("/tiles/picture/13/0/0.webp", 204),
        ("/tiles/ndvi/13/0/0.png", 204),
        ("/tiles/picture/13/99999/0.webp", 404),
        ("/tiles/nothing/13/0/0.png", 404),
        ("/tiles/picture/30/0/0.webp", 404),
        ("/tiles/picture/13/4098/2988.webp?date=1999-01-01", 404),
    ] {
        let answer = client
            .get(program.url(path))
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), status, "{path}");
    }
    // Officials' layers do not exist for those who are not signed in.
    let stranger = program.client();
    let answer = stranger
        .get(program.url("/tiles/ndvi/13/4098/2988.png"))
        .send()
        .await;
    assert_eq!(answer.expect("an answer").status(), 404);
    let answer = stranger
        .get(program.url("/tiles/picture/13/4098/2988.webp"))
        .send()
        .await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), 200);
    let tag = answer.headers()["etag"].clone();
    let again = stranger
        .get(program.url("/tiles/picture/13/4098/2988.webp"))
        .header("if-none-match", tag)
        .send()
        .await
        .expect("an answer");
    assert_eq!(again.status(), 304);
    let description = program
        .json(&stranger, "/tiles/picture/tilejson.json")
        .await;
    assert_eq!(description["tilejson"], "3.0.0");
}

/// Saves the tile at PATH and returns the file's name.
async fn tile(program: &Program, client: &reqwest::Client, home: &Home, path: &str) -> String {
    let answer = client
        .get(program.url(path))
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200, "{path}");
    let file = home.path().join(path.rsplit('/').next().expect("a name"));
    std::fs::write(&file, answer.bytes().await.expect("bytes")).expect("a file");
    text(&file).to_owned()
}

fn close(row: &Value, key: &str, expected: f64, relative: f64) {
    let value = row[key].as_f64().unwrap_or(f64::NAN);
    assert!(
        (value - expected).abs() <= relative * expected.abs(),
        "{key} of {row}: expected {expected}"
    );
}

fn collect(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder)
        .expect("a folder")
        .filter_map(Result::ok)
    {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            found.push(text(&path).to_owned());
        }
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}
