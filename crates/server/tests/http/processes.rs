//! OGC API – Processes – Part 1: Core 1.0. Named after the abstract tests of OGC 18-062r2,
//! annex A, one class after the other.

use axum::http::Method;
use serde_json::{Value, json};
use store::chunk::{self, Outcome};
use store::job_output::{Kind, Output};
use store::publication::{self, Publication};
use uuid::Uuid;

use crate::clerk::SEASON;
use crate::office::{Answer, DAPING, NEIGHBOUR, Office};

const EXCEPTIONS: &str = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/";

async fn execute(office: &Office, process: &str, cookie: &str, body: &Value) -> Answer {
    let path = format!("/ogc/processes/{process}/execution");
    let ask = office.ask(Method::POST, &path).by(cookie).json(body);
    ask.header("prefer", "respond-async").send().await
}

/// A job of the shipped process in a village.
async fn a_job(office: &Office, cookie: &str, village: &str) -> String {
    let inputs = json!({ "inputs": { "area": village } });
    let made = execute(office, "season-mosaic", cookie, &inputs).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.value()["jobID"].as_str().unwrap().to_owned()
}

fn exception(answer: &Answer, status: u16, kind: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.value()["type"], format!("{EXCEPTIONS}{kind}"));
}

fn link<'a>(document: &'a Value, rel: &str) -> &'a str {
    let links = document["links"].as_array().unwrap();
    let found = links.iter().find(|link| link["rel"] == rel);
    found.unwrap_or_else(|| panic!("no link {rel}: {document}"))["href"]
        .as_str()
        .unwrap()
}

/// The required members of a schema are there.
fn has(document: &Value, members: &[&str]) {
    for member in members {
        assert!(
            !document[*member].is_null(),
            "{member} is missing: {document}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conf_core_landingpage_and_conformance() {
    let office = Office::open().await;
    let landing = office.get("/ogc").value().await;
    has(&landing, &["title", "links"]);
    for rel in [
        "service-desc",
        "conformance",
        "http://www.opengis.net/def/rel/ogc/1.0/conformance",
        "http://www.opengis.net/def/rel/ogc/1.0/processes",
        "http://www.opengis.net/def/rel/ogc/1.0/job-list",
    ] {
        assert!(
            link(&landing, rel).starts_with("http://localhost:8080/ogc/"),
            "{rel}"
        );
    }
    let conformance = office.get("/ogc/conformance").value().await;
    let class =
        |name: &str| format!("http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/{name}");
    let classes = [
        "core",
        "ogc-process-description",
        "json",
        "oas30",
        "job-list",
        "dismiss",
    ];
    let declared = conformance["conformsTo"].as_array().unwrap().iter();
    let of_processes = |uri: &&Value| uri.as_str().unwrap().contains("/ogcapi-processes-1/");
    let declared: Vec<_> = declared.filter(of_processes).collect();
    assert_eq!(json!(declared), json!(classes.map(class)));
}

#[tokio::test(flavor = "multi_thread")]
async fn conf_oas30_the_description_is_of_what_there_is() {
    let office = Office::open().await;
    let planner = office.sign_in("planner").await;
    let answer = office.get("/ogc/api").send().await;
    assert_eq!(
        answer.header("content-type"),
        "application/vnd.oai.openapi+json;version=3.0"
    );
    let document = answer.value();
    assert_eq!(document["openapi"], "3.0.3");
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 20);
    let job = a_job(&office, &planner, DAPING).await;
    for (path, methods) in paths {
        let path = path
            .replace("{processID}", "season-mosaic")
            .replace("{jobID}", &job)
            .replace("{collectionId}", "none")
            .replace("{tileMatrixSetId}", "WebMercatorQuad")
            .replace("{tileMatrix}/{tileRow}/{tileCol}", "1/0/0");
        let path = format!("/ogc{path}");
        for (method, operation) in methods.as_object().unwrap() {
            if method == "parameters" {
                continue;
            }
            // What is not described is refused, what is described is not.
            let method: Method = method.to_uppercase().parse().unwrap();
            if method == Method::DELETE {
                continue;
            }
            let ask = office.ask(method, &path).by(&planner);
            let answer = ask
                .json(&json!({ "inputs": { "area": DAPING } }))
                .send()
                .await;
            let status = answer.status.as_u16().to_string();
            assert!(
                !operation["responses"][status.as_str()].is_null(),
                "{path}: {status}"
            );
            assert_ne!(status, "405", "{path}");
        }
    }
    let undescribed = office.ask(Method::PUT, "/ogc/processes").send().await;
    assert_eq!(undescribed.status, 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn conf_core_process_list_and_limit() {
    let office = Office::open().await;
    let list = office.get("/ogc/processes").value().await;
    has(&list, &["processes", "links"]);
    let processes = list["processes"].as_array().unwrap();
    let ids: Vec<_> = processes.iter().map(|process| &process["id"]).collect();
    assert_eq!(ids, ["season-mosaic", "recipe"]);
    for process in processes {
        has(process, &["id", "version", "title", "links"]);
        assert_eq!(
            process["jobControlOptions"],
            json!(["async-execute", "dismiss"])
        );
        assert_eq!(process["outputTransmission"], json!(["reference"]));
    }
    let first = office.get("/ogc/processes?limit=1").value().await;
    assert_eq!(first["processes"].as_array().unwrap().len(), 1);
    let next = link(&first, "next").trim_start_matches("http://localhost:8080");
    let second = office.get(next).value().await;
    assert_eq!(second["processes"][0]["id"], "recipe");
    let wrong = office.get("/ogc/processes?limit=0").send().await;
    assert_eq!(wrong.problem(), (400, "input-wrong".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn conf_ogc_process_description() {
    let office = Office::open().await;
    let ask = office.get("/ogc/processes/season-mosaic");
    let process = ask.header("accept-language", "en").value().await;
    has(&process, &["id", "version", "inputs", "outputs", "links"]);
    assert_eq!(process["title"], "Season's mosaic");
    for (name, least, schema) in [
        ("area", 1, json!({ "type": "string" })),
        ("from", 0, json!({ "type": "string", "format": "date" })),
        ("to", 0, json!({ "type": "string", "format": "date" })),
    ] {
        let input = &process["inputs"][name];
        assert_eq!(
            (&input["minOccurs"], &input["schema"]),
            (&json!(least), &schema)
        );
    }
    let outputs = process["outputs"].as_object().unwrap();
    assert_eq!(outputs.keys().collect::<Vec<_>>(), ["ndvi-season"]);
    has(&outputs["ndvi-season"], &["schema"]);
    let any = office.get("/ogc/processes/recipe").value().await;
    assert_eq!(
        any["inputs"]["recipe"]["schema"]["contentMediaType"],
        "application/yaml"
    );
    let unknown = office.get("/ogc/processes/nowhere").send().await;
    exception(&unknown, 404, "no-such-process");
}

#[tokio::test(flavor = "multi_thread")]
async fn conf_core_process_execute_async() {
    let office = Office::open().await;
    let planner = office.sign_in("planner").await;
    let inputs = json!({ "inputs": { "area": DAPING, "from": { "value": "2025-03-01" },
        "to": "2025-05-31" }, "response": "document" });
    let made = execute(&office, "season-mosaic", &planner, &inputs).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.header("preference-applied"), "respond-async");
    let status = made.value();
    has(
        &status,
        &["jobID", "status", "type", "processID", "created", "links"],
    );
    assert_eq!(
        (
            &status["status"],
            &status["type"],
            &status["processID"],
            &status["progress"]
        ),
        (
            &json!("accepted"),
            &json!("process"),
            &json!("season-mosaic"),
            &json!(0)
        )
    );
    let id = status["jobID"].as_str().unwrap();
    assert_eq!(
        made.header("location"),
        format!("http://localhost:8080/ogc/jobs/{id}")
    );
    let job = office
        .get(&format!("/api/v1/jobs/{id}"))
        .by(&planner)
        .value()
        .await;
    let recipe = jobs::recipe::Recipe::read(job["recipe"].as_str().unwrap()).unwrap();
    let scenes = recipe.inputs["season"].scenes.as_ref().unwrap();
    let day = |day: Option<chrono::NaiveDate>| day.unwrap().to_string();
    assert_eq!(
        (day(scenes.from), day(scenes.to), recipe.area.as_deref()),
        (
            "2025-03-01".to_owned(),
            "2025-05-31".to_owned(),
            Some(DAPING)
        )
    );

    // Any recipe, and no preference: still asynchronous, for there is no other way.
    let text = SEASON
        .replace("inputs:\n", &format!("area: \"{DAPING}\"\ninputs:\n"))
        .replace("recipe: season-mosaic", "recipe: ours");
    let ask = office.ask(Method::POST, "/ogc/processes/recipe/execution");
    let ask = ask
        .by(&planner)
        .json(&json!({ "inputs": { "recipe": text } }));
    let any = ask.send().await;
    assert_eq!(any.status, 201, "{}", any.text());
    assert_eq!(any.value()["processID"], "recipe");

    let unknown = execute(&office, "nowhere", &planner, &inputs).await;
    exception(&unknown, 404, "no-such-process");
    for wrong in [
        json!({ "inputs": {} }),
        json!({ "inputs": { "area": 500_234 } }),
        json!({ "inputs": { "area": DAPING, "from": "June" } }),
        json!({ "inputs": { "area": DAPING, "to": "2023-01-01" } }),
        json!({ "inputs": { "area": DAPING, "until": "2025-01-01" } }),
    ] {
        let refused = execute(&office, "season-mosaic", &planner, &wrong).await;
        assert_eq!(
            refused.problem(),
            (400, "input-wrong".to_owned()),
            "{wrong}"
        );
    }
    let theirs = json!({ "inputs": { "area": NEIGHBOUR } });
    let refused = execute(&office, "season-mosaic", &planner, &theirs).await;
    assert_eq!(refused.problem(), (422, "recipe-wrong".to_owned()));
    let official = office.sign_in("daping").await;
    let refused = execute(&office, "season-mosaic", &official, &inputs).await;
    assert_eq!(refused.problem(), (403, "planners-only".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn conf_core_job_and_results() {
    let office = Office::open().await;
    let planner = office.sign_in("planner").await;
    let id = a_job(&office, &planner, DAPING).await;
    let (place, results) = (format!("/ogc/jobs/{id}"), format!("/ogc/jobs/{id}/results"));
    let early = office.get(&results).by(&planner).send().await;
    exception(&early, 404, "result-not-ready");

    let store = office.store();
    let job: Uuid = id.parse().unwrap();
    assert!(store::job::begin(store, job, "me", &[]).await.unwrap());
    let lease = std::time::Duration::from_mins(1);
    let claim = chunk::claim(store, job, 0, "me", lease)
        .await
        .unwrap()
        .unwrap();
    let outcome = Outcome::default();
    assert!(chunk::done(store, &claim, "me", &outcome).await.unwrap());
    let status = office.get(&place).by(&planner).value().await;
    assert_eq!(
        (&status["status"], &status["progress"]),
        (&json!("running"), &json!(25))
    );
    let early = office.get(&results).by(&planner).send().await;
    exception(&early, 404, "result-not-ready");

    let table = office.state.objects.put(b"code,mean\r\n", "csv").unwrap();
    let publication = Publication {
        outputs: vec![Output {
            name: "villages.csv".to_owned(),
            kind: Kind::Table,
            layer_id: None,
            object: Some(table.to_string()),
            title_zh: "各村".to_owned(),
            title_en: String::new(),
            details: json!({}),
        }],
        ..Publication::default()
    };
    assert!(
        publication::publish(store, job, "me", &publication)
            .await
            .unwrap()
    );
    let status = office.get(&place).by(&planner).value().await;
    assert_eq!(
        (&status["status"], &status["progress"]),
        (&json!("successful"), &json!(100))
    );
    has(&status, &["started", "finished", "updated"]);
    let rel = "http://www.opengis.net/def/rel/ogc/1.0/results";
    assert_eq!(
        link(&status, rel),
        format!("http://localhost:8080{results}")
    );
    let document = office.get(&results).by(&planner).send().await;
    assert_eq!(document.header("content-type"), "application/json");
    let document = document.value();
    let reference = &document["villages.csv"];
    assert_eq!(
        (&reference["type"], &reference["title"]),
        (&json!("text/csv"), &json!("各村"))
    );
    let href = reference["href"].as_str().unwrap();
    let file = office.get(href.trim_start_matches("http://localhost:8080"));
    assert_eq!(file.by(&planner).send().await.body, b"code,mean\r\n");

    for missing in [Uuid::nil().to_string(), "not-a-uuid".to_owned()] {
        for end in ["", "/results"] {
            let path = format!("/ogc/jobs/{missing}{end}");
            let answer = office.get(&path).by(&planner).send().await;
            exception(&answer, 404, "no-such-job");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conf_core_results_of_a_failed_job() {
    let office = Office::open().await;
    let planner = office.sign_in("planner").await;
    let id = a_job(&office, &planner, DAPING).await;
    let store = office.store();
    let job: Uuid = id.parse().unwrap();
    assert!(store::job::begin(store, job, "me", &[]).await.unwrap());
    let failed = store::job::State::Failed;
    let ended = store::job::finish(store, job, "me", failed, Some("the scene is gone")).await;
    assert!(ended.unwrap());
    let status = office
        .get(&format!("/ogc/jobs/{id}"))
        .by(&planner)
        .value()
        .await;
    assert_eq!(
        (&status["status"], &status["message"]),
        (&json!("failed"), &json!("the scene is gone"))
    );
    let answer = office
        .get(&format!("/ogc/jobs/{id}/results"))
        .by(&planner)
        .send()
        .await;
    assert_eq!(answer.problem(), (500, "job-failed".to_owned()));
    assert!(answer.text().contains("the scene is gone"));
}

#[tokio::test(flavor = "multi_thread")]
async fn conf_job_list_parameters_and_links() {
    let office = Office::open().await;
    let planner = office.sign_in("planner").await;
    let chief = office.sign_in("chief").await;
    let first = a_job(&office, &planner, DAPING).await;
    let second = a_job(&office, &planner, DAPING).await;
    a_job(&office, &chief, NEIGHBOUR).await;
    let store = office.store();
    let running: Uuid = first.parse().unwrap();
    assert!(store::job::begin(store, running, "me", &[]).await.unwrap());
    let list = async |query: &str| {
        let path = format!("/ogc/jobs{query}");
        let list = office.get(&path).by(&planner).value().await;
        has(&list, &["jobs", "links"]);
        let jobs = list["jobs"].as_array().unwrap();
        for job in jobs {
            has(job, &["jobID", "status", "type"]);
        }
        let id = |job: &Value| job["jobID"].as_str().unwrap().to_owned();
        (jobs.iter().map(id).collect::<Vec<_>>(), list)
    };
    let both = vec![second.clone(), first.clone()];
    for (query, wanted) in [
        ("", both.clone()),
        ("?type=process", both.clone()),
        ("?type=wps", vec![]),
        ("?processID=season-mosaic", both.clone()),
        ("?processID=recipe,other", vec![]),
        ("?status=running", vec![first.clone()]),
        ("?status=running,accepted", both.clone()),
        ("?status=running&status=accepted", both.clone()),
        ("?datetime=2020-01-01T00:00:00Z/..", both.clone()),
        ("?datetime=../2020-01-01T00:00:00Z", vec![]),
        ("?minDuration=0", vec![first.clone()]),
        ("?minDuration=3600", vec![]),
        ("?maxDuration=3600", vec![first.clone()]),
    ] {
        assert_eq!(list(query).await.0, wanted, "{query}");
    }
    let (ids, page) = list("?limit=1&type=process").await;
    assert_eq!(ids, std::slice::from_ref(&second));
    let next = link(&page, "next").trim_start_matches("http://localhost:8080/ogc/jobs");
    let (ids, page) = list(next).await;
    assert_eq!(ids, [first]);
    let links = page["links"].as_array().unwrap();
    assert!(links.iter().all(|link| link["rel"] != "next"), "{page}");
    for wrong in [
        "limit=0",
        "limit=x",
        "status=late",
        "datetime=June",
        "minDuration=-1",
    ] {
        let answer = office
            .get(&format!("/ogc/jobs?{wrong}"))
            .by(&planner)
            .send()
            .await;
        assert_eq!(answer.problem(), (400, "input-wrong".to_owned()), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conf_dismiss() {
    let office = Office::open().await;
    let planner = office.sign_in("planner").await;
    let chief = office.sign_in("chief").await;
    let queued = a_job(&office, &planner, DAPING).await;
    let running = a_job(&office, &planner, DAPING).await;
    let theirs = a_job(&office, &chief, NEIGHBOUR).await;
    let store = office.store();
    let led: Uuid = running.parse().unwrap();
    assert!(store::job::begin(store, led, "me", &[]).await.unwrap());
    let dismiss = async |id: &str| {
        let path = format!("/ogc/jobs/{id}");
        office.ask(Method::DELETE, &path).by(&planner).send().await
    };
    for id in [&queued, &running] {
        let told = dismiss(id).await.value();
        has(&told, &["jobID", "status", "type"]);
        assert_eq!(told["status"], "dismissed");
        let status = office
            .get(&format!("/ogc/jobs/{id}"))
            .by(&planner)
            .value()
            .await;
        assert_eq!(status["status"], "dismissed");
    }
    let beat = store::job::beat(store, led, "me").await.unwrap();
    assert_eq!(beat, store::job::Beat::Stop, "its leader is told");
    // A job that has ended is forgotten.
    assert_eq!(dismiss(&queued).await.value()["status"], "dismissed");
    exception(&dismiss(&queued).await, 404, "no-such-job");
    exception(&dismiss(&theirs).await, 404, "no-such-job");
    let seen = office
        .get(&format!("/ogc/jobs/{theirs}"))
        .by(&planner)
        .send()
        .await;
    exception(&seen, 404, "no-such-job");
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_for_planners() {
    let office = Office::open().await;
    let official = office.sign_in("daping").await;
    for path in ["/ogc/jobs", "/ogc/jobs/x", "/ogc/jobs/x/results"] {
        let anyone = office.get(path).send().await;
        assert_eq!(
            anyone.problem(),
            (401, "not-signed-in".to_owned()),
            "{path}"
        );
        let refused = office.get(path).by(&official).send().await;
        assert_eq!(
            refused.problem(),
            (403, "planners-only".to_owned()),
            "{path}"
        );
    }
}
