use super::*;
use crate::Window;
use crate::georeference::GeoReference;
use proptest::prelude::*;

const N: f32 = f32::NAN;

/// Five rows of heights with a hole, in pixels of 10 m × 20 m.
#[rustfmt::skip]
const HEIGHTS: [f32; 25] = [
    100.0, 104.0, 109.0, 115.0, 120.0,
     98.0, 103.0,     N, 112.0, 121.0,
     99.0, 101.0, 105.0, 111.0, 118.0,
     97.0,  97.0,  97.0, 108.0, 119.0,
     96.0,  97.0,  97.0, 107.0, 113.0,
];

fn utm(width: u32, height: u32) -> GeoReference {
    pixels_of(20.0, width, height)
}

fn pixels_of(tall: f64, width: u32, height: u32) -> GeoReference {
    GeoReference::from_epsg(32648, [5e5, 10.0, 0.0, 3.4e6, 0.0, -tall], width, height).expect("UTM")
}

/// A window of an image with its margin, NaN outside.
fn cut(image: &Raster, window: Window) -> Raster {
    let (width, height) = (window.width + 2, window.height + 2);
    let values = (0..height as i64).flat_map(|row| {
        (0..width as i64).map(move |column| (window.column + column - 1, window.row + row - 1))
    });
    let values = values.map(|(column, row)| {
        let inside = |index: i64| usize::try_from(index).unwrap_or(usize::MAX);
        image.get(0, inside(column), inside(row))
    });
    Raster::from_values(width, height, values.collect())
}

fn whole(terrain: Terrain, image: &Raster, georeference: &GeoReference) -> Raster {
    let window = Window::new(0, 0, image.width, image.height);
    terrain
        .apply(&cut(image, window), &Ground::of(georeference, window))
        .expect("relief")
}

/// The corners, where GDAL extends the land in one direction only, are left out.
fn assert_like_gdal(terrain: Terrain, expected: &[f32; 25], tolerance: f32) {
    let image = Raster::from_values(5, 5, HEIGHTS.to_vec());
    // GDAL's aspect does not ask for the size of a pixel: it is right where they are square.
    let tall = if terrain == Terrain::Aspect {
        10.0
    } else {
        20.0
    };
    let found = whole(terrain, &image, &pixels_of(tall, 5, 5));
    for index in (0..25).filter(|index| ![0, 4, 20, 24].contains(index)) {
        let (found, expected) = (found.values[index], expected[index]);
        assert!(
            (found - expected).abs() <= tolerance || found.is_nan() && expected.is_nan(),
            "{terrain:?} at {index}: {found} for {expected}"
        );
    }
}

// The numbers below: gdaldem 3.6.2 with -compute_edges on the same heights.

#[test]
fn hillshade_like_gdal() {
    let hillshade = Hillshade {
        azimuth: 300.0,
        altitude: 40.0,
        z_factor: 1.5,
        multidirectional: false,
    };
    #[rustfmt::skip]
    let expected = [
        192.0, 215.0, 228.0, 219.0, 213.0,
        224.0, 210.0,     N, 222.0, 230.0,
        206.0, 187.0, 210.0, 218.0, 230.0,
        170.0, 165.0, 213.0, 221.0, 222.0,
        171.0, 175.0, 231.0, 225.0, 178.0,
    ];
    assert_like_gdal(Terrain::Hillshade(hillshade), &expected, 0.501);
}

#[test]
fn slope_like_gdal() {
    #[rustfmt::skip]
    let expected = [
        12.314_65, 18.202_09, 28.910_467, 22.040_73, 14.036_243,
        21.839_95, 17.743_277, N, 28.023_771, 36.930_897,
        12.755_872, 12.161_902, 27.732_859, 36.514_57, 40.413_376,
        6.054_498_7, 8.390_925, 28.634_905, 42.672_676, 41.472_935,
        3.576_334_5, 2.950_346_5, 26.572_212, 38.876_656, 20.938_385,
    ];
    assert_like_gdal(Terrain::Slope(Slope::default()), &expected, 1e-5);
    let percent = Slope {
        unit: SlopeUnit::Percent,
        ..Slope::default()
    };
    let expected = expected.map(|degrees| 100.0 * degrees.to_radians().tan());
    assert_like_gdal(Terrain::Slope(percent), &expected, 1e-4);
}

#[test]
fn aspect_like_gdal() {
    #[rustfmt::skip]
    let expected = [
        228.814_07, 252.897_28, 259.695_16, 252.645_98, 270.0,
        262.875, 246.250_5, N, 251.565_05, 262.405_33,
        257.471_2, 221.423_66, 236.976_14, 247.520_57, 263.290_16,
        206.565_05, 200.224_85, 240.255_11, 253.950_99, 254.054_61,
        213.690_06, 243.434_95, 267.137_57, 255.963_76, 212.275_63,
    ];
    assert_like_gdal(Terrain::Aspect, &expected, 1e-4);
}

#[test]
fn a_plane_has_one_slope_up_to_its_corners() {
    let image = Raster::from_values(4, 3, (0..12).map(|i| (i % 4 * 10) as f32).collect());
    let slope = whole(Terrain::Slope(Slope::default()), &image, &utm(4, 3));
    assert!(
        slope.values.iter().all(|value| (value - 45.0).abs() < 1e-4),
        "{slope:?}"
    );
    let aspect = whole(Terrain::Aspect, &image, &utm(4, 3));
    assert!(
        aspect
            .values
            .iter()
            .all(|value| (value - 270.0).abs() < 1e-4)
    );
}

#[test]
fn a_single_pixel_is_level() {
    let image = Raster::from_values(1, 1, vec![7.0]);
    let slope = whole(Terrain::Slope(Slope::default()), &image, &utm(1, 1));
    assert_eq!(slope.values, [0.0]);
    assert!(whole(Terrain::Aspect, &image, &utm(1, 1)).values[0].is_nan());
}

#[test]
fn a_window_without_its_margin_is_refused() {
    let ground = Ground::of(&utm(5, 5), Window::new(0, 0, 5, 5));
    let image = Raster::from_values(5, 5, HEIGHTS.to_vec());
    let error = Terrain::Aspect.apply(&image, &ground).expect_err("refused");
    assert!(
        error.to_string().contains("5 × 5 pixels, not the 7 × 7"),
        "{error}"
    );
}

#[test]
fn an_altitude_below_the_horizon_is_refused() {
    let hillshade = Hillshade {
        altitude: -1.0,
        ..Hillshade::default()
    };
    let image = Raster::empty(3, 3, 1);
    let ground = Ground::of(&utm(5, 5), Window::new(0, 0, 1, 1));
    let error = Terrain::Hillshade(hillshade).apply(&image, &ground);
    let message = "altitude is -1; it must be within 0 and 90";
    assert_eq!(error.expect_err("refused").to_string(), message);
}

#[test]
fn options_as_written_in_a_recipe() {
    let terrain: Terrain =
        serde_json::from_str(r#"{"hillshade": {"altitude": 30}}"#).expect("JSON");
    let expected = Hillshade {
        altitude: 30.0,
        ..Hillshade::default()
    };
    assert_eq!(terrain, Terrain::Hillshade(expected));
    let unknown = serde_json::from_str::<Terrain>(r#"{"slope": {"units": "percent"}}"#);
    assert!(unknown.expect_err("refused").to_string().contains("units"));
}

proptest! {
    #[test]
    fn tiles_give_what_the_whole_gives(
        heights in prop::collection::vec(prop_oneof![8 => 0_f32..3000.0, 1 => Just(f32::NAN)], 13 * 11),
        side in 1_usize..8,
        geographic: bool,
    ) {
        let image = Raster::from_values(13, 11, heights);
        let georeference = if geographic {
            GeoReference::from_epsg(4326, [106.0, 1e-3, 0.0, 31.0, 0.0, -1e-3], 13, 11).expect("degrees")
        } else {
            utm(13, 11)
        };
        for terrain in [Terrain::Aspect, Terrain::Slope(Slope::default()), Terrain::Hillshade(Hillshade::default())] {
            let all = whole(terrain, &image, &georeference);
            for (row, column) in (0..11).step_by(side).flat_map(|row| (0..13).step_by(side).map(move |column| (row, column))) {
                // Tiles at the edge reach beyond the image.
                let window = Window::new(column as i64, row as i64, side, side);
                let tile = terrain.apply(&cut(&image, window), &Ground::of(&georeference, window)).expect("relief");
                for y in 0..side.min(11 - row) {
                    for x in 0..side.min(13 - column) {
                        prop_assert_eq!(tile.get(0, x, y).to_bits(), all.get(0, column + x, row + y).to_bits());
                    }
                }
            }
        }
    }
}
