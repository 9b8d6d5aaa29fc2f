use super::*;
use crate::cog::{Band, CogOptions, CogReader, CogWriter, DataType};
use crate::georeference::GeoReference;
use geo::{Area, Validation};
use proptest::prelude::*;

pub fn patches(width: u32, pixels: &[u8], options: Options) -> Vec<Patch> {
    let mut runs = Runs::new(width);
    runs.push(pixels, Some(0));
    let mut patches = Vec::new();
    polygonise(runs, options, |patch| patches.push(patch));
    patches
}

fn eight() -> Options {
    Options {
        connectedness: Connectedness::Eight,
        ..Options::default()
    }
}

#[test]
fn a_ring_with_a_hole_that_touches_its_corner() {
    #[rustfmt::skip]
    let pixels = [
        1, 1, 1, 1,
        1, 2, 1, 1,
        1, 1, 0, 1,
        1, 1, 1, 1,
    ];
    let found = patches(4, &pixels, Options::default());
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].value, found[0].pixels), (1, 14));
    assert_eq!(found[0].polygons.0[0].interiors().len(), 2);
    assert!((found[0].polygons.unsigned_area() - 14.0).abs() < 1e-12);
    assert_eq!((found[1].value, found[1].pixels), (2, 1));
}

#[test]
fn corners_join_only_when_asked() {
    let pixels = [1, 0, 0, 1];
    assert_eq!(patches(2, &pixels, Options::default()).len(), 2);
    let found = patches(2, &pixels, eight());
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].pixels, found[0].polygons.0.len()), (2, 2));
}

#[test]
fn a_small_patch_takes_its_largest_neighbours_class() {
    #[rustfmt::skip]
    let pixels = [
        1, 1, 2, 3, 3, 3,
        1, 1, 3, 3, 3, 3,
        0, 0, 0, 4, 0, 0,
        0, 5, 0, 0, 0, 0,
    ];
    let options = Options {
        minimum_pixels: 3,
        ..Options::default()
    };
    let found = patches(6, &pixels, options);
    let sizes: Vec<_> = found
        .iter()
        .map(|patch| (patch.value, patch.pixels))
        .collect();
    assert_eq!(sizes, [(1, 4), (3, 9), (5, 1)]);
}

#[test]
fn a_stored_image_is_read_in_strips() {
    let (width, height) = (300_u32, 1100_u32);
    let class = |index: u32| (index % width / 50 + index / width / 130) as u8 % 5;
    let pixels: Vec<u8> = (0..width * height).map(class).collect();
    let stored = |options: CogOptions, write: &dyn Fn(&mut CogWriter)| {
        let mut writer = CogWriter::new(options.with_classes()).expect("a writer");
        write(&mut writer);
        let mut file = tempfile::tempfile().expect("a file");
        writer.finish(&mut file).expect("finishes");
        Runs::read(&CogReader::open(file).expect("opens"), 0).expect("reads")
    };
    let transform = [6e5, 10.0, 0.0, 3.45e6, 0.0, -10.0];
    let grid = GeoReference::from_epsg(32648, transform, width, height).expect("UTM");
    let options = |data_type, nodata| {
        let options = CogOptions::new(grid.clone(), data_type, Band::new("class"));
        options.with_nodata(Some(nodata))
    };
    let bytes = stored(options(DataType::U8, 0.0), &|writer| {
        writer.write_rows(&pixels).expect("takes rows");
    });
    let floats = stored(options(DataType::F32, f64::NAN), &|writer| {
        let value = |class: &u8| {
            if *class == 0 {
                f32::NAN
            } else {
                f32::from(*class)
            }
        };
        let values: Vec<f32> = pixels.iter().map(value).collect();
        writer.write_rows(&values).expect("takes rows");
    });
    let expected = patches(width, &pixels, Options::default());
    assert!(expected.len() > 30, "{}", expected.len());
    for runs in [bytes, floats] {
        let mut found = Vec::new();
        polygonise(runs, Options::default(), |patch| found.push(patch));
        assert_eq!(found, expected);
    }
}

proptest! {
    #[test]
    fn patches_are_valid_and_fill_the_image(
        pixels in prop::collection::vec(0_u8..4, 12 * 9),
        diagonal: bool,
    ) {
        let options = if diagonal { eight() } else { Options::default() };
        let found = patches(12, &pixels, options);
        let classes = |value: i32| pixels.iter().filter(|pixel| i32::from(**pixel) == value).count() as u64;
        for value in 1..4 {
            let sum: u64 = found.iter().filter(|patch| patch.value == value).map(|patch| patch.pixels).sum();
            prop_assert_eq!(sum, classes(value));
        }
        for patch in &found {
            prop_assert!(patch.polygons.is_valid(), "{:?}: {:?}", patch.polygons.validation_errors(), patch);
            prop_assert!((patch.polygons.unsigned_area() - patch.pixels as f64).abs() < 1e-9);
            for polygon in &patch.polygons {
                // Counter-clockwise with north up is clockwise where rows grow downwards.
                prop_assert!(polygon.signed_area() < 0.0);
            }
        }
    }
}
