//! Files that are damaged, too large, or something else than they say.

use std::time::Duration;

use gdal::{DriverManager, raster::Buffer, spatial_ref::SpatialRef};
use raster::foreign::{Error, Fault, FeatureOptions, Limits};

use crate::support::{UTM, fault, foreign, geotiff, real};

#[test]
fn a_text_called_tif_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.tif");
    std::fs::write(&path, "这不是影像\n").unwrap();
    let error = foreign().describe(&path).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("scene.tif"), "{message}");
    assert!(message.contains("looks like a text file"), "{message}");
    assert!(message.contains("GeoTIFF"), "{message}");
}

#[test]
fn a_raster_that_does_not_say_where_it_is_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.tif");
    geotiff(&path, None, (10, 10), UTM);
    assert_eq!(fault(foreign().describe(&path)), Fault::NoReferenceSystem);
}

#[test]
fn a_truncated_tiff_is_an_error_and_not_zeros() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.tif");
    let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
    let mut dataset = driver
        .create_with_band_type::<u16, _>(&path, 500, 500, 1)
        .unwrap();
    dataset.set_geo_transform(&UTM).unwrap();
    dataset
        .set_spatial_ref(&SpatialRef::from_epsg(32_648).unwrap())
        .unwrap();
    let mut ones = Buffer::new((500, 500), vec![1_u16; 250_000]);
    dataset
        .rasterband(1)
        .unwrap()
        .write((0, 0), (500, 500), &mut ones)
        .unwrap();
    drop(dataset);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() * 6 / 10]).unwrap();
    let read = foreign().read_band::<Error, _>(&path, 1, |strip| {
        assert!(
            strip.samples.numbers().all(|sample| sample == 1.0),
            "made-up pixels"
        );
        Ok(())
    });
    match fault(read) {
        Fault::Pixels { band: 1, .. } => {}
        // Some writers put the head at the end of the file, which is then gone altogether.
        Fault::NotRaster { looks_like, .. } => assert_eq!(looks_like, "a damaged TIFF"),
        other => panic!("{other}"),
    }
}

#[test]
fn a_real_scene_cut_short_is_an_error() {
    let name = "satellite/s2_l2a_maja_gers/\
                SENTINEL2B_20181023-105107-455_L2A_T30TYP_D_V1-9_FRE_B4.tif";
    let Some(path) = real(name) else { return };
    let folder = tempfile::tempdir().unwrap();
    let short = folder.path().join("short.tif");
    let bytes = std::fs::read(path).unwrap();
    std::fs::write(&short, &bytes[..bytes.len() / 2]).unwrap();
    let read = foreign().read_band::<Error, _>(&short, 1, |_strip| Ok(()));
    let fault = fault(read);
    assert!(
        matches!(fault, Fault::Pixels { .. } | Fault::NotRaster { .. }),
        "{fault}"
    );
}

#[test]
fn a_slow_child_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.tif");
    geotiff(&path, Some(32_648), (1000, 3000), UTM);
    let limits = Limits {
        time: Duration::from_millis(1),
        ..Limits::default()
    };
    let answer = foreign().with_limits(limits).describe(&path);
    assert!(matches!(answer, Err(Error::TooSlow { .. })), "{answer:?}");
}

#[test]
fn a_child_without_memory_costs_the_file_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.tif");
    geotiff(&path, Some(32_648), (1000, 3000), UTM);
    let limits = Limits {
        memory: 4 << 20,
        ..Limits::default()
    };
    let answer = foreign().with_limits(limits).describe(&path);
    assert!(
        matches!(answer, Err(Error::Broke { .. } | Error::Refused { .. })),
        "{answer:?}"
    );
}

#[test]
fn a_cut_off_geojson_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.geojson");
    let text = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[108,31]}},
        {"type":"Feature","properties":{},"geometry":{"type":"Poi"#;
    std::fs::write(&path, text).unwrap();
    let fault = fault(foreign().features(&path, &FeatureOptions::default()));
    assert!(
        matches!(fault, Fault::NotVector { .. } | Fault::Features { .. }),
        "{fault}"
    );
}

#[test]
fn a_raster_is_no_vector_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.tif");
    geotiff(&path, Some(32_648), (10, 10), UTM);
    let fault = fault(foreign().features(&path, &FeatureOptions::default()));
    assert!(fault.to_string().contains("not a vector file"), "{fault}");
}
