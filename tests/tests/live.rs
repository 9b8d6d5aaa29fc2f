//! Layers that are drawn when somebody looks say and show what stored ones do.

use std::path::Path;

use end_to_end::{Home, Program, real_data};
use image::RgbaImage;
use objects::testing::{S3, Web};
use serde_json::Value;
use store::{Scope, Store, scene};

const SCENE: &str = "satellite/s2_l2a_maja_gers";
const COMMUNES: &str = "vector/communes_gers_epsg2154.geojson";
/// Inside the scene: zoom, column, row.
const TILE: &str = "13/4098/2988";

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

async fn tile(program: &Program, layer: &str, ending: &str) -> RgbaImage {
    let url = program.url(&format!("/tiles/{layer}/{TILE}.{ending}"));
    let answer = program.client().get(url).send().await.expect("an answer");
    assert_eq!(answer.status(), 200, "{layer} {ending}");
    let bytes = answer.bytes().await.expect("bytes");
    let picture = image::load_from_memory(&bytes).expect("a picture");
    picture.into_rgba8()
}

/// The mean difference of a channel where both are opaque.
fn off(one: &RgbaImage, other: &RgbaImage) -> f64 {
    assert_eq!(one.dimensions(), other.dimensions());
    let pairs = one.pixels().zip(other.pixels());
    let opaque: Vec<_> = pairs
        .filter(|(a, b)| a.0[3] == 255 && b.0[3] == 255)
        .collect();
    assert!(opaque.len() > 10_000, "{}", opaque.len());
    let channels = opaque.iter().flat_map(|(a, b)| a.0.iter().zip(b.0));
    let (sum, count) = channels.fold((0.0, 0.0), |(sum, count), (a, b)| {
        (sum + f64::from(a.abs_diff(b)), count + 1.0)
    });
    sum / count
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_drawn_is_what_would_be_stored() {
    let (Some(scene), Some(communes)) = (real_data(SCENE), real_data(COMMUNES)) else {
        return;
    };
    let home = Home::new();
    home.succeed(&["import", "areas", text(&communes)]);
    home.succeed(&["ingest", text(&scene), "--id", "gers"]);
    let public = ["--audience", "public", "--id"];
    let publish = |words: &[&str], id: &str| {
        let arguments = [&["layer"], words, &public[..], &[id]].concat();
        home.succeed(&arguments);
    };
    publish(&["index", "gers"], "stored");
    let before = home.object_count();
    publish(&["live", "gers", "--index", "ndvi"], "live");
    let formula = "(nir - red) / (nir + red)";
    publish(&["live", "gers", "--formula", formula], "formula");
    let colours = ["live", "gers", "--bands", "nir,red,green"];
    publish(&colours, "colours");
    let stretched = ["--stretch", "-0.01,0.4", "--gamma", "1"];
    publish(&[&colours[..], &stretched].concat(), "stretched");
    assert_eq!(home.object_count(), before, "nothing is stored");
    let refused = home.run(&["layer", "live", "gers", "--formula", "nir - redd"]);
    assert!(!refused.success, "there is no band redd");

    let program = Program::start(&home, &["--no-demo"]);
    let client = program.client();
    for (lon, lat) in [(0.1, 43.7), (0.12, 43.68), (0.09, 43.69), (10.0, 43.7)] {
        let ask =
            |layer: &str, what: &str| format!("/api/v1/layers/{layer}/{what}?lon={lon}&lat={lat}");
        let stored = program.json(&client, &ask("stored", "point")).await;
        for layer in ["live", "formula"] {
            let live = program.json(&client, &ask(layer, "point")).await;
            let off = stored["value"].as_f64().zip(live["value"].as_f64());
            assert!(
                off.map_or(stored["value"] == live["value"], |(a, b)| (a - b).abs()
                    < 1e-6),
                "{layer}: {stored} {live}"
            );
        }
        let history = program.json(&client, &ask("live", "history")).await;
        let values = history["values"].as_array().expect("a list");
        assert_eq!(values.len(), 1, "{history}");
        assert_eq!(values[0]["date"], stored["date"], "{history}");
        assert_eq!(values[0]["value"].is_null(), stored["value"].is_null());
    }
    let pictures = program
        .json(&client, "/api/v1/layers/colours/history?lon=0.1&lat=43.7")
        .await;
    assert_eq!(pictures["values"], Value::Array(Vec::new()));

    let (stored, live) = (
        tile(&program, "stored", "png").await,
        tile(&program, "live", "png").await,
    );
    // Between pixels, the formula of the means is not quite the mean of the formula.
    assert!(off(&stored, &live) < 1.0);
    assert!(off(&live, &tile(&program, "formula", "png").await) < 1e-9);
    assert!(off(&live, &tile(&program, "live", "webp").await) < 1e-9);
    assert!(off(&live, &tile(&program, "live", "jpg").await) < 4.0);
    let colours = tile(&program, "colours", "png").await;
    // Fields and bare soil side by side: their colours run into one another at half resolution.
    let lossy = off(&colours, &tile(&program, "colours", "webp").await);
    assert!(lossy < 10.0, "{lossy}");
    let lossy = off(&colours, &tile(&program, "colours", "jpg").await);
    assert!(lossy < 10.0, "{lossy}");
    // Fields in near infrared are red.
    let mean = |channel: usize| {
        let values = colours.pixels().map(|pixel| f64::from(pixel.0[channel]));
        values.sum::<f64>() / f64::from(256 * 256)
    };
    assert!(mean(0) > 1.1 * mean(2), "{} {}", mean(0), mean(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_on_a_web_server_or_in_a_bucket_stays_there() {
    let (Some(scene), Some(communes)) = (real_data(SCENE), real_data(COMMUNES)) else {
        return;
    };
    let home = Home::new();
    home.succeed(&["import", "areas", text(&communes)]);
    home.succeed(&["ingest", text(&scene), "--id", "gers"]);
    let bucket = S3::start();
    let mut environment = bucket.environment("");
    // The office's own objects stay in its folder.
    environment.retain(|(name, _)| *name != "XIANGTU_OBJECTS");
    let program = Program::start_with(&home, &["--no-demo"], &environment);
    let database = home.succeed(&["list", "database"]);
    let store = Store::connect(database.trim()).await.expect("a database");
    let scene = scene::by_id(&store, &Scope::Everything, "gers").await;
    let scene = scene.expect("an answer").expect("the scene");
    let bands = scene.bands.as_array().expect("bands").iter();
    let infrared = bands.clone().find(|band| band["role"] == "nir");
    let object = infrared.expect("near infrared")["object"].as_str();
    let object = object.expect("a name");

    // Our own files, as if somebody else had them.
    let web = Web::start(&home.path().join("objects"), true);
    let address = web.url(object);
    let before = home.object_count();
    let words = ["--audience", "public", "--style", "greenness", "--id"];
    let publish = |from: &str, formula: &str, id: &str| {
        let live = ["layer", "live", from, "--formula", formula];
        home.succeed(&[&live[..], &words, &[id]].concat())
    };
    publish("gers", "nir", "here");
    publish(&address, "b1", "far");
    assert_eq!(home.object_count(), before, "nothing is stored");
    let here = tile(&program, "here", "png").await;
    assert!(off(&here, &tile(&program, "far", "png").await) < 1e-9);
    assert!(web.parts() > 2, "{}", web.parts());

    let own = home.path().join("objects").join(object);
    std::fs::copy(own, bucket.folder("").join("nir.tif")).expect("a copy");
    let live = ["layer", "live", "s3://village/nir.tif", "--formula", "b1"];
    let output = home
        .command(&[&live[..], &words, &["bucket"]].concat())
        .envs(environment.iter().map(|(name, value)| (*name, value)))
        .output()
        .expect("xiangtu starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(off(&here, &tile(&program, "bucket", "png").await) < 1e-9);
    assert_eq!(home.object_count(), before, "nothing is stored");
    let client = program.client();
    let ask = |layer: &str| format!("/api/v1/layers/{layer}/point?lon=0.1&lat=43.7");
    let value = program.json(&client, &ask("far")).await["value"].clone();
    assert!(value.as_f64() > Some(0.05), "{value}");
    assert_eq!(value, program.json(&client, &ask("here")).await["value"]);

    let refused = |address: &str, words: &[&str], why: &str| {
        let arguments = [&["layer", "live", address], words].concat();
        let refused = home.run(&arguments);
        assert!(
            !refused.success && refused.err.contains(why),
            "{}",
            refused.err
        );
    };
    refused(&address, &["--formula", "b1 - b7"], "no band b7");
    refused(&address, &["--bands", "b1,b1,b1"], "--stretch");
    refused(&web.url("none.tif"), &["--formula", "b1"], "none.tif");
    let far = ["--formula", "b1", "--area", "nowhere"];
    refused(&address, &far, "nowhere");

    // Gone: what was not read yet is an error that says to come back, and the rest goes on.
    drop(web);
    let answer = |path: String| client.get(program.url(&path)).send();
    let gone = answer("/tiles/far/11/1024/747.png".to_owned()).await;
    let status = gone.expect("an answer").status();
    assert_eq!(status, 503);
    let here = answer("/tiles/here/11/1024/747.png".to_owned()).await;
    assert_eq!(here.expect("an answer").status(), 200);
}
