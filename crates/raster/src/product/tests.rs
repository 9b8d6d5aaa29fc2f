//! Names and descriptions of real products, and what they mean.
#![expect(clippy::float_cmp, reason = "conventions are exact numbers")]

use std::{collections::BTreeMap, path::Path};

use super::*;
use crate::{foreign::BandDescription, sample::DataType};

fn band(description: &str) -> BandDescription {
    BandDescription {
        data_type: DataType::I16,
        nodata: None,
        description: Some(description.to_owned()).filter(|text| !text.is_empty()),
        scale: None,
        offset: None,
        unit: None,
        colour: None,
        tags: BTreeMap::new(),
    }
}

fn raster(bands: Vec<BandDescription>) -> RasterDescription {
    RasterDescription {
        driver: "GTiff".to_owned(),
        width: 10,
        height: 10,
        transform: [0.0, 10.0, 0.0, 0.0, 0.0, -10.0],
        epsg: Some(32_648),
        crs_name: String::new(),
        wkt: String::new(),
        lattice: None,
        bands,
        metadata: BTreeMap::new(),
    }
}

fn product(path: &str, descriptions: &[&str]) -> Product {
    recognise(
        Path::new(path),
        &raster(descriptions.iter().map(|text| band(text)).collect()),
    )
}

fn roles(product: &Product) -> Vec<&str> {
    product
        .bands
        .iter()
        .map(|band| band.as_ref().map_or("?", |band| band.role.name()))
        .collect()
}

fn acquired(product: &Product) -> String {
    product
        .acquired
        .map(|moment| moment.to_string())
        .unwrap_or_default()
}

#[test]
fn maja_files_of_one_band() {
    let prefix = "SENTINEL2B_20181023-105107-455_L2A_T30TYP_D_V1-9";
    for (end, role) in [
        ("FRE_B2", "blue"),
        ("FRE_B4", "red"),
        ("FRE_B8", "nir"),
        ("FRE_B8A", "nir08"),
        ("FRE_B11", "swir16"),
        ("SRE_B12", "swir22"),
        ("CLM_R1", "cloud_mask"),
    ] {
        let product = product(&format!("{prefix}_{end}.tif"), &[""]);
        assert_eq!(roles(&product), [role], "{end}");
        assert_eq!(product.sensor.as_deref(), Some("sentinel-2b"));
        assert_eq!(acquired(&product), "2018-10-23 10:51:07");
    }
    let red = product(&format!("{prefix}_FRE_B4.tif"), &[""]).bands[0]
        .clone()
        .unwrap();
    assert_eq!(
        (red.nodata, red.scale, red.offset),
        (Some(-10_000.0), 0.0001, 0.0)
    );
    let clouds = product(&format!("{prefix}_CLM_R1.tif"), &[""]).bands[0]
        .clone()
        .unwrap();
    assert_eq!((clouds.nodata, clouds.scale), (None, 1.0));
    assert_eq!(clouds.classes, Some(Classes::MajaClouds));
}

#[test]
fn sentinel_2_safe_before_and_after_baseline_0400() {
    let inside = "GRANULE/L2A_T30TYP_A1/IMG_DATA/R10m/T30TYP_20181023T105107_B04_10m.jp2";
    for (baseline, offset) in [("N0209", 0.0), ("N0400", -0.1), ("N0511", -0.1)] {
        let folder = format!("S2B_MSIL2A_20181023T105107_{baseline}_R051_T30TYP_2.SAFE");
        let product = product(&format!("{folder}/{inside}"), &[""]);
        assert_eq!(product.sensor.as_deref(), Some("sentinel-2b"));
        assert_eq!(acquired(&product), "2018-10-23 10:51:07");
        let red = product.bands[0].clone().unwrap();
        assert_eq!(red.role, Role::Red);
        assert_eq!(
            (red.nodata, red.scale, red.offset),
            (Some(0.0), 0.0001, offset),
            "{baseline}"
        );
    }
}

#[test]
fn a_sentinel_2_file_outside_its_folder_goes_by_its_date() {
    let old = product("T30TYP_20211231T105107_B8A_20m.jp2", &[""]).bands[0]
        .clone()
        .unwrap();
    let new = product("T30TYP_20220301T105107_B8A_20m.jp2", &[""]).bands[0]
        .clone()
        .unwrap();
    assert_eq!((old.role, old.offset), (Role::Nir08, 0.0));
    assert_eq!(new.offset, -0.1);
    let classes = product("T30TYP_20220301T105107_SCL_20m.jp2", &[""]).bands[0]
        .clone()
        .unwrap();
    assert_eq!(
        (classes.role, classes.scale, classes.offset),
        (Role::Scl, 1.0, 0.0)
    );
    assert_eq!(classes.classes, Some(Classes::Scl));
}

#[test]
fn landsat_collection_2() {
    let prefix = "LC08_L2SP_224077_20200518_20200820_02_T1";
    let red = product(&format!("{prefix}_SR_B4.TIF"), &[""]);
    assert_eq!(red.sensor.as_deref(), Some("landsat-8"));
    assert_eq!(acquired(&red), "2020-05-18 00:00:00");
    let red = red.bands[0].clone().unwrap();
    assert_eq!(red.role, Role::Red);
    assert_eq!(
        (red.nodata, red.scale, red.offset),
        (Some(0.0), 0.000_027_5, -0.2)
    );
    let warm = product(&format!("{prefix}_ST_B10.TIF"), &[""]).bands[0]
        .clone()
        .unwrap();
    assert_eq!(
        (warm.role, warm.scale, warm.offset),
        (Role::Lwir, 0.003_418_02, 149.0)
    );
    let quality = product(&format!("{prefix}_QA_PIXEL.TIF"), &[""]).bands[0]
        .clone()
        .unwrap();
    assert_eq!((quality.role, quality.nodata), (Role::QaPixel, None));
}

#[test]
fn landsat_numbers_depend_on_the_satellite() {
    let five = product("LT05_L2SP_127039_20100518_20200820_02_T1_SR_B4.TIF", &[""]);
    let nine = product("LC09_L2SP_127039_20230518_20230820_02_T1_SR_B5.TIF", &[""]);
    assert_eq!((roles(&five), roles(&nine)), (vec!["nir"], vec!["nir"]));
}

#[test]
fn landsat_digital_numbers_named_in_descriptions_or_in_the_file_name() {
    let path = "LC08_L1TP_224077_20200518_B432_crop.tif";
    let described = product(path, &["B4 red", "B3 green", "B2 blue"]);
    let named = product(path, &["", "", ""]);
    for product in [described, named] {
        assert_eq!(roles(&product), ["red", "green", "blue"]);
        let red = product.bands[0].clone().unwrap();
        assert_eq!((red.nodata, red.scale, red.offset), (Some(0.0), 1.0, 0.0));
    }
}

#[test]
fn old_landsat_stacks_end_in_fmask() {
    let bands = [
        "band 1 reflectance",
        "band 2 reflectance",
        "band 3 reflectance",
        "band 4 reflectance",
        "band 5 reflectance",
        "band 7 reflectance",
        "band 6 temperature",
    ];
    for last in ["", "Band 8"] {
        let descriptions: Vec<&str> = bands.iter().copied().chain([last]).collect();
        let product = product("LE70220491999322EDC01_stack.tif", &descriptions);
        assert_eq!(
            roles(&product),
            [
                "blue", "green", "red", "nir", "swir16", "swir22", "lwir", "fmask"
            ]
        );
        assert_eq!(product.sensor.as_deref(), Some("landsat-7"));
        assert_eq!(acquired(&product), "1999-11-18 00:00:00");
        let red = product.bands[2].clone().unwrap();
        assert_eq!((red.nodata, red.scale), (Some(-9999.0), 0.0001));
    }
}

#[test]
fn the_files_own_word_wins_over_convention() {
    let mut red = band("B04");
    (red.nodata, red.scale, red.offset) = (Some(-1.0), Some(0.5), Some(2.0));
    let product = recognise(Path::new("S2B_T33UUP_20210617_x.tif"), &raster(vec![red]));
    let red = product.bands[0].clone().unwrap();
    assert_eq!((red.nodata, red.scale, red.offset), (Some(-1.0), 0.5, 2.0));
}

#[test]
fn bolzano_names_its_bands_in_a_tag_only() {
    let path = Path::new("S2_L2A_sample_20220612_B04_B03_B02_B08_SCL.tif");
    let bands = ["B04", "B03", "B02", "B08", "SCL"].map(|name| {
        let tags = BTreeMap::from([("DESCRIPTION".to_owned(), name.to_owned())]);
        BandDescription {
            tags,
            nodata: Some(0.0),
            data_type: DataType::U16,
            ..band("")
        }
    });
    let product = recognise(path, &raster(bands.to_vec()));
    assert_eq!(roles(&product), ["red", "green", "blue", "nir", "scl"]);
    assert_eq!(product.sensor.as_deref(), Some("sentinel-2"));
    assert_eq!(acquired(&product), "2022-06-12 00:00:00");
    // Repacked files are harmonised by those who repack them: no offset.
    assert_eq!(product.bands[0].as_ref().unwrap().offset, 0.0);
}

#[test]
fn lists_of_bands_in_file_names() {
    for (path, expected) in [
        (
            "S2_L2A_sample_20220612_B04_B03_B02_B08_SCL.tif",
            vec!["red", "green", "blue", "nir", "scl"],
        ),
        (
            "S2_L2A_00002806639B424A_20170804_R_G_B_NIR_SWIR1_SCL_10m.tif",
            vec!["red", "green", "blue", "nir", "swir16", "scl"],
        ),
        (
            "S2B_T33UUP_20210617_RGBN_10m.tif",
            vec!["red", "green", "blue", "nir"],
        ),
    ] {
        let unnamed = vec![""; expected.len()];
        assert_eq!(roles(&product(path, &unnamed)), expected, "{path}");
    }
}

#[test]
fn naip_has_a_fixed_order() {
    let naip = product("m_4709963_se_14_1_20100629.tif", &["", "", "", ""]);
    assert_eq!(roles(&naip), ["red", "green", "blue", "nir"]);
    assert_eq!(naip.sensor.as_deref(), Some("naip"));
    assert_eq!(acquired(&naip), "2010-06-29 00:00:00");
}

#[test]
fn an_unknown_file_of_four_bands_tells_nothing() {
    let unknown = product("village_20240501.tif", &["", "", "", ""]);
    assert_eq!(roles(&unknown), ["?", "?", "?", "?"]);
    assert_eq!(
        (unknown.sensor.clone(), acquired(&unknown)),
        (None, "2024-05-01 00:00:00".into())
    );
    let two_dates = product("20240501_20240601.tif", &[""]);
    assert_eq!(two_dates.acquired, None);
}

#[test]
fn colours_name_the_bands_of_a_photo() {
    let bands = ["Red", "Green", "Blue", "Alpha"].map(|colour| BandDescription {
        colour: Some(colour.to_owned()),
        ..band("")
    });
    let drone = recognise(
        Path::new("drone_bali_pix4d_rgba.tif"),
        &raster(bands.to_vec()),
    );
    assert_eq!(roles(&drone), ["red", "green", "blue", "alpha"]);
}

#[test]
fn a_date_in_the_metadata_is_used_where_the_name_has_none() {
    let mut description = raster(vec![band("red")]);
    description
        .metadata
        .insert("DATETIME_ACQ".to_owned(), "2018-04-11".to_owned());
    let product = recognise(Path::new("field.tif"), &description);
    assert_eq!(acquired(&product), "2018-04-11 00:00:00");
}

#[test]
fn sentinel_numbers_in_descriptions_of_unknown_files() {
    assert_eq!(
        roles(&product("x.tif", &["B02", "B8A", "B12"])),
        ["blue", "nir08", "?"]
    );
}

#[test]
fn a_role_given_by_hand_keeps_the_products_convention() {
    let path = Path::new("SENTINEL2B_20181023-105107-455_L2A_T30TYP_D_V1-9_FRE_B4.tif");
    let meaning = meaning_of(path, &raster(vec![band("")]), 1, Role::Nir).unwrap();
    assert_eq!((meaning.role, meaning.nodata), (Role::Nir, Some(-10_000.0)));
    assert_eq!(
        meaning_of(path, &raster(vec![band("")]), 2, Role::Nir),
        None
    );
}
