//! Foreign files through the real child process: this test binary is its own child.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::float_cmp,
    reason = "a test fails by panicking, says what it skips, and compares exact values"
)]

use std::{
    fs::OpenOptions,
    io::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use gdal::{
    DriverManager, Metadata as _,
    raster::{Buffer, RasterCreationOptions},
    spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef},
    vector::{FieldDefn, Geometry, LayerAccess as _, LayerOptions, OGRFieldType},
};
use geo::{Area as _, BoundingRect as _};
use raster::{
    foreign::{Error, Fault, FeatureOptions, Foreign, Limits, Samples},
    sample::DataType,
};

/// Runs the child's body before the test harness sees the arguments.
#[used]
// SAFETY: an entry of `.init_array` is a function without arguments that returns nothing; the
// standard library is ready by then on glibc.
#[unsafe(link_section = ".init_array")]
static CHILD: extern "C" fn() = child;

#[expect(clippy::exit, reason = "the process is the child and ends here")]
extern "C" fn child() {
    if std::env::args().nth(1).as_deref() == Some("gdal-child") {
        let code = raster::foreign::child::main();
        std::process::exit(i32::from(code != std::process::ExitCode::SUCCESS));
    }
}

fn foreign() -> Foreign {
    Foreign::new(std::env::current_exe().unwrap())
}

/// A file of the real data, or `None` with a line that says what is skipped.
fn real(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("XIANGTU_REAL_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/real"),
        PathBuf::from,
    );
    let path = root.join(name);
    if !path.exists() {
        note_skipped(name);
        return None;
    }
    Some(path)
}

/// For the list at the end of `scripts/test`.
fn note_skipped(name: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let line = format!("{test}: {name} is not in XIANGTU_REAL_DATA");
    eprintln!("SKIPPED: {line}");
    let list = std::env::var_os("XIANGTU_SKIPPED");
    let file = list.and_then(|list| OpenOptions::new().append(true).create(true).open(list).ok());
    if let Some(mut file) = file {
        // A lost line would only shorten the closing list; it must not fail the test.
        let _ = writeln!(file, "{line}");
    }
}

/// A GeoTIFF of 16-bit numbers: sample = 7 × row + column.
fn geotiff(path: &Path, epsg: Option<u32>, size: (usize, usize), transform: [f64; 6]) {
    let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
    let options = RasterCreationOptions::from_iter(["COMPRESS=DEFLATE", "BLOCKYSIZE=16"]);
    let mut dataset = driver
        .create_with_band_type_with_options::<u16, _>(path, size.0, size.1, 2, &options)
        .unwrap();
    dataset.set_geo_transform(&transform).unwrap();
    if let Some(epsg) = epsg {
        dataset
            .set_spatial_ref(&SpatialRef::from_epsg(epsg).unwrap())
            .unwrap();
    }
    let mut band = dataset.rasterband(2).unwrap();
    let samples = (0..size.0 * size.1).map(|at| (7 * (at / size.0) + at % size.0) as u16);
    let mut samples = Buffer::new(size, samples.collect());
    band.write((0, 0), size, &mut samples).unwrap();
    band.set_description("B08").unwrap();
    band.set_no_data_value(Some(0.0)).unwrap();
    band.set_scale(0.0001).unwrap();
    band.set_metadata_item("WAVELENGTH", "0.842", "").unwrap();
}

const UTM: [f64; 6] = [500_000.0, 10.0, 0.0, 4_000_000.0, 0.0, -10.0];

fn fault<T: std::fmt::Debug>(answer: Result<T, Error>) -> Fault {
    match answer {
        Err(Error::Refused { fault, .. }) => fault,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_geotiff_is_described() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.tif");
    geotiff(&path, Some(32_648), (50, 40), UTM);
    let description = foreign().describe(&path).unwrap();
    assert_eq!(description.driver, "GTiff");
    assert_eq!((description.width, description.height), (50, 40));
    assert_eq!(description.transform, UTM);
    assert_eq!(description.epsg, Some(32_648));
    assert_eq!(description.crs_name, "WGS 84 / UTM zone 48N");
    assert_eq!(description.lattice, None);
    let [first, second] = description.bands.as_slice() else {
        panic!("{description:?}")
    };
    assert_eq!(first.description, None);
    assert_eq!(second.data_type, DataType::U16);
    assert_eq!(second.description.as_deref(), Some("B08"));
    assert_eq!(
        (second.nodata, second.scale, second.offset),
        (Some(0.0), Some(0.0001), None)
    );
    assert_eq!(
        second.tags.get("WAVELENGTH").map(String::as_str),
        Some("0.842")
    );
}

#[test]
fn a_band_arrives_whole_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.tif");
    let size = (1000, 3000);
    geotiff(&path, Some(32_648), size, UTM);
    let (mut next, mut strips) = (0, 0);
    let read = foreign().read_band::<Error, _>(&path, 2, |strip| {
        let Samples::U16(samples) = &strip.samples else {
            panic!("{strip:?}")
        };
        assert_eq!(samples.len(), strip.rows * strip.width);
        for (at, sample) in samples.iter().enumerate() {
            let (row, column) = (strip.first_row + at / size.0, at % size.0);
            assert_eq!(
                *sample,
                (7 * row + column) as u16,
                "row {row}, column {column}"
            );
        }
        next = strip.first_row + strip.rows;
        strips += 1;
        Ok(())
    });
    read.unwrap();
    assert_eq!(next, 3000);
    assert!(strips > 1, "one strip is no stream");
}

#[test]
fn a_sink_that_fails_stops_the_child() {
    #[derive(Debug)]
    struct Full;
    impl From<Error> for Full {
        fn from(error: Error) -> Self {
            panic!("{error}")
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.tif");
    geotiff(&path, Some(32_648), (1000, 3000), UTM);
    let mut strips = 0;
    let read = foreign().read_band(&path, 1, |_strip| {
        strips += 1;
        Err(Full)
    });
    assert!(matches!(read, Err(Full)));
    assert_eq!(strips, 1);
}

#[test]
fn a_band_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.tif");
    geotiff(&path, Some(32_648), (10, 10), UTM);
    let read = foreign().read_band::<Error, _>(&path, 3, |_strip| Ok(()));
    assert_eq!(fault(read), Fault::NoBand { band: 3, bands: 2 });
}

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
fn a_projection_without_formula_comes_as_a_lattice_within_a_twentieth_of_a_pixel() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lambert.tif");
    let size = (3000, 3000);
    geotiff(
        &path,
        Some(2154),
        size,
        [440_000.0, 10.0, 0.0, 6_310_000.0, 0.0, -10.0],
    );
    let lattice = foreign().describe(&path).unwrap().lattice.unwrap();

    let mut lambert = SpatialRef::from_epsg(2154).unwrap();
    let mut degrees = SpatialRef::from_epsg(4326).unwrap();
    lambert.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    degrees.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    let exact = CoordTransform::new(&lambert, &degrees).unwrap();
    for step in 0..=20 {
        let (x, y) = (
            440_000.0 + f64::from(step * 1500),
            6_280_000.0 + f64::from(step * 1431),
        );
        let (mut longitude, mut latitude) = ([x], [y]);
        exact
            .transform_coords(&mut longitude, &mut latitude, &mut [])
            .unwrap();
        let (near_x, near_y) = lattice.forward(longitude[0], latitude[0]);
        let off = (near_x - x).hypot(near_y - y);
        assert!(off < 0.5, "{off} m off at {x}, {y}");
    }
}

#[test]
fn the_grid_of_modis_comes_as_its_formula() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("modis.tif");
    let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
    let mut dataset = driver
        .create_with_band_type::<u8, _>(&path, 9, 7, 1)
        .unwrap();
    let modis = "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m +no_defs";
    let modis = SpatialRef::from_proj4(modis).unwrap();
    dataset.set_spatial_ref(&modis).unwrap();
    dataset
        .set_geo_transform(&[1e7, 463.0, 0.0, 3.5e6, 0.0, -463.0])
        .unwrap();
    drop(dataset);
    let expected = grid::sinusoidal::Sinusoidal::modis();
    assert_eq!(
        foreign().describe(&path).unwrap().lattice,
        Some(grid::projection::Projection::Sinusoidal(expected))
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

/// A layer of one square with names, in a file of the given format.
fn square(driver: &str, path: &Path, epsg: Option<u32>, options: &[&str], shape: &str) {
    // The one format that wants to know beforehand.
    let kind = match driver {
        "OpenFileGDB" => gdal::vector::OGRwkbGeometryType::wkbMultiPolygon,
        _ => gdal::vector::OGRwkbGeometryType::wkbUnknown,
    };
    let driver = DriverManager::get_driver_by_name(driver).unwrap();
    let mut dataset = driver.create_vector_only(path).unwrap();
    let srs = epsg.map(|epsg| {
        let mut srs = SpatialRef::from_epsg(epsg).unwrap();
        srs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        srs
    });
    let layer = LayerOptions {
        name: "villages",
        srs: srs.as_ref(),
        ty: kind,
        options: Some(options),
    };
    let layer = dataset.create_layer(layer).unwrap();
    FieldDefn::new("名称", OGRFieldType::OFTString)
        .unwrap()
        .add_to_layer(&layer)
        .unwrap();
    FieldDefn::new("POP", OGRFieldType::OFTInteger)
        .unwrap()
        .add_to_layer(&layer)
        .unwrap();
    let mut feature = gdal::vector::Feature::new(layer.defn()).unwrap();
    feature
        .set_geometry(Geometry::from_wkt(shape).unwrap())
        .unwrap();
    feature.set_field_string(0, "温泉镇").unwrap();
    feature.set_field_integer(1, 1234).unwrap();
    feature.create(&layer).unwrap();
}

const SQUARE: &str = "POLYGON ((108 31, 108.1 31, 108.1 31.1, 108 31.1, 108 31))";

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
fn a_raster_is_no_vector_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.tif");
    geotiff(&path, Some(32_648), (10, 10), UTM);
    let fault = fault(foreign().features(&path, &FeatureOptions::default()));
    assert!(fault.to_string().contains("not a vector file"), "{fault}");
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
fn the_gers_scene_reads_as_gdal_reads_it() {
    let name = "satellite/s2_l2a_maja_gers/\
                SENTINEL2B_20181023-105107-455_L2A_T30TYP_D_V1-9_FRE_B4.tif";
    let Some(path) = real(name) else { return };
    let description = foreign().describe(&path).unwrap();
    assert_eq!((description.width, description.height), (1198, 1170));
    assert_eq!(description.epsg, Some(32_630));
    assert_eq!(
        description.transform,
        [742_910.0, 10.0, 0.0, 4_848_610.0, 0.0, -10.0]
    );
    assert_eq!(description.bands[0].data_type, DataType::I16);
    let dataset = gdal::Dataset::open(&path).unwrap();
    let expected = dataset
        .rasterband(1)
        .unwrap()
        .read_band_as::<i16>()
        .unwrap();
    let mut samples = Vec::new();
    let read = foreign().read_band::<Error, _>(&path, 1, |strip| {
        if let Samples::I16(strip) = strip.samples {
            samples.extend(strip);
        }
        Ok(())
    });
    read.unwrap();
    assert!(samples == expected.data(), "pixels differ");
}

#[test]
fn a_nodata_value_that_bytes_cannot_hold_is_dropped() {
    let Some(path) = real("aerial/drone_bali_pix4d_rgba.tif") else {
        return;
    };
    let description = foreign().describe(&path).unwrap();
    assert!(
        description.bands.iter().all(|band| band.nodata.is_none()),
        "{description:?}"
    );
    let colours: Vec<_> = description
        .bands
        .iter()
        .filter_map(|band| band.colour.as_deref())
        .collect();
    assert_eq!(colours, ["Red", "Green", "Blue", "Alpha"]);
}

/// The whole of band 1 as numbers.
fn band_one(path: &Path) -> Result<Vec<f64>, Error> {
    let mut numbers = Vec::new();
    foreign().read_band::<Error, _>(path, 1, |strip| {
        numbers.extend(strip.samples.numbers());
        Ok(())
    })?;
    Ok(numbers)
}

/// A copy of a GeoTIFF of noise-like 16-bit numbers in another format, and the numbers.
fn converted(folder: &Path, driver: &str, name: &str, options: &[&str]) -> (PathBuf, Vec<f64>) {
    let (source, target) = (folder.join("source.tif"), folder.join(name));
    let size = (700, 600);
    let tiff = DriverManager::get_driver_by_name("GTiff").unwrap();
    let mut dataset = tiff
        .create_with_band_type::<u16, _>(&source, size.0, size.1, 1)
        .unwrap();
    dataset.set_geo_transform(&UTM).unwrap();
    dataset
        .set_spatial_ref(&SpatialRef::from_epsg(32_648).unwrap())
        .unwrap();
    let numbers = (0..size.0 * size.1).map(|at| (at * 7919 % 9973) as u16 + 1);
    let mut numbers = Buffer::new(size, numbers.collect());
    dataset
        .rasterband(1)
        .unwrap()
        .write((0, 0), size, &mut numbers)
        .unwrap();
    let driver = DriverManager::get_driver_by_name(driver).unwrap();
    let options: RasterCreationOptions = options.iter().copied().collect();
    dataset.create_copy(&driver, &target, &options).unwrap();
    (
        target,
        numbers.data().iter().copied().map(f64::from).collect(),
    )
}

#[test]
fn other_formats_read_like_geotiff_and_break_like_it() {
    let lossless = ["QUALITY=100", "REVERSIBLE=YES"];
    for (driver, name, options) in [
        (
            "JP2OpenJPEG",
            "T48RXU_20240501T032541_B04_10m.jp2",
            lossless.as_slice(),
        ),
        ("ENVI", "scene.img", &[]),
        ("HFA", "erdas.img", &[]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (path, numbers) = converted(folder.path(), driver, name, options);
        let description = foreign().describe(&path).unwrap();
        assert_eq!(
            (description.driver.as_str(), description.epsg),
            (driver, Some(32_648))
        );
        assert_eq!(description.transform, UTM, "{driver}");
        assert!(
            band_one(&path).unwrap() == numbers,
            "{driver}: pixels differ"
        );
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let cut = band_one(&path);
        assert!(
            matches!(cut, Err(Error::Refused { .. })),
            "{driver}: a cut file reads as {}",
            {
                cut.map_or_else(
                    |error| error.to_string(),
                    |numbers| numbers.len().to_string(),
                )
            }
        );
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
