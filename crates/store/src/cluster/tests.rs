use std::fs;

use super::*;

fn home() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    // As root the server's user must pass.
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o711)).unwrap();
    home
}

async fn ask(url: &str) -> String {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
        .query_one("select current_database()::text", &[])
        .await
        .unwrap()
        .get(0)
}

fn never() {
    panic!("nobody holds it");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_starts_answers_stops_and_starts_again() {
    let home = home();
    for _ in 0..2 {
        let cluster = open(home.path(), Mode::Own, never).unwrap();
        assert!(cluster.is_owner());
        assert_eq!(ask(cluster.url()).await, "xiangtu");
        cluster.stop().unwrap();
        assert!(!home.path().join("postgres/postmaster.pid").exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_program_shares_and_a_second_owner_is_refused() {
    let home = home();
    let owner = open(home.path(), Mode::Own, never).unwrap();
    let guest = open(home.path(), Mode::Share, never).unwrap();
    assert!(!guest.is_owner());
    assert_eq!(ask(guest.url()).await, "xiangtu");
    let error = open(home.path(), Mode::Own, never).unwrap_err();
    assert!(matches!(error, Error::Held { .. }), "{error}");
    drop(guest);
    assert_eq!(ask(owner.url()).await, "xiangtu");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_command_does_not_stop_the_server_under_another() {
    let home = home();
    let first = open(home.path(), Mode::Share, never).unwrap();
    let second = open(home.path(), Mode::Share, never).unwrap();
    assert!(first.is_owner() && !second.is_owner());
    let stopping = std::thread::spawn(move || first.stop());
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(ask(second.url()).await, "xiangtu");
    drop(second);
    stopping.join().unwrap().unwrap();
    assert!(!home.path().join("postgres/postmaster.pid").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_recovers_when_the_server_was_killed() {
    let home = home();
    let cluster = open(home.path(), Mode::Own, never).unwrap();
    let lock = fs::read_to_string(home.path().join("postgres/postmaster.pid")).unwrap();
    let process = lock.lines().next().unwrap().parse().unwrap();
    let process = rustix::process::Pid::from_raw(process).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::KILL).unwrap();
    cluster.stop().unwrap();
    assert!(
        home.path().join("postgres/postmaster.pid").exists(),
        "killed, not stopped"
    );

    let again = open(home.path(), Mode::Own, never).unwrap();
    assert_eq!(ask(again.url()).await, "xiangtu");
}

/// This test starts itself once more, as the program that is killed.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_program_takes_its_server_with_it_and_the_next_one_recovers() {
    const HOME: &str = "XIANGTU_TEST_KILLED_HOME";
    if let Some(home) = std::env::var_os(HOME) {
        let _cluster = open(Path::new(&home), Mode::Own, never).unwrap();
        std::thread::sleep(Duration::from_mins(10));
        return;
    }
    let home = home();
    let name =
        "cluster::tests::a_killed_program_takes_its_server_with_it_and_the_next_one_recovers";
    let mut program = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name])
        .env(HOME, home.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let url = address(&home.path().join("run"), NAME);
    let begun = Instant::now();
    while tokio_postgres::connect(&url, tokio_postgres::NoTls)
        .await
        .is_err()
    {
        assert!(begun.elapsed() < Duration::from_mins(1), "it did not start");
        tokio::time::sleep(PAUSE).await;
    }
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
        .await
        .unwrap();
    let ended = tokio::spawn(connection);
    client
        .batch_execute("create table kept (n int); insert into kept values (7)")
        .await
        .unwrap();
    program.kill().unwrap();
    program.wait().unwrap();

    let again = open(home.path(), Mode::Own, never).unwrap();
    assert!(ended.await.unwrap().is_err(), "the old server has ended");
    let (client, connection) = tokio_postgres::connect(again.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let kept: i32 = client
        .query_one("select n from kept", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(kept, 7);
}

#[test]
fn a_path_too_long_for_a_socket_is_refused_with_its_length() {
    let home = home();
    let deep = home.path().join("x".repeat(100));
    let error = open(&deep, Mode::Own, never).unwrap_err();
    assert!(
        matches!(error, Error::SocketPath { length, .. } if length > 107),
        "{error}"
    );
}
