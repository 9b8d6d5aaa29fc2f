use std::io::Write;

use geo::{BooleanOps, polygon};
use grid::bounds::Bounds;

use super::*;
use crate::Window;
use crate::cog::{Band, CogOptions, CogWriter};
use crate::georeference::GeoReference;

/// 100 × 80 pixels of 10 m; the value is the column, row 40 and below are nodata.
fn columns() -> CogReader {
    let transform = [6e5, 10.0, 0.0, 3.45e6, 0.0, -10.0];
    let georeference = GeoReference::from_epsg(32648, transform, 100, 80).expect("a known code");
    let band = Band::new("a").scaled(0.5, 1.0);
    let options = CogOptions {
        tile_size: 16,
        ..CogOptions::new(georeference, DataType::I16, band)
    };
    let mut writer = CogWriter::new(options.with_nodata(Some(-1.0))).expect("a writer");
    let values: Vec<i16> = (0..8000)
        .map(|index| if index >= 4000 { -1 } else { index % 100 })
        .collect();
    writer.write_rows(&values).expect("takes rows");
    let mut bytes = Vec::new();
    writer.finish(&mut bytes).expect("finishes");
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(&bytes).expect("writes");
    CogReader::open(file).expect("opens")
}

fn rectangle(west: f64, south: f64, east: f64, north: f64) -> MultiPolygon<f64> {
    MultiPolygon::new(vec![Bounds::new(west, south, east, north).polygon()])
}

fn statistics_in_pixels(reader: &CogReader, polygons: &MultiPolygon<f64>) -> ZoneStatistics {
    let zones = std::slice::from_ref(polygons);
    let mut found =
        table_in_pixels(reader, 0, zones, &Wanted::default(), &|| false).expect("reads");
    found.remove(0)
}

fn near(found: Option<f64>, expected: f64) {
    assert!(
        found.is_some_and(|found| (found - expected).abs() < 1e-9),
        "{found:?} is not {expected}"
    );
}

#[test]
fn a_rectangle_by_hand() {
    // Half of column 10, all of 11, a quarter of 12; 20 rows. Values are column × 0.5 + 1.
    let found = statistics_in_pixels(&columns(), &rectangle(10.5, 5.0, 12.25, 25.0));
    let (a, b, c) = (6.0_f64, 6.5_f64, 7.0_f64);
    let mean = (0.5 * a + b + 0.25 * c) / 1.75;
    let spread = (0.5 * (a - mean).powi(2) + (b - mean).powi(2) + 0.25 * (c - mean).powi(2)) / 1.75;
    near(Some(found.count), 35.0);
    near(Some(found.valid_share), 1.0);
    near(found.mean, mean);
    near(found.std, spread.sqrt());
    near(found.min, 6.0);
    near(found.max, 7.0);
}

#[test]
fn nodata_and_the_edge_lower_the_valid_share() {
    // Rows 30 to 50: half are nodata. Columns 90 to 110: half are beyond the image.
    let found = statistics_in_pixels(&columns(), &rectangle(90.0, 30.0, 110.0, 50.0));
    near(Some(found.count), 100.0);
    near(Some(found.valid_share), 0.25);
    near(found.mean, 94.5 * 0.5 + 1.0);
}

#[test]
fn elsewhere_there_is_nothing() {
    for place in [
        rectangle(200.0, 0.0, 210.0, 10.0),
        rectangle(0.0, 50.0, 10.0, 60.0),
        MultiPolygon::new(vec![]),
    ] {
        let found = statistics_in_pixels(&columns(), &place);
        assert_eq!(
            (found.mean, found.std, found.min, found.max),
            (None, None, None, None)
        );
        assert!(found.count.abs() < 1e-12 && found.valid_share.abs() < 1e-12);
    }
}

#[test]
fn degrees_and_pixels_agree() {
    let reader = columns();
    let corner = |column, row| reader.georeference().lonlat(column, row);
    let outline = vec![
        corner(20.0, 4.0),
        corner(40.0, 4.0),
        corner(40.0, 24.0),
        corner(20.0, 24.0),
    ];
    let outline = geo::Polygon::new(geo::LineString::from(outline), vec![]);
    let zones = [MultiPolygon::new(vec![outline])];
    let found = &table(&reader, 0, &zones, &Wanted::default(), &|| false).expect("reads")[0];
    assert!((found.count - 400.0).abs() < 0.01, "{}", found.count);
    assert!((found.mean.unwrap_or_default() - (29.5 * 0.5 + 1.0)).abs() < 1e-4);
}

#[test]
fn a_hole_and_a_second_part() {
    let outer = rectangle(10.0, 10.0, 30.0, 30.0);
    let holed = outer.difference(&rectangle(15.0, 15.0, 25.0, 25.0));
    let second = polygon![(x: 50.0, y: 10.0), (x: 60.0, y: 10.0), (x: 50.0, y: 20.0)];
    let both = MultiPolygon::new([holed.0, vec![second]].concat());
    let found = statistics_in_pixels(&columns(), &both);
    near(Some(found.count), 400.0 - 100.0 + 50.0);
}

/// 700 × 600 pixels of whole numbers in tiles of 64, nodata here and there; 1,000 rectangles of all
/// sizes over it and one over everything.
fn patchwork() -> (CogReader, Vec<MultiPolygon<f64>>) {
    let transform = [6e5, 10.0, 0.0, 3.45e6, 0.0, -10.0];
    let georeference = GeoReference::from_epsg(32648, transform, 700, 600).expect("a known code");
    let options = CogOptions {
        tile_size: 64,
        ..CogOptions::new(georeference, DataType::I16, Band::new("a"))
    };
    let mut writer = CogWriter::new(options.with_nodata(Some(-1.0))).expect("a writer");
    let mut state = 1_u64;
    let mut next = |bound: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % bound
    };
    let values: Vec<i16> = (0..420_000).map(|_| next(12) as i16 - 1).collect();
    writer.write_rows(&values).expect("takes rows");
    let mut bytes = Vec::new();
    writer.finish(&mut bytes).expect("finishes");
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(&bytes).expect("writes");
    let mut corner = |bound: u64| next(bound * 100) as f64 / 100.0 - 10.0;
    let mut zones: Vec<_> = (0..1000)
        .map(|_| {
            let (west, south) = (corner(690), corner(590));
            rectangle(
                west,
                south,
                west + corner(60) + 11.0,
                south + corner(60) + 11.0,
            )
        })
        .collect();
    zones.push(rectangle(-5.0, -5.0, 705.0, 605.0));
    (CogReader::open(file).expect("opens"), zones)
}

fn everything() -> Wanted {
    Wanted {
        median: true,
        percentiles: vec![10.0, 90.0],
        classes: true,
        weights: Weights::Pixels,
    }
}

#[test]
fn every_zone_is_as_its_pixels_one_by_one() {
    let (reader, zones) = patchwork();
    let found = table_in_pixels(&reader, 0, &zones, &everything(), &|| false).expect("reads");
    let image = reader
        .read_window(0, &[0], Window::new(0, 0, 700, 600))
        .expect("reads");
    for (zone, found) in zones.iter().zip(&found).step_by(7) {
        let bounds = geo::BoundingRect::bounding_rect(zone).expect("bounds");
        let inside = |low: f64, high: f64, at: usize| {
            (high.min(at as f64 + 1.0) - low.max(at as f64)).max(0.0)
        };
        let mut weights = std::collections::BTreeMap::<i32, f64>::new();
        for (at, value) in image
            .values
            .iter()
            .enumerate()
            .filter(|(_, value)| !value.is_nan())
        {
            let share = inside(bounds.min().x, bounds.max().x, at % 700)
                * inside(bounds.min().y, bounds.max().y, at / 700);
            if share > 0.0 {
                *weights.entry(*value as i32).or_default() += share;
            }
        }
        let count: f64 = weights.values().sum();
        let mean = weights
            .iter()
            .map(|(value, weight)| f64::from(*value) * weight)
            .sum::<f64>()
            / count.max(f64::MIN_POSITIVE);
        assert!(
            (found.count - count).abs() <= 1e-6 * count.max(1.0),
            "{} {count}",
            found.count
        );
        assert!((found.mean.unwrap_or_default() - mean).abs() < 1e-6);
        assert_eq!(found.classes.len(), weights.len());
        for (share, (class, weight)) in found.classes.iter().zip(&weights) {
            assert_eq!(share.class, *class);
            assert!((share.share - weight / count).abs() < 1e-6);
        }
        let largest = weights
            .iter()
            .max_by(|one, two| one.1.total_cmp(two.1))
            .map(|(class, _)| *class);
        assert_eq!(found.largest_class().map(|largest| largest.class), largest);
    }
}

#[test]
fn the_answer_does_not_depend_on_the_number_of_threads() {
    let (reader, zones) = patchwork();
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads");
        pool.install(|| table_in_pixels(&reader, 0, &zones, &everything(), &|| false))
            .expect("reads")
    };
    assert_eq!(with(1), with(5));
}

#[test]
fn quantiles_of_zones_too_large_to_hold_are_the_same() {
    let (reader, zones) = patchwork();
    let wanted = everything();
    let never = || false;
    let zones: Vec<Zone> = zones.iter().map(|zone| Zone::new(zone, &reader)).collect();
    let sweep = Sweep::new(&reader, 0, &zones, Weights::Pixels, &never);
    let held = Gatherer::new(&sweep, &wanted).gather().expect("reads");
    let counted = Gatherer::new(&sweep, &wanted)
        .holding(60_000)
        .gather()
        .expect("reads");
    assert!(held.iter().any(|zone| zone.count > 400_000.0 * 0.9));
    for (held, counted) in held
        .iter()
        .zip(&counted)
        .filter(|(held, _)| held.count > 0.0)
    {
        assert_eq!(held.mean, counted.mean);
        near(held.median, counted.median.unwrap_or(f64::NAN));
        assert_eq!(held.percentiles.len(), 2);
        for (held, counted) in held.percentiles.iter().zip(&counted.percentiles) {
            near(Some(*held), *counted);
        }
    }
}

#[test]
fn it_stops_and_refuses_what_makes_no_sense() {
    let (reader, zones) = patchwork();
    let stopped = table_in_pixels(&reader, 0, &zones, &Wanted::default(), &|| true);
    assert!(matches!(stopped, Err(ZonalError::Stopped)));
    let wanted = Wanted {
        percentiles: vec![101.0],
        ..Wanted::default()
    };
    let refused = table_in_pixels(&reader, 0, &zones, &wanted, &|| false);
    assert!(matches!(refused, Err(ZonalError::Percentile(_))));
    let refused = table_in_pixels(&columns(), 0, &zones, &everything(), &|| false);
    assert!(matches!(refused, Err(ZonalError::NotClasses { .. })));
    let refused = table_in_pixels(&reader, 1, &zones, &Wanted::default(), &|| false);
    assert!(matches!(
        refused,
        Err(ZonalError::Cog(CogError::Missing(_)))
    ));
}

#[test]
fn pixels_of_an_image_in_degrees_weigh_by_their_area() {
    let transform = [106.0, 1.0, 0.0, 61.0, 0.0, -30.0];
    let georeference = GeoReference::from_epsg(4326, transform, 2, 2).expect("degrees");
    let options = CogOptions::new(georeference, DataType::F32, Band::new("a"));
    let mut writer = CogWriter::new(options).expect("a writer");
    writer
        .write_rows(&[0.0_f32, 0.0, 1.0, 1.0])
        .expect("takes rows");
    let mut bytes = Vec::new();
    writer.finish(&mut bytes).expect("finishes");
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(&bytes).expect("writes");
    let reader = CogReader::open(file).expect("opens");
    let wanted = Wanted {
        weights: Weights::Area,
        ..Wanted::default()
    };
    let zones = [rectangle(0.0, 0.0, 2.0, 2.0)];
    let found = &table_in_pixels(&reader, 0, &zones, &wanted, &|| false).expect("reads")[0];
    near(Some(found.count), 4.0);
    // On a sphere the zones' areas are as the differences of the sines; 0.3 % off on the ellipsoid.
    let sine = |degrees: f64| degrees.to_radians().sin();
    let expected = (sine(31.0) - sine(1.0)) / (sine(61.0) - sine(1.0));
    assert!(
        (found.mean.unwrap_or_default() - expected).abs() < 3e-3,
        "{:?} {expected}",
        found.mean
    );
}
