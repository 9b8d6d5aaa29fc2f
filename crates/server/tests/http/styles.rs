use axum::http::Method;
use serde_json::{Value, json};
use store::feature::{self, NewFeature};
use store::layer::{self, Audience, Kind, NewLayer};

use crate::imagery;
use crate::office::{COUNTY, DAPING, Office};

/// A layer of the e-map with a place in it that is drawn from zoom 11.
async fn emap(office: &Office, id: &str, audience: Audience) {
    let area_id = office.area_id(DAPING).await;
    let layer = NewLayer {
        id: id.to_owned(),
        area_id,
        kind: Kind::Features,
        title_zh: "电子地图".to_owned(),
        title_en: "E-map".to_owned(),
        audience,
        style: json!({}),
        attribution: "© OpenStreetMap".to_owned(),
    };
    layer::upsert(office.store(), &layer).await.unwrap();
    let village = NewFeature {
        area_id,
        key: "node/1".to_owned(),
        geometry: geo::Point::new(108.1, 31.1).into(),
        properties: json!({"class": "village", "name": "大坪村", "minzoom": 11}),
    };
    feature::replace(office.store(), id, &[village])
        .await
        .unwrap();
}

fn sources(style: &Value) -> Vec<&str> {
    let sources = style["sources"].as_object().unwrap();
    sources.keys().map(String::as_str).collect()
}

fn sources_drawn(style: &Value) -> Vec<&str> {
    let layers = style["layers"].as_array().unwrap().iter();
    let mut drawn: Vec<_> = layers
        .filter_map(|layer| layer["source"].as_str())
        .collect();
    drawn.sort_unstable();
    drawn.dedup();
    drawn
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_e_map_there_is_no_style() {
    let office = Office::open().await;
    for name in ["emap.json", "emap-over-imagery.json", "other.json", "emap"] {
        let answer = office.get(&format!("/styles/{name}")).send().await;
        assert_eq!(
            answer.problem(),
            (404, "unknown-layer".to_owned()),
            "{name}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_style_holds_what_its_reader_may_see() {
    let office = Office::open().await;
    emap(&office, "emap-road", Audience::Public).await;
    emap(&office, "emap-place", Audience::Officials).await;
    let answer = office.get("/styles/emap.json").send().await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("cache-control"), "public, no-cache");
    let style = answer.value();
    assert_eq!(sources(&style), ["emap-road"]);
    assert_eq!(sources_drawn(&style), ["emap-road"]);
    let road = &style["sources"]["emap-road"];
    let tiles = "http://localhost:8080/tiles/emap-road/{z}/{x}/{y}.mvt";
    assert_eq!(road["tiles"], json!([tiles]));
    assert_eq!(road["attribution"], "© OpenStreetMap");

    for (login, expected) in [
        ("daping", vec!["emap-place", "emap-road"]),
        ("neighbour", vec!["emap-road"]),
    ] {
        let cookie = office.sign_in(login).await;
        let answer = office.get("/styles/emap.json").by(&cookie).send().await;
        assert_eq!(sources(&answer.value()), expected, "{login}");
        let keep = if expected.len() > 1 {
            "private"
        } else {
            "public"
        };
        assert!(answer.header("cache-control").starts_with(keep), "{login}");
    }
    let refused = office
        .get("/tiles/emap-place/12/3277/1676.mvt")
        .send()
        .await;
    assert_eq!(refused.problem(), (404, "unknown-layer".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_in_the_readers_language() {
    let office = Office::open().await;
    emap(&office, "emap-place", Audience::Public).await;
    for (address, first, last) in [
        ("/styles/emap.json?lang=zh", "name_zh", "name_en"),
        ("/styles/emap.json?lang=en", "name_en", "name_zh"),
    ] {
        let style = office.get(address).value().await;
        let text = style.to_string();
        let (first, last) = (
            text.find(first).unwrap(),
            text.find(last).unwrap_or(usize::MAX),
        );
        assert!(first < last, "{address}");
        assert!(!text.contains("\"@"), "{address}: a word is left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_picture_lies_under_the_lines() {
    let office = Office::open().await;
    emap(&office, "emap-road", Audience::Public).await;
    let address = "/styles/emap-over-imagery.json";
    let style = office.get(address).value().await;
    assert_eq!(sources(&style), ["emap-road"], "there is no picture yet");
    imagery::picture(&office, "colours", COUNTY, Audience::Officials).await;
    let style = office.get(address).value().await;
    assert_eq!(sources(&style), ["emap-road"], "it is not for everybody");
    let cookie = office.sign_in("daping").await;
    let style = office.get(address).by(&cookie).value().await;
    assert_eq!(sources(&style), ["emap-road", "imagery"]);
    let tiles = style["sources"]["imagery"]["tiles"][0].as_str().unwrap();
    let beginning = "http://localhost:8080/tiles/colours/{z}/{x}/{y}.webp?date=";
    assert!(tiles.starts_with(beginning), "{tiles}");
    let other = format!("{address}?imagery=other");
    let style = office.get(&other).by(&cookie).value().await;
    assert_eq!(sources(&style), ["emap-road"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn low_zooms_carry_only_what_is_drawn_there() {
    let office = Office::open().await;
    emap(&office, "emap-place", Audience::Public).await;
    let at = |zoom: u8| {
        let grid::tile::Tile { zoom, column, row } = grid::tile::Tile::at(108.1, 31.1, zoom);
        format!("/tiles/emap-place/{zoom}/{column}/{row}.mvt")
    };
    assert_eq!(office.get(&at(10)).send().await.status, 204);
    assert_eq!(office.get(&at(11)).send().await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn symbols_and_letters_are_kept_for_ever_by_their_version() {
    let office = Office::open().await;
    emap(&office, "emap-road", Audience::Public).await;
    let style = office.get("/styles/emap.json").value().await;
    let local = |address: &str| address.replace("http://localhost:8080", "");
    let sprite = local(style["sprite"].as_str().unwrap());
    for (ending, ratio, side) in [("", 1, 20), ("@2x", 2, 40)] {
        let index = office.get(&format!("{sprite}{ending}.json")).value().await;
        let school = &index["school"];
        assert_eq!(
            (&school["pixelRatio"], &school["width"]),
            (&json!(ratio), &json!(side))
        );
        let answer = office.get(&format!("{sprite}{ending}.png")).send().await;
        assert_eq!(answer.header("content-type"), "image/png");
        assert!(answer.header("cache-control").ends_with("immutable"));
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        let sheet = ::image::load_from_memory(&answer.body)
            .unwrap()
            .into_rgba8();
        let number = |key: &str| school[key].as_u64().unwrap() as u32;
        // Blue left of the white cap, inside of the disc.
        let [red, green, blue, alpha] = sheet
            .get_pixel(number("x") + 2 * ratio, number("y") + 10 * ratio)
            .0;
        assert!(
            alpha > 250 && blue > red && blue > green,
            "{red} {green} {blue} {alpha}"
        );
    }
    let old = office.get("/sprites/0/emap.png").send().await;
    assert_eq!(old.header("cache-control"), "public, max-age=3600");
    let missing = office.get("/sprites/0/other.png").send().await;
    assert_eq!(missing.problem(), (404, "not-found".to_owned()));

    let glyphs = local(style["glyphs"].as_str().unwrap());
    let letters = glyphs
        .replace("{fontstack}", "Noto%20Sans%20SemiBold")
        .replace("{range}", "256-511");
    let answer = office.get(&letters).send().await;
    assert_eq!(answer.header("content-type"), "application/x-protobuf");
    assert!(answer.header("cache-control").ends_with("immutable"));
    assert!(answer.body.len() > 30_000, "{}", answer.body.len());
    for wrong in [
        "/fonts/Comic/0-255.pbf",
        "/fonts/Noto%20Sans%20Regular/1-2.pbf",
    ] {
        let answer = office.ask(Method::GET, wrong).send().await;
        assert_eq!(answer.problem(), (404, "not-found".to_owned()), "{wrong}");
    }
}
