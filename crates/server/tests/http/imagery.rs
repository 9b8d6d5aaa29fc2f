//! Two small images: a picture of four colours on the tile grid, and an index in UTM.

use chrono::NaiveDate;
use grid::mercator;
use grid::tile::Tile;
use raster::classify::Class;
use raster::cog::{Band, CogOptions, CogWriter, DataType};
use raster::georeference::GeoReference;
use raster::style::{Ramp, Style};
use serde_json::{Value, json};
use store::coverage::{self, NewCoverage};
use store::layer::{self, Audience, Kind, NewLayer};

use crate::office::Office;

/// The picture's north-west tile; even numbers, so that one tile of zoom 11 covers it.
pub const CORNER: Tile = Tile {
    zoom: 12,
    column: 3280,
    row: 1674,
};
/// North-west corner of the index image, in UTM 49 N.
const INDEX_CORNER: (f64, f64) = (230_000.0, 3_460_000.0);
/// Pixels of both images' sides.
const SIDE: u32 = 512;

/// Publishes the picture: red, green, blue and nothing, from the north-west, row by row.
pub async fn picture(office: &Office, id: &str, area: &str, audience: Audience) {
    let bounds = CORNER.bounds_mercator();
    let resolution = mercator::resolution(CORNER.zoom, 256);
    let transform = [bounds.west, resolution, 0.0, bounds.north, 0.0, -resolution];
    let georeference = GeoReference::from_epsg(3857, transform, SIDE, SIDE).unwrap();
    let mut options = CogOptions::picture(georeference.clone(), 90.0);
    options.overview_count = Some(1);
    let mut writer = CogWriter::new(options).unwrap();
    let half = SIDE as usize / 2;
    let row = |west: [u8; 4], east: [u8; 4]| [west.repeat(half), east.repeat(half)].concat();
    let north = row([200, 0, 0, 255], [0, 160, 0, 255]);
    let south = row([0, 0, 200, 255], [0, 0, 0, 0]);
    for line in 0..SIDE as usize {
        writer
            .write_rows(if line < half { &north } else { &south })
            .unwrap();
    }
    let style = json!({ "kind": "none" });
    publish(
        office,
        (id, Kind::Visual, area, audience, style),
        writer,
        &georeference,
        (11, 12),
    )
    .await;
}

/// Publishes the index: 0.3 in the west, 0.6 in the east, nothing in the 64 northern rows.
pub async fn index(office: &Office, id: &str, area: &str, audience: Audience) {
    let georeference = index_georeference();
    let band = Band::new("ndvi").scaled(0.0001, 0.0);
    let options =
        CogOptions::new(georeference.clone(), DataType::I16, band).with_nodata(Some(-32768.0));
    let mut writer = CogWriter::new(options).unwrap();
    let half = SIDE as usize / 2;
    let full = [[3000_i16].repeat(half), [6000_i16].repeat(half)].concat();
    let empty = vec![i16::MIN; SIDE as usize];
    for line in 0..SIDE {
        writer
            .write_rows(if line < 64 { &empty } else { &full })
            .unwrap();
    }
    let style = serde_json::to_value(Style::ramp(Ramp::Greenness, 0.0, 0.9, "")).unwrap();
    publish(
        office,
        (id, Kind::Index, area, audience, style),
        writer,
        &georeference,
        (8, 13),
    )
    .await;
}

/// Publishes classes: 1 in the west, 2 in the east, nothing in the 64 northern rows.
pub async fn classes(office: &Office, id: &str, area: &str, audience: Audience) {
    let georeference = index_georeference();
    let options = CogOptions::new(georeference.clone(), DataType::U8, Band::new("class"));
    let mut writer = CogWriter::new(options.with_nodata(Some(0.0)).with_classes()).unwrap();
    let half = SIDE as usize / 2;
    let full = [[1_u8].repeat(half), [2].repeat(half)].concat();
    let empty = vec![0_u8; SIDE as usize];
    for line in 0..SIDE {
        writer
            .write_rows(if line < 64 { &empty } else { &full })
            .unwrap();
    }
    let class = |code, zh: &str, en: &str, colour: &str| Class {
        code,
        zh: zh.to_owned(),
        en: en.to_owned(),
        colour: colour.to_owned(),
    };
    let classes = [
        class(1, "水体", "Water", "#1E5C97"),
        class(2, "非水体", "Not water", "#E9DDB8"),
    ];
    let style = serde_json::to_value(Style::classes(&classes)).unwrap();
    publish(
        office,
        (id, Kind::Index, area, audience, style),
        writer,
        &georeference,
        (8, 13),
    )
    .await;
}

/// Degrees of a pixel of the index image.
pub fn index_place(column: f64, row: f64) -> (f64, f64) {
    index_georeference().lonlat(column, row)
}

fn index_georeference() -> GeoReference {
    let (x, y) = INDEX_CORNER;
    GeoReference::from_epsg(32649, [x, 10.0, 0.0, y, 0.0, -10.0], SIDE, SIDE).unwrap()
}

pub fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 8, 2).unwrap()
}

async fn publish(
    office: &Office,
    (id, kind, area, audience, style): (&str, Kind, &str, Audience, Value),
    writer: CogWriter,
    georeference: &GeoReference,
    (min_zoom, max_zoom): (u8, u8),
) {
    let mut object = office.state.objects.create("tif").unwrap();
    writer.finish(&mut object).unwrap();
    let object = object.finish().unwrap();
    let area_id = office.area_id(area).await;
    let new = NewLayer {
        id: id.to_owned(),
        area_id,
        kind,
        title_zh: format!("图层 {id}"),
        title_en: format!("Layer {id}"),
        audience,
        style,
        attribution: "© Copernicus & co".to_owned(),
    };
    layer::upsert(office.store(), &new).await.unwrap();
    let new = NewCoverage {
        layer_id: id.to_owned(),
        area_id,
        scene_id: None,
        date: day(),
        version: object.hash().to_owned(),
        object: object.to_string(),
        drawing: None,
        georeference: serde_json::to_value(georeference).unwrap(),
        bounds: georeference.bounds(),
        min_zoom,
        max_zoom,
        cloud_share: Some(0.03),
        lineage: json!({}),
    };
    coverage::upsert(office.store(), &new).await.unwrap();
}
