//! Base maps of outside hosts, as a browser and a program find them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use server::BaseMaps;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::office::{Answer, Office};

const KEY: &str = "f0e1d2c3b4a5968778695a4b3c2d1e0f";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and the rest of a picture";

/// An office with a base map for anyone and one for officials, and their host.
struct Outside {
    office: Office,
    fails: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
    _folder: TempDir,
}

impl Outside {
    async fn new() -> Self {
        let (fails, asked) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicUsize::new(0)),
        );
        let port = host(Arc::clone(&fails), Arc::clone(&asked)).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("base-maps.toml");
        let entry = |id: &str, more: &str| {
            format!(
                "[[base_map]]\nid = \"{id}\"\ntitle = \"天地图\"\nattribution = \"审图号 1\"\n\
                 url = \"http://127.0.0.1:{port}/{{z}}/{{x}}/{{y}}?tk={{key}}\"\n\
                 key = \"{KEY}\"\nkeep_days = 8\nmin_zoom = 3\nmax_zoom = 12\n{more}\n"
            )
        };
        let labels = format!(
            "look = \"imagery\"\nlabels = \"http://127.0.0.1:{port}/l/{{z}}/{{x}}/{{y}}?tk={{key}}\"\n\
             bounds = [108.0, 31.0, 109.0, 32.0]"
        );
        let text =
            entry("open", "audience = \"public\"\ntitle_en = \"Open\"") + &entry("ours", &labels);
        std::fs::write(&file, text).unwrap();
        let base_maps = BaseMaps::open(Some(&file), &folder.path().join("cache")).unwrap();
        Self {
            office: Office::with_base_maps(base_maps).await,
            fails,
            asked,
            _folder: folder,
        }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn host(fails: Arc<AtomicBool>, asked: Arc<AtomicUsize>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = async move |request: axum::extract::Request| -> Response {
        asked.fetch_add(1, Ordering::SeqCst);
        assert!(request.uri().query().unwrap().contains(KEY));
        if fails.load(Ordering::SeqCst) {
            return (StatusCode::OK, format!("权限类型错误 {KEY}")).into_response();
        }
        PNG.into_response()
    };
    let router = Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    port
}

/// Nothing of an answer tells the key or the host.
fn keeps_the_key(answer: &Answer) {
    let all = format!("{:?} {}", answer.headers, answer.text());
    assert!(!all.contains(KEY) && !all.contains("127.0.0.1"), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_none_unless_somebody_configured_them() {
    let office = Office::open().await;
    let cookie = office.sign_in("daping").await;
    let list = office.get("/api/v1/base-maps").by(&cookie).value().await;
    assert_eq!(list, json!({ "base_maps": [] }));
    let tile = office
        .get("/base-maps/tianditu-map/ground/3/6/3")
        .by(&cookie)
        .send()
        .await;
    assert_eq!(tile.problem(), (404, "unknown-base-map".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_what_the_reader_may_see() {
    let outside = Outside::new().await;
    let office = &outside.office;
    let anonymous = office.get("/api/v1/base-maps").value().await;
    let open = json!({
        "id": "open", "title_zh": "天地图", "title_en": "Open", "look": "map", "audience": "public",
        "attribution": "审图号 1", "tiles": "/base-maps/open/ground/{z}/{x}/{y}", "labels": null,
        "tile_size": 256, "min_zoom": 3, "max_zoom": 12, "bounds": null,
    });
    assert_eq!(anonymous, json!({ "base_maps": [open] }));
    let cookie = office.sign_in("neighbour").await;
    let answer = office.get("/api/v1/base-maps").by(&cookie).send().await;
    keeps_the_key(&answer);
    let list = answer.value();
    assert_eq!(list["base_maps"][0], open);
    let ours = &list["base_maps"][1];
    assert_eq!(ours["labels"], "/base-maps/ours/labels/{z}/{x}/{y}");
    assert_eq!(ours["look"], "imagery");
    assert_eq!(ours["bounds"], json!([108.0, 31.0, 109.0, 32.0]));
    assert_eq!(outside.asked(), 0, "nobody was asked for a list");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tile_comes_through_with_the_headers_of_its_audience() {
    let outside = Outside::new().await;
    let office = &outside.office;
    let path = "/base-maps/open/ground/3/6/3";
    let first = office.get(path).send().await;
    assert_eq!((first.status.as_u16(), &first.body[..]), (200, PNG));
    assert_eq!(first.header("content-type"), "image/png");
    assert_eq!(first.header("cache-control"), "public, max-age=86400");
    assert_eq!(first.header("cache-status"), "xiangtu; fwd=miss; stored");
    // Another site must not use up the key.
    assert!(!first.headers.contains_key("access-control-allow-origin"));
    assert_eq!(first.header("cross-origin-resource-policy"), "same-origin");
    assert_eq!(first.header("x-content-type-options"), "nosniff");
    keeps_the_key(&first);
    let again = office.get(path).send().await;
    assert!(
        again
            .header("cache-status")
            .starts_with("xiangtu; hit; ttl=172"),
        "{:?}",
        again.headers
    );
    let etag = first.header("etag");
    let known = office.get(path).header("if-none-match", etag).send().await;
    assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));
    assert_eq!(known.header("etag"), etag);
    let head = office.ask(Method::HEAD, path).send().await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(outside.asked(), 1);

    let cookie = office.sign_in("daping").await;
    let nothing = office
        .get("/base-maps/ours/ground/3/0/3")
        .by(&cookie)
        .send()
        .await;
    assert_eq!(nothing.status, 204);
    assert_eq!(outside.asked(), 1, "outside of its bounds");
    let labels = office
        .get("/base-maps/ours/labels/12/3277/1674")
        .by(&cookie)
        .send()
        .await;
    assert_eq!(labels.status, 200, "{}", labels.text());
    assert_eq!(labels.header("cache-control"), "private, max-age=86400");
    assert_eq!(labels.header("vary"), "Authorization, Cookie");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_look_is_told_no_more_than_where_there_is_none() {
    let outside = Outside::new().await;
    let office = &outside.office;
    let path = "/base-maps/ours/ground/12/3277/1674";
    let refused = office.get(path).send().await;
    assert_eq!(refused.problem(), (404, "unknown-base-map".to_owned()));
    assert_eq!(outside.asked(), 0);
    let cookie = office.sign_in("daping").await;
    assert_eq!(office.get(path).by(&cookie).send().await.status, 200);
    // What was kept for one must not leak to another.
    let refused = office.get(path).send().await;
    assert_eq!(refused.problem(), (404, "unknown-base-map".to_owned()));

    let made = office.ask(Method::POST, "/api/v1/tokens").by(&cookie);
    let made = made.json(&json!({ "name": "QGIS" })).value().await;
    let token = made["token"].as_str().unwrap();
    let carried = office.get(&format!("/t/{token}{path}")).send().await;
    assert_eq!(carried.status, 200, "{}", carried.text());
    let wrong = office.get(&format!("/t/wrong{path}")).send().await;
    assert_eq!(wrong.problem(), (401, "token-refused".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_tile_is_said() {
    let outside = Outside::new().await;
    for (path, code) in [
        ("open/ground/2/1/1", "tile-out-of-range"),
        ("open/ground/13/1/1", "tile-out-of-range"),
        ("open/ground/3/8/1", "tile-out-of-range"),
        ("open/ground/3/-1/1", "tile-out-of-range"),
        ("open/ground/3/1/1.png", "tile-out-of-range"),
        ("open/ground/99/1/1", "tile-out-of-range"),
        ("open/labels/3/1/1", "not-found"),
        ("open/other/3/1/1", "not-found"),
        ("..%2fopen/ground/3/1/1", "unknown-base-map"),
    ] {
        let answer = outside
            .office
            .get(&format!("/base-maps/{path}"))
            .send()
            .await;
        assert_eq!(answer.problem(), (404, code.to_owned()), "{path}");
    }
    assert_eq!(outside.asked(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_host_is_a_problem_in_words_and_keeps_the_key() {
    let outside = Outside::new().await;
    outside.fails.store(true, Ordering::SeqCst);
    for row in 0..5 {
        let answer = outside
            .office
            .get(&format!("/base-maps/open/ground/3/6/{row}"))
            .send()
            .await;
        assert_eq!(answer.problem(), (502, "base-map-unreachable".to_owned()));
        assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
        assert_eq!(answer.header("cache-control"), "no-store");
        keeps_the_key(&answer);
    }
    assert_eq!(outside.asked(), 3, "then it is left alone");
}
