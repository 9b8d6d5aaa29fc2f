//! Nobody sees the neighbour's things.

use grid::tile::Tile;
use store::layer::Audience;
use store::zonal::{self, Statistics};
use store::{coverage, layer};

use crate::imagery;
use crate::office::{COUNTY, DAPING, NEIGHBOUR, Office};

fn codes(list: &serde_json::Value, key: &str) -> Vec<String> {
    let text = |value: &serde_json::Value| value[key].as_str().unwrap().to_owned();
    let mut codes: Vec<_> = list.as_array().unwrap().iter().map(text).collect();
    codes.sort();
    codes
}

#[tokio::test(flavor = "multi_thread")]
async fn areas_are_those_of_the_account() {
    let office = Office::open().await;
    let wanted: [(&str, &[&str]); 3] = [
        ("daping", &[DAPING]),
        ("neighbour", &[NEIGHBOUR]),
        ("chief", &[COUNTY, DAPING, NEIGHBOUR]),
    ];
    for (login, areas) in wanted {
        let cookie = office.sign_in(login).await;
        let found = office.get("/api/v1/areas").by(&cookie).value().await;
        assert_eq!(codes(&found["areas"], "code"), areas, "{login}");
    }
    let cookie = office.sign_in("daping").await;
    let found = office.get("/api/v1/areas").by(&cookie).value().await;
    let area = &found["areas"][0];
    assert_eq!(
        area["bounds"],
        serde_json::json!([108.0, 31.0, 108.5, 31.5])
    );
    let (square_metres, mu) = (
        area["area_m2"].as_f64().unwrap(),
        area["mu"].as_f64().unwrap(),
    );
    assert!((square_metres * 15.0 / 10_000.0 - mu).abs() < 1e-6);
}

#[tokio::test(flavor = "multi_thread")]
async fn layers_are_seen_by_their_audience_only() {
    let office = Office::open().await;
    imagery::picture(&office, "open", COUNTY, Audience::Public).await;
    imagery::index(&office, "ours", DAPING, Audience::Officials).await;
    let daping = office.sign_in("daping").await;
    let neighbour = office.sign_in("neighbour").await;
    let chief = office.sign_in("chief").await;

    let anonymous = office.get("/api/v1/layers").value().await;
    assert_eq!(codes(&anonymous["layers"], "id"), ["open"]);
    for (cookie, wanted) in [
        (&daping, vec!["open", "ours"]),
        (&neighbour, vec!["open"]),
        (&chief, vec!["open", "ours"]),
    ] {
        let found = office.get("/api/v1/layers").by(cookie).value().await;
        assert_eq!(codes(&found["layers"], "id"), wanted);
    }

    let (lon, lat) = imagery::index_place(100.0, 300.0);
    let Tile { zoom, column, row } = Tile::at(lon, lat, 13);
    let paths = [
        format!("/tiles/ours/{zoom}/{column}/{row}.webp"),
        "/tiles/ours/tilejson.json".to_owned(),
        format!("/api/v1/layers/ours/point?lon={lon}&lat={lat}"),
        "/api/v1/layers/ours/statistics".to_owned(),
    ];
    for path in &paths {
        // Whoever may see it first: what is then cached must not leak.
        let seen = office.get(path).by(&daping).send().await;
        assert_eq!(seen.status, 200, "{path}: {}", seen.text());
        assert!(!seen.header("cache-control").contains("public"), "{path}");
        assert!(
            !seen.headers.contains_key("access-control-allow-origin"),
            "{path}"
        );
        let neighbours = office.get(path).by(&neighbour).send().await;
        assert_eq!(
            neighbours.problem(),
            (404, "unknown-layer".to_owned()),
            "{path}"
        );
        let anyone = office.get(path).send().await;
        assert!(
            matches!(anyone.status.as_u16(), 401 | 404),
            "{path}: {}",
            anyone.status
        );
        // Nor by a guessed ETag.
        let guessed = office.get(path).header("if-none-match", "*").send().await;
        assert!(
            matches!(guessed.status.as_u16(), 401 | 404),
            "{path}: {}",
            guessed.status
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_are_of_the_accounts_areas() {
    let office = Office::open().await;
    imagery::index(&office, "ndvi", COUNTY, Audience::Public).await;
    let all = store::Viewer::SignedIn(store::Scope::Everything);
    let found = layer::by_id(office.store(), &all, "ndvi")
        .await
        .unwrap()
        .unwrap();
    let coverage = coverage::latest(office.store(), &found.id)
        .await
        .unwrap()
        .unwrap();
    let statistics = Statistics {
        count: 1000.0,
        valid_share: 0.875,
        mean: Some(0.45),
        std: Some(0.15),
        min: Some(0.3),
        max: Some(0.6),
    };
    let rows = [
        (office.area_id(DAPING).await, statistics),
        (office.area_id(NEIGHBOUR).await, statistics),
    ];
    zonal::upsert(office.store(), coverage.id, &rows)
        .await
        .unwrap();

    let nobody = office.get("/api/v1/layers/ndvi/statistics").send().await;
    assert_eq!(nobody.problem(), (401, "not-signed-in".to_owned()));
    let cookie = office.sign_in("daping").await;
    let table = office
        .get("/api/v1/layers/ndvi/statistics")
        .by(&cookie)
        .value()
        .await;
    assert_eq!(codes(&table["rows"], "code"), [DAPING]);
    assert_eq!(table["rows"][0]["valid_share"], 0.875);
    assert_eq!(table["date"], "2024-08-02");

    let csv = office
        .get("/api/v1/layers/ndvi/statistics.csv")
        .by(&cookie)
        .send()
        .await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert!(
        csv.header("content-disposition")
            .contains("ndvi-2024-08-02.csv")
    );
    assert!(
        csv.body.starts_with(&[0xEF, 0xBB, 0xBF]),
        "Excel needs the mark"
    );
    assert!(csv.text().contains("0.4500") && !csv.text().contains(NEIGHBOUR));
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_on_the_map_need_an_account() {
    let office = Office::open().await;
    let path = "/tiles/reports/10/820/418.mvt";
    let anyone = office.get(path).send().await;
    assert_eq!(anyone.problem(), (401, "not-signed-in".to_owned()));
    let document = office.get("/tiles/reports/tilejson.json").send().await;
    assert_eq!(document.problem(), (401, "not-signed-in".to_owned()));
    let cookie = office.sign_in("daping").await;
    assert_eq!(office.get(path).by(&cookie).send().await.status, 204);
    let ended = office
        .get(path)
        .header("cookie", "xiangtu=gone")
        .send()
        .await;
    assert_eq!(ended.problem(), (401, "session-expired".to_owned()));
}
