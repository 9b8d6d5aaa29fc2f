use std::path::PathBuf;

use server::tls::Authority;
use server::{Settings, Transport};

use crate::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn the_first_page_leads_through_both_doors() {
    let office = Office::open().await;
    let page = office.get("/").send().await;
    let text = page.text();
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(
        text.contains("<html lang=\"zh-CN\">") && text.contains("我是村民"),
        "{text}"
    );
    assert!(text.contains("href=\"/m/\"") && text.contains("href=\"/app/\""));
    assert!(
        !text.contains("style=") && !text.contains("<script"),
        "the policy forbids them"
    );
    let english = office.get("/?lang=en").send().await.text();
    assert!(english.contains("<html lang=\"en\">") && english.contains("I live here"));
    let style = office.get("/assets/page.css").send().await;
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
    assert!(style.text().contains("--accent") && style.text().contains(".door"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_answers_at_every_address_of_its_own() {
    let office = Office::open().await;
    let first = office.get("/app/").send().await;
    let deep = office.get("/app/reports/0193").send().await;
    assert_eq!(first.body, deep.body);
    assert!(
        matches!(first.status.as_u16(), 200 | 503),
        "built or not: {}",
        first.status
    );
    if first.status == 503 {
        assert!(first.text().contains("npm run build"));
        return;
    }
    assert_eq!(first.header("cache-control"), "no-cache");
    let again = office
        .get("/app/")
        .header("if-none-match", first.header("etag"))
        .send()
        .await;
    assert_eq!(again.status, 304);
    let redirect = office.get("/app").send().await;
    assert_eq!(
        (redirect.status.as_u16(), redirect.header("location")),
        (308, "/app/")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_local_root_can_be_compared_and_installed() {
    let keys = tempfile::tempdir().unwrap();
    let mut settings = Settings::plain(([0, 0, 0, 0], 8443).into());
    settings.transport = Transport::LocalAuthority {
        keys: PathBuf::from(keys.path()),
        names: Vec::new(),
    };
    let office = Office::with(settings).await;
    let authority = Authority::open(keys.path(), &[]).unwrap();

    let page = office
        .get("/install-root")
        .header("accept-language", "en")
        .send()
        .await;
    let text = page.text();
    assert!(text.contains(&authority.fingerprint()), "{text}");
    assert!(text.contains("Android") && text.contains("Windows") && text.contains("iPhone"));
    assert!(
        !page.headers.contains_key("strict-transport-security"),
        "a phone must get here"
    );

    let file = office.get("/install-root/xiangtu-root.crt").send().await;
    assert_eq!(file.header("content-type"), "application/x-x509-ca-cert");
    assert_eq!(file.body, authority.root());
    let told = office.get("/install-root/fingerprint.json").value().await;
    assert_eq!(told["sha256"], authority.fingerprint());
}

#[tokio::test(flavor = "multi_thread")]
async fn health_tells_life_from_readiness() {
    let office = Office::open().await;
    assert_eq!(office.get("/health/live").send().await.text(), "live\n");
    assert_eq!(office.get("/health/ready").send().await.text(), "ready\n");
    office.store().close();
    assert_eq!(office.get("/health/live").send().await.status, 200);
    let answer = office.get("/health/ready").send().await;
    assert_eq!(answer.problem(), (503, "not-ready".to_owned()));
    assert!(
        !answer.text().contains("postgres"),
        "the cause is for the log: {}",
        answer.text()
    );
}
