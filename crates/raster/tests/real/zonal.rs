//! Statistics of communes against exactextract.

use std::path::Path;

use geo::{LineString, MultiPolygon, Polygon};
use raster::cog::CogReader;
use raster::zonal::{Wanted, ZoneStatistics, table, table_in_pixels};
use serde_json::Value;

use crate::support::{oracle, real_data, text};

fn zone(parts: &Value) -> MultiPolygon<f64> {
    let parts: Vec<Vec<Vec<[f64; 2]>>> =
        serde_json::from_value(parts.clone()).expect("polygons of rings");
    let polygon = |rings: Vec<Vec<[f64; 2]>>| {
        let mut rings = rings.into_iter().map(LineString::from);
        let exterior = rings.next().expect("an outer ring");
        Polygon::new(exterior, rings.collect())
    };
    parts.into_iter().map(polygon).collect()
}

/// Ours beside the name that exactextract gives it.
fn named(found: &ZoneStatistics) -> [(&'static str, Option<f64>); 8] {
    [
        ("count", Some(found.count)),
        ("mean", found.mean),
        ("stdev", found.std),
        ("min", found.min),
        ("max", found.max),
        ("median", found.median),
        ("quantile_10", found.percentiles.first().copied()),
        ("quantile_90", found.percentiles.get(1).copied()),
    ]
}

fn zones(answer: &Value, unit: &str) -> Vec<MultiPolygon<f64>> {
    let zones = answer[unit].as_array().expect("a list");
    zones.iter().map(zone).collect()
}

fn compare(found: &[ZoneStatistics], image: &Value, tolerance: f64) {
    let rows = image["rows"].as_array().expect("rows");
    assert_eq!((found.len(), rows.len()), (19, 19));
    for (commune, (found, row)) in found.iter().zip(rows).enumerate() {
        for (name, ours) in named(found) {
            let ours = ours.expect("a number: every commune has pixels");
            let theirs = row[name].as_f64().expect("a number");
            assert!(
                (ours - theirs).abs() <= tolerance * theirs.abs(),
                "{}, commune {commune}, {name}: {ours}, not {theirs}",
                image["path"]
            );
        }
        assert!(found.count > 4000.0, "commune {commune}: {}", found.count);
    }
}

#[test]
fn communes_have_the_statistics_of_exactextract() {
    let scene = real_data("satellite/s2_l2a_maja_gers");
    let communes = real_data("vector/communes_gers_epsg2154.geojson");
    let (Some(scene), Some(communes)) = (scene, communes) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let answer = oracle(
        "zones",
        &[text(&scene), text(&communes), text(folder.path())],
    );
    let wanted = Wanted {
        median: true,
        percentiles: vec![10.0, 90.0],
        ..Wanted::default()
    };
    for image in answer["images"].as_array().expect("images") {
        let path = image["path"].as_str().expect("a path");
        let reader = CogReader::open_path(Path::new(path)).expect("opens");
        let pixels = zones(&answer, "pixels");
        let found = table_in_pixels(&reader, 0, &pixels, &wanted, &|| false).expect("statistics");
        compare(&found, image, 1e-6);
        // Edges straight in degrees may stray by two thousandths of a pixel from where they bend.
        let degrees = zones(&answer, "degrees");
        let found = table(&reader, 0, &degrees, &wanted, &|| false).expect("statistics");
        compare(&found, image, 1e-5);
    }
}
