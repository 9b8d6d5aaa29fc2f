//! Files that point at others: nothing but what they hold themselves comes in.

use std::path::{Path, PathBuf};

use gdal::{Dataset, DatasetOptions, GdalOpenFlags, vector::sql::Dialect};
use raster::foreign::{Fault, FeatureOptions};

use crate::support::{SQUARE, fault, foreign, square};

/// What the files that others point at hold, and no answer may.
const SECRET: &str = "密件-4711";

/// A file elsewhere that every driver would read.
fn elsewhere(folder: &Path) -> PathBuf {
    let path = folder.join("outside.geojson");
    let feature = format!(
        r#"{{"type":"Feature","properties":{{"name":"{SECRET}"}},"geometry":{{"type":"Point","coordinates":[108,31]}}}}"#
    );
    let text = format!(r#"{{"type":"FeatureCollection","features":[{feature}]}}"#);
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_vrt_is_refused_whatever_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.tif");
    let vrt = r#"<VRTDataset rasterXSize="1" rasterYSize="1"><VRTRasterBand dataType="Byte" band="1">
        <SimpleSource><SourceFilename>/etc/passwd</SourceFilename></SimpleSource>
        </VRTRasterBand></VRTDataset>"#;
    std::fs::write(&path, vrt).unwrap();
    assert_eq!(fault(foreign().describe(&path)), Fault::Virtual);
    assert!(Fault::Virtual.to_string().contains("gdal_translate"));
}

#[test]
fn a_shapefile_sees_its_own_files_and_no_others() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = folder.path().join("villages.shp");
    square(
        "ESRI Shapefile",
        &path,
        Some(4490),
        &["ENCODING=UTF-8"],
        SQUARE,
    );
    let whole = foreign()
        .features(&path, &FeatureOptions::default())
        .unwrap();
    assert_eq!(whole.fields, ["名称", "POP"]);
    let outside = elsewhere.path().join("villages.dbf");
    std::fs::rename(path.with_extension("dbf"), &outside).unwrap();
    std::os::unix::fs::symlink(&outside, path.with_extension("dbf")).unwrap();
    let bounded = foreign().features(&path, &FeatureOptions::default());
    let fields = bounded.map(|features| features.fields).unwrap_or_default();
    assert!(
        !fields.contains(&"POP".to_owned()),
        "a link led out of the folder: {fields:?}"
    );
}

#[test]
fn a_gpkg_with_a_table_that_lies_outside_is_refused() {
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let secret = elsewhere(outside.path());
    for module in ["VirtualOGR", "VirtualShape", "VirtualText"] {
        let path = folder.path().join(format!("{module}.gpkg"));
        square("GPKG", &path, Some(4326), &[], SQUARE);
        let update = DatasetOptions {
            open_flags: GdalOpenFlags::GDAL_OF_UPDATE | GdalOpenFlags::GDAL_OF_VECTOR,
            ..DatasetOptions::default()
        };
        let dataset = Dataset::open_ex(&path, update).unwrap();
        let secret = secret.display();
        for statement in [
            "PRAGMA writable_schema = ON".to_owned(),
            format!(
                "INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) VALUES ('table', \
                 'outside', 'outside', 0, 'CREATE VIRTUAL TABLE outside USING {module}(''{secret}'')')"
            ),
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) \
             VALUES ('outside', 'attributes', 'outside', 4326)"
                .to_owned(),
        ] {
            dataset
                .execute_sql(&statement, None, Dialect::DEFAULT)
                .unwrap();
        }
        drop(dataset);
        let options = FeatureOptions {
            layer: Some("villages".to_owned()),
            ..FeatureOptions::default()
        };
        let what = format!("a table of the module {}", module.to_lowercase());
        let refused = fault(foreign().features(&path, &options));
        assert_eq!(refused, Fault::PointsElsewhere { what });
    }
}

#[test]
fn a_kml_whose_data_lie_outside_is_refused() {
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let secret = elsewhere(outside.path());
    let secret = secret.display();
    let place = "<Point><coordinates>108,31</coordinates></Point>";
    for (name, refused, doctype, content) in [
        (
            "entity",
            true,
            format!(r#"<!DOCTYPE kml [<!ENTITY outside SYSTEM "file://{secret}">]>"#),
            format!("<Placemark><name>&outside;</name>{place}</Placemark>"),
        ),
        (
            "link",
            true,
            String::new(),
            format!("<NetworkLink><Link><href>{secret}</href></Link></NetworkLink>"),
        ),
        (
            "style",
            false,
            String::new(),
            format!("<Placemark><styleUrl>{secret}#s</styleUrl>{place}</Placemark>"),
        ),
        (
            "overlay",
            false,
            String::new(),
            format!("<GroundOverlay><Icon><href>{secret}</href></Icon></GroundOverlay>"),
        ),
    ] {
        let path = folder.path().join(format!("{name}.kml"));
        let text = format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>{doctype}
            <kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>villages</name>{content}</Document></kml>"#
        );
        std::fs::write(&path, text).unwrap();
        let found = foreign().features(&path, &FeatureOptions::default());
        assert!(!format!("{found:?}").contains(SECRET), "{name}: {found:?}");
        if refused {
            let fault = fault(found);
            assert!(
                matches!(fault, Fault::PointsElsewhere { .. }),
                "{name}: {fault:?}"
            );
        }
        let described = format!("{:?}", foreign().describe(&path));
        assert!(described.starts_with("Err"), "{name}: {described}");
    }
}
