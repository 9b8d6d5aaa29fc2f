//! Features come in from every format that counties and map makers hand over, each of them whole
//! and broken; an extract of `OpenStreetMap` becomes an e-map that another library can read.

use std::path::{Path, PathBuf};
use std::process::Command;

use end_to_end::{Home, Program, oracle, real_data};
use serde_json::Value;

const COUNTY: &str = r#"{"type":"FeatureCollection","features":[
 {"type":"Feature","properties":{"code":"500999","name":"示范县"},
  "geometry":{"type":"Polygon","coordinates":[[[108,31],[109,31],[109,32],[108,32],[108,31]]]}}]}"#;

const FIELDS: &str = r#"{"type":"FeatureCollection","features":[
 {"type":"Feature","properties":{"TBBH":"001","DLMC":"水田","MU":12.5},
  "geometry":{"type":"Polygon","coordinates":[[[108.40,31.20],[108.42,31.20],[108.42,31.22],[108.40,31.22],[108.40,31.20]]]}},
 {"type":"Feature","properties":{"TBBH":"002","DLMC":"旱地","MU":3},
  "geometry":{"type":"Polygon","coordinates":[[[108.42,31.20],[108.44,31.22],[108.44,31.20],[108.42,31.22],[108.42,31.20]]]}}]}"#;

const EXTRACT: &str = r#"<?xml version="1.0"?><osm version="0.6">
 <node id="1" lat="31.20" lon="108.40"/><node id="2" lat="31.20" lon="108.42"/>
 <node id="3" lat="31.22" lon="108.42"/>
 <way id="5"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/><tag k="landuse" v="farmland"/>
  <tag k="DLMC" v="水田"/></way>
 <node id="9" lat="31.21" lon="108.41"><tag k="DLMC" v="旱地"/></node></osm>"#;

/// A format: its name, the file it is in, what `ogr2ogr` is told, what the import is told.
struct Format {
    driver: &'static str,
    file: &'static str,
    written: &'static [&'static str],
    read: &'static [&'static str],
}

const FORMATS: [Format; 6] = [
    Format {
        driver: "GeoJSON",
        file: "fields.geojson",
        written: &[],
        read: &["--key", "TBBH"],
    },
    Format {
        driver: "ESRI Shapefile",
        file: "fields.shp",
        written: &["-t_srs", "EPSG:4524", "-lco", "ENCODING=GBK"],
        read: &["--key", "TBBH"],
    },
    Format {
        driver: "GPKG",
        file: "fields.gpkg",
        written: &["-t_srs", "EPSG:4490"],
        read: &["--key", "TBBH"],
    },
    Format {
        driver: "OpenFileGDB",
        file: "fields.gdb",
        written: &["-nlt", "MULTIPOLYGON"],
        read: &["--key", "TBBH"],
    },
    Format {
        driver: "KML",
        file: "fields.kml",
        written: &[],
        read: &["--key", "TBBH"],
    },
    Format {
        driver: "CSV",
        file: "fields.csv",
        written: &["-lco", "GEOMETRY=AS_WKT", "-lco", "GEOMETRY_NAME=wkt"],
        read: &["--key", "TBBH"],
    },
];

/// A home with a county, whose database runs until the test ends.
fn county() -> (Home, Program) {
    let home = Home::new();
    let program = Program::start(&home, &["--no-demo"]);
    let areas = home.path().join("county.geojson");
    std::fs::write(&areas, COUNTY).expect("a file");
    home.succeed(&["import", "areas", text(&areas), "--level", "county"]);
    (home, program)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_arrives_whole_and_is_refused_broken() {
    let (home, program) = county();
    for (number, format) in (1..).zip(&FORMATS) {
        let file = convert(&home, format);
        let layer = format!("fields-{number}");
        let import = |file: &Path| {
            let mut words = vec!["import", "features", text(file), "--layer-id", &layer];
            words.extend(["--audience", "public", "--title", "图斑"]);
            words.extend(format.read);
            home.run(&words)
        };
        let done = import(&file);
        assert!(done.success, "{}: {}", format.driver, done.err);
        assert!(
            done.out.contains("新增 2 new"),
            "{}: {}",
            format.driver,
            done.out
        );
        // The second field crosses itself.
        assert!(
            done.err.contains("已修复 repaired"),
            "{}: {}",
            format.driver,
            done.err
        );
        let again = import(&file);
        assert!(
            again.out.contains("未变 2 unchanged"),
            "{}: {}",
            format.driver,
            again.out
        );
        let fields = tile(&home, &program, &layer).await;
        let names: Vec<_> = fields.iter().map(|field| field["DLMC"].as_str()).collect();
        assert!(
            names.contains(&Some("水田")),
            "{}: {names:?}",
            format.driver
        );

        damage(&file);
        let refused = import(&file);
        assert!(!refused.success, "{}: {}", format.driver, refused.out);
        assert!(!refused.err.contains("panicked"), "{}", refused.err);
        let kept = tile(&home, &program, &layer).await;
        assert_eq!(kept.len(), fields.len(), "{}", format.driver);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn extracts_and_tables_of_columns_become_layers_too() {
    let (home, program) = county();
    let extract = home.path().join("village.osm");
    std::fs::write(&extract, EXTRACT).expect("a file");
    let import = ["import", "features", text(&extract), "--audience", "public"];
    let done = home.succeed(&import);
    assert!(done.contains("village: 2 个要素"), "{done}");
    let features = tile(&home, &program, "village").await;
    assert!(
        features.iter().any(|feature| feature["osm_id"] == "way/5"),
        "{features:?}"
    );

    let source = home.path().join("fields.geojson");
    std::fs::write(&source, FIELDS).expect("a file");
    let table = home.path().join("fields.parquet");
    oracle("geoparquet", &[text(&source), text(&table)]);
    let import = [
        "import",
        "features",
        text(&table),
        "--audience",
        "public",
        "--key",
        "TBBH",
    ];
    let done = home.succeed(&import);
    assert!(done.contains("新增 2 new"), "{done}");
    let features = tile(&home, &program, "fields").await;
    assert!(
        features.iter().any(|feature| feature["MU"] == 12.5),
        "{features:?}"
    );

    // A shifted map, told and not told.
    let points = home.path().join("wells.csv");
    let shifted = "名称,lng,lat\n东井,108.40461660131051,31.15793663284234\n";
    std::fs::write(&points, shifted).expect("a file");
    let import = [
        "import",
        "features",
        text(&points),
        "--audience",
        "public",
        "--from",
        "gcj02",
    ];
    home.succeed(&import);
    let (column, row) = (3281, 1674);
    let wells = features_of(&home, &program, "wells", (12, column, row)).await;
    assert_eq!(wells[0]["source_datum"], "GCJ-02", "{wells:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extract_becomes_an_e_map_with_a_style() {
    let Some(extract) = real_data("vector/andorra-latest.osm.pbf") else {
        return;
    };
    let (home, program) = county();
    let done = home.succeed(&["import", "emap", text(&extract), "--area", "500999"]);
    assert!(done.contains("emap-road: "), "{done}");
    let client = program.client();
    let style = program.json(&client, "/styles/emap.json?lang=zh").await;
    let sources = style["sources"].as_object().expect("sources");
    assert_eq!(sources.len(), 8);
    // Andorra la Vella: at zoom 9 main roads only, at zoom 14 its buildings too.
    for (zoom, column, row, least, most) in [(9, 258, 189, 1, 900), (14, 8261, 6050, 100, 100_000)]
    {
        let roads = features_of(&home, &program, "emap-road", (zoom, column, row)).await;
        assert!(
            (least..most).contains(&roads.len()),
            "zoom {zoom}: {}",
            roads.len()
        );
        for road in &roads {
            assert!(
                road["minzoom"].as_u64().is_some_and(|first| first <= zoom),
                "{road}"
            );
        }
    }
    let places = features_of(&home, &program, "emap-place", (9, 258, 189)).await;
    let capital = places.iter().find(|place| place["name_zh"] == "安道尔城");
    assert!(capital.is_some(), "{places:?}");
}

/// The tile of zoom 12 over the fields.
async fn tile(home: &Home, program: &Program, layer: &str) -> Vec<Value> {
    features_of(home, program, layer, (12, 3281, 1673)).await
}

/// The features of a tile as another library reads them.
async fn features_of(
    home: &Home,
    program: &Program,
    layer: &str,
    (zoom, column, row): (u64, u64, u64),
) -> Vec<Value> {
    let path = format!("/tiles/{layer}/{zoom}/{column}/{row}.mvt");
    let client = program.client();
    let answer = client
        .get(program.url(&path))
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200, "{path}");
    let file = home.path().join("tile.mvt");
    std::fs::write(&file, answer.bytes().await.expect("bytes")).expect("a file");
    let layers = oracle("vector_tile", &[text(&file)]);
    layers[layer].as_array().expect("the layer").clone()
}

fn convert(home: &Home, format: &Format) -> PathBuf {
    let source = home.path().join("source.geojson");
    std::fs::write(&source, FIELDS).expect("a file");
    let target = home.path().join(format.file);
    let status = Command::new("ogr2ogr")
        .args(["-f", format.driver, text(&target), text(&source)])
        .args(format.written)
        .status()
        .expect("ogr2ogr runs (package gdal-bin)");
    assert!(status.success(), "{}", format.driver);
    if Path::new(format.file)
        .extension()
        .is_some_and(|end| end == "shp")
    {
        // As most of them come.
        std::fs::remove_file(target.with_extension("cpg")).expect("the code page was written");
    }
    target
}

/// Cuts a file short, or the last table of a folder's: those before it are the system's own.
fn damage(path: &Path) {
    let file = if path.is_dir() {
        let entries = std::fs::read_dir(path).expect("a folder");
        let files = entries.map(|entry| entry.expect("an entry").path());
        files
            .filter(|file| file.extension().is_some_and(|ending| ending == "gdbtable"))
            .max()
            .expect("a table")
    } else {
        path.to_owned()
    };
    let bytes = std::fs::read(&file).expect("the file");
    let kept = match path.extension().and_then(std::ffi::OsStr::to_str) {
        // Of a text every row is as good as the last: its header goes.
        Some("csv") => b"\0\0".to_vec(),
        _ => bytes[..bytes.len() * 2 / 3].to_vec(),
    };
    std::fs::write(&file, kept).expect("written");
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}
