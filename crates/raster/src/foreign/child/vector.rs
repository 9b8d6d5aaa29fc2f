//! Reading the features of a vector file.

use std::{ffi::c_int, path::Path};

use encoding_rs::{Encoding, UTF_8};
use gdal::{
    Dataset,
    spatial_ref::SpatialRef,
    vector::{Feature, FieldValue, Layer, LayerAccess as _},
};
use serde_json::{Map, Number, Value};

use super::{
    Stop,
    answers::Answers,
    delivery::Delivery,
    drivers::{self, Kind},
    elsewhere, geoparquet, ogr, osm, reference, table, text,
};
use crate::foreign::{fault::Fault, features::FeatureOptions, protocol::Frame};

/// What drivers say of damage when they go on to the next feature: text that breaks off, shapes
/// that lie beyond the end of the file.
const DAMAGE: [&str; 2] = ["JSON parsing error", "Error in fread()"];

pub(super) fn read(
    path: &Path,
    options: &FeatureOptions,
    answers: &mut Answers,
) -> Result<(), Stop> {
    if osm::is_extract(path) {
        return osm::read(path, options, answers);
    }
    if table::is_table(path) {
        return table::read(path, options, answers);
    }
    if geoparquet::is_parquet(path) {
        return geoparquet::read(path, options, answers);
    }
    // Shapefiles are asked for their bytes as they are: GDAL's own guess is Latin-1.
    let shapefile = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("shp"));
    let open_options: &[&str] = if shapefile { &["ENCODING="] } else { &[] };
    let dataset = drivers::open(path, Kind::Vector, open_options)?;
    elsewhere::refuse_tables(&dataset)?;
    let mut layer = layer(&dataset, options.layer.as_deref())?;
    let system = system(&layer, options)?;
    let to_degrees = reference::to_degrees(&system)?;
    let told = text::told(path, options.encoding.as_deref().filter(|_| shapefile))?;
    let encoding = match told {
        Some(encoding) if shapefile => encoding,
        _ if shapefile => guess(&mut layer),
        _ => UTF_8,
    };
    answers.send(&Frame::Layer {
        name: layer.name(),
        crs_name: reference::name(&system),
        encoding: encoding.name().to_owned(),
        fields: field_names(&mut layer, encoding),
        by_line: false,
    })?;
    let delivery = Delivery {
        answers,
        to_degrees,
    };
    features(path, &mut layer, encoding, delivery)
}

fn features(
    path: &Path,
    layer: &mut Layer,
    encoding: &'static Encoding,
    mut delivery: Delivery,
) -> Result<(), Stop> {
    drivers::said();
    layer.reset_feature_reading();
    let mut last = 0;
    for (index, feature) in (1..).zip(layer.features()) {
        last = index;
        delivery.send(index, ogr::shape(&feature), || {
            properties(&feature, encoding)
        })?;
        // What PROJ said of one feature is told with that feature.
        let detail = drivers::failure(path);
        if DAMAGE.iter().any(|words| detail.contains(words)) {
            return Err(Fault::Features { index, detail }.into());
        }
    }
    // Reading simply stops at damage: the last words tell it from the end.
    let detail = drivers::failure(path);
    if detail.is_empty() {
        Ok(())
    } else {
        Err(Fault::Features {
            index: last,
            detail,
        }
        .into())
    }
}

fn layer<'a>(dataset: &'a Dataset, wanted: Option<&str>) -> Result<Layer<'a>, Fault> {
    let layers: Vec<String> = dataset.layers().map(|layer| layer.name()).collect();
    let missing = |layer: &str| Fault::NoLayer {
        layer: layer.to_owned(),
        layers: layers.clone(),
    };
    match (wanted, layers.as_slice()) {
        (Some(name), _) => dataset.layer_by_name(name).map_err(|_none| missing(name)),
        (None, [only]) => dataset.layer(0).map_err(|_none| missing(only)),
        (None, []) => Err(missing("")),
        (None, _) => Err(Fault::ManyLayers {
            layers: layers.clone(),
        }),
    }
}

fn system(layer: &Layer, options: &FeatureOptions) -> Result<SpatialRef, Fault> {
    if let Some(value) = &options.crs {
        return reference::named(value);
    }
    let missing = || Fault::LayerWithoutReferenceSystem {
        layer: layer.name(),
    };
    layer.spatial_ref().ok_or_else(missing)
}

fn properties(feature: &Feature, encoding: &'static Encoding) -> Map<String, Value> {
    (0..ogr::field_count(feature))
        .map(|field| {
            let name = text::decode(&ogr::raw_name(feature, field), encoding);
            (name, value(feature, field, encoding))
        })
        .collect()
}

fn value(feature: &Feature, field: c_int, encoding: &'static Encoding) -> Value {
    let Some(raw) = ogr::raw_text(feature, field) else {
        return Value::Null;
    };
    let number = |value: f64| Number::from_f64(value).map_or(Value::Null, Value::Number);
    match usize::try_from(field)
        .ok()
        .and_then(|field| feature.field(field).ok())
        .flatten()
    {
        Some(FieldValue::IntegerValue(value)) => value.into(),
        Some(FieldValue::Integer64Value(value)) => value.into(),
        Some(FieldValue::RealValue(value)) => number(value),
        _ => text::decode(&raw, encoding).into(),
    }
}

/// The layer's own text, from every name and every text attribute.
fn guess(layer: &mut Layer) -> &'static Encoding {
    let mut texts = Vec::new();
    for feature in layer.features() {
        for field in 0..ogr::field_count(&feature) {
            if texts.len() < 2 * usize::try_from(field).unwrap_or_default() + 2 {
                texts.push(ogr::raw_name(&feature, field));
            }
            texts.extend(ogr::raw_text(&feature, field).filter(|raw| !raw.is_ascii()));
        }
    }
    text::guess(texts.iter().map(Vec::as_slice))
}

fn field_names(layer: &mut Layer, encoding: &'static Encoding) -> Vec<String> {
    layer.reset_feature_reading();
    let first = layer.features().next();
    first.map_or_else(Vec::new, |feature| {
        (0..ogr::field_count(&feature))
            .map(|field| text::decode(&ogr::raw_name(&feature, field), encoding))
            .collect()
    })
}
