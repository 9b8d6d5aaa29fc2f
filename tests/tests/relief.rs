//! An elevation model becomes the relief of the e-map: light and shade, contours, heights.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use end_to_end::{Home, Outcome, Program, oracle};
use grid::tile::Tile;
use image::RgbaImage;
use serde_json::Value;

const COUNTY: &str = r#"{"type":"FeatureCollection","features":[
 {"type":"Feature","properties":{"code":"500999","name":"示范县"},
  "geometry":{"type":"Polygon","coordinates":[[[108,31],[109,31],[109,32],[108,32],[108,31]]]}}]}"#;

/// Where the hill's summit is, and how far its foot: degrees.
const SUMMIT: (f64, f64) = (108.5, 31.2);
const FOOT: f64 = 0.06;
/// Metres.
const PLAIN: f64 = 500.0;
const HILL: f64 = 800.0;
/// The zoom of the tile with the summit in its middle.
const ZOOM: u8 = 10;

/// Metres at a place.
fn height(longitude: f64, latitude: f64) -> f64 {
    let away = (longitude - SUMMIT.0).hypot(latitude - SUMMIT.1);
    PLAIN + HILL * (1.0 - away / FOOT).max(0.0)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// What `gdal_translate` makes of the hill in 200 × 200 pixels of a thousandth of a degree.
fn model(home: &Home, name: &str, options: &[&str]) -> PathBuf {
    let grid = home.path().join("hill.asc");
    let mut rows = String::from(
        "ncols 200\nnrows 200\nxllcorner 108.4\nyllcorner 31.1\ncellsize 0.001\nNODATA_value -1\n",
    );
    for row in 0..200 {
        for column in 0..200 {
            let (column, row) = (f64::from(column) + 0.5, f64::from(row) + 0.5);
            let metres = height(108.4 + column * 0.001, 31.3 - row * 0.001);
            write!(rows, "{metres:.2} ").expect("a text");
        }
        rows.push('\n');
    }
    std::fs::write(&grid, rows).expect("a file");
    let target = home.path().join(name);
    let status = Command::new("gdal_translate")
        .args(["-q", "-a_srs", "EPSG:4326"])
        .args(options)
        .args([text(&grid), text(&target)])
        .status()
        .expect("gdal_translate runs (package gdal-bin)");
    assert!(status.success(), "{name}");
    target
}

/// A home with a county, and the hill in two files that lie side by side.
fn county() -> (Home, Program, [PathBuf; 2]) {
    let home = Home::new();
    let program = Program::start(&home, &["--no-demo"]);
    let areas = home.path().join("county.geojson");
    std::fs::write(&areas, COUNTY).expect("a file");
    home.succeed(&["import", "areas", text(&areas), "--level", "county"]);
    let west = model(&home, "west.tif", &["-srcwin", "0", "0", "90", "200"]);
    let east = model(&home, "east.tif", &["-srcwin", "90", "0", "110", "200"]);
    (home, program, [west, east])
}

async fn relief_tile(program: &Program, style: &Value) -> RgbaImage {
    let address = style["sources"]["emap-relief"]["tiles"][0].as_str();
    let address = address.expect("an address");
    let [column, row] = tile_of(ZOOM, SUMMIT);
    let address = address
        .replace("{z}", &ZOOM.to_string())
        .replace("{x}", &column.to_string())
        .replace("{y}", &row.to_string());
    let answer = program.client().get(&address).send().await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), 200, "{address}");
    let keep = answer.headers()["cache-control"].to_str().expect("text");
    assert!(keep.contains("immutable"), "{keep}");
    decoded(answer).await
}

/// The tile of a layer with the summit in its middle.
async fn tile(program: &Program, layer: &str) -> RgbaImage {
    let [column, row] = tile_of(ZOOM, SUMMIT);
    let path = format!("/tiles/{layer}/{ZOOM}/{column}/{row}.png");
    let answer = program.client().get(program.url(&path)).send().await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), 200, "{path}");
    decoded(answer).await
}

async fn decoded(answer: reqwest::Response) -> RgbaImage {
    let bytes = answer.bytes().await.expect("bytes");
    let picture = image::load_from_memory(&bytes).expect("a picture");
    picture.into_rgba8()
}

fn tile_of(zoom: u8, (longitude, latitude): (f64, f64)) -> [u32; 2] {
    let Tile { column, row, .. } = Tile::at(longitude, latitude, zoom);
    [column, row]
}

/// The pixel that shows a place, of the tile with the summit: a tile eight zooms on is a pixel.
fn pixel(tile: &RgbaImage, longitude: f64, latitude: f64) -> [u8; 4] {
    let [x, y] = tile_of(ZOOM + 8, (longitude, latitude));
    tile.get_pixel(x % 256, y % 256).0
}

/// The contours of a tile north of the summit, as another library reads them.
async fn contours(home: &Home, program: &Program, zoom: u8) -> Vec<Value> {
    let [column, row] = tile_of(zoom, (108.5, 31.23));
    let path = format!("/tiles/emap-contour/{zoom}/{column}/{row}.mvt");
    let answer = program.client().get(program.url(&path)).send().await;
    let answer = answer.expect("an answer");
    if answer.status() == 204 {
        return Vec::new();
    }
    assert_eq!(answer.status(), 200, "{path}");
    let file = home.path().join("tile.mvt");
    std::fs::write(&file, answer.bytes().await.expect("bytes")).expect("a file");
    let layers = oracle("vector_tile", &[text(&file)]);
    layers["emap-contour"]
        .as_array()
        .expect("the layer")
        .clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_in_pieces_becomes_shade_lines_and_heights() {
    let (home, program, [west, east]) = county();
    let done = home.succeed(&["import", "relief", text(&west), text(&east)]);
    // The steep tenth of this land rises some 14 %.
    assert!(done.contains("等高距 interval 5 m"), "{done}");
    let client = program.client();
    let style = program.json(&client, "/styles/emap.json").await;
    let tile = relief_tile(&program, &style).await;
    let away = FOOT * 0.35;
    let (x, y) = SUMMIT;
    let lit = pixel(&tile, x - away, y + away);
    let dark = pixel(&tile, x + away, y - away);
    let level = pixel(&tile, x + FOOT * 1.2, y - FOOT * 0.2);
    assert!(lit[0] > 240 && lit[3] > 15, "{lit:?}");
    assert!(dark[0] < 60 && dark[3] > 15, "{dark:?}");
    assert_eq!(level[3], 0, "{level:?}");
    // Over the seam between the files the slope is nearly the same: a step of the shade's rounding.
    let seam = [108.489, 108.491].map(|at| pixel(&tile, at, y + 0.03));
    assert!(seam[0][3].abs_diff(seam[1][3]) < 14, "{seam:?}");

    let lines = contours(&home, &program, 13).await;
    let number = |line: &Value, key: &str| line[key].as_i64();
    assert!(lines.len() > 5, "{}", lines.len());
    for line in &lines {
        let ele = number(line, "ele").expect("metres");
        assert!(ele % 5 == 0 && (500..=1300).contains(&ele), "{line}");
        assert_eq!(line["index"] == true, ele % 25 == 0, "{line}");
        assert!(
            number(line, "minzoom").is_some_and(|zoom| zoom <= 13),
            "{line}"
        );
    }
    assert!(
        lines.iter().any(|line| line["index"].is_null()),
        "{lines:?}"
    );
    let index = contours(&home, &program, 11).await;
    assert!(!index.is_empty() && index.iter().all(|line| line["index"] == true));
    assert_eq!(contours(&home, &program, 10).await, Vec::<Value>::new());

    for (longitude, latitude) in [(108.5, 31.23), (108.47, 31.2), (108.41, 31.11)] {
        let path = format!("/api/v1/layers/elevation/point?lon={longitude}&lat={latitude}");
        let found = program.json(&client, &path).await;
        let metres = found["value"].as_f64().expect("a height");
        // A pixel is a hundred metres wide.
        assert!(
            (metres - height(longitude, latitude)).abs() < 10.0,
            "{found}"
        );
    }
    let over = program
        .json(&client, "/styles/emap-over-imagery.json")
        .await;
    assert!(over["sources"]["emap-contour"].is_object(), "{over}");
    assert!(over["sources"]["emap-relief"].is_null(), "{over}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_model_takes_its_place_and_a_wrong_one_changes_nothing() {
    let (home, program, [west, east]) = county();
    let import = |files: &[&Path], more: &[&str]| {
        let mut words = vec!["import", "relief"];
        words.extend(files.iter().map(|file| text(file)));
        words.extend(more);
        home.run(&words)
    };
    let first = import(
        &[&west, &east],
        &["--date", "2020-01-01", "--interval", "100"],
    );
    assert!(first.success, "{}", first.err);
    let client = program.client();
    let before = program.json(&client, "/api/v1/layers").await;
    let style = program.json(&client, "/styles/emap.json").await;

    let picture = ["-b", "1", "-b", "1", "-b", "1"];
    let wrong: [(PathBuf, &[&str], &str); 6] = [
        (model(&home, "picture.tif", &picture), &[], "3 bands"),
        (model(&home, "bytes.tif", &["-ot", "Byte"]), &[], "bytes"),
        (
            model(&home, "far.tif", &["-a_ullr", "10", "51", "11", "50"]),
            &[],
            "outside every area",
        ),
        (
            model(&home, "high.tif", &["-scale", "500", "1300", "0", "20000"]),
            &[],
            "--nodata",
        ),
        (west.clone(), &["--interval", "-5"], "--interval"),
        (home.path().join("county.geojson"), &[], "county.geojson"),
    ];
    for (file, more, words) in &wrong {
        let refused = import(&[file], more);
        assert!(!refused.success, "{}: {}", file.display(), refused.out);
        assert!(refused.err.contains(words), "{words}: {}", refused.err);
        assert!(!refused.err.contains("panicked"), "{}", refused.err);
    }
    let grid = home.path().join("hill.asc");
    let nowhere = import(&[&grid], &[]);
    assert!(!nowhere.success, "{}", nowhere.out);
    assert_eq!(program.json(&client, "/api/v1/layers").await, before);
    assert_eq!(program.json(&client, "/styles/emap.json").await, style);

    let again = import(
        &[&east],
        &["--date", "2026-01-01", "--audience", "officials"],
    );
    assert!(again.success, "{}", again.err);
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    let hidden = client.get(program.url("/styles/emap.json")).send().await;
    assert_eq!(
        hidden.expect("an answer").status(),
        404,
        "it is not for everybody"
    );
    let list = home.succeed(&["list", "layers"]);
    assert!(list.contains("elevation"), "{list}");
    assert!(!list.contains("2020-01-01"), "{list}");
}

const HEIGHTS: [&str; 4] = ["--formula", "elevation", "--style", "elevation"];
const GREY: [&str; 4] = [
    "--bands",
    "elevation,elevation,elevation",
    "--stretch",
    "0,2000",
];

/// A county with terrain and the model of it as a scene, `hill`.
fn hilly() -> (Home, Program) {
    let (home, program, _) = county();
    let hill = model(&home, "hill.tif", &[]);
    home.succeed(&["import", "relief", text(&hill)]);
    let scene = [
        "--bands",
        "elevation",
        "--sensor",
        "dem",
        "--date",
        "2026-01-01",
    ];
    let ingest = [&["ingest", text(&hill), "--id", "hill"], &scene[..]].concat();
    home.succeed(&ingest);
    (home, program)
}

/// Draws a layer of the scene.
fn draw(home: &Home, id: &str, how: &[&str], shade: &[&str]) -> Outcome {
    let words = ["layer", "live", "hill", "--audience", "public", "--id", id];
    home.run(&[&words[..], how, shade].concat())
}

#[test]
fn light_and_shade_that_cannot_be_are_refused() {
    let (home, _program) = hilly();
    for (how, shade, said) in [
        (
            GREY,
            &["--hillshade", "self"][..],
            "a picture has no heights",
        ),
        (HEIGHTS, &["--hillshade", "emap-contour"], "no numbers"),
        (
            HEIGHTS,
            &["--hillshade", "emap-relief"],
            "stores no heights",
        ),
        (HEIGHTS, &["--hillshade", "nowhere"], "nowhere"),
        (
            HEIGHTS,
            &["--hillshade", "self", "--hillshade-strength", "2"],
            "strength",
        ),
        (
            HEIGHTS,
            &["--hillshade", "self", "--altitude", "100"],
            "altitude",
        ),
    ] {
        let refused = draw(&home, "wrong", &how, shade);
        assert!(!refused.success, "{shade:?}");
        assert!(refused.err.contains(said), "{said}: {}", refused.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn light_and_shade_lie_over_the_colours_of_any_layer() {
    let (home, program) = hilly();
    for (id, how, shade) in [
        ("plain", HEIGHTS, &[][..]),
        ("tinted", HEIGHTS, &["--hillshade", "self"]),
        (
            "weak",
            HEIGHTS,
            &["--hillshade", "hill", "--hillshade-strength", "0.1"],
        ),
        ("grey", GREY, &[]),
        (
            "shaded",
            GREY,
            &["--hillshade", "elevation", "--azimuth", "135"],
        ),
    ] {
        let done = draw(&home, id, &how, shade);
        assert!(done.success, "{id}: {}", done.err);
    }

    let (x, y) = SUMMIT;
    let away = FOOT * 0.35;
    let light = async |id: &str| {
        let tile = tile(&program, id).await;
        let places = [
            (x - away, y + away),
            (x + away, y - away),
            (x + FOOT * 1.2, y - FOOT * 0.2),
        ];
        places.map(|(longitude, latitude)| {
            let [red, green, blue, alpha] = pixel(&tile, longitude, latitude);
            assert_eq!(alpha, 255, "{id}");
            i32::from(red) + i32::from(green) + i32::from(blue)
        })
    };
    let plain = light("plain").await;
    let tinted = light("tinted").await;
    assert!(
        tinted[0] > plain[0] + 10 && tinted[1] < plain[1] - 10,
        "{tinted:?} {plain:?}"
    );
    assert!((tinted[2] - plain[2]).abs() <= 3, "{tinted:?} {plain:?}");
    let weak = light("weak").await;
    assert!(weak[1] < plain[1] && weak[1] > tinted[1], "{weak:?}");
    // From the other side.
    let (grey, shaded) = (light("grey").await, light("shaded").await);
    assert!(
        shaded[0] < grey[0] - 10 && shaded[1] > grey[1] + 10,
        "{shaded:?} {grey:?}"
    );
    assert!((shaded[2] - grey[2]).abs() <= 3, "{shaded:?} {grey:?}");
    let own = light("elevation").await;
    assert!(own[0] > own[1] + 30, "{own:?}");
    // The number under the pointer is the height, not the shade.
    let path = "/api/v1/layers/tinted/point?lon=108.41&lat=31.11";
    let found = program.json(&program.client(), path).await;
    assert!(
        (found["value"].as_f64().expect("a height") - PLAIN).abs() < 0.1,
        "{found}"
    );
}
