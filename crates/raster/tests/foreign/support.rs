//! Files made for the tests, and the door they go through.

use std::{
    fs::OpenOptions,
    io::Write as _,
    path::{Path, PathBuf},
};

use gdal::{
    DriverManager, Metadata as _,
    raster::{Buffer, RasterCreationOptions},
    spatial_ref::{AxisMappingStrategy, SpatialRef},
    vector::{FieldDefn, Geometry, LayerAccess as _, LayerOptions, OGRFieldType},
};
use raster::foreign::{Error, Fault, Foreign};

pub fn foreign() -> Foreign {
    Foreign::new(std::env::current_exe().unwrap())
}

/// A file of the real data, or `None` with a line that says what is skipped.
pub fn real(name: &str) -> Option<PathBuf> {
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
pub fn geotiff(path: &Path, epsg: Option<u32>, size: (usize, usize), transform: [f64; 6]) {
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

pub const UTM: [f64; 6] = [500_000.0, 10.0, 0.0, 4_000_000.0, 0.0, -10.0];

pub fn fault<T: std::fmt::Debug>(answer: Result<T, Error>) -> Fault {
    match answer {
        Err(Error::Refused { fault, .. }) => fault,
        other => panic!("not refused: {other:?}"),
    }
}

/// A layer of one square with names, in a file of the given format.
pub fn square(driver: &str, path: &Path, epsg: Option<u32>, options: &[&str], shape: &str) {
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

pub const SQUARE: &str = "POLYGON ((108 31, 108.1 31, 108.1 31.1, 108 31.1, 108 31))";

/// A copy of a GeoTIFF of noise-like 16-bit numbers in another format, and the numbers.
pub fn converted(folder: &Path, driver: &str, name: &str, options: &[&str]) -> (PathBuf, Vec<f64>) {
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

/// Numbers that look random and are the same every time.
pub struct Seeded(pub u64);

impl Seeded {
    /// From 0 to below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}
