use std::io::Write;

use super::*;
use crate::cog::{Band, CogOptions, CogWriter, DataType};

fn cog(
    georeference: &GeoReference,
    nodata: Option<f64>,
    value: impl Fn(u32, u32) -> f32,
) -> CogReader {
    let options = CogOptions {
        tile_size: 64,
        ..CogOptions::new(georeference.clone(), DataType::F32, Band::new("a"))
    };
    let mut writer = CogWriter::new(options.with_nodata(nodata)).expect("a writer");
    for row in 0..georeference.height {
        let values: Vec<f32> = (0..georeference.width)
            .map(|column| value(column, row))
            .collect();
        writer.write_rows(&values).expect("takes rows");
    }
    let mut bytes = Vec::new();
    writer.finish(&mut bytes).expect("finishes");
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(&bytes).expect("writes");
    CogReader::open(file).expect("opens")
}

fn utm(width: u32, height: u32) -> GeoReference {
    GeoReference::from_epsg(
        32648,
        [600_000.0, 10.0, 0.0, 3_450_000.0, 0.0, -10.0],
        width,
        height,
    )
    .expect("a known code")
}

/// A picture of its own longitude: a warp is right when every pixel shows where it is.
fn longitudes(reader_grid: &GeoReference) -> CogReader {
    cog(reader_grid, Some(f64::NAN), |column, row| {
        let (longitude, _) = reader_grid.lonlat(f64::from(column) + 0.5, f64::from(row) + 0.5);
        (longitude - 106.0) as f32
    })
}

#[test]
fn tiles_of_every_zoom_show_the_place_they_are_at() {
    let georeference = utm(600, 500);
    let reader = longitudes(&georeference);
    let (longitude, latitude) = georeference.lonlat(300.0, 250.0);
    for zoom in [10, 11, 12, 13, 14, 16] {
        let tile = Tile::at(longitude, latitude, zoom);
        let raster = super::tile(&reader, 0, tile, 256).expect("warps");
        let target = tile_grid(tile, 256);
        // A tenth of a source pixel, or of a target pixel where that is larger, in degrees.
        let tolerance = 0.1 * 1e-4_f64.max(360.0 / 256.0 / f64::from(zoom).exp2());
        let mut valid = 0;
        for row in 0..256 {
            for column in 0..256 {
                let value = raster.get(0, column, row);
                let (here, there) = target.lonlat(column as f64 + 0.5, row as f64 + 0.5);
                let (x, y) = georeference.pixel(here, there);
                // Near the edge a footprint is cut and its mean moves.
                let inside = (16.0..584.0).contains(&x) && (16.0..484.0).contains(&y);
                let outside = !((-1.0..601.0).contains(&x) && (-1.0..501.0).contains(&y));
                if inside {
                    valid += 1;
                    let error = (f64::from(value) + 106.0 - here).abs();
                    assert!(error < tolerance, "zoom {zoom} at {column} {row}: {error}");
                }
                assert!(!outside || value.is_nan(), "zoom {zoom}: a value outside");
            }
        }
        assert!(valid > 100, "zoom {zoom}: {valid}");
    }
}

#[test]
fn twenty_metres_on_ten_by_hand() {
    let coarse = GeoReference {
        transform: [600_000.0, 20.0, 0.0, 3_450_000.0, 0.0, -20.0],
        ..utm(3, 1)
    };
    let reader = cog(&coarse, Some(-1.0), |column, _| {
        [10.0, 20.0, -1.0][column as usize]
    });
    let window = Window::new(0, 0, 6, 2);
    let fine = resample(&reader, 0, &utm(6, 2), window, Kernel::Bilinear).expect("resamples");
    // 10 m centres lie a quarter into the 20 m pixels; the third is missing and never a neighbour.
    for row in 0..2 {
        let found: Vec<f32> = fine.row(row)[..4].to_vec();
        for (found, expected) in found.iter().zip([10.0, 12.5, 17.5, 20.0]) {
            assert!((found - expected).abs() < 1e-5, "{found} is not {expected}");
        }
        assert!(fine.row(row)[4..].iter().all(|value| value.is_nan()));
    }
}

#[test]
fn the_number_under_the_cursor() {
    let georeference = utm(20, 20);
    let reader = cog(&georeference, Some(-1.0), |column, row| {
        if column == 3 {
            -1.0
        } else {
            (column + 100 * row) as f32
        }
    });
    let at = |column, row| {
        let (longitude, latitude) = georeference.lonlat(column, row);
        value_at(&reader, 0, longitude, latitude).expect("reads")
    };
    assert_eq!(at(7.01, 5.99), Some(507.0));
    assert_eq!(at(3.5, 5.5), None, "nodata");
    assert_eq!(at(-0.5, 5.5), None, "outside");
    assert!(value_at(&reader, 1, 106.0, 31.0).is_err(), "no second band");
}

#[test]
fn the_level_that_is_just_finer() {
    assert_eq!(
        [0.3, 1.0, 1.9, 1.999, 4.1, 100.0].map(|scale| level_for(scale, 4)),
        [0, 0, 0, 1, 2, 3]
    );
}
