//! Features of tables and of extracts: CSV, `GeoParquet`, `OpenStreetMap`.

use std::{fs::File, path::Path, sync::Arc};

use parquet::{
    basic::{ConvertedType, Repetition, Type as Physical},
    data_type::{ByteArray, ByteArrayType, Int64Type},
    file::{metadata::KeyValue, properties::WriterProperties, writer::SerializedFileWriter},
    schema::types::Type,
};
use raster::foreign::{Fault, FeatureOptions, Features};

use crate::support::{fault, foreign, real};

fn read(path: &Path, options: &FeatureOptions) -> Features {
    foreign().features(path, options).unwrap()
}

fn at(features: &Features, index: usize) -> (f64, f64) {
    let found = features
        .features
        .iter()
        .find(|feature| feature.index == index);
    match found.map(|feature| &feature.geometry) {
        Some(geo::Geometry::Point(point)) => point.x_y(),
        other => panic!("feature {index} is {other:?}"),
    }
}

#[test]
fn a_csv_in_gbk_reads_in_chinese_and_tells_lines() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("水井.csv");
    let text = "编号,名称,经度,纬度,深度\r\n\
        007,东井,108.4,31.16,12.5\r\n\
        008,\"西井,旧\",108.41,,3\r\n\
        009,南井,东经108度,31.2,4\r\n\
        010,北井,108.42,31.17\r\n\
        011,远井,508.4,31.16,1\r\n\
        012,新井,108.43,31.18,\r\n";
    let (bytes, _, _) = encoding_rs::GB18030.encode(text);
    std::fs::write(&path, bytes).unwrap();
    let features = read(&path, &FeatureOptions::default());
    assert_eq!(features.encoding, "gb18030");
    assert_eq!(features.fields, ["编号", "名称", "经度", "纬度", "深度"]);
    let taken: Vec<_> = features
        .features
        .iter()
        .map(|feature| feature.index)
        .collect();
    assert_eq!(taken, [2, 7]);
    let refused: Vec<_> = features
        .refused
        .iter()
        .map(|refused| refused.index)
        .collect();
    assert_eq!(refused, [3, 4, 5, 6], "{:?}", features.refused);
    assert!(
        features.refused[1].reason.contains("东经108度"),
        "{:?}",
        features.refused
    );
    let first = &features.features[0].properties;
    assert_eq!(
        (&first["编号"], &first["名称"]),
        (&"007".into(), &"东井".into())
    );
    assert_eq!(first["深度"], 12.5);
    assert_eq!(at(&features, 2), (108.4, 31.16));
}

#[test]
fn a_csv_of_metres_is_told_its_system_and_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("points.csv");
    // The mark at the beginning, semicolons, and northing before easting.
    std::fs::write(&path, "\u{feff}n;e;name\n3430000;500000;a\n").unwrap();
    let options = FeatureOptions {
        crs: Some("EPSG:4545".to_owned()),
        columns: Some(["e".to_owned(), "n".to_owned()]),
        ..FeatureOptions::default()
    };
    let features = read(&path, &options);
    let (longitude, latitude) = at(&features, 2);
    assert!((longitude - 108.0).abs() < 1e-9 && (latitude - 30.99).abs() < 0.01);
    let unknown = fault(foreign().features(&path, &FeatureOptions::default()));
    assert!(
        matches!(&unknown, Fault::NoCoordinates { fields } if fields[0] == "n"),
        "{unknown}"
    );
}

#[test]
fn what_only_claims_to_be_a_csv_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("picture.csv");
    std::fs::write(&path, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").unwrap();
    let refused = fault(foreign().features(&path, &FeatureOptions::default()));
    assert!(matches!(refused, Fault::NotVector { .. }), "{refused}");
}

#[test]
fn a_csv_may_hold_shapes_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fields.csv");
    let text = "name,wkt\na,\"POLYGON ((108 31,108.1 31,108.1 31.1,108 31))\"\nb,nothing\n";
    std::fs::write(&path, text).unwrap();
    let features = read(&path, &FeatureOptions::default());
    assert!(matches!(
        features.features[0].geometry,
        geo::Geometry::Polygon(_)
    ));
    assert_eq!(features.refused[0].index, 3);
}

/// A table of points, one of them missing, with the given metadata.
fn geoparquet(path: &Path, geo: Option<&str>) {
    let column = |name: &str, physical, converted, repetition| {
        let column = Type::primitive_type_builder(name, physical)
            .with_converted_type(converted)
            .with_repetition(repetition);
        Arc::new(column.build().unwrap())
    };
    let fields = vec![
        column(
            "name",
            Physical::BYTE_ARRAY,
            ConvertedType::UTF8,
            Repetition::REQUIRED,
        ),
        column(
            "mu",
            Physical::INT64,
            ConvertedType::NONE,
            Repetition::REQUIRED,
        ),
        column(
            "geometry",
            Physical::BYTE_ARRAY,
            ConvertedType::NONE,
            Repetition::OPTIONAL,
        ),
    ];
    let schema = Type::group_type_builder("schema")
        .with_fields(fields)
        .build()
        .unwrap();
    let metadata = geo.map(|geo| vec![KeyValue::new("geo".to_owned(), geo.to_owned())]);
    let properties = WriterProperties::builder()
        .set_key_value_metadata(metadata)
        .build();
    let file = File::create(path).unwrap();
    let mut writer =
        SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let texts = |texts: &[&[u8]]| -> Vec<ByteArray> {
        texts
            .iter()
            .map(|text| ByteArray::from(text.to_vec()))
            .collect()
    };
    let mut names = group.next_column().unwrap().unwrap();
    let values = texts(&["东田".as_bytes(), b"b"]);
    names
        .typed::<ByteArrayType>()
        .write_batch(&values, None, None)
        .unwrap();
    names.close().unwrap();
    let mut mu = group.next_column().unwrap().unwrap();
    mu.typed::<Int64Type>()
        .write_batch(&[3, 4], None, None)
        .unwrap();
    mu.close().unwrap();
    let mut point = vec![1, 1, 0, 0, 0];
    point.extend(500_000_f64.to_le_bytes());
    point.extend(3_430_000_f64.to_le_bytes());
    let mut shapes = group.next_column().unwrap().unwrap();
    shapes
        .typed::<ByteArrayType>()
        .write_batch(&texts(&[&point]), Some(&[1, 0]), None)
        .unwrap();
    shapes.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
}

const METRES: &str = r#"{"version":"1.1.0","primary_column":"geometry","columns":{"geometry":
    {"encoding":"WKB","geometry_types":["Point"],"crs":null}}}"#;

#[test]
fn a_geoparquet_arrives_with_its_attributes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fields.parquet");
    geoparquet(&path, Some(METRES));
    let refused = fault(foreign().features(&path, &FeatureOptions::default()));
    assert!(
        matches!(refused, Fault::LayerWithoutReferenceSystem { .. }),
        "{refused}"
    );
    let options = FeatureOptions {
        crs: Some("EPSG:4545".to_owned()),
        ..FeatureOptions::default()
    };
    let features = read(&path, &options);
    assert_eq!(features.fields, ["name", "mu"]);
    let feature = &features.features[0];
    assert_eq!(feature.properties["name"], "东田");
    assert_eq!(feature.properties["mu"], 3);
    assert!((at(&features, 1).0 - 108.0).abs() < 1e-9);
    assert_eq!(features.refused[0].index, 2);
}

#[test]
fn parquet_without_places_or_cut_short_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plain.parquet");
    geoparquet(&path, None);
    let refused = fault(foreign().features(&path, &FeatureOptions::default()));
    assert!(refused.to_string().contains("geo"), "{refused}");
    geoparquet(&path, Some(METRES));
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let refused = fault(foreign().features(&path, &FeatureOptions::default()));
    assert!(matches!(refused, Fault::Table { .. }), "{refused}");
}

#[test]
fn fields_that_somebody_else_wrote_arrive_in_degrees() {
    let Some(path) = real("vector/parcels/jp_field_polygons_2024.parquet") else {
        return;
    };
    let features = read(&path, &FeatureOptions::default());
    assert_eq!((features.features.len(), features.refused.len()), (100, 0));
    for feature in &features.features {
        use geo::BoundingRect as _;
        let bounds = feature.geometry.bounding_rect().unwrap();
        assert!(
            bounds.min().x > 122.0 && bounds.max().x < 154.0,
            "Japan: {bounds:?}"
        );
    }
}

const EXTRACT: &str = r#"<?xml version="1.0"?><osm version="0.6">
    <node id="1" lat="31.0" lon="108.0"/><node id="2" lat="31.0" lon="108.1"/>
    <node id="3" lat="31.1" lon="108.1"/>
    <node id="4" lat="31.05" lon="108.05"><tag k="place" v="village"/><tag k="name" v="大坪村"/>
      <tag k="name:en" v="Daping &quot;flat&quot;"/></node>
    <way id="5"><nd ref="1"/><nd ref="2"/><tag k="highway" v="track"/></way>
    <way id="6"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/><tag k="landuse" v="orchard"/></way>
    </osm>"#;

#[test]
fn an_extract_arrives_with_all_its_tags() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("village.osm");
    std::fs::write(&path, EXTRACT).unwrap();
    let features = read(&path, &FeatureOptions::default());
    let ids: Vec<_> = features
        .features
        .iter()
        .map(|feature| feature.properties["osm_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["node/4", "way/5", "way/6"]);
    let village = &features.features[0].properties;
    assert_eq!(village["name"], "大坪村");
    assert_eq!(village["name:en"], "Daping \"flat\"");
    assert!(matches!(
        features.features[1].geometry,
        geo::Geometry::LineString(_)
    ));
    assert!(matches!(
        features.features[2].geometry,
        geo::Geometry::MultiPolygon(_)
    ));
    let options = FeatureOptions {
        layer: Some("lines".to_owned()),
        ..FeatureOptions::default()
    };
    assert_eq!(read(&path, &options).features.len(), 1);
}

#[test]
fn a_broken_extract_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("village.osm");
    std::fs::write(&path, &EXTRACT[..EXTRACT.len() - 60]).unwrap();
    let refused = foreign().features(&path, &FeatureOptions::default());
    assert!(refused.is_err(), "{refused:?}");
    let Some(whole) = real("vector/andorra-latest.osm.pbf") else {
        return;
    };
    let path = folder.path().join("cut.osm.pbf");
    let bytes = std::fs::read(whole).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let refused = fault(foreign().features(&path, &FeatureOptions::default()));
    assert!(matches!(refused, Fault::Features { .. }), "{refused}");
}
