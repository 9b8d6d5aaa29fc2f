use axum::http::Method;
use server::Settings;
use store::Scope;
use store::report::{self, PlaceSource};
use uuid::Uuid;

use crate::office::{Answer, DAPING, Office};

const BOUNDARY: &str = "a-boundary";

/// What a browser without a script sends: every field, an empty file part where none was chosen.
struct Form {
    fields: Vec<(&'static str, String)>,
    photos: Vec<Vec<u8>>,
}

impl Form {
    fn filled() -> Self {
        Self {
            fields: vec![
                ("id", Uuid::now_v7().to_string()),
                ("service", "road".into()),
                ("description", "护坡塌了 <b>&\"半边路\"".into()),
                ("area", DAPING.into()),
                ("lon", String::new()),
                ("lat", String::new()),
                ("accuracy", String::new()),
                ("place_source", String::new()),
                ("phone", "13800001234".into()),
            ],
            photos: vec![Vec::new()],
        }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        let field = self
            .fields
            .iter_mut()
            .find(|(known, _)| *known == name)
            .unwrap();
        value.clone_into(&mut field.1);
        self
    }

    fn photo(mut self, bytes: &[u8]) -> Self {
        self.photos = vec![bytes.to_vec()];
        self
    }

    fn id(&self) -> Uuid {
        self.fields[0].1.parse().unwrap()
    }

    async fn post(&self, office: &Office) -> Answer {
        let mut body = Vec::new();
        for (name, value) in &self.fields {
            body.extend(head(name, "").into_bytes());
            body.extend(value.as_bytes());
            body.extend(b"\r\n");
        }
        for photo in &self.photos {
            body.extend(head("photo", "; filename=\"p.jpg\"").into_bytes());
            body.extend(photo);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
        office
            .ask(Method::POST, "/m/report")
            .header("sec-fetch-site", "same-origin")
            .body(&format!("multipart/form-data; boundary={BOUNDARY}"), body)
            .send()
            .await
    }
}

fn head(name: &str, more: &str) -> String {
    format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n")
}

/// How many bytes a page takes on the wire.
async fn compressed(office: &Office, path: &str) -> usize {
    let answer = office
        .get(path)
        .header("accept-encoding", "gzip")
        .send()
        .await;
    assert_eq!(answer.header("content-encoding"), "gzip", "{path}");
    answer.body.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_sent_without_a_script_and_followed() {
    let office = Office::open().await;
    let page = office.get("/m/report").send().await;
    let text = page.text();
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(
        text.contains("enctype=\"multipart/form-data\"") && text.contains("是什么事"),
        "{text}"
    );
    assert!(
        text.contains(&format!("<option value=\"{DAPING}\">")),
        "{text}"
    );
    let id = text
        .split("name=\"id\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    assert_eq!(id.parse::<Uuid>().unwrap().get_version_num(), 7);

    let form = Form::filled();
    let sent = form.post(&office).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    let address = sent.header("location").to_owned();
    assert!(address.starts_with("/m/report/"), "{address}");
    let again = form.post(&office).await;
    assert_eq!(
        again.header("location"),
        address,
        "sent twice is one report"
    );

    let kept = report::detail(office.store(), &Scope::Everything, form.id())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept.summary.area.code, DAPING);
    assert_eq!(kept.place_source, PlaceSource::List);
    assert_eq!(kept.phone.as_deref(), Some("13800001234"));

    let status = office.get(&address).send().await.text();
    let reference = address.rsplit('/').next().unwrap();
    assert!(status.contains(reference) && status.contains("待受理") && status.contains("○"));
    for private in ["13800001234", "护坡塌了", "半边路"] {
        assert!(!status.contains(private), "the page tells {private}");
    }
    let by_id = office.get(&format!("/m/sent/{}", form.id())).send().await;
    assert_eq!(by_id.header("location"), address);
    let digits = reference.replace('-', "%20");
    let found = office
        .get(&format!("/m/find?reference={digits}"))
        .send()
        .await;
    assert_eq!(found.header("location"), address);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_with_mistakes_comes_back_as_it_was() {
    let office = Office::open().await;
    let answer = Form::filled()
        .with("service", "potholes")
        .with("phone", "12")
        .photo(b"this is no photo")
        .post(&office)
        .await;
    let text = answer.text();
    assert_eq!(answer.status, 422);
    for said in [
        "没有这个类别",
        "电话号码不对",
        "第 1 个文件不是能读的照片",
        "照片需要重新选",
    ] {
        assert!(text.contains(said), "{said} is missing in {text}");
    }
    let escaped = text.contains("护坡塌了 &#60;b&#62;&#38;&#34;半边路&#34;");
    assert!(escaped, "the words are kept, harmless: {text}");
    assert!(
        text.contains(&format!("<option value=\"{DAPING}\" selected>")),
        "{text}"
    );
    assert!(text.contains("value=\"12\""));
    assert!(
        text.contains("\"kept\":true"),
        "an older draft must not replace what was written"
    );
    assert!(office.state.objects.names().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_outside_is_said_and_nothing_is_lost() {
    let office = Office::open().await;
    let form = Form::filled().with("lon", "2.35").with("lat", "48.85");
    let answer = form.post(&office).await;
    let text = answer.text();
    assert_eq!(answer.status, 422);
    assert!(
        text.contains("不在我们负责的范围内") && text.contains("还没有发送"),
        "{text}"
    );
    assert!(text.contains("value=\"2.35\"") && text.contains("半边路"));
    let kept = report::detail(office.store(), &Scope::Everything, form.id())
        .await
        .unwrap();
    assert!(kept.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_with_other_words_is_told_and_can_be_sent_anew() {
    let office = Office::open().await;
    let form = Form::filled();
    form.post(&office).await;
    let id = form.id();
    let changed = form.with("description", "又塌了一段").post(&office).await;
    let text = changed.text();
    assert_eq!(changed.status, 409);
    assert!(
        text.contains(&format!("/m/sent/{id}")) && text.contains("又塌了一段"),
        "{text}"
    );
    assert!(
        !text.contains(&format!("name=\"id\" value=\"{id}\"")),
        "sent again it is another"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_leads_nowhere_is_explained() {
    let office = Office::open().await;
    let wrong = office.get("/m/find?reference=123").send().await;
    assert_eq!(wrong.status, 404);
    assert!(wrong.text().contains("编号不对") && wrong.text().contains("value=\"123\""));
    // Right check digit, no such report: 5724 is Damm's own example.
    let unknown = office.get("/m/find?reference=0000005724").send().await;
    let page = office.get(unknown.header("location")).send().await;
    assert_eq!(page.status, 404);
    assert!(page.text().contains("没有找到这个编号"), "{}", page.text());
    let damaged = office.get("/m/sent/nonsense").send().await;
    assert_eq!(damaged.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn english_is_one_switch_away_and_remembered() {
    let office = Office::open().await;
    let page = office.get("/m/?lang=en").send().await;
    let text = page.text();
    assert!(
        text.contains("<html lang=\"en\">") && text.contains("Report something"),
        "{text}"
    );
    assert_eq!(page.cookie(), "language=en");
    let later = office
        .get("/m/report")
        .header("cookie", &page.cookie())
        .send()
        .await;
    assert!(later.text().contains("A few words"));
    assert!(later.text().contains("/m/report?lang=zh"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_off_on_plain_http_is_said_in_words() {
    let office = Office::with(Settings::plain(([0, 0, 0, 0], 8080).into())).await;
    let peer = ([192, 168, 1, 20], 40000).into();
    let from_outside = office
        .get("/m/report")
        .from("xiangtu.lan:8080", peer)
        .send()
        .await;
    assert!(from_outside.text().contains("id=\"not-encrypted\""));
    let from_here = office.get("/m/report").send().await;
    assert!(!from_here.text().contains("id=\"not-encrypted\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_stay_small_and_keep_the_policy() {
    let office = Office::open().await;
    for path in ["/m/", "/m/report"] {
        let bytes = compressed(&office, path).await;
        assert!(bytes <= 14 * 1024, "{path} takes {bytes} bytes");
        let text = office.get(path).send().await.text();
        assert!(
            !text.contains("style=") && !text.contains(" onclick"),
            "the policy forbids them"
        );
        let scripts: Vec<_> = text.match_indices("<script").collect();
        for (at, _) in scripts {
            let tag = text[at..].split('>').next().unwrap();
            assert!(
                tag.contains("src=\"/m/assets/") || tag.contains("application/json"),
                "{tag}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn outlines_come_simplified_and_named() {
    let office = Office::open().await;
    let villages = office.get("/m/outlines.json").value().await;
    let villages = villages.as_array().unwrap();
    assert_eq!(villages.len(), 2, "the county itself is no village");
    let ring = villages[0]["rings"][0].as_array().unwrap();
    assert_eq!(ring.len(), 10, "four corners and the first again");
    assert!(!villages[0]["name"].as_str().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_database_the_pages_still_speak() {
    let office = Office::open().await;
    let form = Form::filled();
    office.store().close();
    for path in [
        "/m/report",
        "/m/report/482-913-0574",
        &format!("/m/sent/{}", form.id()),
    ] {
        let page = office.get(path).send().await;
        let kind = page.header("content-type").to_owned();
        assert_eq!(page.status, 503, "{path}");
        assert!(kind.starts_with("text/html"), "{path}: {kind}");
    }
    assert_eq!(office.get("/m/").send().await.status, 200);
    let sent = form.post(&office).await;
    assert_eq!(sent.status, 503);
    assert!(sent.text().contains("不是您的问题"), "{}", sent.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn photos_beyond_the_limits_are_named() {
    let office = Office::open().await;
    let mut form = Form::filled();
    form.photos = vec![
        vec![7; 12 * 1024 * 1024 + 1],
        vec![7; 100],
        vec![7; 100],
        vec![7; 100],
    ];
    let text = form.post(&office).await.text();
    for said in [
        "照片最多 3 张",
        "第 1 张照片超过 12 MB",
        "第 2 个文件不是能读的照片",
    ] {
        assert!(text.contains(said), "{said} is missing in {text}");
    }
    form.photos = vec![vec![7; 12 * 1024 * 1024]; 4];
    let answer = form.post(&office).await;
    assert_eq!(answer.status, 413);
    assert!(answer.text().contains("内容太大"), "{}", answer.text());
}
