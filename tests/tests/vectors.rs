//! Vector tiles of an OpenStreetMap extract: equal to what PostGIS makes of the same features, one
//! address for several layers, both encodings, and as archives that others read.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use end_to_end::{Home, Program, oracle, real_data};
use grid::bounds::Bounds;
use grid::tile::Tile;
use reqwest::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, ETAG, HeaderMap, HeaderName, IF_NONE_MATCH,
    VARY,
};
use reqwest::{Client, StatusCode};
use serde_json::json;
use store::{Scope, Store, vector_tile};

/// The layers that `andorra.sql` makes.
const LAYERS: [&str; 2] = ["osm-lines", "osm-polygons"];

fn andorra() -> Bounds {
    Bounds::new(1.41, 42.42, 1.79, 42.66)
}

/// Brings the extract into the database of a home; `None` where it is missing.
fn import(home: &Home) -> Option<String> {
    let extract = real_data("vector/andorra-latest.osm.pbf")?;
    let url = home.succeed(&["list", "database"]).trim().to_owned();
    Some(url).inspect(|url| load(&extract, url))
}

fn load(extract: &Path, url: &str) {
    let mut ogr = Command::new("ogr2ogr");
    ogr.args(["-f", "PostgreSQL", &format!("PG:{url}")])
        .arg(extract);
    ogr.args(["lines", "multipolygons", "-lco", "GEOMETRY_NAME=geom"]);
    run(&mut ogr);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/benchmarks/andorra.sql");
    let mut psql = Command::new("psql");
    run(psql.args([url, "-v", "ON_ERROR_STOP=1", "-f"]).arg(script));
}

fn run(command: &mut Command) {
    let output = command
        .stdin(Stdio::null())
        .output()
        .expect("a program that is installed");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_feature_is_where_postgis_draws_it() {
    let home = Home::new();
    home.add_user("chief", "administrator", &[]);
    let program = Program::start(&home, &["--no-demo"]);
    let Some(url) = import(&home) else { return };
    let store = Store::connect(&url).await.expect("the database");
    let client = program.client();
    let folder = tempfile::tempdir().expect("a folder");
    for tile in chosen() {
        let Tile { zoom, column, row } = tile;
        let name = folder.path().join(format!("{zoom}-{column}-{row}"));
        let mut theirs = Vec::new();
        for layer in LAYERS {
            let drawn = vector_tile::features(&store, layer, tile, &Scope::Everything).await;
            theirs.extend(drawn.expect("a tile").unwrap_or_default());
        }
        std::fs::write(name.with_extension("theirs.mvt"), theirs).expect("a file");
        let path = format!("/tiles/{}/{zoom}/{column}/{row}.mvt", LAYERS.join(","));
        let answer = client
            .get(program.url(&path))
            .send()
            .await
            .expect("an answer");
        let ours = answer.bytes().await.expect("bytes");
        std::fs::write(name.with_extension("ours.mvt"), ours).expect("a file");
    }
    let answer = oracle("vector_tiles_equal", &[text(folder.path())]);
    assert_eq!(answer["failures"], 0, "{answer:#}");
    assert!(answer["compared"].as_u64() > Some(20_000), "{answer:#}");
    store.close();
}

/// All tiles to zoom 11, and a third of those of zooms 12 to 16 over the middle.
fn chosen() -> impl Iterator<Item = Tile> {
    let middle = Bounds::new(1.50, 42.50, 1.54, 42.53);
    let deep = (12..=16).flat_map(move |zoom| Tile::covering(&middle, zoom).step_by(3));
    (0..=11)
        .flat_map(|zoom| Tile::covering(&andorra(), zoom))
        .chain(deep)
}

/// A tile in which both layers have something.
const FULL: &str = "14/8261/6050";

const BOTH: &str = "/tiles/osm-lines,osm-polygons";

/// The headers of a tile, asked for with one header.
async fn headers_of(
    client: &Client,
    address: &str,
    header: HeaderName,
    value: &str,
) -> (StatusCode, HeaderMap) {
    let request = client.get(address).header(header, value);
    let answer = request.send().await.expect("an answer");
    (answer.status(), answer.headers().clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn several_layers_in_an_address_in_two_encodings() {
    let home = Home::new();
    let program = Program::start(&home, &["--no-demo"]);
    if import(&home).is_none() {
        return;
    }
    let stranger = program.client();
    let document = program
        .json(&stranger, &format!("{BOTH}/tilejson.json"))
        .await;
    let layers = document["vector_layers"].as_array().expect("layers");
    let ids: Vec<_> = layers.iter().map(|one| &one["id"]).collect();
    assert_eq!(ids, LAYERS);
    assert_eq!(layers[0]["fields"]["highway"], "String");
    let west = document["bounds"][0].as_f64().expect("bounds");
    assert!((0.9..1.5).contains(&west), "{document:#}");

    let template = document["tiles"][0].as_str().expect("a template");
    let address = template.replace("{z}/{x}/{y}", FULL);
    let bare = program.client_that_unpacks_nothing();
    let (_, packed) = headers_of(&bare, &address, ACCEPT_ENCODING, "gzip").await;
    let (_, plain) = headers_of(&bare, &address, ACCEPT_ENCODING, "identity").await;
    assert_eq!(packed[CONTENT_ENCODING], "gzip");
    assert!(!plain.contains_key(CONTENT_ENCODING));
    assert_eq!(plain[CACHE_CONTROL], "public, max-age=31536000, immutable");
    assert_eq!(plain[VARY], "Accept-Encoding");
    assert_ne!(packed[ETAG], plain[ETAG]);
    let name = plain[ETAG].to_str().expect("text");
    let (known, _) = headers_of(&bare, &address, IF_NONE_MATCH, name).await;
    assert_eq!(known, StatusCode::NOT_MODIFIED);

    for wrong in [
        "osm-polygons,osm-polygons",
        "osm-polygons,nothing",
        "osm-polygons,reports",
    ] {
        let address = program.url(&format!("/tiles/{wrong}/{FULL}.mvt"));
        let answer = stranger.get(address).send().await.expect("an answer");
        assert!(answer.status().is_client_error(), "{wrong}");
    }
    let address = program.url(&format!("/tiles/areas,osm-polygons/{FULL}.mvt"));
    let answer = stranger.get(address).send().await.expect("an answer");
    let file = home.path().join("both.mvt");
    std::fs::write(&file, answer.bytes().await.expect("bytes")).expect("a file");
    let layers = oracle("vector_tile", &[text(&file)]);
    assert_eq!(layers["areas"][0]["code"], "AD");
    assert!(layers["osm-polygons"].as_array().expect("features").len() > 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_layer_that_closes_is_closed_in_every_address_though_its_tiles_are_kept() {
    let home = Home::new();
    home.add_user("chief", "administrator", &[]);
    let program = Program::start(&home, &["--no-demo"]);
    let Some(url) = import(&home) else { return };
    let address = program.url(&format!("{BOTH}/{FULL}.mvt"));
    let bare = program.client_that_unpacks_nothing();
    let (open, headers) = headers_of(&bare, &address, ACCEPT_ENCODING, "gzip").await;
    assert_eq!(open, StatusCode::OK);
    let name = headers[ETAG].to_str().expect("text");
    let close = "update layer set audience = 'officials' where id = 'osm-lines'";
    run(Command::new("psql").args([&url, "-c", close]));
    let mut status = open;
    for _ in 0..200 {
        status = headers_of(&bare, &address, IF_NONE_MATCH, "").await.0;
        if status != StatusCode::OK {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (known, _) = headers_of(&bare, &address, IF_NONE_MATCH, name).await;
    assert_eq!(known, StatusCode::NOT_FOUND);
    let chief = program.signed_in("chief", "correct horse battery").await;
    let answer = chief.get(&address).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    let caching = answer.headers()[CACHE_CONTROL].to_str().expect("text");
    assert!(caching.starts_with("private"), "{caching}");
}

#[tokio::test(flavor = "multi_thread")]
async fn archives_that_others_read_and_that_go_on_after_a_kill() {
    let home = Home::new();
    // Its database is the commands' too.
    let program = Program::start(&home, &["--no-demo"]);
    let Some(_url) = import(&home) else { return };
    let archive = |name: &str| home.path().join(name);
    let arguments = |out: &Path| {
        let bounds = "1.41,42.42,1.79,42.66";
        let zooms = "8-14";
        [
            "export",
            "tiles",
            "osm-lines,osm-polygons",
            text(out),
            "--bounds",
            bounds,
            "--zooms",
            zooms,
        ]
        .map(str::to_owned)
    };
    let export = |out: &Path| {
        let arguments = arguments(out);
        home.succeed(&arguments.each_ref().map(String::as_str))
    };
    let (whole, sqlite) = (archive("whole.pmtiles"), archive("whole.mbtiles"));
    let said = export(&whole);
    assert!(said.contains("Exported"), "{said}");
    export(&sqlite);
    let answer = oracle("archives", &[text(&whole), text(&sqlite)]);
    assert_eq!(answer["same_tiles"], true, "{answer:#}");
    assert_eq!(answer["zooms"], json!([8, 14]));
    assert_eq!(answer["layers"], json!(LAYERS));
    assert_eq!(answer["attribution"], "© OpenStreetMap contributors");
    let expected: usize = (8..=14)
        .map(|zoom| Tile::covering(&andorra(), zoom).count())
        .sum();
    let tiles = answer["tiles"].as_u64().expect("a count");
    assert!(
        tiles > 300 && tiles <= expected as u64,
        "{answer:#} of {expected}"
    );
    assert!(answer["contents"].as_u64() <= Some(tiles));

    // Killed somewhere in the middle; nothing stands under the archive's name, and the next run
    // ends with the same bytes.
    let killed = archive("killed.pmtiles");
    let work = archive("killed.pmtiles.work");
    let arguments = arguments(&killed);
    let mut child = home
        .command(&arguments.each_ref().map(String::as_str))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("xiangtu starts");
    while !begun(&work) && child.try_wait().expect("a child").is_none() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    child.kill().expect("a running program");
    child.wait().expect("a child");
    assert!(!killed.exists());
    assert!(work.exists());
    export(&killed);
    assert!(!work.exists());
    let bytes = |path: &PathBuf| std::fs::read(path).expect("a file");
    assert!(
        bytes(&killed) == bytes(&whole),
        "another archive than the uninterrupted one"
    );

    let said = home.succeed(&[
        "import",
        "tiles",
        text(&whole),
        "--layer-id",
        "offline",
        "--audience",
        "public",
    ]);
    assert!(said.contains("offline"), "{said}");
    let client = program.client();
    let document = program.json(&client, "/tiles/offline/tilejson.json").await;
    let ids: Vec<_> = document["vector_layers"]
        .as_array()
        .expect("layers")
        .iter()
        .map(|one| &one["id"])
        .collect();
    assert_eq!(ids, LAYERS);
    assert_eq!(document["maxzoom"], 14);
    let mut tiles = Vec::new();
    for layers in ["offline", "osm-lines,osm-polygons"] {
        let address = program.url(&format!("/tiles/{layers}/{FULL}.mvt"));
        let answer = client.get(address).send().await.expect("an answer");
        tiles.push(answer.bytes().await.expect("bytes"));
    }
    assert!(tiles[0].len() > 10_000 && tiles[0] == tiles[1]);

    let refused = home.run(&["export", "tiles", "osm-lines", "out.zip"]);
    assert!(
        !refused.success && refused.err.contains(".pmtiles"),
        "{}",
        refused.err
    );
}

/// Whether a first batch is stored.
fn begun(work: &Path) -> bool {
    std::fs::metadata(work).is_ok_and(|file| file.len() > 100_000)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}
