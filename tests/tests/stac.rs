//! Scenes of a STAC API that others wrote: stac-fastapi over pgstac, its images on an HTTP server.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use end_to_end::{Home, Program, real_data};
use objects::testing::S3;
use serde_json::Value;
use store::Store;

const FIELD: &str = "satellite/s2_l2a_timeseries_field-a";
const BOLZANO: &str = "satellite/s2_l2a_bolzano";
const GERS: &str = "satellite/s2_l2a_maja_gers";
/// What an image sends before anything of it is known.
const HEAD: u64 = 64 << 10;
const CLOUDS: &str = "    mask: { hide: [cloud, cloud_shadow, no_data], grow_m: 40 }\n";
/// From the Channel to the Alps, orchards in the one scene, a few fields in the other.
const AREAS: [(&str, [f64; 4]); 3] = [
    ("900001", [-1.0, 42.0, 16.0, 54.0]),
    ("900002", [11.30, 46.48, 11.32, 46.49]),
    ("900003", [0.08, 43.690, 0.09, 43.694]),
];

/// `tests/oracles/stac_server.py`; ends with this value.
struct Server {
    child: Child,
    api: String,
    assets: String,
}

impl Server {
    /// With PAGES it is gone when one page more than these is asked for.
    fn start(database: &str, data: &Path, folder: &Path, pages: Option<u32>) -> Self {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let python = std::env::var_os("XIANGTU_PYTHON")
            .map_or_else(|| repository.join(".venv/bin/python"), PathBuf::from);
        let mut child = Command::new(python)
            .arg(repository.join("tests/oracles/stac_server.py"))
            .arg(database)
            .args([data, folder])
            .args(pages.map(|pages| pages.to_string()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("standard output"))
            .read_line(&mut line)
            .expect("a line");
        let addresses: Value = serde_json::from_str(&line).expect("the addresses");
        let address = |name: &str| addresses[name].as_str().expect("an address").to_owned();
        Self {
            child,
            api: address("api"),
            assets: address("assets"),
        }
    }

    fn hosts(&self) -> String {
        [&self.api, &self.assets].map(|url| private(url)).join(",")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have gone by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address as the administrator allows it.
fn private(url: &str) -> String {
    format!("private:{}", url.trim_start_matches("http://"))
}

/// A running program, whose database the STAC server uses beside it.
struct Bench {
    server: Server,
    program: Program,
    store: Store,
    home: Home,
    /// Of the commands.
    environment: Vec<(&'static str, String)>,
}

impl Bench {
    /// `None` where a scene is missing.
    async fn new(pages: Option<u32>) -> Option<Self> {
        let scenes = [FIELD, BOLZANO, GERS].map(real_data);
        let [Some(field), Some(_), Some(_)] = &scenes else {
            return None;
        };
        let data = field.ancestors().nth(2).expect("the folder of all data");
        let home = Home::new();
        let file = home.path().join("areas.geojson");
        std::fs::write(&file, areas()).expect("a file");
        let program = Program::start(&home, &["--no-demo"]);
        home.succeed(&["import", "areas", text(&file)]);
        let database = home.succeed(&["list", "database"]);
        let store = Store::connect(database.trim()).await.expect("a database");
        let bands = home.path().join("bands");
        std::fs::create_dir(&bands).expect("a folder");
        let server = Server::start(database.trim(), data, &bands, pages);
        Some(Self {
            server,
            program,
            store,
            home,
            environment: Vec::new(),
        })
    }

    /// A recipe of NAME-red and NAME-green from INPUT, allowed to go to HOSTS: whether it succeeded
    /// and all it said.
    fn run_with(&self, hosts: &str, name: &str, input: &str, area: &str) -> (bool, String) {
        let recipe = format!(
            "recipe: {name}\narea: \"{area}\"\ninputs:\n  all:\n    {input}\nsteps:
  - name: clear
    composite: {{ of: all, method: median, bands: [red, nir] }}
  - name: green
    index: {{ of: clear, name: ndvi }}
outputs:
  - id: {name}-red
    layer: {{ of: clear, band: red }}
  - id: {name}-green
    layer: {{ of: green }}
"
        );
        let path = self.home.path().join(format!("{name}.yaml"));
        std::fs::write(&path, recipe).expect("a file");
        let mut command = self.home.command(&["run", text(&path)]);
        command.envs(self.environment.iter().cloned());
        let ended = command.env("XIANGTU_STAC_HOSTS", hosts).output();
        let ended = ended.expect("xiangtu starts");
        let said = [ended.stdout, ended.stderr].map(|it| String::from_utf8_lossy(&it).into_owned());
        (ended.status.success(), said.concat())
    }

    /// The same from COLLECTION of the server, which must succeed.
    fn run_stac(&self, collection: &str, mask: &str, area: &str) {
        let (name, input) = (format!("stac-{collection}"), self.input(collection));
        let input = format!("{input}\n{mask}");
        let (success, said) = self.run_with(&self.server.hosts(), &name, &input, area);
        assert!(success, "{said}");
    }

    /// The same from scenes of the catalogue, which may go nowhere.
    fn run_own(&self, collection: &str, mask: &str, area: &str) {
        let (name, input) = (format!("own-{collection}"), format!("scenes: {{}}\n{mask}"));
        let (success, said) = self.run_with("", &name, &input, area);
        assert!(success, "{said}");
    }

    fn input(&self, collection: &str) -> String {
        let api = &self.server.api;
        format!("stac: {{ api: \"{api}\", collections: [{collection}] }}")
    }

    /// Its words are said, and no layer is there.
    fn refuses(&self, hosts: &str, collection: &str, words: &[&str]) {
        let input = self.input(collection);
        let (success, said) = self.run_with(hosts, "refused", &input, "900001");
        assert!(!success, "{said}");
        for word in words {
            assert!(said.contains(word), "{word:?} should be said:\n{said}");
        }
        assert!(!said.contains("panicked"), "{said}");
        let layers = self.home.succeed(&["list", "layers"]);
        assert!(!layers.contains("refused"), "{layers}");
    }

    /// Date and object of a layer's images. Objects are named by their bytes.
    async fn images(&self, layer: &str) -> Vec<(String, String)> {
        let found = store::coverage::list(&self.store, layer).await;
        let found = found.expect("dates").into_iter();
        found.map(|it| (it.date.to_string(), it.object)).collect()
    }

    /// The images of the server's scenes are those of the same scenes in the catalogue.
    async fn same(&self, collection: &str) {
        for output in ["red", "green"] {
            let theirs = self.images(&format!("stac-{collection}-{output}")).await;
            let own = self.images(&format!("own-{collection}-{output}")).await;
            assert_eq!(theirs.len(), 1, "{collection} {output}");
            assert_eq!(theirs, own, "{collection} {output}");
        }
    }

    /// The bytes that each file sent; all of them as ranges.
    async fn sent(&self) -> BTreeMap<String, u64> {
        let url = format!("{}/log", self.server.assets);
        let answer = self.program.client().get(url).send().await;
        let log: Vec<Value> = answer.expect("an answer").json().await.expect("the log");
        let mut sent: BTreeMap<String, u64> = BTreeMap::new();
        for asked in log {
            assert_eq!(asked["status"], 206, "{asked}");
            assert!(asked["range"].is_string(), "{asked}");
            let path = asked["path"].as_str().expect("a path").to_owned();
            *sent.entry(path).or_default() += asked["bytes"].as_u64().expect("bytes");
        }
        sent
    }

    fn ingest(&self, path: &Path, id: &str) {
        let arguments = ["ingest", text(path), "--id", id, "--sensor", "sentinel-2"];
        self.home.succeed(&arguments);
    }
}

fn areas() -> String {
    let feature = |(code, [west, south, east, north]): (&str, [f64; 4])| {
        format!(
            r#"{{"type":"Feature","properties":{{"code":"{code}","name":"{code}"}},"geometry":{{"type":"Polygon",
            "coordinates":[[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]]}}}}"#
        )
    };
    let all = AREAS.map(feature).join(",");
    format!(r#"{{"type":"FeatureCollection","features":[{all}]}}"#)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// The images of a folder.
fn images_of(folder: &str) -> Vec<PathBuf> {
    let folder = real_data(folder).expect("the scene");
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|it| it == "tif"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_season_found_page_by_page_gives_the_bytes_of_the_catalogues() {
    let Some(bench) = Bench::new(None).await else {
        return;
    };
    let scenes = images_of(FIELD);
    for (number, scene) in scenes.iter().enumerate() {
        bench.ingest(scene, &format!("scene-{number}"));
    }
    // Pages hold five of the 14.
    bench.run_stac("field", CLOUDS, "900001");
    bench.run_own("field", CLOUDS, "900001");
    bench.same("field").await;
    let made = store::coverage::list(&bench.store, "stac-field-green").await;
    let made = made.expect("dates");
    let sources = made[0].lineage["links"].as_array();
    assert_eq!(sources.map(Vec::len), Some(14));
    // Neither previews nor what is not GeoTIFF.
    let sent = bench.sent().await;
    assert!(
        sent.keys().all(|path| std::path::Path::new(path)
            .extension()
            .is_some_and(|it| it == "tif")),
        "{sent:?}"
    );
    for band in ["B04", "B08", "SCL"] {
        let read = sent.keys().filter(|path| path.contains(band)).count();
        assert_eq!(read, 14, "{band}: {sent:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_part_of_a_scene_only_the_ranges_under_it_travel() {
    let Some(bench) = Bench::new(None).await else {
        return;
    };
    // Nothing but the item says what numbers mean in these files of strips.
    bench.run_stac("gers", "", "900003");
    bench.run_stac("bolzano", CLOUDS, "900002");
    let sent = bench.sent().await;
    let share = |name: &str| {
        let (path, bytes) = sent
            .iter()
            .find(|(path, _)| path.ends_with(name))
            .expect("a file that was read");
        let mut all = images_of(BOLZANO).into_iter().chain(images_of(GERS));
        let file = all.find(|file| path.ends_with(name_of(file).as_str()));
        let whole = file.expect("the file").metadata().expect("a file").len();
        (*bytes, whole)
    };
    // Of the one its tiles are read, of the others their rows.
    for name in ["_B08_SCL.tif", "_FRE_B4.tif", "_FRE_B8.tif"] {
        let (bytes, whole) = share(name);
        assert!(
            bytes > HEAD && bytes < whole / 2,
            "{name}: {bytes} of {whole}"
        );
    }
    // Bands that the recipe does not use.
    for name in ["_FRE_B2.tif", "_FRE_B3.tif", "_FRE_B8A.tif"] {
        assert!(sent.keys().all(|path| !path.ends_with(name)), "{name}");
    }
    bench.ingest(&real_data(GERS).expect("the scene"), "gers");
    bench.run_own("gers", "", "900003");
    bench.same("gers").await;
    bench.ingest(&images_of(BOLZANO)[0], "bolzano");
    bench.run_own("bolzano", CLOUDS, "900002");
    bench.same("bolzano").await;
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().expect("a name");
    name.to_str().expect("a plain name").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn images_in_a_bucket_are_read_where_they_are() {
    let Some(mut bench) = Bench::new(None).await else {
        return;
    };
    let service = S3::start();
    let folder = service.folder("scenes");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::copy(&images_of(BOLZANO)[0], folder.join("bolzano.tif")).expect("a copy");
    let environment = service.environment("").into_iter();
    // The office's own objects stay in its folder.
    bench.environment = environment
        .filter(|(name, _)| *name != "XIANGTU_OBJECTS")
        .collect();
    let server = bench.server.hosts();
    let words = [
        "red of S2_bucket",
        "may not read the bucket",
        "s3://village",
    ];
    bench.refuses(&server, "bucket", &words);

    let input = format!("{}\n{CLOUDS}", bench.input("bucket"));
    let hosts = format!("{server},s3://village");
    let (success, said) = bench.run_with(&hosts, "stac-bucket", &input, "900002");
    assert!(success, "{said}");
    bench.ingest(&images_of(BOLZANO)[0], "bolzano");
    bench.run_own("bucket", CLOUDS, "900002");
    bench.same("bucket").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_that_are_not_allowed_and_images_that_are_not_there_are_named() {
    let Some(bench) = Bench::new(None).await else {
        return;
    };
    let (api, assets) = (&bench.server.api, &bench.server.assets);
    let bare = |url: &str| url.trim_start_matches("http://").to_owned();
    let refusal = "this program may not go to the host";
    let words = [refusal, &bare(api), "XIANGTU_STAC_HOSTS", "none"];
    bench.refuses("", "bolzano", &words);
    // Allowed, but not as a host inside.
    let inside = private(api);
    bench.refuses(&bare(api), "bolzano", &[refusal, &inside]);
    // The items' images lie on another host.
    let words = [refusal, &bare(assets), "S2_bolzano", &inside];
    bench.refuses(&private(api), "bolzano", &words);
    assert!(bench.sent().await.is_empty(), "nothing was asked for");
    let words = [
        "red of S2_lost",
        "/data/gone.tif",
        "404",
        "leave the scene out",
    ];
    bench.refuses(&bench.server.hosts(), "lost", &words);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_gone_after_two_pages_ends_the_search() {
    let Some(bench) = Bench::new(Some(2)).await else {
        return;
    };
    let address = format!("{}/search", bench.server.api);
    let words = [address.as_str(), "see whether the server is reachable"];
    bench.refuses(&bench.server.hosts(), "field", &words);
}
