//! Relief of the SRTM canyon against the formulas in numpy.

use raster::georeference::GeoReference;
use raster::terrain::{Ground, Hillshade, Slope, SlopeUnit, Terrain};
use raster::{Raster, Window};

use crate::support::{doubles, oracle, real_data, text};

/// The SRTM file as another program decoded it, and where it lies.
pub fn canyon() -> Option<(Raster, GeoReference)> {
    let file = real_data("dem/srtm_zion_90m_epsg4326_uint16.tif")?;
    let folder = tempfile::tempdir().expect("a folder");
    let pixels = folder.path().join("pixels");
    let answer = oracle("relief", &["heights", text(&file), text(&pixels)]);
    let number = |key: &str| answer[key].as_u64().expect("a number") as u32;
    let transform: [f64; 6] = serde_json::from_value(answer["transform"].clone()).expect("six");
    let (width, height) = (number("width"), number("height"));
    let values = doubles(&pixels).into_iter().map(|value| value as f32);
    Some((
        Raster::from_values(width as usize, height as usize, values.collect()),
        GeoReference::from_epsg(4326, transform, width, height).expect("degrees"),
    ))
}

/// With a pixel more on every side.
fn with_margin(image: &Raster) -> Raster {
    let mut wide = Raster::empty(image.width + 2, image.height + 2, 1);
    for row in 0..image.height {
        let start = (row + 1) * wide.width + 1;
        wide.values[start..start + image.width].copy_from_slice(image.row(row));
    }
    wide
}

/// The largest difference from the oracle's numbers; a hole in one only is infinitely far.
fn worst(found: &[f32], expected: &[f64], circle: Option<f64>) -> f64 {
    assert_eq!(found.len(), expected.len());
    let differences = found.iter().zip(expected).map(|(found, expected)| {
        let difference = (f64::from(*found) - expected).abs();
        match circle {
            _ if found.is_nan() && expected.is_nan() => 0.0,
            _ if difference.is_nan() => f64::INFINITY,
            Some(circle) => difference.min(circle - difference),
            None => difference,
        }
    });
    differences.fold(0.0, f64::max)
}

#[test]
fn relief_of_the_canyon_is_the_formula() {
    let Some((image, georeference)) = canyon() else {
        return;
    };
    let file = real_data("dem/srtm_zion_90m_epsg4326_uint16.tif").expect("was there");
    let folder = tempfile::tempdir().expect("a folder");
    let window = Window::new(0, 0, image.width, image.height);
    let (ground, heights) = (Ground::of(&georeference, window), with_margin(&image));
    let all_sides = Hillshade {
        multidirectional: true,
        ..Hillshade::default()
    };
    let percent = Slope {
        unit: SlopeUnit::Percent,
        ..Slope::default()
    };
    for (name, terrain, tolerance) in [
        ("hillshade", Terrain::Hillshade(Hillshade::default()), 2e-3),
        ("multidirectional", Terrain::Hillshade(all_sides), 2e-3),
        ("slope", Terrain::Slope(Slope::default()), 1e-4),
        ("percent", Terrain::Slope(percent), 1e-3),
        ("aspect", Terrain::Aspect, 1e-2),
    ] {
        let out = folder.path().join(name);
        let answer = oracle("relief", &[name, text(&file), text(&out)]);
        let found = terrain.apply(&heights, &ground).expect("relief");
        let circle = (name == "aspect").then_some(360.0);
        let worst = worst(&found.values, &doubles(&out), circle);
        assert!(worst < tolerance, "{name}: {worst}");
        // The oracle looked at land, not at a plain.
        assert!(
            answer["standard_deviation"].as_f64().expect("a number") > 5.0,
            "{name}"
        );
    }
}
