//! Layers of features.

use gdal::vector::LayerOptions;
use geo::{Area as _, BoundingRect as _};
use raster::foreign::{Fault, FeatureOptions};

use crate::support::{SQUARE, fault, foreign, real, square};

#[test]
fn a_gbk_shapefile_without_cpg_reads_in_chinese() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("villages.shp");
    square(
        "ESRI Shapefile",
        &path,
        Some(4490),
        &["ENCODING=CP936"],
        SQUARE,
    );
    let _ = std::fs::remove_file(path.with_extension("cpg"));
    let features = foreign()
        .features(&path, &FeatureOptions::default())
        .unwrap();
    assert_eq!(features.encoding, "gb18030");
    assert_eq!(features.fields, ["名称", "POP"]);
    let [feature] = features.features.as_slice() else {
        panic!("{features:?}")
    };
    assert_eq!(feature.properties["名称"], "温泉镇");
    assert_eq!(feature.properties["POP"], 1234);
    let bounds = feature.geometry.bounding_rect().unwrap();
    assert!(
        (bounds.min().x - 108.0).abs() < 1e-6,
        "longitude first: {bounds:?}"
    );
    assert!(
        (bounds.max().y - 31.1).abs() < 1e-6,
        "latitude second: {bounds:?}"
    );
}

#[test]
fn a_shapefile_without_prj_needs_its_reference_system_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("villages.shp");
    let metres = "POLYGON ((500000 3430000, 501000 3430000, 501000 3431000, 500000 3430000))";
    square("ESRI Shapefile", &path, None, &["ENCODING=UTF-8"], metres);
    let options = FeatureOptions::default();
    let refused = fault(foreign().features(&path, &options));
    assert!(refused.to_string().contains("--crs EPSG:4490"), "{refused}");
    let options = FeatureOptions {
        crs: Some("EPSG:4545".to_owned()),
        ..options
    };
    let features = foreign().features(&path, &options).unwrap();
    let bounds = features.features[0].geometry.bounding_rect().unwrap();
    // The central meridian of zone 4545 (CGCS2000 / 3-degree, CM 108°E) is its false easting.
    assert!((bounds.min().x - 108.0).abs() < 1e-9, "{bounds:?}");
}

#[test]
fn heights_and_curves_are_flattened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("curved.gpkg");
    let circle = "CURVEPOLYGON Z (CIRCULARSTRING Z (0 0 5, 1 1 5, 2 0 5, 1 -1 5, 0 0 5))";
    square("GPKG", &path, Some(4326), &[], circle);
    let features = foreign()
        .features(&path, &FeatureOptions::default())
        .unwrap();
    let area = features.features[0].geometry.unsigned_area();
    assert!(
        (area - std::f64::consts::PI).abs() < 0.01,
        "a circle of radius 1 has area {area}"
    );
}

#[test]
fn empty_and_missing_geometries_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.geojson");
    let text = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","properties":{"name":"a"},"geometry":null},
        {"type":"Feature","properties":{"name":"b"},"geometry":{"type":"Polygon","coordinates":[]}},
        {"type":"Feature","properties":{"name":"c"},"geometry":{"type":"Point","coordinates":[108,31]}},
        {"type":"Feature","properties":{"name":"d"},"geometry":{"type":"Point","coordinates":[508,31]}}]}"#;
    std::fs::write(&path, text).unwrap();
    let features = foreign()
        .features(&path, &FeatureOptions::default())
        .unwrap();
    assert_eq!(features.features.len(), 1);
    assert_eq!(features.features[0].index, 3);
    let refused: Vec<_> = features
        .refused
        .iter()
        .map(|refused| refused.index)
        .collect();
    assert_eq!(refused, [1, 2, 4]);
}

#[test]
fn one_of_several_layers_must_be_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two.gpkg");
    square("GPKG", &path, Some(4326), &[], SQUARE);
    {
        let update = gdal::DatasetOptions {
            open_flags: gdal::GdalOpenFlags::GDAL_OF_UPDATE,
            ..gdal::DatasetOptions::default()
        };
        let mut dataset = gdal::Dataset::open_ex(&path, update).unwrap();
        dataset
            .create_layer(LayerOptions {
                name: "roads",
                ..LayerOptions::default()
            })
            .unwrap();
    }
    let fault = fault(foreign().features(&path, &FeatureOptions::default()));
    assert_eq!(
        fault,
        Fault::ManyLayers {
            layers: vec!["villages".into(), "roads".into()]
        }
    );
    let options = FeatureOptions {
        layer: Some("villages".into()),
        ..FeatureOptions::default()
    };
    assert_eq!(
        foreign().features(&path, &options).unwrap().features.len(),
        1
    );
}

#[test]
fn the_communes_of_gers_arrive_in_degrees() {
    let Some(path) = real("vector/communes_gers_epsg2154.geojson") else {
        return;
    };
    let features = foreign()
        .features(&path, &FeatureOptions::default())
        .unwrap();
    assert_eq!(features.crs_name, "RGF93 v1 / Lambert-93");
    assert_eq!((features.features.len(), features.refused.len()), (19, 0));
    let first = &features.features[0];
    assert!(
        first.properties.contains_key("INSEE_COM"),
        "{:?}",
        first.properties
    );
    for feature in &features.features {
        let bounds = feature.geometry.bounding_rect().unwrap();
        assert!(bounds.min().x > -0.05 && bounds.max().x < 0.3, "{bounds:?}");
        assert!(bounds.min().y > 43.5 && bounds.max().y < 43.9, "{bounds:?}");
    }
}

#[test]
fn the_same_village_in_every_vector_format() {
    for (driver, name) in [
        ("GeoJSON", "乡村.geojson"),
        ("FlatGeobuf", "乡村.fgb"),
        ("OpenFileGDB", "villages.gdb"),
        ("GPKG", "乡村.gpkg"),
        ("LIBKML", "villages.kml"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        square(driver, &path, Some(4326), &[], SQUARE);
        let features = foreign().features(&path, &FeatureOptions::default());
        let features = features.unwrap_or_else(|error| panic!("{driver}: {error}"));
        let [feature] = features.features.as_slice() else {
            panic!("{driver}: {features:?}")
        };
        let bounds = feature.geometry.bounding_rect().unwrap();
        assert!(
            (bounds.min().x - 108.0).abs() < 1e-6,
            "{driver}: {bounds:?}"
        );
        assert!((bounds.max().y - 31.1).abs() < 1e-6, "{driver}: {bounds:?}");
        let properties = serde_json::Value::Object(feature.properties.clone()).to_string();
        assert!(
            properties.contains("温泉镇") && properties.contains("1234"),
            "{driver}: {properties}"
        );
    }
}
