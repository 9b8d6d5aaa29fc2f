//! Archives of pictures, made by one office and published by another.

use std::path::{Path, PathBuf};

use end_to_end::{Home, Program, oracle};
use grid::matrix_set::{MatrixSet, MatrixTile};
use grid::tile::Tile;
use serde_json::Value;

/// A tile in the middle of a layer.
fn middle(document: &Value, zoom: u8) -> Tile {
    let bounds: Vec<f64> = document["bounds"]
        .as_array()
        .expect("bounds")
        .iter()
        .filter_map(Value::as_f64)
        .collect();
    let (longitude, latitude) = (
        f64::midpoint(bounds[0], bounds[2]),
        f64::midpoint(bounds[1], bounds[3]),
    );
    Tile::at(longitude, latitude, zoom)
}

async fn save(program: &Program, path: &str, file: &Path) -> Vec<u8> {
    let answer = program.client().get(program.url(path)).send().await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), 200, "{path}");
    let bytes = answer.bytes().await.expect("bytes").to_vec();
    std::fs::write(file, &bytes).expect("a file");
    bytes
}

/// The demo's pictures as an archive.
fn export(home: &Home, name: &str, zooms: &str) -> PathBuf {
    let archive = home.path().join(name);
    let layer = "demo-true-colour";
    home.succeed(&["export", "tiles", layer, text(&archive), "--zooms", zooms]);
    archive
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_are_served_as_they_are_and_in_every_grid() {
    let home = Home::new();
    let program = Program::start(&home, &[]);
    let archive = export(&home, "county.pmtiles", "11-14");
    let said = home.succeed(&[
        "import",
        "tiles",
        text(&archive),
        "--layer-id",
        "offline",
        "--audience",
        "public",
        "--date",
        "2026-08-19",
    ]);
    assert!(said.contains("offline") && said.contains("11–14"), "{said}");

    let client = program.client();
    let document = program.json(&client, "/tiles/offline/tilejson.json").await;
    assert_eq!([&document["minzoom"], &document["maxzoom"]], [11, 14]);
    let middle = middle(&document, 14);
    let Tile { zoom, column, row } = middle;
    let file = |name: &str| home.path().join(name);
    let tile = |layer: &str, ending: &str| format!("/tiles/{layer}/{zoom}/{column}/{row}.{ending}");
    let stored = save(&program, &tile("demo-true-colour", "webp"), &file("a.webp")).await;
    let archived = save(&program, &tile("offline", "webp"), &file("b.webp")).await;
    assert!(stored == archived, "not the same bytes");
    save(&program, &tile("offline", "png"), &file("b.png")).await;

    // Of a province it shows nothing, as of a place elsewhere: it would have to look at every tile.
    let map =
        |bbox: &str| format!("/ogc/collections/offline/map?bbox={bbox}&width=512&height=256&f=png");
    let province = save(&program, &map("104,29,114,34"), &file("province.png")).await;
    let elsewhere = save(&program, &map("10,10,20,15"), &file("elsewhere.png")).await;
    assert!(province == elsewhere, "something is drawn");

    // A grid that neither has: of the one's own pixels, and of the archive's web tiles.
    let (longitude, latitude) = middle.bounds().centre();
    let set = MatrixSet::Cgcs2000Quad;
    let MatrixTile { column, row, .. } =
        MatrixTile::at(set, 14, longitude, latitude).expect("a tile");
    let wmts = |layer: &str| {
        format!("/wmts/1.0.0/{layer}/default/default/CGCS2000Quad/14/{row}/{column}.png")
    };
    let (one, other) = (file("one.png"), file("other.png"));
    save(&program, &wmts("demo-true-colour"), &one).await;
    save(&program, &wmts("offline"), &other).await;
    let off = oracle("pictures", &[text(&one), text(&other)]);
    assert!(off["pixels"].as_u64() > Some(10_000), "{off}");
    assert!(off["spread"].as_f64() > Some(5.0), "{off}");
    assert!(off["mean"].as_f64() < Some(2.0), "{off}");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_kinds_of_archives_give_the_same_tiles() {
    let home = Home::new();
    let program = Program::start(&home, &[]);
    for (name, layer) in [("one.pmtiles", "one"), ("other.mbtiles", "other")] {
        let archive = export(&home, name, "12-13");
        let public = ["--layer-id", layer, "--audience", "public"];
        home.succeed(&[&["import", "tiles", text(&archive)], &public[..]].concat());
    }
    let client = program.client();
    let document = |layer: &str| format!("/tiles/{layer}/tilejson.json");
    let one = program.json(&client, &document("one")).await;
    let other = program.json(&client, &document("other")).await;
    for word in ["minzoom", "maxzoom", "name", "attribution"] {
        assert_eq!(one[word], other[word], "{word}");
    }
    let Tile { zoom, column, row } = middle(&one, 13);
    let tile = |layer: &str| format!("/tiles/{layer}/{zoom}/{column}/{row}.webp");
    let file = home.path().join("tile.webp");
    let expected = save(&program, &tile("one"), &file).await;
    assert!(expected.len() > 1000);
    assert!(expected == save(&program, &tile("other"), &file).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tile_has_the_type_that_it_is_of_whatever_its_archive_says() {
    let home = Home::new();
    let program = Program::start(&home, &[]);
    let archive = home.path().join("mixed.mbtiles");
    let photo = image::RgbImage::from_pixel(256, 256, image::Rgb([200, 40, 30]));
    let encoded = |format| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        photo.write_to(&mut bytes, format).expect("a picture");
        bytes.into_inner()
    };
    let (png, jpeg) = (
        encoded(image::ImageFormat::Png),
        encoded(image::ImageFormat::Jpeg),
    );
    let database = rusqlite::Connection::open(&archive).expect("a database");
    let schema = "create table metadata (name text, value text);
        insert into metadata values ('name', '混合'), ('format', 'jpg');
        create table tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob);";
    database.execute_batch(schema).expect("tables");
    for (column, bytes) in [(0, &png), (1, &jpeg)] {
        let insert = "insert into tiles values (1, ?1, 1, ?2)";
        let row = rusqlite::params![column, bytes];
        database.execute(insert, row).expect("a row");
    }
    drop(database);
    let area = ["--area", "500999000000", "--audience", "public"];
    home.succeed(&[&["import", "tiles", text(&archive)], &area[..]].concat());
    let client = program.client();
    for (column, ending, stored) in [(0, "png", &png), (1, "jpg", &jpeg)] {
        let path = format!("/tiles/mixed/1/{column}/0.{ending}");
        let bytes = save(&program, &path, &home.path().join("tile")).await;
        assert!(bytes == *stored, "{path} is not as it was");
    }
    let answer = client.get(program.url("/tiles/mixed/1/0/0.jpg")).send();
    let answer = answer.await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "image/jpeg");
    let bytes = answer.bytes().await.expect("bytes");
    assert!(bytes.starts_with(b"\xff\xd8\xff"), "not what its type says");
}

#[test]
fn what_is_no_archive_is_refused_and_nothing_is_kept() {
    let home = Home::new();
    let _program = Program::start(&home, &[]);
    let archive = export(&home, "county.pmtiles", "11-12");
    let good = std::fs::read(&archive).expect("a file");
    let before = home.object_count();
    let short = &good[..100];
    for (name, bytes, words) in [
        (
            "text.pmtiles",
            &b"not an archive"[..],
            "cannot be published",
        ),
        ("short.pmtiles", short, "cannot be published"),
        ("other.mbtiles", &good, "not a database"),
        ("other.zip", &good, ".pmtiles"),
    ] {
        let file = home.path().join(name);
        std::fs::write(&file, bytes).expect("a file");
        let refused = home.run(&["import", "tiles", text(&file), "--layer-id", "broken"]);
        assert!(
            !refused.success && refused.err.contains(words),
            "{name}: {}",
            refused.err
        );
    }
    // A layer of another kind stays what it is.
    let refused = home.run(&["import", "tiles", text(&archive), "--layer-id", "demo-ndvi"]);
    assert!(
        !refused.success && refused.err.contains("index"),
        "{}",
        refused.err
    );
    assert_eq!(home.object_count(), before);
    assert!(!home.succeed(&["list", "layers"]).contains("broken"));
}
