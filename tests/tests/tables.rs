//! A table that somebody else keeps in the database: a layer in every standard for those who may see it,
//! an error in words when it goes.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use end_to_end::{Home, Program, oracle};
use reqwest::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

const AREAS: &str = r#"{"type":"FeatureCollection","features":[
 {"type":"Feature","properties":{"code":"500154","name":"开州区","level":"county"},
  "geometry":{"type":"Polygon","coordinates":[[[113,29],[115,29],[115,31],[113,31],[113,29]]]}},
 {"type":"Feature","properties":{"code":"500154001","name":"大坪村","level":"village","parent":"500154"},
  "geometry":{"type":"Polygon","coordinates":[[[113.9,29.9],[114.1,29.9],[114.1,30.1],[113.9,30.1],[113.9,29.9]]]}},
 {"type":"Feature","properties":{"code":"500777","name":"邻县","level":"county"},
  "geometry":{"type":"Polygon","coordinates":[[[115,29],[116,29],[116,31],[115,31],[115,29]]]}}]}"#;

const PARCELS: &str = "create schema cadastre;
    create table cadastre.parcels (gid serial primary key, \"地类\" text, mu numeric, since date,
        geom geometry(Polygon, 4547));
    insert into cadastre.parcels (\"地类\", mu, since, geom)
    select '水田', i + 0.5, '2026-05-01', st_transform(st_makeenvelope(
        113.95 + i * 0.001, 29.95, 113.9508 + i * 0.001, 29.9508, 4326), 4547)
    from generate_series(0, 19) as i;
    create index on cadastre.parcels using gist (geom)";

/// The tile around the first parcels, as address and in the order of OGC.
const TILE: &str = "14/13378/6762";
const OGC_TILE: &str = "14/6762/13378";

fn psql(url: &str, statements: &str) {
    let output = Command::new("psql")
        .args([url, "-q", "-v", "ON_ERROR_STOP=1", "-c", statements])
        .stdin(Stdio::null())
        .output()
        .expect("psql");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
}

/// A home with areas and a table; officials of the county, of the village in it, of the neighbour.
fn home() -> (Home, String) {
    let home = Home::new();
    let file = home.path().join("areas.geojson");
    std::fs::write(&file, AREAS).expect("a file");
    home.succeed(&["import", "areas", file.to_str().expect("UTF-8")]);
    home.add_user("chief", "administrator", &[]);
    for (login, area) in [
        ("county", "500154"),
        ("village", "500154001"),
        ("other", "500777"),
    ] {
        home.add_user(login, "official", &[area]);
    }
    let url = home.succeed(&["list", "database"]).trim().to_owned();
    (home, url)
}

const ABOUT: [&str; 8] = [
    "--title",
    "地块",
    "--title-en",
    "Parcels",
    "--area",
    "500154",
    "--attribution",
    "自然资源局",
];

fn publish(home: &Home, more: &[&str]) -> String {
    let mut arguments = vec!["layer", "table", "cadastre.parcels", "--id", "parcels"];
    arguments.extend(more);
    home.succeed(&arguments)
}

async fn status(client: &Client, address: &str) -> StatusCode {
    let answer = client.get(address).send().await.expect("an answer");
    answer.status()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_a_layer_for_those_who_may_see_it() {
    let (home, url) = home();
    let program = Program::start(&home, &["--no-demo"]);
    psql(&url, PARCELS);
    let said = publish(&home, &ABOUT);
    assert!(
        said.contains("EPSG:4547") && said.contains("地类"),
        "{said}"
    );
    let listed = home.succeed(&["list", "layers"]);
    assert!(listed.contains("cadastre.parcels"), "{listed}");

    let password = "correct horse battery";
    let stranger = program.client();
    let county = program.signed_in("county", password).await;
    let village = program.signed_in("village", password).await;
    let other = program.signed_in("other", password).await;
    let addresses = [
        format!("/tiles/parcels/{TILE}.mvt"),
        format!("/tiles/areas,parcels/{TILE}.mvt"),
        "/tiles/parcels/tilejson.json".to_owned(),
        "/ogc/collections/parcels".to_owned(),
        "/ogc/collections/parcels/tiles".to_owned(),
        "/ogc/collections/parcels/tiles/WebMercatorQuad".to_owned(),
        format!("/ogc/collections/parcels/tiles/WebMercatorQuad/{OGC_TILE}"),
    ];
    // The second time the tile is kept in memory.
    for _ in 0..2 {
        for path in &addresses {
            let address = program.url(path);
            assert_eq!(status(&county, &address).await, 200, "{path}");
            // A layer of the county is seen in its villages, whole.
            assert_eq!(status(&village, &address).await, 200, "{path}");
            assert_eq!(status(&other, &address).await, 404, "{path}");
            assert!(
                status(&stranger, &address).await.is_client_error(),
                "{path}"
            );
        }
    }
    let ids = async |client: &Client| {
        let body = program.json(client, "/api/v1/layers").await;
        let layers = body["layers"].as_array().expect("layers").iter();
        layers.map(|one| one["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&village).await, ["parcels"]);
    assert_eq!(ids(&other).await, Vec::<Value>::new());
    assert_eq!(ids(&stranger).await, Vec::<Value>::new());

    let document = program
        .json(&county, "/tiles/parcels/tilejson.json?lang=en")
        .await;
    assert_eq!(document["name"], "Parcels");
    assert_eq!(document["attribution"], "自然资源局");
    let fields = json!({"gid": "Number", "地类": "String", "mu": "Number", "since": "String"});
    assert_eq!(
        document["vector_layers"],
        json!([{"id": "parcels", "fields": fields}])
    );
    let west = document["bounds"][0].as_f64().expect("bounds");
    assert!((west - 113.95).abs() < 1e-4, "{document:#}");
    let template = document["tiles"][0].as_str().expect("a template");
    assert!(
        !template.contains("v="),
        "a table has no version: {template}"
    );

    let answer = county
        .get(template.replace("{z}/{x}/{y}", TILE))
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.headers()[CACHE_CONTROL], "private, no-cache");
    let name = answer.headers()[ETAG].clone();
    let file = home.path().join("parcels.mvt");
    std::fs::write(&file, answer.bytes().await.expect("bytes")).expect("a file");
    let layers = oracle("vector_tile", &[file.to_str().expect("UTF-8")]);
    let features = layers["parcels"].as_array().expect("features");
    assert!(features.len() > 10, "{layers:#}");
    let first = features
        .iter()
        .find(|one| one["gid"] == 1)
        .expect("the first parcel");
    assert_eq!(first["地类"], "水田");
    assert_eq!(first["mu"], 0.5);
    assert_eq!(first["since"], "2026-05-01");
    let address = program.url(&format!("/tiles/parcels/{TILE}.mvt"));
    let known = county.get(&address).header(IF_NONE_MATCH, name);
    assert_eq!(known.send().await.expect("an answer").status(), 304);
    let picture = program.url(&format!("/tiles/parcels/{TILE}.webp"));
    assert_eq!(status(&county, &picture).await, 404);

    // Opened to all, and closed again: kept tiles are no way in.
    publish(&home, &["--audience", "public"]);
    soon(&stranger, &address, StatusCode::OK).await;
    let answer = stranger.get(&address).send().await.expect("an answer");
    assert_eq!(answer.headers()[CACHE_CONTROL], "public, max-age=60");
    publish(&home, &["--audience", "officials"]);
    soon(&stranger, &address, StatusCode::NOT_FOUND).await;
}

/// What is known of a layer is two seconds old at most, a table's tile five.
async fn soon(client: &Client, address: &str, expected: StatusCode) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let found = status(client, address).await;
        if found == expected {
            return;
        }
        assert!(Instant::now() < deadline, "{found} and not {expected}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_goes_leaves_words_and_the_rest_of_the_map() {
    let (home, url) = home();
    let program = Program::start(&home, &["--no-demo"]);
    psql(&url, PARCELS);
    publish(&home, &["--audience", "public"]);
    let client = program.client();
    let address = program.url(&format!("/tiles/parcels/{TILE}.mvt"));
    assert_eq!(status(&client, &address).await, 200);

    let archive = home.path().join("parcels.pmtiles");
    let archive = archive.to_str().expect("UTF-8");
    let said = home.succeed(&["export", "tiles", "parcels", archive, "--zooms", "10-14"]);
    assert!(said.contains("Exported"), "{said}");
    home.succeed(&[
        "import",
        "tiles",
        archive,
        "--layer-id",
        "copy",
        "--audience",
        "public",
    ]);
    let copy = program.url(&format!("/tiles/copy/{TILE}.mvt"));
    let bytes = async |address: &str| {
        let answer = client.get(address).send().await.expect("an answer");
        answer.bytes().await.expect("bytes")
    };
    assert!(bytes(&copy).await == bytes(&address).await);

    psql(&url, "drop table cadastre.parcels");
    soon(&client, &address, StatusCode::SERVICE_UNAVAILABLE).await;
    let answer = client
        .get(format!("{address}?lang=en"))
        .send()
        .await
        .expect("an answer");
    let problem: Value =
        serde_json::from_slice(&answer.bytes().await.expect("bytes")).expect("JSON");
    assert_eq!(problem["code"], "table-unreadable");
    assert!(!problem.to_string().contains("cadastre"), "{problem:#}");
    for path in [
        "/api/v1/layers",
        "/tiles/parcels/tilejson.json",
        "/ogc/collections",
    ] {
        program.json(&client, path).await;
    }
    assert_eq!(status(&client, &copy).await, 200);
    let archive = home.path().join("again.pmtiles");
    let archive = archive.to_str().expect("a path in UTF-8");
    let failed = home.run(&["export", "tiles", "parcels", archive]);
    assert!(
        !failed.success && failed.err.contains("cadastre.parcels"),
        "{}",
        failed.err
    );

    let refused = home.run(&["layer", "table", "cadastre.parcels", "--id", "parcels"]);
    assert!(
        !refused.success && refused.err.contains("no table or view"),
        "{}",
        refused.err
    );
    let refused = home.run(&["layer", "table", "report", "--id", "reports-of-all"]);
    assert!(
        !refused.success && refused.err.contains("private"),
        "{}",
        refused.err
    );

    let refused = home.run(&["layer", "remove", "parcels", "nothing"]);
    assert!(
        !refused.success && refused.err.contains("no layer nothing"),
        "{}",
        refused.err
    );
    let listed = || {
        let layers = home.succeed(&["list", "layers"]);
        layers.lines().any(|line| line.starts_with("parcels "))
    };
    assert!(listed());
    let removed = home.succeed(&["layer", "remove", "parcels"]);
    assert!(removed.contains("Removed parcels"), "{removed}");
    assert!(!listed());
    soon(&client, &address, StatusCode::NOT_FOUND).await;
}
