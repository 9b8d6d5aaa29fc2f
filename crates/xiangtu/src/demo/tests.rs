use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::sync::LazyLock;

use geo::algorithm::Validation as _;
use geo::{
    Area as _, BooleanOps as _, BoundingRect as _, Contains as _, Coord, MultiPolygon, Point,
};
use raster::cog::CogReader;

use super::definition::{Definition, Feature};
use super::files::make;
use super::ground::{COLUMNS, HEIGHT, ROWS, WIDTH};
use super::scene::Scene;
use super::world::World;

/// One township for all tests, with the images of its four days.
static TOWNSHIP: LazyLock<(World, Vec<Scene>)> = LazyLock::new(|| {
    let world = World::grow(Definition::load().unwrap());
    let scenes = (0..world.definition.dates.len())
        .map(|day| world.image(day).unwrap())
        .collect();
    (world, scenes)
});

/// The Fowler–Noll–Vo hash of an image's values.
fn digest(scene: &Scene) -> u64 {
    let values = scene.bands.iter().chain([&scene.classes]).flatten();
    values.fold(0xCBF2_9CE4_8422_2325, |hash, &value| {
        (hash ^ u64::from(value)).wrapping_mul(0x0100_0000_01B3)
    })
}

fn ndvi(scene: &Scene, index: usize) -> f64 {
    let (red, nir) = (
        f64::from(scene.bands[2][index]),
        f64::from(scene.bands[3][index]),
    );
    (nir - red) / (nir + red)
}

fn pixel(place: Coord<f64>) -> usize {
    ((HEIGHT - place.y) / 10.0) as usize * COLUMNS + (place.x / 10.0) as usize
}

/// The pixels well inside the building site.
fn site_pixels() -> Vec<usize> {
    let centre = TOWNSHIP.0.fields.fields[0].seed;
    let offsets = |reach: i32| (-reach..=reach).map(|away| f64::from(away) * 10.0);
    let places = offsets(3).flat_map(|dy| offsets(4).map(move |dx| Coord { x: dx, y: dy }));
    places.map(|off| pixel(centre + off)).collect()
}

#[test]
fn the_images_are_the_same_on_every_machine() {
    let digests: Vec<u64> = TOWNSHIP.1.iter().map(digest).collect();
    assert_eq!(digests, DIGESTS, "{digests:#X?}");
}

const DIGESTS: [u64; 4] = [
    0xA248_9BC6_F38E_D1B2,
    0xBB8A_F3BB_2FC5_B052,
    0x5DD1_1E71_8788_CD40,
    0x69C0_AEA0_E37C_1825,
];

#[test]
fn villages_make_up_the_township_without_gap_or_overlap() {
    let villages = &TOWNSHIP.0.villages;
    let township = villages.township.unsigned_area();
    let sum: f64 = villages.land.iter().map(MultiPolygon::unsigned_area).sum();
    assert!((sum - township).abs() < 1e-6 * township, "{sum} {township}");
    assert!((15.0e6..30.0e6).contains(&township), "{township}");
    let corners: BTreeSet<[u64; 2]> = villages
        .land
        .iter()
        .flat_map(|land| {
            land.0[0]
                .exterior()
                .0
                .iter()
                .map(|c| [c.x.to_bits(), c.y.to_bits()])
        })
        .collect();
    for corner in &villages.township.0[0].exterior().0 {
        assert!(
            corners.contains(&[corner.x.to_bits(), corner.y.to_bits()]),
            "{corner:?}"
        );
    }
    for (number, land) in villages.land.iter().enumerate() {
        assert!(land.is_valid(), "village {number}");
        assert_eq!(land.0.len(), 1, "village {number} is in one piece");
        assert!(
            land.unsigned_area() > 2.0e6,
            "village {number} has {} m²",
            land.unsigned_area()
        );
        for other in &villages.land[number + 1..] {
            let overlap = land.intersection(other).unsigned_area();
            assert!(
                overlap < 1e-3,
                "village {number} overlaps another by {overlap} m²"
            );
        }
    }
}

#[test]
fn the_township_lies_on_the_images_and_in_the_county() {
    let villages = &TOWNSHIP.0.villages;
    let bounds = villages.township.bounding_rect().unwrap();
    assert!(bounds.min().x > 0.0 && bounds.max().x < WIDTH, "{bounds:?}");
    assert!(
        bounds.min().y > 0.0 && bounds.max().y < HEIGHT,
        "{bounds:?}"
    );
    assert!(villages.county.contains(&villages.township));
}

#[test]
fn the_field_turns_from_rape_to_building_site_between_february_and_may() {
    let mean = |scene: &Scene| {
        let pixels = site_pixels();
        pixels.iter().map(|&index| ndvi(scene, index)).sum::<f64>() / pixels.len() as f64
    };
    let [october, february, may, august] = [0, 1, 2, 3].map(|day| mean(&TOWNSHIP.1[day]));
    assert!(february > 0.65, "{february}");
    assert!(may < 0.2, "{may}");
    assert!(august < 0.2, "{august}");
    assert!(october > 0.15, "stubble, not yet dug up: {october}");
    for scene in &TOWNSHIP.1 {
        for index in site_pixels() {
            assert!(
                ![0, 3, 8, 9].contains(&scene.classes[index]),
                "the site is hidden"
            );
        }
    }
}

#[test]
fn nothing_else_turns_bare_as_the_site_does() {
    let [february, august] = [&TOWNSHIP.1[1], &TOWNSHIP.1[3]];
    let clear = |index: usize| ![0, 3, 8, 9].contains(&august.classes[index]);
    let bared = (0..COLUMNS * ROWS)
        .filter(|&index| clear(index) && ndvi(february, index) > 0.6 && ndvi(august, index) < 0.2)
        .collect::<Vec<_>>();
    let site: BTreeSet<usize> = site_pixels().into_iter().collect();
    assert!(bared.len() >= site.len(), "{}", bared.len());
    let centre = TOWNSHIP.0.fields.fields[0].seed;
    let near = |index: usize| {
        let place = Coord {
            x: (index % COLUMNS) as f64 * 10.0,
            y: HEIGHT - (index / COLUMNS) as f64 * 10.0,
        };
        super::ground::distance(place, centre) < 110.0
    };
    let elsewhere = bared.iter().filter(|&&index| !near(index)).count();
    assert!(
        elsewhere < bared.len() / 10,
        "{elsewhere} of {} lie elsewhere",
        bared.len()
    );
}

#[test]
fn cloud_classes_are_the_bright_pixels_and_shadows_the_dark() {
    for (day, scene) in TOWNSHIP.0.definition.dates.iter().zip(&TOWNSHIP.1) {
        let blue = |classes: &[u16]| {
            let values: Vec<f64> = (0..COLUMNS * ROWS)
                .filter(|&index| classes.contains(&scene.classes[index]))
                .map(|index| f64::from(scene.bands[0][index]))
                .collect();
            (
                values.iter().sum::<f64>() / values.len().max(1) as f64,
                values.len(),
            )
        };
        let nir = |class: u16| {
            let inside = (0..COLUMNS * ROWS).filter(|&index| scene.classes[index] == class);
            let (sum, count) = inside.fold((0.0, 0.0), |(sum, count), index| {
                (sum + f64::from(scene.bands[3][index]), count + 1.0)
            });
            sum / count
        };
        let Some(clouds) = day.clouds else {
            assert_eq!(blue(&[3, 8, 9]).1, 0, "{} is clear", day.date);
            continue;
        };
        let (cloud, count) = blue(&[9]);
        let (ground, _) = blue(&[4, 5, 6, 7]);
        assert!(
            count > 10_000 && cloud > 4000.0 && ground < 1000.0,
            "{}: {cloud} {ground}",
            day.date
        );
        assert!(nir(3) < 0.6 * nir(4), "{}", day.date);
        let hidden = blue(&[8, 9]).1 as f64 / (blue(&[3, 4, 5, 6, 7, 8, 9]).1 as f64);
        assert!(
            (hidden - clouds.share).abs() < 0.06,
            "{}: {hidden}",
            day.date
        );
        let bright = (0..COLUMNS * ROWS)
            .filter(|&index| scene.bands[0][index] > 3600)
            .collect::<Vec<_>>();
        let named = bright
            .iter()
            .filter(|&&index| [8, 9].contains(&scene.classes[index]))
            .count();
        assert!(
            named * 100 > bright.len() * 97,
            "{named} of {}",
            bright.len()
        );
    }
}

#[test]
fn nodata_is_one_corner_of_one_day_in_every_band() {
    for (day, scene) in TOWNSHIP.0.definition.dates.iter().zip(&TOWNSHIP.1) {
        let empty = |values: &[u16]| values.iter().filter(|&&value| value == 0).count();
        let counts: Vec<usize> = scene
            .bands
            .iter()
            .chain([&scene.classes])
            .map(|v| empty(v))
            .collect();
        let expected = if day.corner { counts[0] } else { 0 };
        assert!(
            counts.iter().all(|&count| count == expected),
            "{} {counts:?}",
            day.date
        );
        assert_eq!(expected > 1000, day.corner);
    }
}

#[test]
fn the_files_hold_what_was_grown() {
    let folder = tempfile::tempdir().unwrap();
    let files = make(folder.path()).unwrap();
    for (file, scene) in files.scenes.iter().zip(&TOWNSHIP.1) {
        let reader = CogReader::open(File::open(&file.path).unwrap()).unwrap();
        let window = raster::Window {
            column: 300,
            row: 200,
            width: 40,
            height: 30,
        };
        let raster = reader.read_window(0, &[0, 1, 2, 3, 4], window).unwrap();
        for (band, values) in scene.bands.iter().chain([&scene.classes]).enumerate() {
            for row in 0..30 {
                for column in 0..40 {
                    let expected = f32::from(values[(200 + row) * COLUMNS + 300 + column]);
                    let read = raster.get(band, column, row);
                    let read = if read.is_nan() { 0.0 } else { read };
                    assert!((read - expected).abs() < 0.5, "{read} {expected}");
                }
            }
        }
    }
    for path in files.photos.values() {
        let photo = image::open(path).unwrap();
        assert_eq!((photo.width(), photo.height()), (800, 600));
    }
    assert_eq!(files.photos.len(), 3);
    assert!(features(&files.areas) == 7 && features(&files.fields) > 1500);
    assert!(
        features(&files.houses) > 300 && features(&files.roads) > 10 && features(&files.river) > 3
    );
}

fn features(path: &Path) -> usize {
    let value: serde_json::Value = serde_json::from_reader(File::open(path).unwrap()).unwrap();
    value["features"].as_array().unwrap().len()
}

#[test]
fn reports_are_pinned_in_their_villages() {
    let world = &TOWNSHIP.0;
    for report in &world.definition.reports {
        let place = world.find(&report.spot).unwrap();
        let number = world
            .definition
            .village_number(&report.spot.village)
            .unwrap();
        let land = &world.villages.land[number as usize - 1];
        // The river is the border itself; what lies by it may be on either bank.
        let inside = land.contains(&Point(place));
        assert!(
            inside || report.spot.by == Feature::River,
            "{} at {place:?}",
            report.text_en
        );
    }
}
