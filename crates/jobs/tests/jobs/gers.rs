//! The main job on real imagery: areas, scene, picture, index, table, against the source files.

use std::{io::Write as _, path::Path};

use chrono::NaiveDate;
use jobs::{
    Error, ImportOptions, IngestRequest,
    publish::{IndexRequest, Publication},
    zonal,
};
use raster::Window;
use store::{Scope, area, layer::Kind};

use crate::workshop::{Bench, real};

const SCENE: &str = "satellite/s2_l2a_maja_gers";
const COMMUNES: &str = "vector/communes_gers_epsg2154.geojson";

fn request(paths: &[&Path]) -> IngestRequest {
    IngestRequest {
        paths: paths.iter().map(|path| path.to_path_buf()).collect(),
        ..IngestRequest::default()
    }
}

fn publication(scene: &str, layer: &str) -> Publication {
    Publication {
        scene: scene.to_owned(),
        id: Some(layer.to_owned()),
        ..Publication::default()
    }
}

fn ndvi() -> IndexRequest {
    IndexRequest::Named("ndvi".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn from_files_to_the_table_of_the_communes() {
    let (Some(scene), Some(communes)) = (real(SCENE), real(COMMUNES)) else {
        return;
    };
    let bench = Bench::new().await;
    let imported = bench
        .shop
        .import_areas(&communes, ImportOptions::default())
        .await
        .unwrap();
    assert_eq!(
        (imported.created, imported.updated, imported.refused.len()),
        (19, 0, 0)
    );
    assert!(
        imported.fields.contains(&("code", "INSEE_COM".to_owned())),
        "{imported:?}"
    );

    let ingested = bench.shop.ingest(request(&[&scene])).await.unwrap();
    assert_eq!(
        ingested.scene.id,
        "SENTINEL2B_20181023-105107-455_L2A_T30TYP_D_V1-9"
    );
    assert_eq!(ingested.scene.sensor, "sentinel-2b");
    assert_eq!(
        ingested.scene.acquired_at.to_rfc3339(),
        "2018-10-23T10:51:07+00:00"
    );
    // 6 688 of 1198 × 1170 pixels have MAJA's cloud bit.
    assert!((ingested.scene.cloud_share.unwrap() - 6688.0 / 1_401_660.0).abs() < 1e-12);
    let roles: Vec<_> = ingested
        .bands
        .iter()
        .map(|band| band.role.to_string())
        .collect();
    for role in [
        "blue",
        "green",
        "red",
        "nir",
        "nir08",
        "swir16",
        "swir22",
        "cloud_mask",
    ] {
        assert!(roles.contains(&role.to_owned()), "{role} of {roles:?}");
    }
    assert_eq!(ingested.scene.item["stac_version"], "1.0.0");
    assert_eq!(ingested.scene.item["assets"]["nir"]["proj:shape"][0], 1170);
    bands_hold_the_sources_values(&bench, &ingested, &scene);

    let picture = bench
        .shop
        .publish_true_colour(publication(&ingested.scene.id, "picture"))
        .await;
    assert_eq!(picture.unwrap().layer.kind, Kind::Visual);
    let index = bench
        .shop
        .publish_index(publication(&ingested.scene.id, "ndvi"), ndvi())
        .await;
    let index = index.unwrap();
    assert_eq!(
        index.coverage.date,
        NaiveDate::from_ymd_opt(2018, 10, 23).unwrap()
    );
    assert!(index.areas >= 15, "{} communes", index.areas);
    assert!(!index.replaced);

    let store = &bench.shop.store;
    let table = zonal::table(store, &bench.shop.objects, "ndvi", None, &Scope::Everything).await;
    let table = table.unwrap();
    assert_eq!(table.rows.len(), index.areas);
    for row in &table.rows {
        let mean = row.statistics.mean.unwrap_or(0.5);
        assert!((0.1..0.8).contains(&mean), "{row:?}");
    }
    let one = area::by_code(store, &Scope::Everything, &table.rows[0].area.code)
        .await
        .unwrap();
    let scope = Scope::Areas(vec![one.unwrap().id]);
    let own = zonal::table(store, &bench.shop.objects, "ndvi", None, &scope)
        .await
        .unwrap();
    assert_eq!(own.rows.len(), 1, "an official sees their own commune only");

    let again = bench
        .shop
        .publish_index(publication(&ingested.scene.id, "ndvi"), ndvi())
        .await;
    let again = again.unwrap();
    assert!(again.replaced);
    assert_eq!(
        again.coverage.object, index.coverage.object,
        "the same input makes the same bytes"
    );
    assert_eq!(bench.coverages("ndvi").await, 1);
}

/// Every stored band equals what GDAL reads from its source, pixel by pixel.
fn bands_hold_the_sources_values(bench: &Bench, ingested: &jobs::Ingested, scene: &Path) {
    for (role, band) in [("red", "B4"), ("nir", "B8"), ("swir16", "B11")] {
        let stored = ingested
            .bands
            .iter()
            .find(|stored| stored.role.name() == role)
            .unwrap();
        assert_eq!((stored.nodata, stored.scale), (Some(-10_000.0), 0.0001));
        let reader = stored.open(&bench.shop.objects).unwrap();
        let source = std::fs::read_dir(scene)
            .unwrap()
            .filter_map(Result::ok)
            .find(|entry| {
                entry
                    .file_name()
                    .to_string_lossy()
                    .ends_with(&format!("FRE_{band}.tif"))
            });
        let dataset = gdal::Dataset::open(source.unwrap().path()).unwrap();
        let expected = dataset
            .rasterband(1)
            .unwrap()
            .read_band_as::<f32>()
            .unwrap();
        let (width, height) = dataset.raster_size();
        let window = Window::new(0, 0, width, height);
        let found = reader.read_physical(0, 0, window).unwrap();
        let valid = expected
            .data()
            .iter()
            .filter(|value| **value != -10_000.0)
            .count();
        assert_eq!(
            found.values.iter().filter(|value| !value.is_nan()).count(),
            valid,
            "{role}"
        );
        for (found, expected) in found.values.iter().zip(expected.data()) {
            if *expected != -10_000.0 {
                assert!(
                    (found - expected * 0.0001).abs() < 1e-6,
                    "{role}: {found} of {expected}"
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn areas_imported_later_get_their_statistics() {
    let (Some(scene), Some(communes)) = (real(SCENE), real(COMMUNES)) else {
        return;
    };
    let bench = Bench::new().await;
    bench.square("everything", [-0.2, 43.4, 0.5, 44.0]).await;
    let ingested = bench.shop.ingest(request(&[&scene])).await.unwrap();
    assert_eq!(ingested.area, "everything");
    let index = bench
        .shop
        .publish_index(publication(&ingested.scene.id, "ndvi"), ndvi())
        .await;
    assert_eq!(index.unwrap().areas, 1);
    bench
        .shop
        .import_areas(&communes, ImportOptions::default())
        .await
        .unwrap();
    let store = &bench.shop.store;
    let table = zonal::table(store, &bench.shop.objects, "ndvi", None, &Scope::Everything).await;
    assert!(table.unwrap().rows.len() >= 16);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scene_that_breaks_off_leaves_nothing_behind() {
    let Some(scene) = real(SCENE) else { return };
    let bench = Bench::new().await;
    bench.square("everything", [-0.2, 43.4, 0.5, 44.0]).await;
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(scene).unwrap().filter_map(Result::ok) {
        let bytes = std::fs::read(entry.path()).unwrap();
        let whole = !entry.file_name().to_string_lossy().contains("FRE_B8A");
        let length = if whole { bytes.len() } else { bytes.len() / 2 };
        let copy = folder.path().join(entry.file_name());
        std::fs::File::create(copy)
            .unwrap()
            .write_all(&bytes[..length])
            .unwrap();
    }
    let error = bench
        .shop
        .ingest(request(&[folder.path()]))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("FRE_B8A.tif"), "{error}");
    assert_eq!(bench.shop.objects.names().unwrap(), []);
    assert_eq!(bench.scenes().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_without_its_band_says_what_there_is() {
    let name = "SENTINEL2B_20181023-105107-455_L2A_T30TYP_D_V1-9_FRE_B4.tif";
    let Some(red) = real(&format!("{SCENE}/{name}")) else {
        return;
    };
    let bench = Bench::new().await;
    bench.square("everything", [-0.2, 43.4, 0.5, 44.0]).await;
    let request = IngestRequest {
        id: Some("red-only".into()),
        ..request(&[&red])
    };
    bench.shop.ingest(request).await.unwrap();
    let before = bench.shop.objects.names().unwrap();
    let error = bench
        .shop
        .publish_index(publication("red-only", "ndvi"), ndvi())
        .await
        .unwrap_err();
    assert!(
        matches!(&error, Error::MissingRole { role, has, .. } if role == "nir" && has == &["red"])
    );
    let message = error.to_string();
    assert!(
        message.contains("NDVI") && message.contains("nir"),
        "{message}"
    );
    assert_eq!(bench.shop.objects.names().unwrap(), before);
    assert_eq!(bench.layers().await, 0);
}
