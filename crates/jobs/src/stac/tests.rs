//! Searching and reading against a server on this machine.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use axum::{Json, http::header};
use serde_json::{Map, Value, json};

use super::*;

/// Bytes that tell where they stand.
fn image() -> Vec<u8> {
    (0..500_000_u32).map(|at| (at / 7) as u8).collect()
}

#[derive(Clone, Default)]
struct Server {
    asked: Arc<AtomicUsize>,
}

async fn start() -> (SocketAddr, Server) {
    let server = Server::default();
    let routes = Router::new()
        .route("/search", post(posted))
        .route("/posts/search", post(posted))
        .route("/gets/search", get(got))
        .route("/endless/search", post(endless))
        .route("/image.tif", get(ranges))
        .route("/whole.tif", get(|| async { image() }))
        .route("/changing.tif", get(changing))
        .route(
            "/away.tif",
            get(|| async {
                (
                    StatusCode::FOUND,
                    [(header::LOCATION, "http://127.0.0.1:9/secret")],
                )
            }),
        )
        .with_state(server.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (address, server)
}

fn item(number: usize, cloud: f64) -> Value {
    json!({"type": "Feature", "id": format!("scene-{number}"), "collection": "s2",
        "properties": {"datetime": format!("2024-06-{:02}T03:00:00Z", 20 - number), "eo:cloud_cover": cloud},
        "assets": {"red": {"href": "/image.tif", "type": "image/tiff"}}})
}

/// Two items a page; the next page by POST with only what changes, to be merged.
async fn posted(Json(body): Json<Map<String, Value>>) -> Json<Value> {
    assert_eq!(
        body["collections"],
        json!(["s2"]),
        "every page is of the same search"
    );
    assert_eq!(body["datetime"], "2024-06-01T00:00:00Z/..");
    let token = body.get("token").and_then(Value::as_u64).unwrap_or(0) as usize;
    let items: Vec<Value> = (token..(token + 2).min(5))
        .map(|at| item(at, at as f64 * 20.0))
        .collect();
    let next = json!({"rel": "next", "href": "/posts/search", "method": "POST", "merge": true, "body": {"token": token + 2}});
    let links = if token + 2 < 5 { vec![next] } else { vec![] };
    Json(json!({"type": "FeatureCollection", "features": items, "links": links}))
}

async fn got(Query(query): Query<Map<String, Value>>) -> Json<Value> {
    assert_eq!(query["bbox"], "1.5,43.0,2.0,44.0");
    let second = query.contains_key("page");
    let next = json!({"rel": "next", "href": "?bbox=1.5,43.0,2.0,44.0&page=2"});
    let links = if second { vec![] } else { vec![next] };
    Json(
        json!({"type": "FeatureCollection", "features": [item(usize::from(second), 0.0)], "links": links}),
    )
}

async fn endless() -> Json<Value> {
    let next = json!({"rel": "next", "href": "/endless/search", "method": "POST", "merge": true});
    Json(json!({"type": "FeatureCollection", "features": [item(1, 0.0)], "links": [next]}))
}

/// Ranges of the image; every third answer is that it is busy.
async fn ranges(State(server): State<Server>, headers: HeaderMap) -> Response<Body> {
    if server.asked.fetch_add(1, Ordering::Relaxed) % 3 == 2 {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    partial(&headers, "\"a\"".to_owned())
}

async fn changing(State(server): State<Server>, headers: HeaderMap) -> Response<Body> {
    let version = server.asked.fetch_add(1, Ordering::Relaxed);
    partial(&headers, format!("\"{version}\""))
}

fn partial(headers: &HeaderMap, version: String) -> Response<Body> {
    let image = image();
    let range = headers[header::RANGE]
        .to_str()
        .unwrap()
        .strip_prefix("bytes=")
        .unwrap();
    let (start, last) = range.split_once('-').unwrap();
    let (start, end) = (
        start.parse::<usize>().unwrap(),
        last.parse::<usize>().unwrap() + 1,
    );
    let end = end.min(image.len());
    let content = format!("bytes {start}-{}/{}", end - 1, image.len());
    let body = Bytes::copy_from_slice(&image[start..end]);
    let head = [(header::CONTENT_RANGE, content), (header::ETAG, version)];
    (StatusCode::PARTIAL_CONTENT, head, body).into_response()
}

fn client(hosts: &str) -> StacClient {
    StacClient::new(hosts.parse().unwrap()).unwrap()
}

fn search(api: &str) -> Search {
    serde_json::from_value(json!({"api": api})).unwrap()
}

#[tokio::test]
async fn pages_by_post_are_followed_and_clouds_left_out() {
    let (address, _) = start().await;
    let client = client(&format!("private:{address}"));
    let wanted = Search {
        collections: vec!["s2".to_owned()],
        from: chrono::NaiveDate::from_ymd_opt(2024, 6, 1),
        cloud_below: Some(0.6),
        ..search(&format!("http://{address}/posts/"))
    };
    let looks = client.search(&wanted).await.unwrap();
    let ids: Vec<&str> = looks.iter().map(|look| look.id.as_str()).collect();
    assert_eq!(
        ids,
        ["scene-3", "scene-2", "scene-1", "scene-0"],
        "by date, 80 % cloud left out"
    );
    assert_eq!(
        looks[0].bands[0].href,
        format!("http://{address}/image.tif")
    );
    let few = Search { most: 3, ..wanted };
    assert!(matches!(
        client.search(&few).await,
        Err(StacError::TooMany { most: 3, .. })
    ));
}

#[tokio::test]
async fn a_landing_page_may_be_a_host_alone() {
    let (address, _) = start().await;
    for api in [format!("http://{address}"), format!("http://{address}/")] {
        let wanted = Search {
            collections: vec!["s2".to_owned()],
            from: chrono::NaiveDate::from_ymd_opt(2024, 6, 1),
            ..search(&api)
        };
        let found = client(&format!("private:{address}")).search(&wanted).await;
        assert_eq!(found.unwrap().len(), 5, "{api}");
    }
}

#[tokio::test]
async fn a_server_without_post_is_asked_by_get() {
    let (address, _) = start().await;
    let wanted = Search {
        bounds: Some([1.5, 43.0, 2.0, 44.0]),
        ..search(&format!("http://{address}/gets"))
    };
    let looks = client(&format!("private:{address}"))
        .search(&wanted)
        .await
        .unwrap();
    assert_eq!(looks.len(), 2);
}

#[tokio::test]
async fn pages_that_lead_to_themselves_end() {
    let (address, _) = start().await;
    let wanted = search(&format!("http://{address}/endless"));
    let found = client(&format!("private:{address}")).search(&wanted).await;
    assert!(matches!(found, Err(StacError::TooMany { .. })), "{found:?}");
}

#[tokio::test]
async fn other_hosts_are_refused_wherever_they_are_named() {
    let (address, _) = start().await;
    let there = format!("http://{address}/posts");
    let refused = client("example.org")
        .search(&search(&there))
        .await
        .unwrap_err();
    assert!(matches!(refused, StacError::Host { .. }));
    assert!(refused.to_string().contains("example.org"), "{refused}");
    // Listed, but not as a private one.
    let refused = client(&address.to_string()).search(&search(&there)).await;
    assert!(matches!(refused, Err(StacError::Host { .. })));
    // A public name that leads to this machine.
    let local = format!("localhost:{}", address.port());
    let inside = client(&local)
        .open(&format!("http://{local}/image.tif"))
        .await;
    assert!(matches!(inside, Err(StacError::Http { .. })), "{inside:?}");
    let meant = client(&format!("private:{local}"));
    assert!(
        meant
            .open(&format!("http://{local}/image.tif"))
            .await
            .is_ok()
    );
    // A redirect.
    let client = client(&format!("private:{address}"));
    let away = client.open(&format!("http://{address}/away.tif")).await;
    assert!(matches!(away, Err(StacError::Http { .. })), "{away:?}");
    let file = client.open("file:///etc/passwd").await;
    assert!(matches!(file, Err(StacError::Address { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_ranges_asked_for_travel() {
    let (address, server) = start().await;
    let client = client(&format!("private:{address}"));
    let source = client
        .open(&format!("http://{address}/image.tif"))
        .await
        .unwrap();
    assert_eq!(source.length(), 500_000);
    let read = tokio::task::spawn_blocking(move || {
        let image = image();
        for (offset, length) in [
            (0, 10),
            (65_000, 500),
            (300_000, 40_000),
            (400_000, 12),
            (400_100, 900),
            (499_990, 10),
        ] {
            let mut bytes = vec![0; length];
            source.read_at(offset as u64, &mut bytes).unwrap();
            assert_eq!(bytes, image[offset..offset + length], "{offset}");
        }
        let beyond = source.read_at(499_991, &mut [0; 10]).unwrap_err();
        assert_eq!(beyond.kind(), std::io::ErrorKind::UnexpectedEof);
        source.travelled()
    });
    // The head, the long read as it is, one short read made longer, and what is left at the end.
    assert_eq!(read.await.unwrap(), 65_536 + 40_000 + 16_384 + 10);
    assert!(
        server.asked.load(Ordering::Relaxed) > 4,
        "busy answers were asked again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_ranges_and_a_file_that_changes_are_named() {
    let (address, _) = start().await;
    let client = client(&format!("private:{address}"));
    let whole = client
        .open(&format!("http://{address}/whole.tif?key=secret"))
        .await
        .unwrap_err();
    assert!(matches!(whole, StacError::NoRanges { .. }));
    assert!(!whole.to_string().contains("secret"), "{whole}");
    let changing = client
        .open(&format!("http://{address}/changing.tif"))
        .await
        .unwrap();
    let read = tokio::task::spawn_blocking(move || changing.read_at(200_000, &mut vec![0; 20_000]));
    let error = read.await.unwrap().unwrap_err();
    assert!(error.to_string().contains("changed"), "{error}");
}
