//! Patches of real scenes against GDAL's sieve and polygonise.

use geo::{Area as _, BoundingRect as _, Validation as _};
use raster::vectorise::{Connectedness, Options, Runs, polygonise};

use crate::support::{oracle, real_data, text};

fn compare(file: &str, band: &str, step: &str, minimum_pixels: u64) {
    let Some(path) = real_data(file) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("classes");
    let minimum = minimum_pixels.to_string();
    let answer = oracle("classes", &[text(&path), band, step, &minimum, text(&out)]);
    let mut runs = Runs::new(answer["width"].as_u64().expect("a number") as u32);
    runs.push(&std::fs::read(&out).expect("classes"), Some(0_u8));
    let options = Options {
        connectedness: Connectedness::Four,
        minimum_pixels,
    };
    let mut found: Vec<[f64; 7]> = Vec::new();
    polygonise(runs, options, |patch| {
        assert!(patch.polygons.is_valid(), "{patch:?}");
        let area = patch.polygons.unsigned_area();
        assert!((area - patch.pixels as f64).abs() < 1e-6);
        let bounds = patch.polygons.bounding_rect().expect("a place");
        let (low, high) = (bounds.min(), bounds.max());
        let holes = patch.polygons.0[0].interiors().len() as f64;
        found.push([
            f64::from(patch.value),
            area,
            low.x,
            low.y,
            high.x,
            high.y,
            holes,
        ]);
    });
    found.sort_by(|one, two| one.partial_cmp(two).expect("numbers"));
    let expected: Vec<[f64; 7]> =
        serde_json::from_value(answer["patches"].clone()).expect("a list");
    assert!(
        expected.len() > 100,
        "{} patches prove little",
        expected.len()
    );
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        let same = found
            .iter()
            .zip(expected)
            .all(|(one, two)| (one - two).abs() < 1e-9);
        assert!(same, "{found:?} is not {expected:?}");
    }
}

const PRAIRIE: &str = "aerial/naip_north-dakota";

#[test]
fn the_prairies_patches_are_gdals() {
    let Some(folder) = real_data(PRAIRIE) else {
        return;
    };
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .filter_map(|entry| entry.expect("a file").file_name().into_string().ok())
        .filter(|name| {
            std::path::Path::new(name)
                .extension()
                .is_some_and(|extension| extension == "tif")
        })
        .collect();
    names.sort();
    let file = format!("{PRAIRIE}/{}", names.first().expect("a scene"));
    compare(&file, "4", "32", 0);
    compare(&file, "4", "32", 12);
}
