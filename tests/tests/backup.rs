//! A backup holds everything, and a restore brings everything back.

use end_to_end::{Home, Program, real_data};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_backed_up_comes_back_in_an_empty_home() {
    let Some(photo) = real_data("photos/opensfm_lund_01.jpg") else {
        return;
    };
    let photo = std::fs::read(photo).expect("a photo");
    let home = Home::new();
    let program = Program::start(&home, &[]);
    let client = program.client();
    let areas = home.succeed(&["list", "areas"]);
    let place = demo_village_place(&program).await;
    let id = Uuid::now_v7();
    let form = reqwest::multipart::Form::new()
        .text("service", "road")
        .text("description", "桥栏断了")
        .text("lon", place.0.to_string())
        .text("lat", place.1.to_string())
        .text("place_source", "map")
        .part(
            "photo",
            reqwest::multipart::Part::bytes(photo).file_name("p.jpg"),
        );
    let sent = client
        .put(program.url(&format!("/api/v1/reports/{id}")))
        .multipart(form)
        .send()
        .await;
    assert_eq!(sent.expect("an answer").status(), 201);

    let backup = home.path().join("backup");
    let backup = backup.to_str().expect("UTF-8");
    // While the program runs and serves.
    home.succeed(&["backup", backup]);
    let refused = home.run(&["backup", backup]);
    assert!(
        !refused.success && refused.err.contains("backup"),
        "an old backup is never overwritten"
    );
    let layers = home.succeed(&["list", "layers"]);
    let objects = home.object_count();
    program.interrupt();

    let other = Home::new();
    other.succeed(&["restore", backup]);
    assert_eq!(other.succeed(&["list", "areas"]), areas);
    assert_eq!(other.succeed(&["list", "layers"]), layers);
    assert_eq!(other.object_count(), objects);
    other.add_user("auditor", "administrator", &[]);
    let program = Program::start(&other, &[]);
    let auditor = program.signed_in("auditor", "correct horse battery").await;
    let report = program
        .json(&auditor, &format!("/api/v1/reports/{id}"))
        .await;
    assert_eq!(report["description"], "桥栏断了");
    let photo = auditor
        .get(program.url(&format!("/api/v1/reports/{id}/photos/0")))
        .send()
        .await;
    assert_eq!(photo.expect("an answer").status(), 200);
    program.interrupt();

    let refused = other.run(&["restore", backup]);
    assert!(
        !refused.success && refused.err.contains("--replace"),
        "{}",
        refused.err
    );
}

#[test]
fn a_damaged_backup_is_refused_and_changes_nothing() {
    let home = Home::new();
    let program = Program::start(&home, &[]);
    let folder = home.path().join("backup");
    home.succeed(&["backup", folder.to_str().expect("UTF-8")]);
    program.interrupt();
    let damaged = first_file(&folder.join("objects")).expect("an object");
    let mut bytes = std::fs::read(&damaged).expect("an object");
    bytes[0] ^= 0xff;
    std::fs::write(&damaged, bytes).expect("an object");
    let other = Home::new();
    let refused = other.run(&["restore", folder.to_str().expect("UTF-8")]);
    assert!(!refused.success, "{}", refused.out);
    let name = damaged
        .file_name()
        .and_then(|name| name.to_str())
        .expect("UTF-8");
    assert!(
        refused.err.contains(name),
        "names the damaged file: {}",
        refused.err
    );
    assert_eq!(other.object_count(), 0);
}

async fn demo_village_place(program: &Program) -> (f64, f64) {
    let client = program.client();
    let layers = program.json(&client, "/api/v1/layers").await;
    let all = layers["layers"].as_array().expect("layers");
    // A layer of features has no bounds of its own.
    let bounds = all
        .iter()
        .find_map(|layer| layer["bounds"].as_array())
        .expect("a public image");
    let number = |i: usize| bounds[i].as_f64().expect("degrees");
    (
        f64::midpoint(number(0), number(2)),
        f64::midpoint(number(1), number(3)),
    )
}

/// The first object; folders that hold none are passed over.
fn first_file(folder: &std::path::Path) -> Option<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut entries: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    entries.sort();
    entries.into_iter().find_map(|entry| {
        if entry.is_dir() {
            first_file(&entry)
        } else {
            Some(entry)
        }
    })
}
