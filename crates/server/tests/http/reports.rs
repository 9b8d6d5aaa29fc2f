use std::io::Cursor;

use axum::http::Method;
use grid::tile::Tile;
use image::{ImageFormat, RgbImage};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::office::{Answer, DAPING, Office};

const BOUNDARY: &str = "a-boundary";
/// In Daping.
const PLACE: (f64, f64) = (108.2, 31.2);

fn multipart(fields: &[(&str, &str)], photo: Option<&[u8]>) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        body.extend_from_slice(part.as_bytes());
    }
    if let Some(photo) = photo {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"p.jpg\"\r\n\
             Content-Type: image/jpeg\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(photo);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

fn photo() -> Vec<u8> {
    let picture = RgbImage::from_fn(800, 600, |x, y| image::Rgb([x as u8, y as u8, 90]));
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

async fn send(office: &Office, id: Uuid, body: Vec<u8>) -> Answer {
    let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
    office
        .ask(Method::PUT, &format!("/api/v1/reports/{id}"))
        .header("sec-fetch-site", "same-origin")
        .body(&media_type, body)
        .send()
        .await
}

fn fields(place: (f64, f64)) -> Vec<(&'static str, String)> {
    vec![
        ("service", "road".to_owned()),
        ("description", "路边护坡塌方".to_owned()),
        ("lon", place.0.to_string()),
        ("lat", place.1.to_string()),
        ("accuracy", "12".to_owned()),
        ("place_source", "gps".to_owned()),
        ("phone", "13800000000".to_owned()),
    ]
}

fn body(place: (f64, f64), photo: Option<&[u8]>) -> Vec<u8> {
    let fields = fields(place);
    let borrowed: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    multipart(&borrowed, photo)
}

async fn queue(office: &Office, cookie: &str, query: &str) -> Vec<Value> {
    let page = office
        .get(&format!("/api/v1/reports{query}"))
        .by(cookie)
        .value()
        .await;
    page["reports"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_arrives_once_in_its_village_and_nowhere_else() {
    let office = Office::open().await;
    let id = Uuid::now_v7();
    let photo = photo();
    let first = send(&office, id, body(PLACE, Some(&photo))).await;
    assert_eq!(first.status, 201, "{}", first.text());
    let receipt = &first.value()["receipt"];
    assert_eq!(receipt["area"]["code"], DAPING);
    assert_eq!(receipt["state"], "new");
    assert_eq!(receipt["photos"].as_array().unwrap().len(), 1);
    let again = send(&office, id, body(PLACE, Some(&photo))).await;
    assert_eq!(
        (again.status.as_u16(), &again.value()["receipt"]),
        (200, receipt)
    );
    let other = send(&office, id, body(PLACE, None)).await;
    assert_eq!(other.problem(), (409, "conflict".to_owned()));

    let daping = office.sign_in("daping").await;
    let reports = queue(&office, &daping, "").await;
    assert_eq!(reports.len(), 1);
    assert_eq!(reports[0]["id"], id.to_string());
    let thumbnail = reports[0]["thumbnail"].as_str().unwrap().to_owned();
    let detail = office
        .get(&format!("/api/v1/reports/{id}"))
        .by(&daping)
        .value()
        .await;
    assert_eq!(detail["phone"], "13800000000");
    assert_eq!(detail["accuracy"], 12.0);
    assert_eq!(detail["channel"], "web");
    let picture = detail["photos"][0]["url"].as_str().unwrap().to_owned();
    assert_eq!(picture, format!("/api/v1/reports/{id}/photos/0"));

    let neighbour = office.sign_in("neighbour").await;
    assert!(queue(&office, &neighbour, "").await.is_empty());
    for path in [
        format!("/api/v1/reports/{id}"),
        picture.clone(),
        thumbnail.clone(),
    ] {
        let shown = office.get(&path).by(&daping).send().await;
        assert_eq!(shown.status, 200, "{path}");
        let hidden = office.get(&path).by(&neighbour).send().await;
        assert_eq!(hidden.problem(), (404, "not-found".to_owned()), "{path}");
        let anyone = office.get(&path).send().await;
        assert_eq!(
            anyone.problem(),
            (401, "not-signed-in".to_owned()),
            "{path}"
        );
    }
    let shown = office.get(&picture).by(&daping).send().await;
    assert_eq!(shown.header("content-type"), "image/jpeg");
    assert!(shown.header("cache-control").starts_with("private"));
    let decoded = image::load_from_memory(&shown.body).unwrap();
    assert_eq!((decoded.width(), decoded.height()), (800, 600));

    let Tile { zoom, column, row } = Tile::at(PLACE.0, PLACE.1, 12);
    let tile = format!("/tiles/reports/{zoom}/{column}/{row}.mvt");
    assert_eq!(office.get(&tile).by(&daping).send().await.status, 200);
    assert_eq!(office.get(&tile).by(&neighbour).send().await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_moves_through_its_states() {
    let office = Office::open().await;
    let id = Uuid::now_v7();
    assert_eq!(send(&office, id, body(PLACE, None)).await.status, 201);
    let daping = office.sign_in("daping").await;
    let neighbour = office.sign_in("neighbour").await;
    let step = async |cookie: &str, state: &str, note: &str| {
        office
            .ask(Method::POST, &format!("/api/v1/reports/{id}/events"))
            .by(cookie)
            .json(&json!({ "to_state": state, "note": note }))
            .send()
            .await
    };
    assert_eq!(step(&neighbour, "accepted", "").await.problem().0, 404);
    let skipped = step(&daping, "done", "").await;
    assert_eq!(
        skipped.problem(),
        (409, "transition-not-allowed".to_owned())
    );
    let silent = step(&daping, "refused", " ").await;
    assert_eq!(silent.problem(), (422, "note-required".to_owned()));
    assert_eq!(
        step(&daping, "closed", "").await.problem(),
        (422, "invalid-field".to_owned())
    );

    let accepted = step(&daping, "accepted", "").await;
    assert_eq!(
        (accepted.status.as_u16(), &accepted.value()["state"]),
        (200, &json!("accepted"))
    );
    assert_eq!(step(&daping, "done", "石头已清走").await.status, 200);
    assert_eq!(step(&daping, "refused", "晚了").await.problem().0, 409);
    let detail = office
        .get(&format!("/api/v1/reports/{id}"))
        .by(&daping)
        .value()
        .await;
    let history = detail["history"].as_array().unwrap();
    let states: Vec<_> = history
        .iter()
        .map(|event| event["to_state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["new", "accepted", "done"]);
    assert_eq!(history[2]["actor"], "daping 同志");
    assert_eq!(history[2]["note"], "石头已清走");

    assert!(queue(&office, &daping, "?state=new").await.is_empty());
    assert_eq!(
        queue(&office, &daping, "?state=done&service=road&area=500234101")
            .await
            .len(),
        1
    );
    assert!(queue(&office, &daping, "?service=water").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_queue_comes_in_pages() {
    let office = Office::open().await;
    for _ in 0..53 {
        assert_eq!(
            send(&office, Uuid::now_v7(), body(PLACE, None))
                .await
                .status,
            201
        );
    }
    let daping = office.sign_in("daping").await;
    let first = office.get("/api/v1/reports").by(&daping).value().await;
    let next = first["next"].as_str().unwrap();
    let second = office
        .get(&format!("/api/v1/reports?before={next}"))
        .by(&daping)
        .value()
        .await;
    assert!(second["next"].is_null());
    let ids = |page: &Value| -> Vec<String> {
        let reports = page["reports"].as_array().unwrap().iter();
        reports
            .map(|report| report["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let mut all = [ids(&first), ids(&second)].concat();
    assert_eq!((ids(&first).len(), all.len()), (50, 53));
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 53);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_report_is_answered_in_words() {
    let office = Office::open().await;
    let outside = send(&office, Uuid::now_v7(), body((12.0, 12.0), None)).await;
    assert_eq!(outside.problem(), (422, "outside-served-areas".to_owned()));
    let several = multipart(
        &[
            ("service", "dragons"),
            ("description", "x"),
            ("lon", "108.2"),
            ("lat", "31.2"),
            ("phone", "12"),
        ],
        None,
    );
    let several = send(&office, Uuid::now_v7(), several).await;
    assert_eq!(several.problem(), (422, "unknown-service".to_owned()));
    assert_eq!(
        several.value()["errors"],
        json!([
            { "field": "service", "code": "unknown-service" },
            { "field": "phone", "code": "phone-not-valid" }
        ])
    );
    let no_photo = send(
        &office,
        Uuid::now_v7(),
        body(PLACE, Some(b"MZ not a photo")),
    )
    .await;
    assert_eq!(no_photo.problem(), (422, "photo-not-readable".to_owned()));
    let mut cut = body(PLACE, None);
    cut.truncate(cut.len() / 2);
    let cut = send(&office, Uuid::now_v7(), cut).await;
    assert_eq!(cut.problem(), (400, "bad-request".to_owned()));
    let chief = office.sign_in("chief").await;
    assert!(queue(&office, &chief, "").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_official_sends_a_report_for_somebody() {
    let office = Office::open().await;
    let id = Uuid::now_v7();
    let cookie = office.sign_in("daping").await;
    let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
    let sent = office
        .ask(Method::PUT, &format!("/api/v1/reports/{id}"))
        .by(&cookie)
        .body(&media_type, body(PLACE, None))
        .send()
        .await;
    assert_eq!(sent.status, 201);
    let detail = office
        .get(&format!("/api/v1/reports/{id}"))
        .by(&cookie)
        .value()
        .await;
    assert_eq!(detail["channel"], "assisted");
    assert_eq!(detail["history"][0]["actor"], "daping 同志");
}
