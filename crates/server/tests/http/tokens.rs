//! Access tokens: what they open in every standard, and what they do not.

use axum::http::Method;
use chrono::{TimeDelta, Utc};
use grid::tile::Tile;
use serde_json::{Value, json};
use server::Settings;
use sha2::Digest as _;
use store::layer::Audience;
use store::{access_token, account};

use crate::imagery;
use crate::office::{DAPING, Office};

async fn make(office: &Office, cookie: &str, name: &str) -> Value {
    let made = office
        .ask(Method::POST, "/api/v1/tokens")
        .by(cookie)
        .json(&json!({ "name": name }))
        .send()
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.value()
}

fn secret(made: &Value) -> &str {
    made["token"].as_str().unwrap()
}

/// A tile of the index image in every standard, and the documents about it.
fn addresses() -> Vec<String> {
    let (longitude, latitude) = imagery::index_place(100.0, 300.0);
    let Tile { zoom, column, row } = Tile::at(longitude, latitude, 12);
    let tile = format!("WebMercatorQuad/{zoom}/{row}/{column}");
    vec![
        format!("/tiles/ours/{zoom}/{column}/{row}.png"),
        "/tiles/ours/tilejson.json".to_owned(),
        format!("/wmts/1.0.0/ours/default/default/{tile}.png"),
        format!(
            "/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=ours&STYLE=default&FORMAT=image/png&TILEMATRIXSET=w&TILEMATRIX={zoom}&TILEROW={row}&TILECOL={column}"
        ),
        format!(
            "/wmts?SERVICE=WMTS&REQUEST=GetFeatureInfo&VERSION=1.0.0&LAYER=ours&STYLE=default&FORMAT=image/png&TILEMATRIXSET=w&TILEMATRIX={zoom}&TILEROW={row}&TILECOL={column}&I=1&J=1&INFOFORMAT=text/plain"
        ),
        "/ogc/collections/ours".to_owned(),
        "/ogc/collections/ours/map/tiles".to_owned(),
        "/ogc/collections/ours/map/tiles/CGCS2000Quad".to_owned(),
        format!("/ogc/collections/ours/map/tiles/{tile}"),
        "/ogc/collections/ours/map?width=64".to_owned(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_what_its_owner_sees_in_every_standard() {
    let office = Office::open().await;
    imagery::index(&office, "ours", DAPING, Audience::Officials).await;
    let daping = office.sign_in("daping").await;
    let neighbour = office.sign_in("neighbour").await;
    let ours = make(&office, &daping, "QGIS").await;
    let theirs = make(&office, &neighbour, "ArcGIS").await;
    for path in addresses() {
        let by_path = format!("/t/{}{path}", secret(&ours));
        let seen = office.get(&by_path).send().await;
        assert_eq!(seen.status, 200, "{by_path}: {}", seen.text());
        assert!(!seen.header("cache-control").contains("public"), "{path}");
        assert!(
            !seen.headers.contains_key("access-control-allow-origin"),
            "{path}"
        );
        let bearer = format!("Bearer {}", secret(&ours));
        let by_header = office
            .get(&path)
            .header("authorization", &bearer)
            .send()
            .await;
        assert_eq!(by_header.status, 200, "{path}: {}", by_header.text());

        // Not the neighbour, not by a browser's session beside it, nor anybody else.
        let theirs = format!("/t/{}{path}", secret(&theirs));
        let refused = [
            office.get(&theirs).send().await,
            office.get(&theirs).by(&daping).send().await,
            office
                .get(&theirs)
                .header("if-none-match", "*")
                .send()
                .await,
            office.get(&path).send().await,
            office.get(&path).by(&neighbour).send().await,
        ];
        for answer in refused {
            let status = answer.status.as_u16();
            assert!(matches!(status, 400 | 401 | 404), "{path}: {status}");
            assert!(!answer.header("content-type").contains("image"), "{path}");
        }
        // A token that is none is said to be.
        for wrong in ["0".repeat(64), "x".to_owned()] {
            let answer = office.get(&format!("/t/{wrong}{path}")).send().await;
            assert_eq!(answer.status, 401, "{path}: {}", answer.text());
        }
    }
    let listed = |token: &Value| format!("/t/{}/ogc/collections", secret(token));
    let own = office.get(&listed(&ours)).value().await;
    assert_eq!(own["collections"][0]["id"], "ours");
    let others = office.get(&listed(&theirs)).value().await;
    assert_eq!(others["collections"], json!([]));
    let capabilities = format!("/t/{}/wmts/1.0.0/WMTSCapabilities.xml", secret(&theirs));
    assert!(
        !office
            .get(&capabilities)
            .send()
            .await
            .text()
            .contains("ours")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_in_documents_keep_the_prefix() {
    let office = Office::open().await;
    imagery::index(&office, "ours", DAPING, Audience::Officials).await;
    let daping = office.sign_in("daping").await;
    let made = make(&office, &daping, "QGIS").await;
    let origin = format!("http://localhost:8080/t/{}", secret(&made));
    assert_eq!(made["wmts"], format!("{origin}/wmts"));
    for path in [
        "/tiles/ours/tilejson.json",
        "/wmts?SERVICE=WMTS&REQUEST=GetCapabilities",
        "/ogc",
        "/ogc/collections",
        "/ogc/collections/ours",
        "/ogc/collections/ours/map/tiles",
        "/ogc/collections/ours/map/tiles/CGCS2000Quad",
    ] {
        let text = office
            .get(&format!("/t/{}{path}", secret(&made)))
            .send()
            .await
            .text();
        assert!(text.contains(&origin), "{path}: {text}");
        let bare = text.replace(&origin, "");
        assert!(!bare.contains("http://localhost:8080"), "{path}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_reads_maps_and_does_nothing_else() {
    let office = Office::open().await;
    let chief = office.sign_in("chief").await;
    let made = make(&office, &chief, "QGIS").await;
    let token = secret(&made);
    for path in [
        "/api/v1/layers",
        "/api/v1/session",
        "/api/v1/tokens",
        "/ogc/processes",
        "/ogc/jobs",
        "/app/",
        "/m/",
        "/",
        "/t/x/wmts",
    ] {
        let answer = office.get(&format!("/t/{token}{path}")).send().await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
    }
    let bearer = format!("Bearer {token}");
    for path in [
        "/api/v1/session",
        "/api/v1/tokens",
        "/api/v1/reports",
        "/ogc/jobs",
    ] {
        let answer = office
            .get(path)
            .header("authorization", &bearer)
            .send()
            .await;
        assert_eq!(answer.status, 401, "{path}: {}", answer.text());
    }
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let answer = office.ask(method, &format!("/t/{token}/wmts")).send().await;
        assert_eq!(answer.status, 405);
    }
    let another = office
        .ask(Method::POST, "/api/v1/tokens")
        .header("authorization", &bearer)
        .json(&json!({ "name": "child" }))
        .send()
        .await;
    assert_eq!(another.problem(), (401, "not-signed-in".to_owned()));
    // What the owner may see of the built-in layers it may see.
    let reports = format!("/t/{token}/tiles/reports/10/820/418.mvt");
    assert_eq!(office.get(&reports).send().await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn its_life_is_listed_and_ends() {
    let office = Office::open().await;
    imagery::index(&office, "ours", DAPING, Audience::Officials).await;
    let daping = office.sign_in("daping").await;
    let nobody = office.get("/api/v1/tokens").send().await;
    assert_eq!(nobody.problem(), (401, "not-signed-in".to_owned()));
    let made = make(&office, &daping, "  QGIS 办公室 ").await;
    assert_eq!(made["about"]["name"], "QGIS 办公室");
    let id = made["about"]["id"].as_i64().unwrap();
    let tile = format!("/t/{}/tiles/ours/tilejson.json", secret(&made));
    assert_eq!(office.get(&tile).send().await.status, 200);

    let listed = office.get("/api/v1/tokens").by(&daping).value().await;
    assert_eq!(listed["tokens"].as_array().unwrap().len(), 1);
    assert!(listed["tokens"][0]["used_at"].is_string(), "{listed}");
    assert!(!listed.to_string().contains(secret(&made)), "shown once");
    let neighbour = office.sign_in("neighbour").await;
    let one = format!("/api/v1/tokens/{id}");
    let theirs = office.ask(Method::DELETE, &one).by(&neighbour).send().await;
    assert_eq!(theirs.problem(), (404, "not-found".to_owned()));
    let revoked = office.ask(Method::DELETE, &one).by(&daping).send().await;
    assert_eq!(revoked.status, 204);
    assert_eq!(
        office.get(&tile).send().await.problem(),
        (401, "token-refused".to_owned())
    );

    let owner = account::by_login(office.store(), "daping")
        .await
        .unwrap()
        .unwrap();
    let hash: [u8; 32] = sha2::Sha256::digest("old").into();
    let past = Utc::now() - TimeDelta::seconds(1);
    access_token::create(office.store(), owner.id, "old", &hash, past)
        .await
        .unwrap();
    let old = office.get("/t/old/tiles/ours/tilejson.json").send().await;
    assert_eq!(old.problem(), (401, "token-refused".to_owned()));

    for body in [
        json!({ "name": " " }),
        json!({ "name": "x".repeat(101) }),
        json!({ "name": "x", "days": 0 }),
        json!({ "name": "x", "days": 2000 }),
    ] {
        let wrong = office
            .ask(Method::POST, "/api/v1/tokens")
            .by(&daping)
            .json(&body)
            .send()
            .await;
        assert_eq!(wrong.problem(), (422, "invalid-field".to_owned()), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_in_the_open_is_not_taken() {
    let office = Office::with(Settings::plain(([0, 0, 0, 0], 8080).into())).await;
    imagery::index(&office, "ours", DAPING, Audience::Officials).await;
    let daping = office.sign_in("daping").await;
    let made = make(&office, &daping, "QGIS").await;
    let far = ([192, 168, 1, 7], 40000).into();
    let path = format!("/t/{}/tiles/ours/tilejson.json", secret(&made));
    let answer = office
        .get(&path)
        .from("xiangtu.test:8080", far)
        .send()
        .await;
    assert_eq!(answer.problem(), (403, "sign-in-needs-tls".to_owned()));
    let wmts = format!("/t/{}/wmts/1.0.0/WMTSCapabilities.xml", secret(&made));
    let answer = office
        .get(&wmts)
        .from("xiangtu.test:8080", far)
        .send()
        .await;
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("<ows:ExceptionText>"));
}
