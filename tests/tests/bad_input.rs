//! Bad input costs its sender a clear message and costs us nothing: no row, no object.

use std::path::{Path, PathBuf};

use end_to_end::{Home, oracle, real_data};
use tempfile::TempDir;

/// A home with one area over the Gers scene, and a folder for bad files.
struct Bench {
    home: Home,
    files: TempDir,
}

impl Bench {
    fn new() -> Self {
        let home = Home::new();
        let files = tempfile::Builder::new()
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .tempdir()
            .expect("a folder");
        let bench = Self { home, files };
        let areas = bench.write("areas.geojson", SQUARE.as_bytes());
        bench.home.succeed(&["import", "areas", text(&areas)]);
        bench
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.files.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    }

    /// Runs a command that must fail, say each of WORDS, and leave nothing behind.
    fn refuses(&self, arguments: &[&str], words: &[&str]) {
        let before = (self.home.object_count(), self.catalogue());
        let outcome = self.home.run(arguments);
        assert!(
            !outcome.success,
            "{arguments:?} should fail:\n{}",
            outcome.out
        );
        for word in words {
            assert!(
                outcome.err.contains(word),
                "{arguments:?} should say {word:?}:\n{}",
                outcome.err
            );
        }
        assert!(!outcome.err.contains("panicked"), "{}", outcome.err);
        assert_eq!(
            before,
            (self.home.object_count(), self.catalogue()),
            "{arguments:?}"
        );
    }

    fn catalogue(&self) -> String {
        ["areas", "scenes", "layers"]
            .map(|what| self.home.succeed(&["list", what]))
            .join("\n")
    }
}

const SQUARE: &str = r#"{"type":"FeatureCollection","features":[{"type":"Feature",
  "properties":{"code":"500999001001","name":"测试村"},
  "geometry":{"type":"Polygon","coordinates":[[[0.0,43.5],[0.3,43.5],[0.3,43.8],[0.0,43.8],[0.0,43.5]]]}}]}"#;

#[test]
fn files_that_are_not_what_their_name_says_are_refused() {
    let bench = Bench::new();
    let text_file = bench.write("notes.tif", "这不是影像\nnot an image\n".as_bytes());
    bench.refuses(
        &[
            "ingest",
            text(&text_file),
            "--date",
            "2024-05-01",
            "--sensor",
            "drone",
        ],
        &["notes.tif"],
    );
    let secret = bench.write("secret.tif", b"secret");
    let vrt = format!(
        r#"<VRTDataset rasterXSize="8" rasterYSize="8"><VRTRasterBand dataType="Byte" band="1">
        <SimpleSource><SourceFilename>{}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"#,
        text(&secret)
    );
    let vrt = bench.write("scene.tif", vrt.as_bytes());
    bench.refuses(
        &[
            "ingest",
            text(&vrt),
            "--date",
            "2024-05-01",
            "--sensor",
            "drone",
            "--bands",
            "red",
        ],
        &["scene.tif", "VRT"],
    );
    let missing = bench.files.path().join("missing.tif");
    bench.refuses(&["ingest", text(&missing)], &["missing.tif"]);
}

#[test]
fn rasters_without_what_is_needed_are_refused() {
    let Some(band) = real_data(
        "satellite/s2_l2a_maja_gers/SENTINEL2B_20181023-105107-455_L2A_T30TYP_D_V1-9_FRE_B4.tif",
    ) else {
        return;
    };
    let bench = Bench::new();
    let bytes = std::fs::read(&band).expect("the red band");
    let truncated = bench.write(
        "SENTINEL2B_20181023-105107-455_L2A_T30TYP_D_V1-9_FRE_B4.tif",
        &bytes[..bytes.len() / 3],
    );
    bench.refuses(&["ingest", text(&truncated)], &["FRE_B4.tif"]);

    let no_crs = bench.files.path().join("no-crs.tif");
    oracle("bad_files", &["without-crs", text(&no_crs)]);
    bench.refuses(
        &[
            "ingest",
            text(&no_crs),
            "--date",
            "2024-05-01",
            "--sensor",
            "drone",
            "--bands",
            "red",
        ],
        &["no-crs.tif", "coordinate"],
    );

    // A scene without a near-infrared band gets no NDVI, and the message names what it has.
    bench
        .home
        .succeed(&["ingest", text(&band), "--id", "red-only"]);
    bench.refuses(
        &["layer", "index", "red-only", "--index", "ndvi"],
        &["nir", "red"],
    );
    bench.refuses(&["layer", "index", "no-such-scene"], &["no-such-scene"]);
    bench.refuses(
        &["layer", "index", "red-only", "--bands", "red,infrared"],
        &["infrared"],
    );
}

#[test]
fn area_files_without_polygons_are_refused_and_broken_polygons_repaired() {
    let bench = Bench::new();
    let points = bench.write(
        "points.geojson",
        br#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"1","name":"a"},
        "geometry":{"type":"Point","coordinates":[0.1,43.6]}}]}"#,
    );
    bench.refuses(
        &["import", "areas", text(&points)],
        &["points.geojson", "polygon"],
    );
    let empty = bench.write(
        "empty.geojson",
        br#"{"type":"FeatureCollection","features":[]}"#,
    );
    bench.refuses(&["import", "areas", text(&empty)], &["empty.geojson"]);
    let broken = bench.write(
        "broken.geojson",
        br#"{"type":"FeatureCollection","features":["#,
    );
    bench.refuses(&["import", "areas", text(&broken)], &["broken.geojson"]);

    // A bow tie crosses itself; it is made valid, and the report says so.
    let bow_tie = bench.write(
        "bow-tie.geojson",
        br#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"500999001002","name":"b"},
        "geometry":{"type":"Polygon","coordinates":[[[0.1,43.6],[0.2,43.7],[0.2,43.6],[0.1,43.7],[0.1,43.6]]]}}]}"#,
    );
    let said = bench.home.run(&["import", "areas", text(&bow_tie)]);
    assert!(said.success, "{}", said.err);
    assert!(
        format!("{}{}", said.out, said.err).contains("500999001002"),
        "names the repaired area: {}{}",
        said.out,
        said.err
    );
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}
