//! A season that is killed twice in the middle of its work: at most the chunks in flight are done
//! again, the bytes are those of a season that nothing disturbs, and memory stays below its bound.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use end_to_end::{Home, real_data};

const SIDE: u32 = 6000;
const DATES: u32 = 4;
/// Kilobytes of the program, its database and everything else below it.
const MOST_MEMORY: u64 = 1 << 20;

/// Scenes of two bands, tiled up from a real one with noise.
fn inputs(scene: &Path, folder: &Path) -> Vec<PathBuf> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let python = std::env::var_os("XIANGTU_PYTHON")
        .map_or_else(|| repository.join(".venv/bin/python"), PathBuf::from);
    let made = Command::new(python)
        .arg(repository.join("scripts/benchmarks/season_inputs.py"))
        .args([scene, folder])
        .args([SIDE.to_string(), DATES.to_string()])
        .stdout(Stdio::null())
        .status();
    assert!(made.expect("python runs").success());
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    let mut scenes: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|it| it == "tif"))
        .collect();
    scenes.sort();
    assert_eq!(scenes.len(), DATES as usize);
    scenes
}

fn recipe(scenes: &[PathBuf], home: &Home) -> PathBuf {
    let mut recipe = "recipe: season\ninputs:\n  season:\n    files:\n".to_owned();
    for scene in scenes {
        let day = scene.file_stem().expect("a name").to_string_lossy();
        let path = scene.display();
        writeln!(
            recipe,
            "      - {{ path: {path}, date: {day}, bands: {{ 1: red, 2: nir }} }}"
        )
        .expect("text");
    }
    recipe.push_str(
        "steps:
  - name: clear
    composite: { of: season, method: median, bands: [red, nir] }
  - name: green
    index: { of: clear, name: ndvi }
outputs:
  - id: red
    layer: { of: clear, band: red }
  - id: green
    layer: { of: green }
",
    );
    let path = home.path().join("season.yaml");
    std::fs::write(&path, recipe).expect("a file");
    path
}

fn home() -> Home {
    let home = Home::new();
    let area = home.path().join("area.geojson");
    let square = r#"{"type":"FeatureCollection","features":[{"type":"Feature",
        "properties":{"code":"900001","name":"大区"},"geometry":{"type":"Polygon",
        "coordinates":[[[-1,42],[16,42],[16,54],[-1,54],[-1,42]]]}}]}"#;
    std::fs::write(&area, square).expect("a file");
    home.succeed(&["import", "areas", text(&area)]);
    home
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// The share of the parts of both images that is there, in per cent: asked of the folder, where asking the
/// program would take longer than a part.
fn parts(home: &Home) -> usize {
    const ALL: usize = 2 * 9;
    let groups = std::fs::read_dir(home.path().join("objects/parts"))
        .into_iter()
        .flatten()
        .flatten();
    let files = groups.flat_map(|group| {
        std::fs::read_dir(group.path())
            .into_iter()
            .flatten()
            .flatten()
    });
    files.count() * 100 / ALL
}

/// The names of the images, which are those of their bytes.
fn images(home: &Home) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![home.path().join("objects")];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder)
            .expect("a folder")
            .flatten()
            .map(|entry| entry.path())
        {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "tif") {
                found.insert(text(path.file_name().map_or(&path, Path::new)).to_owned());
            }
        }
    }
    found
}

/// The share that is done in per cent, and how many chunks were begun again.
fn progress(home: &Home) -> (u32, u32) {
    let listed = home.run(&["jobs"]).out;
    let percent = listed
        .split(" %")
        .next()
        .and_then(|before| before.split_whitespace().last()?.parse().ok());
    let Some(id) = listed.split_whitespace().next().filter(|id| id.len() == 36) else {
        return (0, 0);
    };
    let shown = home.run(&["jobs", "show", id]).out;
    let repeated = shown.lines().filter_map(|line| {
        line.strip_suffix(" repeated")?
            .rsplit(' ')
            .next()?
            .parse::<u32>()
            .ok()
    });
    (percent.unwrap_or(0), repeated.sum())
}

/// Kilobytes held by a program and all that it started.
fn memory(of: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{of}/status")).unwrap_or_default();
    let own = status.lines().find_map(|line| {
        line.strip_prefix("VmRSS:")?
            .split_whitespace()
            .next()?
            .parse::<u64>()
            .ok()
    });
    let threads = std::fs::read_dir(format!("/proc/{of}/task"))
        .into_iter()
        .flatten()
        .flatten();
    let children = threads.flat_map(|thread| {
        let listed = std::fs::read_to_string(thread.path().join("children")).unwrap_or_default();
        listed
            .split_whitespace()
            .filter_map(|id| id.parse::<u32>().ok())
            .collect::<Vec<_>>()
    });
    own.unwrap_or(0) + children.map(memory).sum::<u64>()
}

/// Runs the recipe, killing the program when so much is done; whether it came to its end, and the most
/// kilobytes seen.
fn run(home: &Home, recipe: &Path, kill_at: Option<usize>) -> (bool, u64) {
    let mut child: Child = home
        .command(&["run", text(recipe)])
        .stdout(Stdio::null())
        .spawn()
        .expect("xiangtu starts");
    let (begun, mut most) = (Instant::now(), 0);
    loop {
        if let Some(status) = child.try_wait().expect("a child") {
            assert!(status.success(), "{status}");
            return (true, most);
        }
        assert!(begun.elapsed() < Duration::from_mins(10), "no end");
        most = most.max(memory(child.id()));
        if kill_at.is_some_and(|share| parts(home) >= share) {
            child.kill().expect("an end");
            child.wait().expect("an end");
            return (false, most);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_season_killed_twice_has_the_bytes_of_one_left_in_peace() {
    let Some(scene) = real_data("satellite/s2_l2a_inn-valley") else {
        return;
    };
    let folder = tempfile::Builder::new()
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .tempdir()
        .expect("a folder");
    let scenes = inputs(&scene, folder.path());
    let left_in_peace = home();
    let (ended, most) = run(&left_in_peace, &recipe(&scenes, &left_in_peace), None);
    assert!(ended && most < MOST_MEMORY, "{most} kB");
    assert_eq!(progress(&left_in_peace), (100, 0));

    let killed = home();
    let path = recipe(&scenes, &killed);
    let mut kills = 0;
    for share in [30, 70] {
        kills += u32::from(!run(&killed, &path, Some(share)).0);
    }
    assert_eq!(kills, 2, "it was killed in the middle of its work");
    assert!(run(&killed, &path, None).0);
    let (done, repeated) = progress(&killed);
    assert_eq!(done, 100);
    assert!(
        repeated <= 2,
        "{repeated} chunks were done again: those in flight"
    );
    assert_eq!(images(&killed), images(&left_in_peace));
}
