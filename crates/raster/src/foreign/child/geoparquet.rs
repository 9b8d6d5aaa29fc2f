//! `GeoParquet` 1.x: tables in columns, the shapes as well-known binary, the rest in the metadata.

use std::{fs::File, path::Path};

use gdal::{spatial_ref::SpatialRef, vector::Geometry};
use parquet::{
    errors::ParquetError,
    file::reader::{FileReader as _, SerializedFileReader},
    record::{Field, Row},
};
use serde::Deserialize;
use serde_json::{Map, Number, Value};

use super::{Stop, answers::Answers, delivery::Delivery, reference};
use crate::foreign::{fault::Fault, features::FeatureOptions, protocol::Frame};

/// The metadata's key, and what is of interest in it.
const KEY: &str = "geo";
#[derive(Deserialize)]
struct Geo {
    primary_column: String,
    columns: std::collections::BTreeMap<String, Column>,
}
#[derive(Deserialize)]
struct Column {
    encoding: String,
    /// PROJJSON; left out means degrees of WGS 84, `null` that nobody knows.
    #[serde(default, deserialize_with = "told")]
    crs: Option<Value>,
}

/// Tells `null` from nothing at all.
fn told<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

pub(super) fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|ending| {
        ["parquet", "geoparquet"]
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}

pub(super) fn read(
    path: &Path,
    options: &FeatureOptions,
    answers: &mut Answers,
) -> Result<(), Stop> {
    let file = File::open(path).map_err(|error| broken(&error.to_string()))?;
    let reader = SerializedFileReader::new(file).map_err(|error| unreadable(&error))?;
    let metadata = reader.metadata().file_metadata();
    let geo = geo(metadata.key_value_metadata())?;
    let schema = metadata.schema();
    let fields = schema
        .get_fields()
        .iter()
        .map(|field| field.name().to_owned());
    let fields: Vec<String> = fields
        .filter(|name| !geo.columns.contains_key(name))
        .collect();
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let system = system(&geo, &name, options)?;
    answers.send(&Frame::Layer {
        name: name.into_owned(),
        crs_name: reference::name(&system),
        encoding: "UTF-8".to_owned(),
        fields,
        by_line: false,
    })?;
    let mut delivery = Delivery {
        to_degrees: reference::to_degrees(&system)?,
        answers,
    };
    let rows = reader
        .get_row_iter(None)
        .map_err(|error| unreadable(&error))?;
    for (index, row) in (1..).zip(rows) {
        let row = row.map_err(|error| Fault::Features {
            index: index - 1,
            detail: error.to_string(),
        })?;
        let shape = shape(&row, &geo.primary_column);
        delivery.send(index, shape.as_ref().map_err(Clone::clone), || {
            properties(&row, &geo)
        })?;
    }
    Ok(())
}

fn geo(pairs: Option<&Vec<parquet::file::metadata::KeyValue>>) -> Result<Geo, Fault> {
    let pair = pairs.and_then(|pairs| pairs.iter().find(|pair| pair.key == KEY));
    let text = pair.and_then(|pair| pair.value.as_deref());
    let text =
        text.ok_or_else(|| broken("it has no “geo” metadata: it is Parquet without places"))?;
    let geo: Geo = serde_json::from_str(text)
        .map_err(|error| broken(&format!("its “geo” metadata: {error}")))?;
    match geo.columns.get(&geo.primary_column) {
        Some(column) if column.encoding == "WKB" => Ok(geo),
        Some(column) => Err(broken(&format!(
            "its shapes are encoded as {}, and only WKB is read",
            column.encoding
        ))),
        None => Err(broken(
            "its “geo” metadata names a column that is not there",
        )),
    }
}

fn system(geo: &Geo, name: &str, options: &FeatureOptions) -> Result<SpatialRef, Fault> {
    if let Some(value) = &options.crs {
        return reference::named(value);
    }
    match geo
        .columns
        .get(&geo.primary_column)
        .and_then(|column| column.crs.as_ref())
    {
        None => reference::named("OGC:CRS84"),
        Some(Value::Null) => Err(Fault::LayerWithoutReferenceSystem {
            layer: name.to_owned(),
        }),
        Some(definition) => reference::named(&definition.to_string()),
    }
}

fn shape(row: &Row, column: &str) -> Result<Geometry, String> {
    let field = row.get_column_iter().find(|(name, _)| *name == column);
    match field {
        Some((_, Field::Bytes(bytes))) => Geometry::from_wkb(bytes.data())
            .map_err(|_unreadable| "its shape is not well-known binary".to_owned()),
        _ => Err("it has no geometry".to_owned()),
    }
}

/// Other columns of shapes are left out, and so are the boxes around them.
fn properties(row: &Row, geo: &Geo) -> Map<String, Value> {
    row.get_column_iter()
        .filter(|(name, field)| {
            !geo.columns.contains_key(*name) && (*name != "bbox" || field.is_primitive())
        })
        .map(|(name, field)| (name.clone(), value(field)))
        .collect()
}

fn value(field: &Field) -> Value {
    let real = |number: f64| Number::from_f64(number).map_or(Value::Null, Value::Number);
    match field {
        Field::Null => Value::Null,
        Field::Bool(value) => (*value).into(),
        Field::Byte(value) => (*value).into(),
        Field::Short(value) => (*value).into(),
        Field::Int(value) => (*value).into(),
        Field::Long(value) => (*value).into(),
        Field::UByte(value) => (*value).into(),
        Field::UShort(value) => (*value).into(),
        Field::UInt(value) => (*value).into(),
        Field::ULong(value) => (*value).into(),
        Field::Float(value) => real(f64::from(*value)),
        Field::Double(value) => real(*value),
        Field::Str(text) => text.as_str().into(),
        // Dates, times, decimals and lists in words.
        other => other.to_string().into(),
    }
}

fn unreadable(error: &ParquetError) -> Fault {
    broken(&error.to_string())
}

fn broken(detail: &str) -> Fault {
    Fault::Table {
        format: "GeoParquet".to_owned(),
        detail: detail.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_left_out_is_told_from_an_unknown_one() {
        let geo = |crs: &str| -> Geo {
            let text = format!(
                r#"{{"version":"1.0.0","primary_column":"g","columns":{{"g":{{"encoding":"WKB"{crs}}}}}}}"#
            );
            serde_json::from_str(&text).unwrap()
        };
        assert_eq!(geo("").columns["g"].crs, None);
        assert_eq!(geo(r#","crs":null"#).columns["g"].crs, Some(Value::Null));
    }
}
