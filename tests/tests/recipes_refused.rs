//! Recipes that cannot be worked: the message says why, and nothing is published.

use std::path::{Path, PathBuf};
use std::process::Command;

use end_to_end::{Home, Outcome, note_skipped, real_data};

const CLOUDED: &str = "satellite/s2_l2a_timeseries_field-a/S2_L2A_00002806639B424A_20180111_R_G_B_NIR_SWIR1_SCL_10m.tif";
const CLEAR: &str = "satellite/s2_l2a_timeseries_field-a/S2_L2A_00002806639B424A_20180807_R_G_B_NIR_SWIR1_SCL_10m.tif";
const AERIAL: &str =
    "satellite/landsat8_adjacent-scenes_iguazu/LC08_L1TP_224077_20200518_B432_crop.tif";

const RECIPE: &str = "recipe: test
inputs:
  all:
    scenes: { from: 2018-01-01 }
    mask: { hide: [cloud] }
steps:
  - name: clear
    composite: { of: all, method: median, bands: [red, nir] }
  - name: green
    index: { of: clear, name: ndvi }
outputs:
  - id: green
    layer: { of: green }
";

/// A home with a clouded and a clear date of one field, and one of another continent.
struct Bench {
    home: Home,
}

impl Bench {
    fn new() -> Option<Self> {
        let scenes: Vec<PathBuf> = [CLOUDED, CLEAR, AERIAL]
            .iter()
            .filter_map(|scene| real_data(scene))
            .collect();
        let [clouded, clear, far] = scenes.try_into().ok()?;
        let home = Home::new();
        let areas = home.path().join("areas.geojson");
        let square = |code: &str, west: i32, south: i32| {
            let (east, north) = (west + 20, south + 20);
            format!(
                r#"{{"type":"Feature","properties":{{"code":"{code}","name":"{code}"}},"geometry":{{"type":"Polygon",
                "coordinates":[[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]]}}}}"#
            )
        };
        let all = [square("900001", -5, 38), square("900002", -65, -35)].join(",");
        std::fs::write(
            &areas,
            format!(r#"{{"type":"FeatureCollection","features":[{all}]}}"#),
        )
        .expect("a file");
        home.succeed(&["import", "areas", text(&areas)]);
        home.succeed(&[
            "ingest",
            text(&clouded),
            "--id",
            "clouded",
            "--sensor",
            "sentinel-2",
        ]);
        home.succeed(&[
            "ingest",
            text(&clear),
            "--id",
            "clear",
            "--sensor",
            "sentinel-2",
        ]);
        home.succeed(&[
            "ingest",
            text(&far),
            "--id",
            "far",
            "--bands",
            "red,green,blue",
            "--sensor",
            "landsat-8",
        ]);
        Some(Self { home })
    }

    fn run(&self, changes: &[(&str, &str)]) -> Outcome {
        let mut recipe = RECIPE.to_owned();
        for (from, to) in changes {
            assert!(recipe.contains(from), "the recipe has no {from}");
            recipe = recipe.replace(from, to);
        }
        let path = self.home.path().join("recipe.yaml");
        std::fs::write(&path, recipe).expect("a file");
        self.home.run(&["run", text(&path)])
    }

    /// The run fails with these words, and no layer is there.
    fn refuses(&self, changes: &[(&str, &str)], words: &[&str]) {
        let outcome = self.run(changes);
        assert!(
            !outcome.success,
            "{changes:?} should fail:\n{}",
            outcome.out
        );
        for word in words {
            assert!(
                outcome.err.contains(word),
                "{changes:?} should say {word:?}:\n{}",
                outcome.err
            );
        }
        assert!(!outcome.err.contains("panicked"), "{}", outcome.err);
        assert!(!self.home.succeed(&["list", "layers"]).contains("green"));
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

#[test]
fn what_is_wrong_is_said_with_its_line_before_any_work() {
    let Some(bench) = Bench::new() else { return };
    bench.refuses(
        &[("name: ndvi", "name: ndvj")],
        &["line 9", "steps[1]", "did you mean “ndvi”"],
    );
    bench.refuses(
        &[
            ("from: 2018-01-01", "ids: [clear]"),
            (
                "index: { of: clear, name: ndvi }",
                "expression: { of: clear, formula: nir - blu }",
            ),
        ],
        &["line 10", "steps[1].expression.of", "blu", "red, nir"],
    );
    bench.refuses(
        &[("hide: [cloud]", "hide: [clouds]")],
        &["line 5", "clouds"],
    );
    bench.refuses(
        &[
            ("mask: { hide: [cloud] }", ""),
            ("bands: [red, nir]", "bands: [red, nir]"),
        ],
        &[
            "line 8",
            "steps[0].composite.bands",
            "far",
            "no band nir",
            "red",
        ],
    );
    bench.refuses(
        &[],
        &["line 5", "inputs.all.mask", "far", "no band of classes"],
    );
    bench.refuses(
        &[("from: 2018-01-01", "from: 2031-01-01")],
        &[
            "line 4",
            "no scene meets every condition",
            "2018-01-11",
            "2020-05-18",
        ],
    );
    bench.refuses(
        &[
            ("recipe: test", "recipe: test\narea: \"900002\""),
            ("from: 2018-01-01", "ids: [clear]"),
        ],
        &["no scene meets every condition and lies on the area"],
    );
    bench.refuses(
        &[("recipe: test", "recipe: test\narea: \"1\"")],
        &["line 2", "there is no area 1"],
    );
}

#[test]
fn a_season_of_clouds_publishes_nothing() {
    let Some(bench) = Bench::new() else { return };
    bench.refuses(
        &[("from: 2018-01-01", "ids: [clouded]")],
        &["nothing was seen", "green", "Nothing was published"],
    );
}

#[test]
fn a_scene_whose_bytes_are_gone_is_named_and_the_job_goes_on_when_they_are_back() {
    let Some(bench) = Bench::new() else { return };
    let objects = bench.home.path().join("objects");
    let hidden = bench.home.path().join("elsewhere");
    let only_clear = [("from: 2018-01-01", "ids: [clear]")];
    std::fs::rename(&objects, &hidden).expect("moved");
    std::fs::create_dir(&objects).expect("a folder");
    bench.refuses(&only_clear, &["clear", "restore it from a backup"]);
    std::fs::remove_dir_all(&objects).expect("removed");
    std::fs::rename(&hidden, &objects).expect("moved back");
    let outcome = bench.run(&only_clear);
    assert!(outcome.success, "{}", outcome.err);
    assert!(bench.home.succeed(&["list", "layers"]).contains("green"));
}

#[test]
fn a_full_disk_is_said_and_room_is_enough_to_go_on() {
    let Some(bench) = Bench::new() else { return };
    let (objects, kept) = (
        bench.home.path().join("objects"),
        bench.home.path().join("kept"),
    );
    let mount = |what: &[&str]| {
        Command::new(what[0])
            .args(&what[1..])
            .status()
            .is_ok_and(|status| status.success())
    };
    let small = bench.home.path().join("small");
    std::fs::create_dir(&small).expect("a folder");
    let used = Command::new("du").args(["-sk", text(&objects)]).output();
    let used = String::from_utf8(used.expect("du runs").stdout).expect("text");
    let used: u32 = used
        .split_whitespace()
        .next()
        .expect("kilobytes")
        .parse()
        .expect("a number");
    let size = format!("size={}k", used + 250);
    if !mount(&["mount", "-t", "tmpfs", "-o", &size, "tmpfs", text(&small)]) {
        // Only root may make a small disk.
        note_skipped(
            "a_full_disk_is_said_and_room_is_enough_to_go_on: no small disk can be made here",
        );
        return;
    }
    let fill = Command::new("cp")
        .args(["-r", text(&objects), text(&small)])
        .status()
        .expect("cp runs");
    std::fs::rename(&objects, &kept).expect("moved");
    std::os::unix::fs::symlink(small.join("objects"), &objects).expect("a link");
    let larger = [
        ("from: 2018-01-01", "ids: [clear]"),
        ("recipe: test", "recipe: test\ngrid: { resolution: 1 }"),
    ];
    let outcome = bench.run(&larger);
    let (refused, said) = (!outcome.success, outcome.err.clone());
    std::fs::remove_file(&objects).expect("removed");
    std::fs::rename(&kept, &objects).expect("moved back");
    assert!(mount(&["umount", text(&small)]), "unmounted");
    assert!(fill.success() && refused, "{}", outcome.out);
    assert!(
        said.contains("No space left") || said.contains("free space"),
        "{said}"
    );
    assert!(!bench.home.succeed(&["list", "layers"]).contains("green"));
    let outcome = bench.run(&larger);
    assert!(outcome.success, "{}", outcome.err);
}
