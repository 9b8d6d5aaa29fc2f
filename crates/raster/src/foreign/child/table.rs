//! Tables of text with coordinates in two columns: CSV with commas, semicolons or tabs.

use std::path::Path;

use csv::{ByteRecord, ReaderBuilder, Terminator};
use encoding_rs::Encoding;
use gdal::vector::Geometry;
use serde_json::{Map, Number, Value};

use super::{Stop, answers::Answers, delivery::Delivery, reference, sniff, text};
use crate::foreign::{fault::Fault, features::FeatureOptions, protocol::Frame};

/// The usual names of columns, surest first.
const X: [&str; 15] = [
    "longitude",
    "lon",
    "lng",
    "long",
    "x",
    "经度",
    "东经",
    "easting",
    "x坐标",
    "x_coord",
    "point_x",
    "gps_lon",
    "gpslongitude",
    "坐标x",
    "经度坐标",
];
const Y: [&str; 14] = [
    "latitude",
    "lat",
    "y",
    "纬度",
    "北纬",
    "northing",
    "y坐标",
    "y_coord",
    "point_y",
    "gps_lat",
    "gpslatitude",
    "坐标y",
    "纬度坐标",
    "latitud",
];
/// A column with the shape itself as well-known text.
const WKT: [&str; 4] = ["wkt", "geometry", "geom", "the_geom"];
/// In what tables without a word about it are: degrees.
const DEGREES: &str = "EPSG:4326";
/// Rows looked at to tell the encoding.
const LOOKED_AT: usize = 10_000;

pub(super) fn is_table(path: &Path) -> bool {
    path.extension().is_some_and(|ending| {
        ["csv", "tsv"]
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}

/// Where a row says where it lies.
enum Place {
    Columns(usize, usize),
    Text(usize),
}

pub(super) fn read(
    path: &Path,
    options: &FeatureOptions,
    answers: &mut Answers,
) -> Result<(), Stop> {
    if sniff::head(path).contains(&0) {
        let looks_like = sniff::looks_like(path);
        let detail = "text was expected".to_owned();
        return Err(Fault::NotVector { looks_like, detail }.into());
    }
    let encoding = match text::told(path, options.encoding.as_deref())? {
        Some(encoding) => encoding,
        None => guess(path)?,
    };
    let mut reader = reader(path)?;
    let header = reader.byte_headers().map_err(unreadable)?.clone();
    let fields: Vec<String> = header
        .iter()
        .map(|name| {
            text::decode(name, encoding)
                .trim_matches(['\u{feff}', ' ', '\r'])
                .to_owned()
        })
        .collect();
    let place = place(&fields, options)?;
    let system = reference::named(options.crs.as_deref().unwrap_or(DEGREES))?;
    answers.send(&Frame::Layer {
        name: path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into(),
        crs_name: reference::name(&system),
        encoding: encoding.name().to_owned(),
        fields: fields.clone(),
        by_line: true,
    })?;
    let mut delivery = Delivery {
        to_degrees: reference::to_degrees(&system)?,
        answers,
    };
    let mut row = ByteRecord::new();
    loop {
        // Where the row begins; an empty line before it is part of it.
        let begins = usize::try_from(reader.position().line()).unwrap_or(usize::MAX);
        match reader.read_byte_record(&mut row) {
            Ok(false) => return Ok(()),
            Ok(true) if blank(&row) => {}
            Ok(true) => {
                let line = row.position().map_or(begins, |at| at.line() as usize);
                if row.len() != fields.len() {
                    let (has, needs) = (row.len(), fields.len());
                    let reason = format!("it has {has} fields where the header has {needs}");
                    delivery.refuse(line, reason)?;
                    continue;
                }
                let shape = shape(&row, &place, encoding);
                delivery.send(line, shape.as_ref().map_err(Clone::clone), || {
                    properties(&row, &fields, encoding)
                })?;
            }
            Err(error) => return Err(unreadable(error).into()),
        }
    }
}

/// Whether a row is an empty line, perhaps with the first half of its end.
fn blank(row: &ByteRecord) -> bool {
    row.len() == 1 && row.iter().all(|field| field.trim_ascii().is_empty())
}

fn reader(path: &Path) -> Result<csv::Reader<std::fs::File>, Fault> {
    let head = sniff::head(path);
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let parts = |delimiter: u8| line.split(|byte| *byte == delimiter).count();
    let delimiter = [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|delimiter| parts(*delimiter))
        .unwrap_or(b',');
    // Lines are counted wrong where they end in CR LF and both end a row: the row ends at the
    // one, the line at the other. So LF ends both, and a CR before it is trimmed from the field.
    let terminator = if head.contains(&b'\n') {
        Terminator::Any(b'\n')
    } else {
        Terminator::CRLF
    };
    ReaderBuilder::new()
        .delimiter(delimiter)
        .terminator(terminator)
        .flexible(true)
        .from_path(path)
        .map_err(unreadable)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape map_err wants")]
fn unreadable(error: csv::Error) -> Fault {
    Fault::Table {
        format: "CSV with a header".to_owned(),
        detail: error.to_string(),
    }
}

fn guess(path: &Path) -> Result<&'static Encoding, Fault> {
    let mut reader = reader(path)?;
    let header = reader.byte_headers().map_err(unreadable)?.clone();
    let rows = reader.byte_records().take(LOOKED_AT).filter_map(Result::ok);
    let rows: Vec<ByteRecord> = std::iter::once(header).chain(rows).collect();
    let texts = rows.iter().flat_map(|row| row.iter());
    Ok(text::guess(texts.filter(|text| !text.is_ascii())))
}

fn place(fields: &[String], options: &FeatureOptions) -> Result<Place, Fault> {
    let find = |name: &str| {
        fields
            .iter()
            .position(|field| field.to_lowercase() == name.to_lowercase())
    };
    let first = |names: &[&str]| names.iter().find_map(|name| find(name));
    let missing = || Fault::NoCoordinates {
        fields: fields.to_vec(),
    };
    if let Some([x, y]) = &options.columns {
        return match (find(x), find(y)) {
            (Some(x), Some(y)) => Ok(Place::Columns(x, y)),
            _ => Err(missing()),
        };
    }
    match (first(&X), first(&Y), first(&WKT)) {
        (Some(x), Some(y), _) => Ok(Place::Columns(x, y)),
        (_, _, Some(text)) => Ok(Place::Text(text)),
        _ => Err(missing()),
    }
}

fn shape(row: &ByteRecord, place: &Place, encoding: &'static Encoding) -> Result<Geometry, String> {
    let field = |at: usize| text::decode(row.get(at).unwrap_or_default(), encoding);
    match place {
        Place::Text(at) => Geometry::from_wkt(field(*at).trim())
            .map_err(|_unreadable| "its shape is not well-known text".to_owned()),
        Place::Columns(x, y) => {
            let (x, y) = (number(&field(*x))?, number(&field(*y))?);
            Geometry::from_wkt(&format!("POINT ({x:?} {y:?})"))
                .map_err(|error| format!("its coordinates make no point ({error})"))
        }
    }
}

fn number(text: &str) -> Result<f64, String> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err("its coordinates are empty".to_owned());
    }
    let number = trimmed
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite());
    number.ok_or_else(|| format!("“{trimmed}” is not a coordinate in decimal numbers"))
}

/// Numbers stay numbers where they are written as such; codes with zeros in front stay text.
fn properties(
    row: &ByteRecord,
    fields: &[String],
    encoding: &'static Encoding,
) -> Map<String, Value> {
    let values = row.iter().map(|raw| value(&text::decode(raw, encoding)));
    fields.iter().cloned().zip(values).collect()
}

fn value(text: &str) -> Value {
    let text = text.trim();
    let code =
        text.len() > 15 || (text.len() > 1 && text.starts_with('0') && !text.starts_with("0."));
    let digits = text.starts_with(|first: char| first.is_ascii_digit() || first == '-');
    if text.is_empty() {
        Value::Null
    } else if code || !digits {
        text.into()
    } else if let Ok(whole) = text.parse::<i64>() {
        whole.into()
    } else {
        let number = text.parse().ok().and_then(Number::from_f64);
        number.map_or_else(|| text.into(), Value::Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stay_text_and_numbers_stay_numbers() {
        assert_eq!(value("0123"), Value::from("0123"));
        assert_eq!(value("500154101200"), Value::from(500_154_101_200_i64));
        assert_eq!(value("-1.5"), Value::from(-1.5));
        assert_eq!(value("0.25"), Value::from(0.25));
        assert_eq!(
            value("123456789012345678"),
            Value::from("123456789012345678")
        );
        assert_eq!(value("2026-11-03"), Value::from("2026-11-03"));
        assert_eq!(value(" "), Value::Null);
        assert_eq!(value("nan"), Value::from("nan"));
    }

    #[test]
    fn columns_are_found_by_usual_names_or_told() {
        let fields = ["名称", "经度", "纬度"].map(str::to_owned);
        let found = place(&fields, &FeatureOptions::default());
        assert!(matches!(found, Ok(Place::Columns(1, 2))));
        let told = FeatureOptions {
            columns: Some(["e".to_owned(), "n".to_owned()]),
            ..FeatureOptions::default()
        };
        let fields = ["N", "E"].map(str::to_owned);
        assert!(matches!(place(&fields, &told), Ok(Place::Columns(1, 0))));
        assert!(place(&fields, &FeatureOptions::default()).is_err());
    }
}
