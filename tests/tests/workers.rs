//! `xiangtu worker`: a recipe done by several programs through every accident, with the bytes of
//! one program that nothing disturbs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use end_to_end::{Home, Program, real_data};
use jobs::nats::testing::Server;
use objects::testing::S3;
use rustix::process::{Pid, Signal};

const SCENES: [&str; 2] = [
    "satellite/landsat8_adjacent-scenes_iguazu/LC08_L1TP_224077_20200518_B432_crop.tif",
    "satellite/landsat8_adjacent-scenes_iguazu/LC08_L1TP_224078_20200518_B432_crop.tif",
];

/// Finer than the scenes are, so that there is something to do.
const RECIPE: &str = r"
recipe: two-scenes
title: { zh: 两景镶嵌, en: Two scenes }
inputs:
  both:
    scenes: { from: 2020-05-01, to: 2020-05-31 }
grid: { resolution: 10 }
steps:
  - name: clear
    composite: { of: both, method: mean, bands: [red, green, blue] }
  - name: redness
    expression: { of: clear, formula: (red - green) / (red + green) }
outputs:
  - id: two-scenes
    title: { zh: 镶嵌影像, en: Mosaic }
    picture: { of: clear }
  - id: two-scenes-red
    title: { zh: 红绿差, en: Red against green }
    layer: { of: redness }
";

/// Environment variables of a program.
type Environment = Vec<(&'static str, String)>;

/// `scripts/test --long` takes the objects away for longer than clients try by themselves.
fn long() -> bool {
    std::env::var("XIANGTU_LONG").is_ok_and(|long| long == "1")
}

/// A home with the scenes, whose objects are where the environment says.
fn home(scenes: &[PathBuf], environment: &Environment) -> Home {
    let home = Home::new();
    let area = home.path().join("area.geojson");
    let square = r#"{"type":"FeatureCollection","features":[{"type":"Feature",
        "properties":{"code":"900001","name":"区域"},"geometry":{"type":"Polygon",
        "coordinates":[[[-57,-28],[-52,-28],[-52,-23],[-57,-23],[-57,-28]]]}}]}"#;
    std::fs::write(&area, square).expect("a file");
    std::fs::write(recipe(&home), RECIPE).expect("a file");
    succeed(&home, environment, &["import", "areas", text(&area)]);
    for (scene, id) in scenes.iter().zip(["north", "south"]) {
        let arguments = ["ingest", text(scene), "--id", id];
        let named = ["--bands", "red,green,blue", "--sensor", "landsat-8"];
        succeed(&home, environment, &[&arguments[..], &named[..]].concat());
    }
    home
}

fn recipe(home: &Home) -> PathBuf {
    home.path().join("recipe.yaml")
}

fn succeed(home: &Home, environment: &Environment, arguments: &[&str]) -> String {
    let mut command = home.command(arguments);
    let output = command.envs(environment.iter().cloned()).output();
    let output = output.expect("xiangtu starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let warned = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}:\n{said}{warned}");
    said
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// The names of all objects, which are those of their bytes, and of whatever else is kept.
fn kept(folder: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(below) = folders.pop() {
        for entry in std::fs::read_dir(below).expect("a folder").flatten() {
            let path = entry.path();
            let name = path.strip_prefix(folder).expect("below it");
            if path.is_dir() {
                if !name.starts_with(".unfinished") {
                    folders.push(path);
                }
            } else if !is_of_the_service(&path) {
                names.insert(text(name).to_owned());
            }
        }
    }
    names
}

/// What `s3s-fs` notes beside the objects.
fn is_of_the_service(path: &Path) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| name.starts_with('.'))
}

/// A program in the background, killed with this value.
struct Running(Child);

impl Running {
    fn start(home: &Home, environment: &Environment, arguments: &[&str]) -> Self {
        let mut command = home.command(arguments);
        command.envs(environment.iter().cloned());
        command.stdout(Stdio::null());
        Self(command.spawn().expect("xiangtu starts"))
    }

    fn kill(&mut self) {
        self.0.kill().expect("an end");
        self.0.wait().expect("an end");
    }

    /// Kills it where it provably stands in the middle of something: it is stopped, and goes on
    /// until `stands` finds it so.
    fn kill_where(&mut self, stands: impl Fn() -> bool) {
        let begun = Instant::now();
        loop {
            self.signal(Signal::STOP);
            if stands() {
                return self.kill();
            }
            self.signal(Signal::CONT);
            assert!(begun.elapsed() < Duration::from_mins(2), "never there");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn signal(&self, signal: Signal) {
        let id = Pid::from_child(&self.0);
        rustix::process::kill_process(id, signal).expect("a process");
    }

    fn succeeds_within(&mut self, most: Duration) {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().expect("a child") {
                assert!(status.success(), "{status}");
                return;
            }
            assert!(begun.elapsed() < most, "no end within {most:?}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What `jobs show` says of the only job; nothing before there is one.
fn shown(home: &Home, environment: &Environment) -> String {
    let listed = succeed(home, environment, &["jobs", "list"]);
    let job = listed.split_whitespace().next().filter(|id| id.len() == 36);
    job.map_or_else(String::new, |job| {
        succeed(home, environment, &["jobs", "show", job])
    })
}

/// How many chunks are done, and how many attempts were repeated, as `jobs show` says it.
fn progress(home: &Home, environment: &Environment) -> (u32, u32) {
    let said = shown(home, environment);
    let stages = said.lines().filter(|line| line.contains(" repeated"));
    stages.fold((0, 0), |(done, repeated), line| {
        let number = |what: &str| -> u32 {
            let before = line.split(what).next().unwrap_or_default();
            let number = before.split([' ', ',']).rfind(|word| !word.is_empty());
            let number = number.and_then(|word| word.split('/').next()?.parse().ok());
            number.unwrap_or_else(|| panic!("no number of{what}: {line}"))
        };
        (done + number(" done"), repeated + number(" repeated"))
    })
}

#[test]
fn killed_workers_and_lost_services_change_no_byte() {
    let scenes: Vec<_> = SCENES.iter().filter_map(|scene| real_data(scene)).collect();
    if scenes.len() < SCENES.len() {
        return;
    }
    let undisturbed = {
        let home = home(&scenes, &Vec::new());
        succeed(&home, &Vec::new(), &["run", text(&recipe(&home))]);
        kept(&home.path().join("objects"))
    };

    let (mut s3, mut nats) = (S3::start(), Server::start());
    let mut environment = s3.environment("county");
    environment.push(("XIANGTU_NATS", nats.address()));
    let home = home(&scenes, &environment);
    let _program = Program::start_with(&home, &["--no-demo"], &environment);
    let database = home.succeed(&["list", "database"]).trim().to_owned();
    let mut elsewhere = environment.clone();
    elsewhere.push(("DATABASE_URL", database));
    // Each worker has a home of its own, as on another machine.
    let homes = [Home::new(), Home::new(), Home::new()];
    let hire = |place: usize, name: &str| {
        Running::start(&homes[place], &elsewhere, &["worker", "--name", name])
    };
    let mut workers = vec![hire(0, "one"), hire(1, "two")];
    let mut run = Running::start(
        &home,
        &environment,
        &["run", text(&recipe(&home)), "--workers"],
    );
    let done = |count: u32| {
        let begun = Instant::now();
        while progress(&home, &environment).0 < count {
            assert!(begun.elapsed() < Duration::from_mins(3), "never {count}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    done(2);
    workers[0].kill_where(|| {
        let shown = shown(&home, &environment);
        let mut holders = shown.lines().filter(|line| line.contains(" by: "));
        holders.any(|line| line.contains("one"))
    });
    workers.push(hire(2, "three"));
    done(4);
    nats.kill_and_wipe();
    std::thread::sleep(Duration::from_millis(500));
    nats.go_on();
    done(6);
    s3.pause();
    let away = if long() { 60 } else { 10 };
    std::thread::sleep(Duration::from_secs(away));
    s3.go_on();
    run.succeeds_within(Duration::from_mins(5));

    let (_, repeated) = progress(&home, &environment);
    assert_eq!(
        repeated, 1,
        "the chunk in the killed worker's hand and no other"
    );
    // The leader tidies up after it has published.
    let begun = Instant::now();
    while kept(&s3.folder("county")) != undisturbed && begun.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(kept(&s3.folder("county")), undisturbed);
}
