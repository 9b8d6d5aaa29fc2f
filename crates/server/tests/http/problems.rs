use axum::http::Method;

use crate::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn problems_speak_the_readers_language() {
    let office = Office::open().await;
    let chinese = office.get("/api/v1/areas").send().await;
    assert_eq!(chinese.problem(), (401, "not-signed-in".to_owned()));
    assert_eq!(chinese.value()["title"], "请先登录");
    assert_eq!(chinese.header("content-language"), "zh-CN");
    let english = office
        .get("/api/v1/areas")
        .header("accept-language", "en-GB")
        .send()
        .await;
    assert_eq!(english.problem(), (401, "not-signed-in".to_owned()));
    assert_eq!(english.value()["title"], "Sign in first");
    assert_eq!(english.header("content-language"), "en");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_has_the_same_shape() {
    let office = Office::open().await;
    let cookie = office.sign_in("daping").await;
    let wrong = [
        (Method::GET, "/nowhere", 404, "not-found"),
        (Method::POST, "/api/v1/areas", 405, "method-not-allowed"),
        (
            Method::GET,
            "/api/v1/reports/not-a-uuid",
            400,
            "bad-request",
        ),
        (
            Method::GET,
            "/api/v1/reports?state=closed",
            422,
            "invalid-field",
        ),
        (
            Method::GET,
            "/api/v1/layers/x/point?lon=1",
            400,
            "bad-request",
        ),
        (
            Method::GET,
            "/api/v1/layers/x/point?lon=1&lat=91",
            400,
            "bad-request",
        ),
        (
            Method::GET,
            "/api/v1/layers/x/point?lon=1&lat=1",
            404,
            "unknown-layer",
        ),
        (Method::GET, "/tiles/x/1/0/0.webp", 404, "unknown-layer"),
        (
            Method::GET,
            "/tiles/areas/1/2/0.mvt",
            404,
            "tile-out-of-range",
        ),
        (
            Method::GET,
            "/tiles/areas/1/0/0.webp",
            404,
            "tile-out-of-range",
        ),
        (
            Method::GET,
            "/tiles/areas/23/0/0.mvt",
            404,
            "tile-out-of-range",
        ),
        (Method::GET, "/install-root", 404, "not-found"),
        (
            Method::GET,
            "/app/assets/gone-12345678.js",
            404,
            "not-found",
        ),
    ];
    for (method, path, status, code) in wrong {
        let answer = office.ask(method, path).by(&cookie).send().await;
        assert_eq!(answer.problem(), (status, code.to_owned()), "{path}");
    }
    let typed = office
        .get("/api/v1/reports?state=closed")
        .by(&cookie)
        .send()
        .await;
    assert!(
        typed.value()["detail"].as_str().unwrap().contains("closed"),
        "names the value"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_too_large_or_garbled_is_a_problem_too() {
    let office = Office::open().await;
    let huge = vec![b' '; 70 << 10];
    let answer = office
        .ask(Method::POST, "/api/v1/session")
        .body("application/json", huge)
        .send()
        .await;
    assert_eq!(answer.status.as_u16() / 100, 4, "{}", answer.text());
    answer.problem();
    let garbled = b"{\"login\":".to_vec();
    let answer = office
        .ask(Method::POST, "/api/v1/session")
        .body("application/json", garbled)
        .send()
        .await;
    assert_eq!(answer.problem(), (400, "bad-request".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_protecting_headers() {
    let office = Office::open().await;
    for path in ["/", "/health/live", "/api/openapi.json", "/nowhere", "/m/"] {
        let answer = office.get(path).send().await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'self';"),
            "{path}: {policy}"
        );
        for part in [
            "style-src 'self';",
            "script-src 'self';",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {part}");
        }
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert!(
            !answer.headers.contains_key("strict-transport-security"),
            "{path}"
        );
        assert!(!answer.header("cache-control").is_empty(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn text_is_compressed_where_the_reader_can() {
    let office = Office::open().await;
    let plain = office.get("/api/openapi.json").send().await;
    let packed = office
        .get("/api/openapi.json")
        .header("accept-encoding", "gzip")
        .send()
        .await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.body.len() * 3 < plain.body.len());
    assert_eq!(packed.body[..2], [0x1f, 0x8b]);
}
