//! A scene as a STAC 1.0 item, with the extensions `eo`, `projection` and `raster`.

use geo::{BoundingRect as _, MultiPolygon};
use raster::{product::Role, sample::DataType};
use serde_json::{Map, Value, json};

use super::{place, plan::Plan};
use crate::SceneBand;

const EXTENSIONS: [&str; 3] = [
    "https://stac-extensions.github.io/eo/v1.1.0/schema.json",
    "https://stac-extensions.github.io/projection/v1.1.0/schema.json",
    "https://stac-extensions.github.io/raster/v1.1.0/schema.json",
];
const COG: &str = "image/tiff; application=geotiff; profile=cloud-optimized";

/// The item. An asset's `href` is the name of its object.
pub(super) fn stac(plan: &Plan, bands: &[SceneBand]) -> Value {
    let footprint = place::footprint(bands);
    let mut properties = json!({
        "datetime": plan.acquired.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        "platform": plan.sensor,
        "proj:epsg": plan.finest().and_then(|grid| grid.epsg),
    });
    if let (Some(share), Some(properties)) = (plan.cloud_share, properties.as_object_mut()) {
        properties.insert("eo:cloud_cover".to_owned(), json!(share * 100.0));
    }
    let assets: Map<String, Value> = bands
        .iter()
        .map(|band| (band.role.to_string(), asset(band)))
        .collect();
    json!({
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": EXTENSIONS,
        "id": plan.id,
        "geometry": geometry(&footprint),
        "bbox": bbox(&footprint),
        "properties": properties,
        "assets": assets,
        "links": [],
    })
}

fn asset(band: &SceneBand) -> Value {
    let grid = &band.georeference;
    let [x, a, b, y, c, d] = grid.transform;
    let name = band.role.name();
    let mut eo = json!({"name": name});
    if let (Some(common), Some(eo)) = (common_name(&band.role), eo.as_object_mut()) {
        eo.insert("common_name".to_owned(), json!(common));
    }
    let mut numbers = json!({
        "data_type": data_type(band.data_type),
        "scale": band.scale,
        "offset": band.offset,
        "sampling": "area",
        "spatial_resolution": grid.pixel_size(),
    });
    if let (Some(nodata), Some(numbers)) = (band.nodata, numbers.as_object_mut()) {
        // JSON has no NaN; the extension writes it as a word.
        let nodata = if nodata.is_nan() {
            json!("nan")
        } else {
            json!(nodata)
        };
        numbers.insert("nodata".to_owned(), nodata);
    }
    json!({
        "href": band.object,
        "type": COG,
        "title": name,
        "roles": [if band.classes.is_some() { "data-mask" } else { "data" }],
        "eo:bands": [eo],
        "proj:epsg": grid.epsg,
        "proj:shape": [grid.height, grid.width],
        "proj:transform": [a, b, x, c, d, y],
        "raster:bands": [numbers],
    })
}

/// The role's name in the `eo` extension, which knows light and heat only.
fn common_name(role: &Role) -> Option<&str> {
    match role {
        Role::RedEdge071 | Role::RedEdge075 | Role::RedEdge078 => Some("rededge"),
        Role::Lwir => Some("lwir11"),
        light if light.is_reflectance() => Some(light.name()),
        _ => None,
    }
}

fn data_type(data_type: DataType) -> &'static str {
    match data_type {
        DataType::U8 => "uint8",
        DataType::U16 => "uint16",
        DataType::I16 => "int16",
        DataType::F32 => "float32",
    }
}

fn geometry(footprint: &MultiPolygon<f64>) -> Value {
    let rings = footprint.iter().map(|polygon| {
        let ring: Vec<[f64; 2]> = polygon.exterior().coords().map(|at| [at.x, at.y]).collect();
        json!([ring])
    });
    json!({"type": "MultiPolygon", "coordinates": rings.collect::<Vec<_>>()})
}

fn bbox(footprint: &MultiPolygon<f64>) -> Value {
    let around = footprint.bounding_rect();
    around.map_or(Value::Null, |around| {
        json!([
            around.min().x,
            around.min().y,
            around.max().x,
            around.max().y
        ])
    })
}
