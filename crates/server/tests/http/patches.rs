//! The ledger of changed land: ones own village's, with what was found there.

use axum::http::Method;
use geo::{Geometry, Rect};
use serde_json::json;
use store::feature::{self, NewFeature};
use store::layer::{self, Audience, Kind, NewLayer};

use crate::office::{COUNTY, DAPING, NEIGHBOUR, Office};

pub async fn ledger(office: &Office) {
    let new = NewLayer {
        id: "farmland-change".to_owned(),
        area_id: office.area_id(COUNTY).await,
        kind: Kind::Features,
        title_zh: "耕地变化".to_owned(),
        title_en: "Farmland change".to_owned(),
        audience: Audience::Officials,
        style: json!({}),
        attribution: String::new(),
    };
    layer::upsert(office.store(), &new).await.unwrap();
    let patch = |key: &str, area_id: i64, west: f64, area_m2: f64| NewFeature {
        area_id,
        key: key.to_owned(),
        geometry: Geometry::Polygon(Rect::new((west, 31.1), (west + 0.01, 31.2)).to_polygon()),
        properties: json!({ "area_m2": area_m2, "strength": -0.31, "before": 0.72, "after": 0.41,
            "parcel": "P-7", "land_class": "=水田" }),
    };
    let (ours, theirs) = (
        office.area_id(DAPING).await,
        office.area_id(NEIGHBOUR).await,
    );
    let patches = [
        patch("small", ours, 108.1, 1000.0),
        patch("large", ours, 108.2, 20_000.0),
        patch("theirs", theirs, 108.7, 5000.0),
    ];
    feature::replace(office.store(), "farmland-change", &patches)
        .await
        .unwrap();
}

const PATCHES: &str = "/api/v1/layers/farmland-change/patches";

#[tokio::test(flavor = "multi_thread")]
async fn an_official_records_what_was_found_in_their_village() {
    let office = Office::open().await;
    ledger(&office).await;
    let cookie = office.sign_in("daping").await;
    let layers = office.get("/api/v1/layers").by(&cookie).value().await;
    assert_eq!(layers["layers"][0]["ledger"], true);

    let list = office.get(PATCHES).by(&cookie).value().await;
    let patches = list["patches"].as_array().unwrap();
    let keys: Vec<_> = patches
        .iter()
        .map(|patch| patch["key"].as_str().unwrap())
        .collect();
    assert_eq!(keys, ["large", "small"]);
    let large = &patches[0];
    assert_eq!(large["mu"], 30.0);
    assert_eq!(large["ha"], 2.0);
    assert_eq!(large["bounds"], json!([108.2, 31.1, 108.21, 31.2]));
    assert_eq!(
        (&large["before"], &large["after"]),
        (&json!(0.72), &json!(0.41))
    );
    assert_eq!(
        (&large["state"], &large["checked_by"]),
        (&json!("unchecked"), &json!(null))
    );

    let check = async |key: &str, body: serde_json::Value| {
        let path = format!("{PATCHES}/{key}/check");
        office
            .ask(Method::POST, &path)
            .by(&cookie)
            .json(&body)
            .send()
            .await
    };
    let found = check(
        "large",
        json!({ "state": "confirmed", "note": " 建了厂房 " }),
    )
    .await
    .value();
    assert_eq!(found["state"], "confirmed");
    assert_eq!(found["note"], "建了厂房");
    assert_eq!(found["checked_by"], "daping 同志");
    assert_eq!(found["geometry"]["type"], "Polygon");
    let unknown = check("large", json!({ "state": "perhaps" })).await;
    assert_eq!(unknown.problem(), (422, "invalid-field".to_owned()));
    let long = check(
        "large",
        json!({ "state": "restored", "note": "长".repeat(2001) }),
    )
    .await;
    assert_eq!(long.problem(), (422, "invalid-field".to_owned()));
    let theirs = check("theirs", json!({ "state": "confirmed" })).await;
    assert_eq!(theirs.problem(), (404, "not-found".to_owned()));
    let detail = office
        .get(&format!("{PATCHES}/theirs"))
        .by(&cookie)
        .send()
        .await;
    assert_eq!(detail.problem(), (404, "not-found".to_owned()));

    let csv = office
        .get(&format!("{PATCHES}.csv"))
        .by(&cookie)
        .send()
        .await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let text = csv.text();
    let line = text.lines().nth(1).unwrap();
    let wanted = format!(
        "large,{DAPING},区{DAPING},2.0000,30.000,-0.3100,0.7200,0.4100,P-7,'=水田,已核实,建了厂房,daping 同志,"
    );
    assert!(line.starts_with(&wanted), "{line}");
    assert!(!text.contains("theirs"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_is_for_those_who_may_see_the_layer() {
    let office = Office::open().await;
    ledger(&office).await;
    let anyone = office.get(PATCHES).send().await;
    assert_eq!(anyone.problem(), (401, "not-signed-in".to_owned()));
    let cookie = office.sign_in("daping").await;
    let unknown = office
        .get("/api/v1/layers/nowhere/patches")
        .by(&cookie)
        .send()
        .await;
    assert_eq!(unknown.problem(), (404, "unknown-layer".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tile_shows_an_official_the_patches_of_their_village_only() {
    let office = Office::open().await;
    ledger(&office).await;
    // The tile of zoom 5 over the county has both villages in it.
    let path = "/tiles/farmland-change/5/25/13.mvt";
    let anyone = office.get(path).send().await;
    assert_eq!(anyone.status, 404);
    for (login, seen, hidden) in [
        (
            "daping",
            ["small", "large"].as_slice(),
            ["theirs"].as_slice(),
        ),
        ("neighbour", &["theirs"], &["small", "large"]),
        ("chief", &["small", "large", "theirs"], &[]),
    ] {
        let cookie = office.sign_in(login).await;
        let tile = office.get(path).by(&cookie).send().await;
        assert_eq!(tile.status, 200, "{login}");
        let text = tile.text();
        for key in seen {
            assert!(text.contains(key), "{login} sees {key}");
        }
        for key in hidden {
            assert!(!text.contains(key), "{login} does not see {key}");
        }
    }
}
