use std::path::PathBuf;

use axum::http::Method;
use server::{Settings, Transport};
use store::account;

use crate::office::{Office, PASSWORD};

#[tokio::test(flavor = "multi_thread")]
async fn a_session_from_sign_in_to_sign_out() {
    let office = Office::open().await;
    let nobody = office.get("/api/v1/session").send().await;
    assert_eq!(nobody.problem(), (401, "not-signed-in".to_owned()));

    let signed_in = office.try_sign_in("daping", PASSWORD).await;
    let set = signed_in.header("set-cookie");
    assert!(
        set.starts_with("xiangtu=") && set.contains("HttpOnly; SameSite=Lax"),
        "{set}"
    );
    assert!(!set.contains("Secure"), "{set}");
    let cookie = signed_in.cookie();
    assert_eq!(cookie.len(), "xiangtu=".len() + 64);
    insta::assert_json_snapshot!("signed_in", signed_in.value());

    let who = office.get("/api/v1/session").by(&cookie).value().await;
    assert_eq!(who, signed_in.value());

    let out = office
        .ask(Method::DELETE, "/api/v1/session")
        .by(&cookie)
        .send()
        .await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").starts_with("xiangtu=; Path=/"));
    let after = office.get("/api/v1/session").by(&cookie).send().await;
    assert_eq!(after.problem(), (401, "session-expired".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_again_makes_a_new_token_and_ends_the_old() {
    let office = Office::open().await;
    let first = office.sign_in("daping").await;
    let body = serde_json::json!({ "login": "daping", "password": PASSWORD });
    let again = office
        .ask(Method::POST, "/api/v1/session")
        .by(&first)
        .json(&body)
        .send()
        .await;
    assert_ne!(again.cookie(), first);
    assert_eq!(
        office
            .get("/api/v1/areas")
            .by(&again.cookie())
            .send()
            .await
            .status,
        200
    );
    let old = office.get("/api/v1/areas").by(&first).send().await;
    assert_eq!(old.problem(), (401, "session-expired".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_login_and_a_wrong_password_sound_the_same() {
    let office = Office::open().await;
    let password = office.try_sign_in("daping", "wrong horse battery").await;
    let login = office.try_sign_in("nobody at all", PASSWORD).await;
    assert_eq!(password.problem(), (401, "sign-in-refused".to_owned()));
    assert_eq!(password.body, login.body);

    let daping = account::by_login(office.store(), "daping")
        .await
        .unwrap()
        .unwrap();
    account::set_disabled(office.store(), daping.id, true)
        .await
        .unwrap();
    let disabled = office.try_sign_in("daping", PASSWORD).await;
    assert_eq!(disabled.body, login.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_account_is_out_at_once() {
    let office = Office::open().await;
    let cookie = office.sign_in("daping").await;
    let daping = account::by_login(office.store(), "daping")
        .await
        .unwrap()
        .unwrap();
    account::set_disabled(office.store(), daping.id, true)
        .await
        .unwrap();
    let after = office.get("/api/v1/areas").by(&cookie).send().await;
    assert_eq!(after.problem(), (401, "session-expired".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_ends_after_five_tries() {
    let office = Office::open().await;
    for _ in 0..5 {
        let refused = office.try_sign_in("daping", "wrong horse battery").await;
        assert_eq!(refused.problem().0, 401);
    }
    let even_right = office.try_sign_in("daping", PASSWORD).await;
    assert_eq!(even_right.problem(), (429, "too-many-attempts".to_owned()));
    assert_eq!(even_right.header("retry-after"), "900");
    office.sign_in("chief").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_from_elsewhere_cannot_sign_in() {
    let office = Office::open().await;
    let body = serde_json::json!({ "login": "daping", "password": PASSWORD });
    for (host, peer) in [
        ("xiangtu.test:8080", "127.0.0.1:40000"),
        ("localhost:8080", "192.168.1.7:40000"),
        ("192.168.1.2:8080", "192.168.1.7:40000"),
    ] {
        let refused = office
            .ask(Method::POST, "/api/v1/session")
            .from(host, peer.parse().unwrap())
            .json(&body)
            .send()
            .await;
        assert_eq!(
            refused.problem(),
            (403, "sign-in-needs-tls".to_owned()),
            "{host} {peer}"
        );
        assert!(!refused.headers.contains_key("set-cookie"));
    }
    // Nor does a session that was begun on this machine work from there.
    let cookie = office.sign_in("daping").await;
    let open = office
        .get("/api/v1/areas")
        .by(&cookie)
        .from("xiangtu.test:8080", "192.168.1.7:40000".parse().unwrap())
        .send()
        .await;
    assert_eq!(open.problem(), (401, "not-signed-in".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn under_tls_the_cookie_is_bound_to_the_host() {
    let mut settings = Settings::plain(([0, 0, 0, 0], 8443).into());
    settings.transport = Transport::Certificate {
        certificate: PathBuf::from("a"),
        key: PathBuf::from("b"),
    };
    let office = Office::with(settings).await;
    let body = serde_json::json!({ "login": "daping", "password": PASSWORD });
    let signed_in = office
        .ask(Method::POST, "/api/v1/session")
        .from("xiangtu.test", "192.168.1.7:40000".parse().unwrap())
        .json(&body)
        .send()
        .await;
    let set = signed_in.header("set-cookie");
    assert!(
        set.starts_with("__Host-xiangtu=") && set.ends_with("; Secure"),
        "{set}"
    );
    assert!(
        set.contains("; Path=/;") && !set.contains("Domain"),
        "{set}"
    );
    assert_eq!(
        signed_in.header("strict-transport-security"),
        "max-age=31536000"
    );
    // The name that plain HTTP uses is not listened to here.
    let plain = signed_in.cookie().replace("__Host-", "");
    let refused = office.get("/api/v1/areas").by(&plain).send().await;
    assert_eq!(refused.problem(), (401, "not-signed-in".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_cannot_act_for_somebody_signed_in() {
    let office = Office::open().await;
    let cookie = office.sign_in("daping").await;
    let ask = || {
        office
            .ask(Method::DELETE, "/api/v1/session")
            .header("cookie", &cookie)
    };
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "http://evil.example"),
        ("origin", "null"),
    ] {
        let refused = ask().header(name, value).send().await;
        assert_eq!(
            refused.problem(),
            (403, "cross-site-request".to_owned()),
            "{name}: {value}"
        );
    }
    let without = ask().send().await;
    assert_eq!(without.problem(), (403, "cross-site-request".to_owned()));
    assert_eq!(
        office
            .get("/api/v1/session")
            .by(&cookie)
            .send()
            .await
            .status,
        200
    );
    assert_eq!(
        ask()
            .header("origin", "http://localhost:8080")
            .send()
            .await
            .status,
        204
    );
}
