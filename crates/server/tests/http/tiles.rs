use axum::http::Method;
use grid::tile::Tile;
use image::{ImageFormat, RgbaImage};
use store::layer::Audience;

use crate::imagery::{self, CORNER, index_place};
use crate::office::{Answer, COUNTY, DAPING, Office};

fn decoded(answer: &Answer, format: ImageFormat) -> RgbaImage {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let image = image::load_from_memory_with_format(&answer.body, format)
        .unwrap()
        .into_rgba8();
    assert_eq!(image.dimensions(), (256, 256));
    image
}

fn near(found: [u8; 4], wanted: [u8; 4], by: u8) -> bool {
    found
        .iter()
        .zip(wanted)
        .all(|(found, wanted)| found.abs_diff(wanted) <= by)
}

fn path(layer: &str, tile: Tile, ending: &str) -> String {
    let Tile { zoom, column, row } = tile;
    format!("/tiles/{layer}/{zoom}/{column}/{row}.{ending}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_served_as_it_is_stored() {
    let office = Office::open().await;
    imagery::picture(&office, "colours", COUNTY, Audience::Public).await;
    let east = Tile {
        column: CORNER.column + 1,
        ..CORNER
    };
    let south = Tile {
        row: CORNER.row + 1,
        ..CORNER
    };
    for (tile, colour) in [
        (CORNER, [200, 0, 0, 255]),
        (east, [0, 160, 0, 255]),
        (south, [0, 0, 200, 255]),
    ] {
        let answer = office.get(&path("colours", tile, "webp")).send().await;
        assert_eq!(answer.header("content-type"), "image/webp");
        assert_eq!(&answer.body[8..12], b"WEBP");
        let pixel = decoded(&answer, ImageFormat::WebP).get_pixel(128, 128).0;
        assert!(near(pixel, colour, 6), "{tile:?}: {pixel:?}");
        let png = office.get(&path("colours", tile, "png")).send().await;
        assert_eq!(png.header("content-type"), "image/png");
        assert_eq!(decoded(&png, ImageFormat::Png).get_pixel(128, 128).0, pixel);
    }
    let above = Tile {
        zoom: 11,
        column: CORNER.column / 2,
        row: CORNER.row / 2,
    };
    let whole = decoded(
        &office.get(&path("colours", above, "webp")).send().await,
        ImageFormat::WebP,
    );
    assert!(near(whole.get_pixel(40, 40).0, [200, 0, 0, 255], 10));
    assert_eq!(
        whole.get_pixel(200, 200).0[3],
        0,
        "nothing in the south-east"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_there_is_no_content_and_beyond_is_not_found() {
    let office = Office::open().await;
    imagery::picture(&office, "colours", COUNTY, Audience::Public).await;
    let nothing = Tile {
        column: CORNER.column + 1,
        row: CORNER.row + 1,
        ..CORNER
    };
    let far = Tile {
        column: 7,
        row: 7,
        ..CORNER
    };
    for tile in [nothing, far] {
        let answer = office.get(&path("colours", tile, "webp")).send().await;
        assert_eq!(
            (answer.status.as_u16(), answer.body.len()),
            (204, 0),
            "{tile:?}"
        );
    }
    for tile in [
        "10/820/418.webp",
        "13/6560/3348.webp",
        "12/3280/1674.mvt",
        "12/4096/0.webp",
    ] {
        let answer = office.get(&format!("/tiles/colours/{tile}")).send().await;
        assert_eq!(
            answer.problem(),
            (404, "tile-out-of-range".to_owned()),
            "{tile}"
        );
    }
    let date = office
        .get(&(path("colours", CORNER, "webp") + "?date=2020-01-01"))
        .send()
        .await;
    assert_eq!(date.problem(), (404, "unknown-date".to_owned()));
}

/// The tile of zoom 13 over a pixel of the index image, and the pixel of it that lies there.
fn over(column: f64, row: f64) -> (Tile, u32, u32) {
    let (longitude, latitude) = index_place(column, row);
    let tile = Tile::at(longitude, latitude, 13);
    let bounds = tile.bounds_mercator();
    let (x, y) = grid::mercator::project(longitude, latitude);
    let pixel = |part: f64| (part * 256.0) as u32;
    let across = pixel((x - bounds.west) / bounds.width());
    let down = pixel((bounds.north - y) / bounds.height());
    (tile, across, down)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_is_coloured_by_its_style() {
    let office = Office::open().await;
    imagery::index(&office, "ndvi", DAPING, Audience::Public).await;
    // Well inside the western and eastern half, and in the empty north.
    for (column, row, colour) in [
        (100.0, 300.0, [0xE9, 0xDD, 0xB8, 255]),
        (400.0, 300.0, [0x7F, 0xB0, 0x69, 255]),
        (256.0, 20.0, [0, 0, 0, 0]),
    ] {
        let (tile, across, down) = over(column, row);
        for (ending, format) in [("webp", ImageFormat::WebP), ("png", ImageFormat::Png)] {
            let answer = office.get(&path("ndvi", tile, ending)).send().await;
            let found = match answer.status.as_u16() {
                204 => [0; 4],
                _ => decoded(&answer, format).get_pixel(across, down).0,
            };
            assert!(
                near(found, colour, 1),
                "{ending} at {column}/{row}: {found:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn classes_have_a_palette_and_a_legend_with_names() {
    let office = Office::open().await;
    imagery::classes(&office, "water", DAPING, Audience::Public).await;
    // Close to the border too: no third colour lies between two classes.
    for (column, row, colour) in [
        (100.0, 300.0, [0x1E, 0x5C, 0x97, 255]),
        (250.0, 300.0, [0x1E, 0x5C, 0x97, 255]),
        (262.0, 300.0, [0xE9, 0xDD, 0xB8, 255]),
    ] {
        let (tile, across, down) = over(column, row);
        let png = office.get(&path("water", tile, "png")).send().await;
        assert_eq!(png.body[25], 3, "colour type with a palette");
        let image = decoded(&png, ImageFormat::Png);
        assert_eq!(image.get_pixel(across, down).0, colour, "{column}/{row}");
        let webp = office.get(&path("water", tile, "webp")).send().await;
        let same = decoded(&webp, ImageFormat::WebP);
        let colours = |image: &RgbaImage| -> std::collections::BTreeSet<[u8; 4]> {
            let seen = image.pixels().filter(|pixel| pixel.0[3] != 0);
            seen.map(|pixel| pixel.0).collect()
        };
        assert_eq!(colours(&image), colours(&same));
        assert!(colours(&image).len() <= 2, "{:?}", colours(&image));
    }
    let layers = office.get("/api/v1/layers").value().await;
    let legend = &layers["layers"][0]["legend"];
    assert_eq!(legend["kind"], "classes");
    assert_eq!(
        legend["entries"][1],
        serde_json::json!({"value": 2.0, "zh": "非水体", "en": "Not water", "colour": "#E9DDB8"})
    );
    let document = office.get("/tiles/water/tilejson.json");
    let document = document.header("accept-language", "en").value().await;
    let words = document["legend"].as_str().unwrap();
    assert!(
        words.contains("background:#1E5C97") && words.contains("Not water"),
        "{words}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_and_caches_are_told_what_they_may_keep() {
    let office = Office::open().await;
    imagery::picture(&office, "colours", COUNTY, Audience::Public).await;
    let tile = path("colours", CORNER, "webp");
    let document = office.get("/tiles/colours/tilejson.json").value().await;
    let address = document["tiles"][0].as_str().unwrap();
    let version = address.split("v=").nth(1).unwrap();
    let fixed = format!("{tile}?date=2024-08-02&v={version}");

    let first = office.get(&fixed).send().await;
    assert_eq!(
        first.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(first.header("access-control-allow-origin"), "*");
    let etag = first.header("etag").to_owned();
    assert!(etag.starts_with('"') && etag.ends_with('"'), "{etag}");
    let known = office
        .get(&fixed)
        .header("if-none-match", &etag)
        .send()
        .await;
    assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));
    assert_eq!(known.header("etag"), etag);
    let other = office
        .get(&fixed)
        .header("if-none-match", "\"other\"")
        .send()
        .await;
    assert_eq!(other.status, 200);

    let loose = office.get(&tile).send().await;
    assert_eq!(loose.header("cache-control"), "public, max-age=60");
    for (day, status) in [("2024-08-02", 200), ("2024-08-03", 404)] {
        let of_day = office.get(&format!("{tile}?t={day}")).send().await;
        assert_eq!(of_day.status, status, "{day}");
    }
    let stale = office.get(&format!("{tile}?v=0000")).send().await;
    assert_eq!(stale.header("cache-control"), "public, max-age=60");

    let head = office.ask(Method::HEAD, &fixed).send().await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(head.header("etag"), etag);
    assert_eq!(head.header("content-length"), first.body.len().to_string());
    // Never packed again.
    let packed = office
        .get(&fixed)
        .header("accept-encoding", "gzip")
        .send()
        .await;
    assert!(!packed.headers.contains_key("content-encoding"));
    assert_eq!(packed.body, first.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn tilejson_tells_a_map_program_everything() {
    let office = Office::open().await;
    imagery::picture(&office, "colours", COUNTY, Audience::Public).await;
    let mut document = office
        .get("/tiles/colours/tilejson.json?date=2024-08-02")
        .header("accept-language", "en")
        .value()
        .await;
    for edge in document["bounds"].as_array_mut().unwrap() {
        *edge = serde_json::json!((edge.as_f64().unwrap() * 1e6).round() / 1e6);
    }
    let address = document["tiles"][0].take();
    let (address, version) = address.as_str().unwrap().split_once("&v=").unwrap();
    assert_eq!(
        address,
        "http://localhost:8080/tiles/colours/{z}/{x}/{y}.webp?date=2024-08-02"
    );
    assert_eq!(version.len(), 16);
    insta::assert_json_snapshot!("tilejson", document);
    let areas = office.get("/tiles/areas/tilejson.json").value().await;
    insta::assert_json_snapshot!("tilejson_areas", areas);
}

#[tokio::test(flavor = "multi_thread")]
async fn areas_are_a_vector_layer() {
    let office = Office::open().await;
    let tile = Tile::at(108.2, 31.2, 10);
    let all = office.get(&path("areas", tile, "mvt")).send().await;
    assert_eq!(
        all.header("content-type"),
        "application/vnd.mapbox-vector-tile"
    );
    let has = |answer: &Answer, text: &str| {
        answer
            .body
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(has(&all, "areas") && has(&all, COUNTY) && has(&all, DAPING));
    assert!(
        all.header("cache-control").starts_with("private"),
        "a cookie changes the answer"
    );
    let known = office
        .get(&path("areas", tile, "mvt"))
        .header("if-none-match", all.header("etag"));
    assert_eq!(known.send().await.status, 304);
    let ocean = office
        .get(&path("areas", Tile::at(-30.0, 0.0, 10), "mvt"))
        .send()
        .await;
    assert_eq!(ocean.status, 204);
}
