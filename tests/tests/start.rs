//! Starting, stopping, crashing and starting again.

use std::time::{Duration, Instant};

use end_to_end::{Home, Program, oracle};

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_home_gets_the_demo_village_once_and_keeps_it() {
    let home = Home::new();
    let mut program = Program::start(&home, &[]);
    let accounts = program.demo_accounts();
    assert!(
        accounts.len() >= 3,
        "demo accounts are shown: {}",
        program.printed()
    );
    let official = accounts
        .iter()
        .find(|account| account.login != "admin")
        .expect("an official");
    let client = program.signed_in(&official.login, &official.password).await;
    let areas = program.json(&client, "/api/v1/areas").await;
    assert!(!areas["areas"].as_array().expect("areas").is_empty());
    let layers = program.json(&client, "/api/v1/layers").await;
    let dated = layers["layers"].as_array().expect("layers").iter();
    assert!(
        dated
            .clone()
            .any(|layer| layer["dates"].as_array().is_some_and(|d| d.len() == 4))
    );
    program.interrupt();

    let began = Instant::now();
    let mut again = Program::start(&home, &[]);
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "a second start takes seconds"
    );
    assert!(again.demo_accounts().is_empty(), "passwords are shown once");
    // The session of before still holds: nothing was lost.
    assert_eq!(program_areas(&again, &client).await, areas);
}

#[tokio::test(flavor = "multi_thread")]
async fn its_interface_is_described_for_newer_and_older_programs() {
    let home = Home::new();
    let program = Program::start(&home, &["--no-demo"]);
    let client = program.client();
    let addresses = ["/api/openapi.json", "/api/openapi-3.0.json", "/ogc/api"];
    let mut files = Vec::new();
    for (number, address) in addresses.into_iter().enumerate() {
        let document = program.json(&client, address).await;
        let file = home.path().join(format!("{number}.json"));
        std::fs::write(&file, document.to_string()).expect("a file");
        files.push(file.to_string_lossy().into_owned());
    }
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let judged = oracle("openapi", &files);
    for (at, version) in ["3.1.0", "3.0.3", "3.0.3"].into_iter().enumerate() {
        let found = &judged["found"][at];
        assert_eq!(found["version"], version, "{found}");
        assert_eq!(found["errors"].as_array().map(Vec::len), Some(0), "{found}");
        assert!(found["paths"].as_u64() > Some(10), "{found}");
    }
    assert_eq!(judged["found"][0]["paths"], judged["found"][1]["paths"]);
}

async fn program_areas(program: &Program, client: &reqwest::Client) -> serde_json::Value {
    program.json(client, "/api/v1/areas").await
}

#[test]
fn ctrl_c_stops_everything_it_started() {
    let home = Home::new();
    let program = Program::start(&home, &["--no-demo"]);
    assert!(processes_of(&home) >= 1, "the database runs");
    program.interrupt();
    wait_for(
        || processes_of(&home) == 0,
        "everything it started has ended",
    );
}

#[test]
fn after_a_kill_the_next_start_recovers() {
    let home = Home::new();
    let program = Program::start(&home, &["--no-demo"]);
    home.succeed(&["list", "areas"]);
    program.kill();
    let program = Program::start(&home, &["--no-demo"]);
    program.kill();
    // At once, while the database of the killed one may still be going down.
    let program = Program::start(&home, &["--no-demo"]);
    home.succeed(&["list", "areas"]);
    program.interrupt();
    wait_for(
        || processes_of(&home) == 0,
        "everything it started has ended",
    );
}

#[test]
fn demo_accounts_never_face_a_network() {
    let home = Home::new();
    let program = Program::start(&home, &[]);
    program.interrupt();
    let refused = home.run(&["up", "--listen", "0.0.0.0:0"]);
    assert!(!refused.success);
    assert!(
        refused.err.contains("demo") && refused.err.contains("user add"),
        "{}",
        refused.err
    );

    home.add_user("chief", "administrator", &[]);
    let listed = home.succeed(&["user", "list"]);
    assert!(
        listed.contains("chief") && listed.lines().count() <= 3,
        "{listed}"
    );
}

#[test]
fn an_external_database_is_used_when_given() {
    let owner = Home::new();
    let program = Program::start(&owner, &["--no-demo"]);
    // The private cluster of one home serves as the external server of another.
    let url = owner.succeed(&["list", "database"]);
    let guest = Home::new();
    let outcome = guest
        .command(&["list", "areas"])
        .env("DATABASE_URL", url.trim())
        .output();
    assert!(outcome.expect("xiangtu runs").status.success());
    assert!(
        !guest.path().join("postgres").exists(),
        "no private cluster was made"
    );
    program.interrupt();

    let unreachable = guest
        .command(&["list", "areas"])
        .env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")
        .output()
        .expect("xiangtu runs");
    let said = String::from_utf8_lossy(&unreachable.stderr).into_owned();
    assert!(
        !unreachable.status.success() && said.contains("127.0.0.1"),
        "{said}"
    );
}

/// Processes whose command line names the home: the database, which the program started.
fn processes_of(home: &Home) -> usize {
    let name = home.path().to_string_lossy().into_owned();
    std::fs::read_dir("/proc")
        .expect("/proc")
        .filter_map(Result::ok)
        .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .filter(|command| String::from_utf8_lossy(command).contains(&name))
        .count()
}

fn wait_for(condition: impl Fn() -> bool, what: &str) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < deadline, "within 10 s: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
