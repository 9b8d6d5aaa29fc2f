//! A villager's report reaches the village's queue, once, and nobody else's.

use end_to_end::{Home, Program, oracle, real_data};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use uuid::Uuid;

const COMMUNES: &str = "vector/communes_gers_epsg2154.geojson";
/// Inside Aignan (32001), at its representative point.
const AIGNAN: (f64, f64) = (0.0996, 43.6991);

/// A server over the communes of Gers, with an official of Aignan and one of a neighbour.
struct Office {
    home: Home,
    program: Program,
}

impl Office {
    fn open() -> Option<Self> {
        let communes = real_data(COMMUNES)?;
        let home = Home::new();
        home.succeed(&["import", "areas", communes.to_str().expect("UTF-8")]);
        home.add_user("aignan", "official", &["32001"]);
        home.add_user("neighbour", "official", &["32022"]);
        home.add_user("chief", "administrator", &[]);
        let program = Program::start(&home, &["--no-demo"]);
        Some(Self { home, program })
    }

    async fn official(&self, login: &str) -> reqwest::Client {
        self.program.signed_in(login, "correct horse battery").await
    }

    async fn send(&self, id: Uuid, form: Form) -> (u16, Value) {
        let answer = self
            .program
            .client()
            .put(self.program.url(&format!("/api/v1/reports/{id}")))
            .multipart(form)
            .send()
            .await
            .expect("an answer");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a body");
        (
            status,
            serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status}: {text}")),
        )
    }

    async fn queue(&self, client: &reqwest::Client) -> Vec<Value> {
        let answer = self.program.json(client, "/api/v1/reports").await;
        answer["reports"].as_array().expect("a list").clone()
    }
}

fn report((lon, lat): (f64, f64)) -> Form {
    Form::new()
        .text("service", "road")
        .text("description", "路边护坡塌方,过不去车")
        .text("lon", lon.to_string())
        .text("lat", lat.to_string())
        .text("accuracy", "12")
        .text("place_source", "gps")
        .text("phone", "13800000000")
}

fn with_photo(form: Form, bytes: Vec<u8>) -> Form {
    form.part(
        "photo",
        Part::bytes(bytes)
            .file_name("p.jpg")
            .mime_str("image/jpeg")
            .expect("a type"),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_in_its_communes_queue_and_in_no_other() {
    let Some(office) = Office::open() else { return };
    let Some(photo) = real_data("photos/DSC00497.JPG") else {
        return;
    };
    let photo = std::fs::read(photo).expect("a photo");
    let id = Uuid::now_v7();
    let (status, first) = office
        .send(id, with_photo(report(AIGNAN), photo.clone()))
        .await;
    assert_eq!(status, 201, "{first}");
    assert_eq!(first["receipt"]["area"]["code"], "32001");
    let (status, second) = office.send(id, with_photo(report(AIGNAN), photo)).await;
    assert_eq!(
        (status, &second["receipt"]),
        (200, &first["receipt"]),
        "the same once more"
    );
    let (status, other) = office.send(id, report(AIGNAN).text("extra", "x")).await;
    assert_eq!(status, 409, "other content under the same id: {other}");

    let aignan = office.official("aignan").await;
    let queue = office.queue(&aignan).await;
    assert_eq!(queue.len(), 1, "the report exists once");
    assert_eq!(queue[0]["id"], id.to_string());
    let detail = office
        .program
        .json(&aignan, &format!("/api/v1/reports/{id}"))
        .await;
    assert_eq!(detail["phone"], "13800000000");
    assert_eq!(detail["history"].as_array().map(Vec::len), Some(1));

    let neighbour = office.official("neighbour").await;
    assert!(office.queue(&neighbour).await.is_empty());
    let photo = format!("/api/v1/reports/{id}/photos/0");
    for (client, path, status) in [
        (&neighbour, format!("/api/v1/reports/{id}"), 404),
        (&neighbour, photo.clone(), 404),
        (&office.program.client(), photo.clone(), 401),
        (&aignan, photo.clone(), 200),
    ] {
        let answer = client
            .get(office.program.url(&path))
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), status, "{path}");
    }
    let answer = neighbour
        .post(office.program.url(&format!("/api/v1/reports/{id}/events")))
        .json(&json!({ "to_state": "accepted", "note": "" }))
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 404, "a neighbour cannot change it");

    photo_has_no_metadata(&office, &aignan, &photo).await;
    public_page_shows_the_state_and_nothing_private(&office, &first).await;
}

async fn photo_has_no_metadata(office: &Office, client: &reqwest::Client, path: &str) {
    let bytes = client
        .get(office.program.url(path))
        .send()
        .await
        .expect("an answer")
        .bytes()
        .await;
    let file = office.home.path().join("photo.jpg");
    std::fs::write(&file, bytes.expect("bytes")).expect("a file");
    let verdict = oracle("photo", &[file.to_str().expect("UTF-8")]);
    assert_eq!(verdict["exif"], 0, "{verdict}");
    assert_eq!(verdict["segments"], json!([]), "{verdict}");
    assert!(verdict["long_edge"].as_u64() <= Some(1600), "{verdict}");
}

async fn public_page_shows_the_state_and_nothing_private(office: &Office, sent: &Value) {
    let page = sent["receipt"]["status_url"].as_str().expect("an address");
    let reference = sent["receipt"]["reference"].as_str().expect("a reference");
    let client = office.program.client();
    let answer = client
        .get(office.program.url(page))
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200);
    let text = answer.text().await.expect("a page");
    assert!(
        text.contains(reference) && text.contains("待受理"),
        "{text}"
    );
    assert!(
        !text.contains("13800000000") && !text.contains("护坡"),
        "nothing private: {text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_official_takes_a_report_through_its_states() {
    let Some(office) = Office::open() else { return };
    let id = Uuid::now_v7();
    office.send(id, report(AIGNAN)).await;
    let aignan = office.official("aignan").await;
    let steps = [
        ("done", "", 409, "a new report is accepted first"),
        ("refused", "", 422, "a refusal gives its reason"),
        ("accepted", "", 200, "accepted"),
        ("accepted", "", 409, "once"),
        ("done", "石头已清走", 200, "done"),
        ("refused", "晚了", 409, "done is final"),
    ];
    for (state, note, status, why) in steps {
        let answer = aignan
            .post(office.program.url(&format!("/api/v1/reports/{id}/events")))
            .json(&json!({ "to_state": state, "note": note }))
            .send()
            .await
            .expect("an answer");
        assert_eq!(
            answer.status(),
            status,
            "{why}: {}",
            answer.text().await.unwrap_or_default()
        );
    }
    let detail = office
        .program
        .json(&aignan, &format!("/api/v1/reports/{id}"))
        .await;
    assert_eq!(detail["state"], "done");
    let history = detail["history"].as_array().expect("a history");
    let states: Vec<_> = history
        .iter()
        .map(|event| event["to_state"].as_str())
        .collect();
    assert_eq!(states, [Some("new"), Some("accepted"), Some("done")]);
    assert_eq!(history[2]["actor"], "aignan", "who did it");
    assert!(
        history[2]["at"]
            .as_str()
            .is_some_and(|at| at.starts_with("20")),
        "when"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_reports_are_answered_in_words_and_leave_nothing() {
    let Some(office) = Office::open() else { return };
    let huge = office.home.path().join("huge.jpg");
    // 100 megapixels in a small file.
    oracle(
        "bad_files",
        &["photo", huge.to_str().expect("UTF-8"), "12500", "8000"],
    );
    let huge = std::fs::read(huge).expect("a photo");
    let empty = office.home.object_count();
    let cases = [
        ("outside-served-areas", report((12.0, 12.0))),
        ("unknown-service", replace(AIGNAN, "service", "dragons")),
        ("photo-too-many-pixels", with_photo(report(AIGNAN), huge)),
        (
            "photo-not-readable",
            with_photo(report(AIGNAN), b"MZ not a photo".to_vec()),
        ),
    ];
    for (code, form) in cases {
        let (status, problem) = office.send(Uuid::now_v7(), form).await;
        assert_eq!(status, 422, "{code}: {problem}");
        assert_eq!(problem["code"], code, "{problem}");
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(
            detail.chars().any(|c| ('一'..='鿿').contains(&c)),
            "in Chinese: {problem}"
        );
    }
    assert_eq!(
        office.home.object_count(),
        empty,
        "no object is left behind"
    );
    let chief = office.official("chief").await;
    assert!(office.queue(&chief).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_works_without_javascript_and_keeps_what_was_written() {
    let Some(office) = Office::open() else { return };
    let client = office.program.client();
    let page = client
        .get(office.program.url("/m/report"))
        .send()
        .await
        .expect("an answer");
    let page = page.text().await.expect("a page");
    let id = page
        .split("name=\"id\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap_or_else(|| panic!("the form has an id: {page}"))
        .to_owned();
    let post = |form: Form| {
        client
            .post(office.program.url("/m/report"))
            .multipart(form.text("id", id.clone()))
            .header("sec-fetch-site", "same-origin")
            .send()
    };
    let outside = post(report((12.0, 12.0))).await.expect("an answer");
    assert_eq!(outside.status(), 422);
    let kept = outside.text().await.expect("a page");
    assert!(
        kept.contains("路边护坡塌方,过不去车"),
        "what was written is kept: {kept}"
    );

    let sent = post(report(AIGNAN)).await.expect("an answer");
    assert_eq!(sent.status(), 303);
    let receipt = sent.headers()["location"]
        .to_str()
        .expect("an address")
        .to_owned();
    let again = post(report(AIGNAN)).await.expect("an answer");
    assert_eq!(
        again.headers()["location"].to_str().ok(),
        Some(receipt.as_str())
    );
    let aignan = office.official("aignan").await;
    assert_eq!(office.queue(&aignan).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_session_says_so() {
    let Some(office) = Office::open() else { return };
    let client = office.official("aignan").await;
    let end = client
        .delete(office.program.url("/api/v1/session"))
        .send()
        .await
        .expect("an answer");
    assert!(end.status().is_success());
    let stale = office
        .program
        .client()
        .get(office.program.url("/api/v1/reports"))
        .header("cookie", "xiangtu=bm90LWEtc2Vzc2lvbg")
        .send()
        .await
        .expect("an answer");
    assert_eq!(stale.status(), 401);
    let problem: Value = stale.json().await.expect("a problem");
    assert_eq!(problem["code"], "session-expired");
}

/// A report whose field NAME says VALUE.
fn replace(place: (f64, f64), name: &str, value: &str) -> Form {
    assert_eq!(name, "service");
    Form::new()
        .text("service", value.to_owned())
        .text("description", "看看这里")
        .text("lon", place.0.to_string())
        .text("lat", place.1.to_string())
        .text("place_source", "map")
}
