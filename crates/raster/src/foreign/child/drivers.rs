//! GDAL with all but a few drivers taken out, and its mouth shut.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use gdal::{Dataset, DatasetOptions, DriverManager, GdalOpenFlags, errors::CplErrType};

use crate::foreign::fault::Fault;

/// Formats of images. No VRT, no mosaics, no services: nothing that points elsewhere.
const RASTER: [&str; 4] = ["GTiff", "JP2OpenJPEG", "ENVI", "HFA"];
/// Formats of features.
const VECTOR: [&str; 8] = [
    "GeoJSON",
    "ESRI Shapefile",
    "GPKG",
    "FlatGeobuf",
    "OpenFileGDB",
    "LIBKML",
    "KML",
    "OSM",
];
/// How much of what GDAL says is kept.
const KEPT: usize = 20;

/// What GDAL said since the last question: (is it a failure, text).
static SAID: Mutex<Vec<(bool, String)>> = Mutex::new(Vec::new());

/// Which kind of file is expected.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Raster,
    Vector,
}

/// Opens a file read-only with the drivers of its kind.
pub(super) fn open(path: &Path, kind: Kind, options: &[&str]) -> Result<Dataset, Fault> {
    prepare(kind).map_err(|error| Fault::NotConfined {
        detail: error.to_string(),
    })?;
    let (flag, drivers): (_, &[&str]) = match kind {
        Kind::Raster => (GdalOpenFlags::GDAL_OF_RASTER, &RASTER),
        Kind::Vector => (GdalOpenFlags::GDAL_OF_VECTOR, &VECTOR),
    };
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_READONLY | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR | flag,
        allowed_drivers: Some(drivers),
        open_options: Some(options),
        sibling_files: None,
    };
    Dataset::open_ex(path, options).map_err(|_refused| {
        let (looks_like, detail) = (super::sniff::looks_like(path), failure(path));
        match kind {
            Kind::Raster => Fault::NotRaster { looks_like, detail },
            Kind::Vector => Fault::NotVector { looks_like, detail },
        }
    })
}

fn prepare(kind: Kind) -> gdal::errors::Result<()> {
    let settings = [
        ("GDAL_DRIVER_PATH", "disable"),
        ("GDAL_NUM_THREADS", "1"),
        ("GDAL_CACHEMAX", "256"),
        ("CPL_VSIL_CURL_ALLOWED_EXTENSIONS", "{none}"),
        ("CPL_CURL_VERBOSE", "NO"),
        ("PROJ_NETWORK", "OFF"),
        ("GTIFF_IGNORE_READ_ERRORS", "NO"),
        ("OGR_SQLITE_LOAD_EXTENSIONS", "NO"),
    ];
    for (name, value) in settings {
        gdal::config::set_config_option(name, value)?;
    }
    gdal::config::set_error_handler(|severity, _number, text| {
        let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
        if said.len() < KEPT && !matches!(severity, CplErrType::None | CplErrType::Debug) {
            let failure = matches!(severity, CplErrType::Failure | CplErrType::Fatal);
            said.push((failure, text.trim().to_owned()));
        }
    });
    DriverManager::register_all();
    let kept: &[&str] = if kind == Kind::Raster {
        &RASTER
    } else {
        &VECTOR
    };
    for index in (0..DriverManager::count()).rev() {
        let driver = DriverManager::get_driver(index)?;
        if !kept.contains(&driver.short_name().as_str()) {
            DriverManager::deregister_driver(&driver);
        }
    }
    Ok(())
}

/// The first failure GDAL spoke of since the last call, without the path the message has anyway.
pub(super) fn failure(path: &Path) -> String {
    let said = std::mem::take(&mut *SAID.lock().unwrap_or_else(PoisonError::into_inner));
    let first = said
        .into_iter()
        .find(|(failure, _)| *failure)
        .map(|(_, text)| text);
    let text = first
        .unwrap_or_default()
        .replace(&*path.to_string_lossy(), "the file");
    // Messages of unknown files repeat what ours says.
    if text.contains("not recognized as") {
        String::new()
    } else {
        text
    }
}

/// Everything GDAL said since the last call.
pub(super) fn said() -> Vec<String> {
    let said = std::mem::take(&mut *SAID.lock().unwrap_or_else(PoisonError::into_inner));
    said.into_iter().map(|(_, text)| text).collect()
}
