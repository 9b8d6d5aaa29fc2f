//! Recipes: which there are, what is wrong with one, and the job it becomes.

use axum::http::Method;
use serde_json::{Value, json};

use crate::clerk::SEASON;
use crate::office::{Answer, DAPING, NEIGHBOUR, Office};

/// The shipped recipe for a village.
fn for_area(code: &str) -> String {
    SEASON.replace("inputs:\n", &format!("area: \"{code}\"\ninputs:\n"))
}

async fn post(office: &Office, path: &str, cookie: &str, text: &str) -> Answer {
    let ask = office.ask(Method::POST, path).by(cookie);
    ask.body("text/plain; charset=utf-8", text.as_bytes().to_vec())
        .send()
        .await
}

const ESTIMATE: &str = "/api/v1/jobs/estimate";

#[tokio::test(flavor = "multi_thread")]
async fn the_recipes_of_the_program_are_there_to_begin_with() {
    let office = Office::open().await;
    let list = office.get("/api/v1/recipes").value().await;
    let season = json!({ "id": "season-mosaic", "title_zh": "季度无云影像",
        "title_en": "Season's mosaic", "description_zh": "", "description_en": "", "text": SEASON });
    assert_eq!(list["recipes"], json!([season]));
    let schema = office.get("/api/v1/recipes/schema").send().await;
    assert_eq!(schema.header("content-type"), "application/schema+json");
    let schema = schema.value();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    let required = schema["required"].as_array().unwrap();
    assert!(required.contains(&json!("outputs")), "{required:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipe_is_foreseen_and_becomes_a_job() {
    let office = Office::open().await;
    let planner = office.sign_in("planner").await;
    let text = for_area(DAPING);
    let foreseen = post(&office, ESTIMATE, &planner, &text).await.value();
    let wanted = json!({ "pixels": 1_000_000, "looks": 12, "chunks": 4, "bytes_read": 48_000_000,
        "bytes_written": 2_000_000, "memory_bytes": 300_000_000, "seconds": 9.5 });
    assert_eq!(foreseen, wanted);
    let ask = office.ask(Method::POST, ESTIMATE).by(&planner);
    let as_json = ask.json(&json!({ "recipe": text })).value().await;
    assert_eq!(as_json, wanted);
    let none = office.get("/api/v1/jobs").by(&planner).value().await;
    assert_eq!(none["jobs"], json!([]), "an estimate makes nothing");

    let sent = post(&office, "/api/v1/jobs", &planner, &text).await;
    assert_eq!(sent.status, 201, "{}", sent.text());
    let body = sent.value();
    let place = sent.header("location").to_owned();
    assert_eq!(
        place,
        format!("/api/v1/jobs/{}", body["id"].as_str().unwrap())
    );
    assert_eq!(
        (&body["state"], &body["sent_by"], &body["area"]["code"]),
        (&json!("queued"), &json!("planner 同志"), &json!(DAPING))
    );
    let job = office.get(&place).by(&planner).value().await;
    assert_eq!(job["recipe"], text, "as it was written, comments and all");
    assert_eq!(job["estimate"], wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_recipe_is_told_with_line_key_and_words() {
    let office = Office::open().await;
    let planner = office.sign_in("planner").await;
    let ask = async |text: &str, language: &str| -> Value {
        let ask = office.ask(Method::POST, ESTIMATE).by(&planner);
        let ask = ask.header("accept-language", language);
        let answer = ask
            .body("text/plain", text.as_bytes().to_vec())
            .send()
            .await;
        assert_eq!(answer.problem(), (422, "recipe-wrong".to_owned()));
        answer.value()
    };
    let misspelt = SEASON.replace("method: median", "method: medium");
    let english = ask(&misspelt, "en").await;
    let error = &english["errors"][0];
    assert_eq!(
        (&error["line"], &error["code"]),
        (&json!(9), &json!("unreadable"))
    );
    assert!(error["column"].as_u64().unwrap() > 1, "{error}");
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains("unknown variant `medium`") && message.contains("did you mean `median`?"),
        "{message}"
    );
    assert!(english["detail"].as_str().unwrap().starts_with("Line 9"));
    let chinese = ask(&misspelt, "zh").await;
    let message = chinese["errors"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("不认识的值“medium”；是不是“median”？"),
        "{message}"
    );

    let dangling = SEASON.replace("of: clear", "of: cleer");
    let error = ask(&dangling, "en").await["errors"][0].clone();
    assert_eq!(
        (&error["line"], &error["field"]),
        (&json!(11), &json!("steps[1].index.of"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipe_stays_in_its_senders_areas_and_away_from_files() {
    let office = Office::open().await;
    let official = office.sign_in("daping").await;
    let planner = office.sign_in("planner").await;
    for path in [ESTIMATE, "/api/v1/jobs"] {
        let anyone = office.ask(Method::POST, path);
        let anyone = anyone.body("text/plain", for_area(DAPING).into_bytes());
        assert_eq!(
            anyone.send().await.problem(),
            (401, "not-signed-in".to_owned())
        );
        let refused = post(&office, path, &official, &for_area(DAPING)).await;
        assert_eq!(refused.problem(), (403, "planners-only".to_owned()));

        let theirs = post(&office, path, &planner, &for_area(NEIGHBOUR)).await;
        assert_eq!(theirs.problem(), (422, "recipe-wrong".to_owned()));
        let error = &theirs.value()["errors"][0];
        assert_eq!(
            (&error["code"], &error["field"], &error["line"]),
            (&json!("not-your-area"), &json!("area"), &json!(4))
        );

        let scenes = "scenes: { from: 2024-06-01, to: 2024-09-30 }";
        let files = "files: [{ path: /etc/secret.tif, date: 2024-06-01, bands: { 1: red } }]";
        let of_files = for_area(DAPING).replace(scenes, files);
        let refused = post(&office, path, &planner, &of_files).await;
        assert_eq!(refused.problem(), (422, "recipe-wrong".to_owned()));
        let error = &refused.value()["errors"][0];
        assert_eq!(
            (&error["code"], &error["field"], &error["line"]),
            (
                &json!("files-not-allowed"),
                &json!("inputs.season.files"),
                &json!(7)
            )
        );

        let nothing = for_area(DAPING).replace("recipe: season-mosaic", "recipe: of-nothing");
        let impossible = post(&office, path, &planner, &nothing).await;
        assert_eq!(impossible.problem(), (422, "job-not-possible".to_owned()));
        assert!(
            impossible.text().contains("nowhere"),
            "{}",
            impossible.text()
        );
    }
    let chief = office.sign_in("chief").await;
    let everywhere = post(&office, "/api/v1/jobs", &chief, &for_area(NEIGHBOUR)).await;
    assert_eq!(everywhere.status, 201);
    let list = office.get("/api/v1/jobs").by(&planner).value().await;
    assert_eq!(
        list["jobs"],
        json!([]),
        "the neighbour's is not ours to see"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipe_has_a_bound_and_a_media_type() {
    let office = Office::open().await;
    let planner = office.sign_in("planner").await;
    let long = format!("# {}\n{SEASON}", "長".repeat(40_000));
    let refused = post(&office, ESTIMATE, &planner, &long).await;
    assert_eq!(refused.problem(), (413, "too-large".to_owned()));
    let ask = office.ask(Method::POST, ESTIMATE).by(&planner);
    let picture = ask
        .body("image/png", SEASON.as_bytes().to_vec())
        .send()
        .await;
    assert_eq!(picture.problem(), (400, "bad-request".to_owned()));
    let ask = office.ask(Method::POST, ESTIMATE).by(&planner);
    let no_recipe = ask.json(&json!({ "receipt": "" })).send().await;
    assert_eq!(no_recipe.problem(), (400, "bad-request".to_owned()));
}
