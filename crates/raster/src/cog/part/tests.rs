//! Parts joined are the file that the strip writer makes, byte for byte.

use crate::cog::part::{self, PartGrid};
use crate::cog::tests::utm;
use crate::cog::*;

fn noise(width: usize, height: usize, band: usize) -> Vec<u16> {
    let value = |index: usize| {
        let (column, row) = (index % width, index / width);
        // A wide empty corner makes sparse tiles.
        if column + row < 150 {
            return 0;
        }
        ((column * 7 + row * 3 + band * 11) % 900 + ((index * 2_654_435_761) >> 7) % 50) as u16
    };
    (0..width * height).map(value).collect()
}

/// All of one kind of image: by rows, and by parts in a shuffled order.
fn both(options: &CogOptions) -> (Vec<u8>, Vec<u8>) {
    let (width, height) = (
        options.georeference.width as usize,
        options.georeference.height as usize,
    );
    let bands: Vec<Vec<u16>> = (0..options.bands.len())
        .map(|band| noise(width, height, band))
        .collect();
    let mut by_rows = Vec::new();
    crate::sample::with_type!(options.data_type, S => {
        let mut writer = CogWriter::new(options.clone()).expect("a writer");
        let pixels: Vec<S> = (0..width * height)
            .flat_map(|index| bands.iter().map(move |band| S::from_f64(f64::from(band[index] % 251))))
            .collect();
        for rows in pixels.chunks(width * bands.len() * 37) {
            writer.write_rows(rows).expect("takes rows");
        }
        writer.finish(&mut by_rows).expect("finishes");
        let grid = PartGrid::of(options);
        let mut parts = vec![Vec::new(); grid.count() as usize];
        for step in 0..grid.count() {
            let index = (step * 7 + 3) % grid.count();
            let index = if grid.count().is_multiple_of(7) { step } else { index };
            let window = grid.window(index);
            let cut: Vec<Samples> = bands
                .iter()
                .map(|band| {
                    let rows = window.row as usize..window.row as usize + window.height;
                    let left = window.column as usize;
                    let values = rows.flat_map(|row| &band[row * width + left..][..window.width]);
                    S::wrap(values.map(|value| S::from_f64(f64::from(value % 251))).collect())
                })
                .collect();
            parts[index as usize] = part::encode(options, index, &cut).expect("packs");
        }
        let mut joined = Vec::new();
        let scratch = std::env::temp_dir();
        part::assemble(options, |index| Ok(std::sync::Arc::new(parts[index as usize].clone())), &scratch, &mut joined)
            .expect("joins");
        (by_rows, joined)
    })
}

#[test]
fn parts_of_any_order_make_the_same_file() {
    let bands = |count: usize| {
        (0..count)
            .map(|band| Band::new(&band.to_string()))
            .collect()
    };
    for (width, height) in [(700, 531), (64, 64), (1, 1), (65, 700), (1030, 20)] {
        let numbers = CogOptions {
            tile_size: 16,
            bands: bands(2),
            ..CogOptions::new(utm(width, height), DataType::U16, Band::new(""))
        };
        let floats = CogOptions {
            data_type: DataType::F32,
            nodata: Some(f64::NAN),
            compression: Compression::Deflate,
            ..numbers.clone()
        };
        let classes = CogOptions {
            bands: bands(1),
            data_type: DataType::U8,
            ..numbers.clone()
        };
        let picture = CogOptions {
            overview_count: Some(5),
            tile_size: 32,
            ..CogOptions::picture(utm(width, height), 75.0)
        };
        let masked = CogOptions {
            compression: Compression::Jpeg { quality: 80 },
            overview_count: None,
            ..picture.clone()
        };
        let plain = CogOptions {
            bands: bands(3),
            alpha: false,
            ..masked.clone()
        };
        for options in [
            numbers.clone().with_nodata(Some(0.0)),
            floats,
            classes.with_classes(),
            picture,
            masked,
            plain,
        ] {
            let (by_rows, joined) = both(&options);
            assert_eq!(by_rows.len(), joined.len(), "{options:?}");
            assert!(by_rows == joined, "{options:?}");
        }
    }
}

#[test]
fn options_come_back_from_json() {
    let options = CogOptions::new(utm(7, 9), DataType::F32, Band::new("ndvi").scaled(0.1, 2.0));
    for nodata in [None, Some(f64::NAN), Some(-9999.5)] {
        let options = options.clone().with_nodata(nodata);
        let json = serde_json::to_string(&options).expect("to JSON");
        let back: CogOptions = serde_json::from_str(&json).expect("from JSON");
        assert_eq!(format!("{back:?}"), format!("{options:?}"));
    }
}

#[test]
fn a_part_that_is_not_right_is_refused() {
    let options = CogOptions {
        tile_size: 16,
        ..CogOptions::new(utm(200, 100), DataType::U8, Band::new(""))
    };
    let grid = PartGrid::of(&options);
    assert_eq!((grid.columns, grid.rows, grid.count()), (4, 2, 8));
    let last = grid.window(7);
    assert_eq!(
        (last.column, last.row, last.width, last.height),
        (192, 64, 8, 36)
    );
    let short = [Samples::U8(vec![1; 5])];
    assert!(matches!(
        part::encode(&options, 0, &short),
        Err(CogError::Rows(_))
    ));
    assert!(matches!(
        part::encode(&options, 8, &short),
        Err(CogError::Missing(_))
    ));
    let pixels = [Samples::U8(vec![1; 64 * 64])];
    let good = part::encode(&options, 0, &pixels).expect("packs");
    for bad in [
        good[..good.len() - 1].to_vec(),
        b"hello".to_vec(),
        Vec::new(),
    ] {
        let open = |_| Ok(std::sync::Arc::new(bad.clone()) as std::sync::Arc<dyn Source>);
        let joined = part::assemble(&options, open, &std::env::temp_dir(), &mut Vec::new());
        assert!(matches!(joined, Err(CogError::Damaged(_))));
    }
}

#[test]
fn a_mask_comes_back_as_alpha() {
    let options = CogOptions {
        compression: Compression::Jpeg { quality: 90 },
        tile_size: 32,
        ..CogOptions::picture(utm(100, 70), 80.0)
    };
    let read = |window: crate::Window| {
        let pixels = window.width * window.height;
        let columns = (0..pixels).map(|index| window.column as usize + index % window.width);
        let alpha = columns
            .map(|column| if column < 41 { 255 } else { 0 })
            .collect();
        let grey = |value| Samples::U8(vec![value; pixels]);
        Ok(vec![grey(200), grey(100), grey(50), Samples::U8(alpha)])
    };
    let mut bytes = Vec::new();
    create(&options, read, &std::env::temp_dir(), &mut bytes).expect("creates");
    let cache = std::sync::Arc::new(BlockCache::new(1 << 20));
    let reader = CogReader::from_source(std::sync::Arc::new(bytes)).expect("opens");
    let reader = reader.with_cache(std::sync::Arc::clone(&cache));
    assert!(reader.alpha() && reader.bands().len() == 4);
    for _ in 0..2 {
        let bands = reader.read_bands(0, &[3, 0], crate::Window::new(-2, 10, 60, 2));
        let bands = bands.expect("reads");
        let expected: Vec<u8> = (-2..58)
            .map(|column| if (0..41).contains(&column) { 255 } else { 0 })
            .collect();
        assert_eq!(bands[0], Samples::U8([expected.clone(), expected].concat()));
        assert!(
            (bands[1].get(30) - 200.0).abs() <= 4.0,
            "{}",
            bands[1].get(30)
        );
    }
    // One row of tiles with something in it, two of them, of colours and of masks.
    assert_eq!(cache.unpacked(), 4);
}
