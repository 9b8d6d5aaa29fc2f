//! Rasters: what they say of themselves, and their pixels.

use std::path::Path;

use gdal::DriverManager;
use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
use raster::{
    foreign::{Error, Fault, Samples},
    sample::DataType,
};

use crate::support::{UTM, converted, fault, foreign, geotiff, real};

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
