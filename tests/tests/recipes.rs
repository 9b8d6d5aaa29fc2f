//! The recipes that come with the program, on real scenes, against independent computations.

use std::path::{Path, PathBuf};

use end_to_end::{Home, Program, oracle, real_data};
use store::coverage::Coverage;
use store::{Scope, Store};

const FIELD: &str = "satellite/s2_l2a_timeseries_field-a";
const VALLEY: [&str; 2] = [
    "satellite/s2_l2a_inn-valley/S2B_T33UUP_20210617_RGBN_10m.tif",
    "satellite/s2_l2a_inn-valley/S2B_T33UUP_20210925_RGBN_10m.tif",
];

/// A running program, whose database its commands and this test use.
struct Bench {
    home: Home,
    program: Program,
    store: Store,
}

impl Bench {
    /// With one village from the Channel to the Alps.
    async fn new() -> Self {
        let home = Home::new();
        let area = home.path().join("area.geojson");
        let square = r#"{"type":"FeatureCollection","features":[{"type":"Feature",
            "properties":{"code":"900001","name":"大区"},"geometry":{"type":"Polygon",
            "coordinates":[[[-1,42],[16,42],[16,54],[-1,54],[-1,42]]]}}]}"#;
        std::fs::write(&area, square).expect("a file");
        let program = Program::start(&home, &["--no-demo"]);
        home.succeed(&["import", "areas", text(&area)]);
        let database = home.succeed(&["list", "database"]);
        let store = Store::connect(database.trim()).await.expect("a database");
        Self {
            home,
            program,
            store,
        }
    }

    /// Runs a shipped recipe after some of its words were changed.
    fn run(&self, name: &str, changes: &[(&str, &str)]) -> String {
        let mut recipe = self.home.succeed(&["recipe", "show", name]);
        for (from, to) in changes {
            assert!(recipe.contains(from), "{name} has no {from}");
            recipe = recipe.replace(from, to);
        }
        let path = self.home.path().join(format!("{name}.yaml"));
        std::fs::write(&path, recipe).expect("a file");
        self.home.succeed(&["run", text(&path)])
    }

    async fn dates(&self, layer: &str) -> Vec<Coverage> {
        let mut found = store::coverage::list(&self.store, layer)
            .await
            .expect("dates");
        found.sort_by_key(|coverage| coverage.date);
        found
    }

    fn object(&self, name: &str) -> String {
        text(&self.home.path().join("objects").join(name)).to_owned()
    }

    /// The table that a run has just said it made.
    fn table(said: &str) -> Vec<Vec<String>> {
        let path = said.lines().map(str::trim).find(|line| {
            line.starts_with('/') && Path::new(line).extension().is_some_and(|it| it == "csv")
        });
        let csv = std::fs::read_to_string(path.expect("a table")).expect("a file");
        csv.lines()
            .map(|line| line.split(',').map(str::to_owned).collect())
            .collect()
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// The 14 dates, the oldest first.
fn field() -> Option<Vec<PathBuf>> {
    let folder = real_data(FIELD)?;
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    let mut scenes: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|it| it == "tif"))
        .collect();
    scenes.sort();
    assert_eq!(scenes.len(), 14);
    Some(scenes)
}

fn ingest(bench: &Bench, scenes: &[PathBuf]) {
    for scene in scenes {
        let name = scene.file_stem().expect("a name").to_str().expect("plain");
        let day = name
            .split('_')
            .find(|word| word.len() == 8 && word.starts_with("20"));
        let id = format!("scene-{}", day.expect("a date"));
        bench
            .home
            .succeed(&["ingest", text(scene), "--id", &id, "--sensor", "sentinel-2"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seasons_mosaic_is_the_median_of_what_is_clear() {
    let Some(scenes) = field() else { return };
    let bench = Bench::new().await;
    ingest(&bench, &scenes);
    let said = bench.run(
        "season-mosaic",
        &[
            ("2026-06-01", "2017-08-01"),
            ("2026-08-31", "2018-12-31"),
            ("cloud_below: 0.8", "cloud_below: 1"),
        ],
    );
    let greenness = bench.dates("season-greenness").await;
    let looks = bench.dates("season-clear-looks").await;
    assert_eq!((greenness.len(), looks.len()), (1, 1));
    let out = format!(
        "{},{}",
        bench.object(&greenness[0].object),
        bench.object(&looks[0].object)
    );
    let mut arguments = vec!["season", out.as_str(), "40"];
    arguments.extend(scenes.iter().map(|scene| text(scene)));
    let found = oracle("recipes", &arguments);
    assert_eq!(found["ndvi"]["validity"], 0, "{found}");
    assert!(
        found["ndvi"]["worst"].as_f64().expect("a number") < 1e-6,
        "{found}"
    );
    assert_eq!(
        (&found["count"]["worst"], &found["count"]["validity"]),
        (&0.0.into(), &0.into()),
        "{found}"
    );

    let lineage = &greenness[0].lineage;
    assert_eq!(lineage["stac_version"], "1.0.0");
    assert_eq!(lineage["links"].as_array().expect("links").len(), 14);
    let rows = Bench::table(&said);
    assert_eq!(rows[1][1..3], ["900001".to_owned(), "大区".to_owned()]);

    let client = bench.program.client();
    let tilejson = bench
        .program
        .json(&client, "/tiles/season-picture/tilejson.json")
        .await;
    let zoom = tilejson["maxzoom"].as_u64().expect("a zoom");
    let [west, south, east, north] =
        [0, 1, 2, 3].map(|side| tilejson["bounds"][side].as_f64().expect("a bound"));
    let tile = grid::tile::Tile::at(
        f64::midpoint(west, east),
        f64::midpoint(south, north),
        u8::try_from(zoom).expect("a zoom"),
    );
    let path = format!(
        "/tiles/season-picture/{}/{}/{}.webp",
        tile.zoom, tile.column, tile.row
    );
    let answer = client
        .get(bench.program.url(&path))
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200);
    assert!(answer.bytes().await.expect("bytes").starts_with(b"RIFF"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_holds_the_patches_that_lost_their_green() {
    let scenes: Vec<PathBuf> = VALLEY.iter().filter_map(|scene| real_data(scene)).collect();
    if scenes.len() < 2 {
        return;
    }
    let bench = Bench::new().await;
    ingest(&bench, &scenes);
    bench.run(
        "farmland-change",
        &[
            (
                "from: 2025-05-01, to: 2025-08-31",
                "from: 2021-06-01, to: 2021-06-30",
            ),
            (
                "from: 2026-05-01, to: 2026-08-31",
                "from: 2021-09-01, to: 2021-09-30",
            ),
            (
                "    mask: { hide: [cloud, cloud_shadow, no_data], grow_m: 40 }\n",
                "",
            ),
        ],
    );
    let change = bench.dates("farmland-change").await;
    let out = bench.object(&change[0].object);
    let expected = oracle(
        "recipes",
        &["change", &out, text(&scenes[0]), text(&scenes[1])],
    );
    assert_eq!(expected["difference"]["validity"], 0, "{expected}");
    assert!(
        expected["difference"]["worst"].as_f64().expect("a number") < 1e-6,
        "{expected}"
    );
    let patches = store::patch::list(
        &bench.store,
        &Scope::Everything,
        "farmland-patches",
        None,
        0,
        10_000,
    )
    .await;
    let patches = patches.expect("patches");
    let pixels: u64 = patches
        .iter()
        .map(|patch| patch.properties["pixels"].as_u64().expect("pixels"))
        .sum();
    assert_eq!(patches.len() as u64, expected["patches"], "{expected}");
    assert_eq!(pixels, expected["pixels"], "{expected}");
    let largest = &patches[0];
    assert_eq!(
        (largest.area.code.as_str(), &largest.properties["village"]),
        ("900001", &"900001".into())
    );
    let number = |key: &str| largest.properties[key].as_f64().expect("a number");
    assert!((number("area_mu") - number("area_m2") * 15.0 / 10_000.0).abs() < 0.01);
    assert!(
        (number("after") - number("before") + number("strength")).abs() < 2e-3,
        "lost on the average"
    );

    // The same again: the keys are the same, so that checks in the field stay with their patches.
    let keys: Vec<String> = patches.into_iter().map(|patch| patch.key).collect();
    bench
        .home
        .succeed(&["run", text(&bench.home.path().join("farmland-change.yaml"))]);
    let again = store::patch::list(
        &bench.store,
        &Scope::Everything,
        "farmland-patches",
        None,
        0,
        10_000,
    )
    .await;
    assert_eq!(
        again
            .expect("patches")
            .into_iter()
            .map(|patch| patch.key)
            .collect::<Vec<_>>(),
        keys
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_year_of_a_parcel_is_a_row_for_every_clear_date() {
    let Some(scenes) = field() else { return };
    let bench = Bench::new().await;
    ingest(&bench, &scenes);
    let said = bench.run(
        "parcel-greenness",
        &[
            ("2026-01-01", "2018-01-01"),
            ("2026-12-31", "2018-12-31"),
            ("cloud_below: 0.9", "cloud_below: 1"),
        ],
    );
    let of_year: Vec<&str> = scenes
        .iter()
        .map(|scene| text(scene))
        .filter(|scene| scene.contains("_2018"))
        .collect();
    let mut arguments = vec!["year"];
    arguments.extend(&of_year);
    let expected = oracle("recipes", &arguments);
    let expected: Vec<(f64, f64)> = expected
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(|row| Some((row["count"].as_f64()?, row["mean"].as_f64()?)))
        .collect();
    let rows = Bench::table(&said);
    assert_eq!(
        bench.dates("year-greenness").await.len(),
        expected.len(),
        "clouded dates are no dates"
    );
    assert_eq!(rows.len() - 1, expected.len());
    for (row, (count, mean)) in rows.iter().skip(1).zip(expected) {
        let number = |column: usize| row[column].parse::<f64>().expect("a number");
        assert!((number(3) - count).abs() < 1e-6, "{row:?}: {count}");
        assert!((number(5) - mean).abs() < 1e-6, "{row:?}: {mean}");
    }
}
