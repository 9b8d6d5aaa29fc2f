//! Reading the features of a vector file.

use std::{ffi::c_int, path::Path};

use encoding_rs::{Encoding, UTF_8};
use gdal::{
    Dataset,
    spatial_ref::{CoordTransform, SpatialRef},
    vector::{Feature, FieldValue, Geometry, Layer, LayerAccess as _},
};
use serde_json::{Map, Number, Value};

use super::{
    Stop,
    answers::Answers,
    drivers::{self, Kind},
    elsewhere, ogr, reference, text,
};
use crate::foreign::{
    fault::Fault,
    features::{FeatureOptions, RefusedFeature},
    protocol::{Frame, LARGEST_GEOMETRY},
};

pub(super) fn read(
    path: &Path,
    options: &FeatureOptions,
    answers: &mut Answers,
) -> Result<(), Stop> {
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
    })?;
    features(path, &mut layer, &to_degrees, encoding, answers)
}

fn features(
    path: &Path,
    layer: &mut Layer,
    to_degrees: &CoordTransform,
    encoding: &'static Encoding,
    answers: &mut Answers,
) -> Result<(), Stop> {
    drivers::said();
    layer.reset_feature_reading();
    let mut last = 0;
    for (index, feature) in (1..).zip(layer.features()) {
        last = index;
        match degrees(&feature, to_degrees) {
            Ok(wkb) => {
                let properties = properties(&feature, encoding);
                let frame = Frame::Feature {
                    index,
                    properties,
                    bytes: wkb.len(),
                };
                answers.send_with(&frame, &wkb)?;
            }
            Err(reason) => answers.send(&Frame::Refused(RefusedFeature { index, reason }))?,
        }
        // What PROJ said of one feature is told with that feature.
        let detail = drivers::failure(path);
        if detail.contains("JSON parsing error") {
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
        return SpatialRef::from_definition(value).map_err(|_unknown| Fault::Option {
            value: value.clone(),
            what: "coordinate reference system; write it as EPSG:4490".to_owned(),
        });
    }
    let missing = || Fault::LayerWithoutReferenceSystem {
        layer: layer.name(),
    };
    layer.spatial_ref().ok_or_else(missing)
}

/// The shape in longitude and latitude as WKB, or why it is not taken.
fn degrees(feature: &Feature, to_degrees: &CoordTransform) -> Result<Vec<u8>, String> {
    let shape = feature.geometry_by_index(0).ok();
    let shape = shape
        .filter(|shape| shape.has_gdal_ptr())
        .ok_or("it has no geometry")?;
    if shape.is_empty() {
        return Err("its geometry is empty".to_owned());
    }
    let shape = shape.transform(to_degrees).map_err(|_outside| {
        "its coordinates have no longitude and latitude in the file's reference system".to_owned()
    })?;
    if !on_earth(&shape) {
        return Err(
            "its coordinates are not on the earth; is the reference system right?".to_owned(),
        );
    }
    let wkb = ogr::flat_wkb(&shape).ok_or("its geometry is of a kind that cannot be stored")?;
    if wkb.len() > LARGEST_GEOMETRY {
        Err("its geometry is too large".to_owned())
    } else {
        Ok(wkb)
    }
}

fn on_earth(shape: &Geometry) -> bool {
    let envelope = shape.envelope();
    let (longitudes, latitudes) = (-180.000_001..=180.000_001, -90.000_001..=90.000_001);
    longitudes.contains(&envelope.MinX)
        && longitudes.contains(&envelope.MaxX)
        && latitudes.contains(&envelope.MinY)
        && latitudes.contains(&envelope.MaxY)
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
