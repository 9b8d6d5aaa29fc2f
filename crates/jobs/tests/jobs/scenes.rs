//! Scenes of many products, and what is wrong with some.

use std::path::{Path, PathBuf};

use gdal::{DriverManager, raster::Buffer, spatial_ref::SpatialRef};
use jobs::{
    Error, IngestRequest, Ingested,
    publish::{IndexRequest, Publication},
};
use raster::Window;

use crate::workshop::{Bench, real};

const WORLD: [f64; 4] = [-179.0, -80.0, 179.0, 80.0];

async fn ingest(bench: &Bench, name: &str) -> Option<Ingested> {
    let path = real(name)?;
    bench.square("world", WORLD).await;
    let request = IngestRequest {
        paths: vec![path],
        ..IngestRequest::default()
    };
    Some(bench.shop.ingest(request).await.unwrap())
}

fn roles(ingested: &Ingested) -> Vec<&str> {
    ingested.bands.iter().map(|band| band.role.name()).collect()
}

fn publication(scene: &Ingested) -> Publication {
    Publication {
        scene: scene.scene.id.clone(),
        ..Publication::default()
    }
}

/// A GeoTIFF of bytes, two bands of 60 × 40 pixels, every sample its band's number.
fn small(name: &str, epsg: u32, transform: [f64; 6]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
    let mut dataset = driver
        .create_with_band_type::<u8, _>(&path, 60, 40, 2)
        .unwrap();
    dataset.set_geo_transform(&transform).unwrap();
    dataset
        .set_spatial_ref(&SpatialRef::from_epsg(epsg).unwrap())
        .unwrap();
    for band in 1..=2_u8 {
        let mut samples = Buffer::new((60, 40), vec![band; 2400]);
        let mut target = dataset.rasterband(usize::from(band)).unwrap();
        target.write((0, 0), (60, 40), &mut samples).unwrap();
    }
    (folder, path)
}

fn small_in_chongqing(name: &str) -> (tempfile::TempDir, PathBuf) {
    small(
        name,
        32_648,
        [750_000.0, 10.0, 0.0, 3_450_000.0, 0.0, -10.0],
    )
}

fn by_hand(path: &Path) -> IngestRequest {
    IngestRequest {
        paths: vec![path.to_owned()],
        bands: vec!["nir".to_owned(), "red".to_owned()],
        sensor: Some("drone".to_owned()),
        date: chrono::NaiveDate::from_ymd_opt(2024, 5, 1),
        ..IngestRequest::default()
    }
}

async fn refusal(bench: &Bench, request: IngestRequest) -> Error {
    let error = bench.shop.ingest(request).await.unwrap_err();
    assert_eq!(bench.shop.objects.names().unwrap(), [], "{error}");
    assert_eq!(bench.scenes().await, 0, "{error}");
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn bolzano_has_classes_in_the_same_file() {
    let bench = Bench::new().await;
    let name = "satellite/s2_l2a_bolzano/S2_L2A_sample_20220612_B04_B03_B02_B08_SCL.tif";
    let Some(scene) = ingest(&bench, name).await else {
        return;
    };
    assert_eq!(roles(&scene), ["red", "green", "blue", "nir", "scl"]);
    assert_eq!(
        scene.scene.acquired_at.date_naive().to_string(),
        "2022-06-12"
    );
    // Its classes are 2, 4, 5, 6 and 7 only.
    assert_eq!(scene.scene.cloud_share, Some(0.0));
    let index = IndexRequest::Named("ndwi".to_owned());
    let published = bench
        .shop
        .publish_index(publication(&scene), index)
        .await
        .unwrap();
    assert_eq!(published.layer.id, "ndwi-world");
    assert!(
        published
            .layer
            .attribution
            .contains("Copernicus Sentinel data 2022")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_landsat_stack_counts_its_clouds_by_fmask() {
    let bench = Bench::new().await;
    let name = "satellite/landsat7_chiapas_2dates/LE70220492002106EDC00_stack.tif";
    let Some(scene) = ingest(&bench, name).await else {
        return;
    };
    assert_eq!(
        roles(&scene),
        [
            "blue", "green", "red", "nir", "swir16", "swir22", "lwir", "fmask"
        ]
    );
    assert_eq!(
        scene.scene.acquired_at.date_naive().to_string(),
        "2002-04-16"
    );
    // 12 663 of 62 500 pixels are class 4.
    assert!((scene.scene.cloud_share.unwrap() - 12_663.0 / 62_500.0).abs() < 1e-9);
    assert_eq!(scene.bands[3].nodata, Some(-9999.0), "by convention");
    let index = IndexRequest::Bands("nir".to_owned(), "swir16".to_owned());
    let index = bench
        .shop
        .publish_index(publication(&scene), index)
        .await
        .unwrap();
    let picture = bench
        .shop
        .publish_true_colour(publication(&scene))
        .await
        .unwrap();
    assert_ne!(index.layer.id, picture.layer.id);
    let mixed = Publication {
        id: Some(index.layer.id.clone()),
        ..publication(&scene)
    };
    let error = bench.shop.publish_true_colour(mixed).await.unwrap_err();
    assert!(matches!(error, Error::LayerKind { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fully_clouded_date_says_so() {
    let bench = Bench::new().await;
    let folder = "satellite/s2_l2a_timeseries_field-a";
    let name = format!("{folder}/S2_L2A_00002806639B424A_20180903_R_G_B_NIR_SWIR1_SCL_10m.tif");
    let Some(scene) = ingest(&bench, &name).await else {
        return;
    };
    assert_eq!(
        roles(&scene),
        ["red", "green", "blue", "nir", "swir16", "scl"]
    );
    let scl = scene.bands[5].open(&bench.shop.objects).unwrap();
    let classes = scl.read_physical(0, 0, Window::new(0, 0, 64, 64)).unwrap();
    let cloudy = classes
        .values
        .iter()
        .filter(|class| (8.0..=10.0).contains(*class))
        .count();
    let observed = classes
        .values
        .iter()
        .filter(|class| !class.is_nan())
        .count();
    assert_eq!(
        scene.scene.cloud_share,
        Some(cloudy as f64 / observed as f64)
    );
    assert!(scene.scene.cloud_share.unwrap() > 0.9);
}

#[tokio::test(flavor = "multi_thread")]
async fn landsat_8_and_naip_are_known_by_their_names() {
    let bench = Bench::new().await;
    let landsat =
        "satellite/landsat8_adjacent-scenes_iguazu/LC08_L1TP_224077_20200518_B432_crop.tif";
    let Some(scene) = ingest(&bench, landsat).await else {
        return;
    };
    assert_eq!(roles(&scene), ["red", "green", "blue"]);
    assert_eq!(scene.scene.sensor, "landsat-8");
    let naip = "aerial/naip_north-dakota/m_4709963_se_14_1_20170827.tif";
    let Some(scene) = ingest(&bench, naip).await else {
        return;
    };
    assert_eq!(roles(&scene), ["red", "green", "blue", "nir"]);
    assert_eq!(scene.scene.sensor, "naip");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_drones_alpha_hides_is_nodata() {
    let Some(path) = real("aerial/drone_bali_pix4d_rgba.tif") else {
        return;
    };
    let bench = Bench::new().await;
    bench.square("world", WORLD).await;
    let request = IngestRequest {
        paths: vec![path.clone()],
        date: chrono::NaiveDate::from_ymd_opt(2019, 1, 1),
        sensor: Some("drone".to_owned()),
        ..IngestRequest::default()
    };
    let scene = bench.shop.ingest(request).await.unwrap();
    assert_eq!(roles(&scene), ["red", "green", "blue"]);
    let dataset = gdal::Dataset::open(&path).unwrap();
    let alpha = dataset.rasterband(4).unwrap().read_band_as::<u8>().unwrap();
    let red = dataset.rasterband(1).unwrap().read_band_as::<u8>().unwrap();
    let (width, height) = dataset.raster_size();
    let stored = scene.bands[0].open(&bench.shop.objects).unwrap();
    let stored = stored
        .read_physical(0, 0, Window::new(0, 0, width, height))
        .unwrap();
    let (mut hidden, mut shown) = (0, 0);
    for ((found, alpha), red) in stored.values.iter().zip(alpha.data()).zip(red.data()) {
        if *alpha == 0 {
            assert!(found.is_nan());
            hidden += 1;
        } else {
            assert_eq!(*found, f32::from((*red).max(1)));
            shown += 1;
        }
    }
    assert!(hidden > 0 && shown > 0, "{hidden} hidden, {shown} shown");
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_date_and_sensor_by_hand() {
    let bench = Bench::new().await;
    bench.square("world", WORLD).await;
    let (_folder, path) = small_in_chongqing("village.tif");
    let request = IngestRequest {
        nodata: Some(0.0),
        cloud_share: Some(0.25),
        ..by_hand(&path)
    };
    let scene = bench.shop.ingest(request.clone()).await.unwrap();
    assert_eq!(
        (scene.scene.id.as_str(), roles(&scene)),
        ("village", vec!["nir", "red"])
    );
    assert_eq!(
        (scene.replaced, scene.scene.cloud_share),
        (false, Some(0.25))
    );
    assert_eq!(scene.bands[0].nodata, Some(0.0));
    let index = IndexRequest::Named("ndvi".to_owned());
    let published = bench
        .shop
        .publish_index(publication(&scene), index)
        .await
        .unwrap();
    let reader = raster::cog::CogReader::open(
        bench
            .shop
            .objects
            .file(&published.coverage.object.parse().unwrap())
            .unwrap(),
    );
    let value = reader
        .unwrap()
        .read_physical(0, 0, Window::new(30, 20, 1, 1))
        .unwrap();
    assert!((value.values[0] - (1.0 - 2.0) / 3.0).abs() < 1e-6);
    assert!(bench.shop.ingest(request).await.unwrap().replaced);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projection_without_formula_is_kept_as_a_lattice() {
    let bench = Bench::new().await;
    bench.square("world", WORLD).await;
    let (_folder, path) = small(
        "lambert.tif",
        2154,
        [456_000.0, 10.0, 0.0, 6_300_000.0, 0.0, -10.0],
    );
    let scene = bench.shop.ingest(by_hand(&path)).await.unwrap();
    let grid = &scene.bands[0].georeference;
    assert_eq!(grid.epsg, Some(2154));
    // gdaltransform -s_srs EPSG:2154 -t_srs EPSG:4326 says so for 456 300, 6 299 800.
    let (column, row) = grid.pixel(-0.026_164_273_691_208_4, 43.755_188_855_396_8);
    assert!(
        (column - 30.0).abs() < 0.05 && (row - 20.0).abs() < 0.05,
        "{column}, {row}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_known_is_asked_for_by_its_option() {
    let bench = Bench::new().await;
    bench.square("world", WORLD).await;
    let (_folder, path) = small_in_chongqing("village.tif");
    let whole = by_hand(&path);
    for (request, option) in [
        (
            IngestRequest {
                bands: Vec::new(),
                ..whole.clone()
            },
            "--bands",
        ),
        (
            IngestRequest {
                bands: vec!["red".into()],
                ..whole.clone()
            },
            "--bands",
        ),
        (
            IngestRequest {
                sensor: None,
                ..whole.clone()
            },
            "--sensor",
        ),
        (
            IngestRequest {
                date: None,
                ..whole.clone()
            },
            "--date",
        ),
        (
            IngestRequest {
                bands: vec!["red".into(), "red".into()],
                ..whole.clone()
            },
            "--bands",
        ),
        (
            IngestRequest {
                bands: vec!["-".into(), "-".into()],
                ..whole.clone()
            },
            "--bands",
        ),
        (
            IngestRequest {
                cloud_share: Some(40.0),
                ..whole.clone()
            },
            "0 to 1",
        ),
        (
            IngestRequest {
                area: Some("777".into()),
                ..whole.clone()
            },
            "777",
        ),
        (
            IngestRequest {
                id: Some("a/b".into()),
                ..whole.clone()
            },
            "a/b",
        ),
    ] {
        let error = refusal(&bench, request).await.to_string();
        assert!(error.contains(option), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_two_days_are_not_one_scene() {
    let bench = Bench::new().await;
    bench.square("world", WORLD).await;
    let (_one, first) = small_in_chongqing("S2A_20240501_B04_B03.tif");
    let (_two, second) = small_in_chongqing("S2A_20240601_B08_B02.tif");
    let request = IngestRequest {
        paths: vec![first, second],
        ..IngestRequest::default()
    };
    let error = refusal(&bench, request).await;
    assert!(matches!(error, Error::Dates { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scene_outside_every_area_is_refused() {
    let bench = Bench::new().await;
    bench.square("elsewhere", [0.0, 40.0, 1.0, 41.0]).await;
    let (_folder, path) = small_in_chongqing("village.tif");
    let error = refusal(&bench, by_hand(&path)).await;
    assert!(matches!(error, Error::NoArea { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn publishing_again_keeps_what_is_not_said() {
    let bench = Bench::new().await;
    bench.square("world", WORLD).await;
    let (_folder, path) = small_in_chongqing("village.tif");
    let scene = bench.shop.ingest(by_hand(&path)).await.unwrap();
    let target = Publication {
        id: Some("mine".to_owned()),
        ..publication(&scene)
    };
    let index = IndexRequest::Named("ndvi".to_owned());
    let first = bench
        .shop
        .publish_index(target.clone(), index.clone())
        .await
        .unwrap();
    let titled = Publication {
        title_zh: Some("春季".to_owned()),
        ..target.clone()
    };
    bench
        .shop
        .publish_index(titled, index.clone())
        .await
        .unwrap();
    let kept = bench
        .shop
        .publish_index(target.clone(), index)
        .await
        .unwrap();
    assert_eq!(
        kept.layer.title_zh, "春季",
        "what is not said stays as it is"
    );
    assert_eq!(kept.coverage.version, first.coverage.version);
    let unknown = Publication {
        scene: "nothing".to_owned(),
        ..target.clone()
    };
    let error = bench
        .shop
        .publish_true_colour(unknown)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("nothing") && error.contains("village"),
        "{error}"
    );
    let error = bench.shop.publish_true_colour(target).await.unwrap_err();
    assert!(matches!(error, Error::MissingRole { .. }), "{error}");
}
