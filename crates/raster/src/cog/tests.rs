//! Whole files: written, read back by our reader and by the `tiff` crate's decoder.

use std::io::Cursor;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use grid::matrix_set::{MatrixSet, MatrixTile};
use grid::mercator;
use grid::tile::Tile;
use proptest::prelude::*;
use tiff::decoder::{Decoder, DecodingResult};
use tiff::tags::Tag;

use super::*;
use crate::Window;

pub(super) fn utm(width: u32, height: u32) -> GeoReference {
    GeoReference::from_epsg(
        32648,
        [500_000.0, 10.0, 0.0, 3_450_000.0, 0.0, -10.0],
        width,
        height,
    )
    .expect("a known code")
}

fn write<S: Sample>(options: CogOptions, rows: &[S], strip: usize) -> Vec<u8> {
    let row = options.georeference.width as usize * options.bands.len();
    let mut writer = CogWriter::new(options).expect("a writer");
    for rows in rows.chunks(strip * row) {
        writer.write_rows(rows).expect("takes rows");
    }
    let mut bytes = Vec::new();
    writer.finish(&mut bytes).expect("finishes");
    bytes
}

fn open(bytes: &[u8]) -> Result<CogReader, CogError> {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(bytes).expect("writes");
    CogReader::open(file)
}

fn whole(reader: &CogReader, level: usize, band: usize) -> Vec<f32> {
    let size = &reader.levels()[level];
    let window = Window::new(0, 0, size.width as usize, size.height as usize);
    reader
        .read_window(level, &[band], window)
        .expect("reads")
        .values
}

#[test]
fn the_head_stands_where_readers_look_for_it() {
    let options = CogOptions {
        tile_size: 64,
        ..CogOptions::new(utm(200, 130), DataType::U16, Band::new("red"))
    };
    let bytes = write(options, &vec![7_u16; 200 * 130], 50);
    assert_eq!(&bytes[..4], b"II*\0");
    assert!(
        bytes[8..]
            .starts_with(b"GDAL_STRUCTURAL_METADATA_SIZE=000140 bytes\nLAYOUT=IFDS_BEFORE_DATA\n")
    );
    let first = u32::from_le_bytes(bytes[4..8].try_into().expect("four bytes"));
    assert!(first < 300, "{first}");
    let reader = open(&bytes).expect("opens");
    let sizes: Vec<_> = reader
        .levels()
        .iter()
        .map(|level| (level.width, level.height))
        .collect();
    assert_eq!(sizes, [(200, 130), (100, 65), (50, 33)]);
}

#[test]
fn tiles_carry_their_length_before_and_their_last_bytes_behind() {
    let options = CogOptions {
        tile_size: 64,
        ..CogOptions::new(utm(64, 64), DataType::U8, Band::new("red"))
    };
    let values: Vec<u8> = (0..64 * 64).map(|index| (index * 7 % 251) as u8).collect();
    let bytes = write(options, &values, 64);
    let tile = open(&bytes)
        .expect("opens")
        .tile_bytes(0, 0, 0)
        .expect("reads")
        .expect("is there");
    let at = bytes
        .windows(tile.len())
        .position(|window| window == tile)
        .expect("stands in the file");
    assert_eq!(bytes[at - 4..at], (tile.len() as u32).to_le_bytes());
    assert_eq!(bytes[at + tile.len()..], tile[tile.len() - 4..]);
}

#[test]
fn the_tiff_crate_reads_the_same_numbers() {
    let options = CogOptions {
        tile_size: 64,
        compression: Compression::Deflate,
        ..CogOptions::new(utm(150, 70), DataType::F32, Band::new("ndvi"))
    };
    let values: Vec<f32> = (0..150 * 70)
        .map(|index| index as f32 * 0.37 - 100.0)
        .collect();
    let bytes = write(options, &values, 9);
    let mut decoder = Decoder::new(Cursor::new(bytes)).expect("a TIFF");
    assert_eq!(decoder.dimensions().expect("has a size"), (150, 70));
    let keys = decoder.get_tag_u16_vec(Tag::GeoKeyDirectoryTag);
    let keys = keys.expect("has keys");
    assert!(keys.as_chunks::<4>().0.contains(&[3072, 0, 1, 32648]));
    let scale = decoder.get_tag_f64_vec(Tag::ModelPixelScaleTag);
    assert_eq!(scale.expect("has a scale"), [10.0, 10.0, 0.0]);
    let tie = decoder.get_tag_f64_vec(Tag::ModelTiepointTag);
    assert_eq!(
        tie.expect("has a corner"),
        [0.0, 0.0, 0.0, 500_000.0, 3_450_000.0, 0.0]
    );
    let DecodingResult::F32(read) = decoder.read_image().expect("decodes") else {
        panic!("not F32");
    };
    assert_eq!(read, values);
}

#[test]
fn empty_tiles_are_not_stored_and_read_as_nothing() {
    let options = CogOptions {
        tile_size: 16,
        ..CogOptions::new(utm(32, 16), DataType::I16, Band::new("nir"))
    }
    .with_nodata(Some(-10_000.0));
    let mut values = vec![-10_000_i16; 32 * 16];
    values[20] = 5;
    let reader = open(&write(options, &values, 16)).expect("opens");
    assert_eq!(reader.tile_bytes(0, 0, 0).expect("reads"), None);
    assert!(reader.tile_bytes(0, 1, 0).expect("reads").is_some());
    let read = whole(&reader, 0, 0);
    assert_eq!(read.iter().filter(|value| !value.is_nan()).count(), 1);
    assert_eq!(read[20].to_bits(), 5_f32.to_bits());
    assert_eq!(
        whole(&reader, 1, 0)
            .iter()
            .filter(|value| !value.is_nan())
            .count(),
        1
    );
}

#[test]
fn scale_and_offset_are_applied_on_demand() {
    let band = Band::new("红光 <red>").scaled(0.0001, -0.1);
    let options = CogOptions::new(utm(1, 2), DataType::U16, band.clone()).with_nodata(Some(0.0));
    let reader = open(&write(options, &[3000_u16, 0], 2)).expect("opens");
    assert_eq!(reader.bands(), [band]);
    assert_eq!(whole(&reader, 0, 0)[0].to_bits(), 3000_f32.to_bits());
    let physical = reader
        .read_physical(0, 0, Window::new(0, 0, 1, 2))
        .expect("reads");
    assert!((physical.values[0] - 0.2).abs() < 1e-7 && physical.values[1].is_nan());
}

#[test]
fn a_picture_on_the_web_grid_gives_its_tiles_as_they_are() {
    let corner = Tile::new(14, 13124, 6696)
        .expect("exists")
        .bounds_mercator();
    let resolution = mercator::resolution(14, 256);
    let transform = [corner.west, resolution, 0.0, corner.north, 0.0, -resolution];
    let georeference = GeoReference::from_epsg(3857, transform, 1024, 512).expect("Web Mercator");
    let mut pixels = vec![0_u8; 1024 * 512 * 4];
    for (index, pixel) in pixels.chunks_exact_mut(4).enumerate() {
        let column = index % 1024;
        if column < 512 {
            pixel.copy_from_slice(&[(column / 4) as u8, 80, 120, 255]);
        }
    }
    let options = CogOptions {
        overview_count: Some(1),
        ..CogOptions::picture(georeference, 80.0)
    };
    let bytes = write(options, &pixels, 100);
    let reader = open(&bytes).expect("opens");
    assert_eq!(reader.aligned_zooms(), Some((13, 14)));
    let at_hand = CogReader::from_source(Arc::new(bytes)).expect("opens");
    let stored = |zoom, column, row| {
        let tile = Tile::new(zoom, column, row).expect("exists");
        let stored = reader.aligned_tile(tile).expect("reads");
        assert_eq!(at_hand.aligned_tile_now(tile), stored);
        assert_eq!(
            reader.aligned_tile_now(tile),
            None,
            "of a file that is not known"
        );
        stored
    };
    let tile = stored(14, 13125, 6697).expect("is stored");
    let decoded = webp::Decoder::new(&tile).decode().expect("is WebP");
    assert_eq!((decoded.width(), decoded.height()), (256, 256));
    // The middle of the second tile: column 384, red 96, within what WebP loses.
    assert!((i32::from(decoded[(128 * 256 + 128) * 3]) - 96).abs() <= 6);
    assert_eq!(stored(14, 13126, 6696), None, "transparent");
    assert_eq!(stored(14, 13123, 6696), None, "outside");
    assert!(stored(13, 6562, 3348).is_some());
    assert_eq!(stored(12, 3281, 1674), None, "coarser than stored");
    assert_eq!(stored(15, 26250, 13393), None, "finer than stored");
}

/// A picture of one level-14 tile and its neighbours in a set, stored as one level.
fn picture_on(tile: MatrixTile) -> CogReader {
    let epsg = tile.set.epsg().expect("has a code");
    let georeference =
        GeoReference::from_epsg(epsg, tile.transform(), 512, 512).expect("a known code");
    let pixels = [10_u8, 200, 30, 255].repeat(512 * 512);
    let options = CogOptions {
        overview_count: Some(1),
        ..CogOptions::picture(georeference, 80.0)
    };
    open(&write(options, &pixels, 128)).expect("opens")
}

#[test]
fn a_picture_on_the_grid_of_degrees_or_of_a_zone_gives_its_tiles_too() {
    let zone = MatrixSet::from_id("CGCS2000_GK_4545").expect("a zone");
    for set in [MatrixSet::Cgcs2000Quad, zone] {
        let (x, y) = set.projection().forward(108.4, 31.2);
        let mut corner = MatrixTile::at(set, 14, x, y).expect("a tile");
        (corner.column, corner.row) = (corner.column & !1, corner.row & !1);
        let reader = picture_on(corner);
        assert_eq!(reader.aligned_zooms(), None, "no web tiles");
        let stored = |tile: MatrixTile| reader.aligned_tile(tile).expect("reads");
        let last = MatrixTile {
            column: corner.column + 1,
            row: corner.row + 1,
            ..corner
        };
        assert!(stored(corner).is_some() && stored(last).is_some());
        let coarse = MatrixTile {
            level: 13,
            column: corner.column / 2,
            row: corner.row / 2,
            ..corner
        };
        assert!(stored(coarse).is_some());
        let beyond = MatrixTile {
            column: corner.column + 2,
            ..corner
        };
        assert!(stored(beyond).is_none() && reader.stores(beyond));
        assert!(!reader.stores(MatrixTile {
            level: 12,
            ..coarse
        }));
        // The same tile by the name that CRS84 has for it.
        let by_world = MatrixTile {
            set: MatrixSet::WorldCrs84Quad,
            level: 13,
            ..corner
        };
        assert_eq!(
            stored(by_world).is_some(),
            set == MatrixSet::Cgcs2000Quad,
            "{set:?}"
        );
        let web = Tile {
            zoom: 14,
            column: corner.column,
            row: corner.row,
        };
        assert!(!reader.stores(web));
    }
}

#[test]
fn damage_is_noticed() {
    let options = CogOptions::new(utm(600, 600), DataType::U16, Band::new("red"));
    let values: Vec<u16> = (0..600 * 600_u32)
        .map(|index| (index.wrapping_mul(2_654_435_761) >> 9) as u16)
        .collect();
    let bytes = write(options, &values, 600);
    assert!(matches!(
        open(&bytes[..bytes.len() / 2]),
        Err(CogError::Damaged(_))
    ));
    assert!(matches!(open(&bytes[..100]), Err(CogError::Damaged(_))));
    assert!(matches!(
        open(b"hello, this is a text"),
        Err(CogError::NotOurs(_))
    ));
    assert!(open(&[]).is_err());
    let mut turned = bytes.clone();
    let end = turned.len() - 2000;
    turned[end..].fill(0);
    let reader = open(&turned).expect("the head is whole");
    assert!(matches!(
        reader.read_window(0, &[0], Window::new(0, 0, 600, 600)),
        Err(CogError::Damaged(_))
    ));
}

#[test]
fn very_many_tiles_open_in_a_classic_and_in_a_big_file() {
    // The third one's tile offsets alone are 1.7 MB.
    for (side, count, magic) in [
        (30_000, 0, b"II*\0"),
        (30_000, 400_000, b"II+\0"),
        (120_000, 30_000, b"II+\0"),
    ] {
        let options = CogOptions {
            tile_size: 256,
            ..CogOptions::new(utm(side, side), DataType::U8, Band::new("red"))
        };
        let head = CogWriter::new(options).and_then(|writer| writer.head_alone(count));
        let head = head.expect("a head");
        assert_eq!(&head[..4], magic);
        let across = side.div_ceil(256);
        let framed = u64::from(if count > 0 { count + 8 } else { 0 });
        let length = head.len() as u64 + u64::from(across).pow(2) * framed;
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(&head).expect("writes");
        // Sparse: nothing but the head and the last tile's last byte, before its trailer.
        file.set_len(length).expect("grows");
        if count > 0 {
            file.write_all_at(&[42], length - 5).expect("writes");
        }
        let reader = CogReader::open(file.try_clone().expect("the same file")).expect("opens");
        let level = &reader.levels()[0];
        assert_eq!((level.tiles_across, level.tiles_down), (across, across));
        assert!(reader.levels().last().expect("has levels").width <= 256);
        let last = reader.tile_bytes(0, across - 1, across - 1).expect("reads");
        let found = last.map(|tile| (tile.len() as u32, tile.last().copied()));
        assert_eq!(found, (count > 0).then_some((count, Some(42))));
        file.set_len(length - 5).expect("shrinks");
        assert!(matches!(CogReader::open(file), Err(CogError::Damaged(_))));
    }
    let options = CogOptions {
        tile_size: 256,
        ..CogOptions::new(utm(800_000, 800_000), DataType::U8, Band::new("red"))
    };
    assert!(matches!(CogWriter::new(options), Err(CogError::Options(_))));
}

#[test]
fn directories_that_lead_nowhere_are_damage() {
    let options = CogOptions {
        tile_size: 64,
        ..CogOptions::new(utm(200, 130), DataType::U16, Band::new("red"))
    };
    let bytes = write(options, &vec![7_u16; 200 * 130], 130);
    let pointer = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four"));
    // Where a directory keeps the offset of the next.
    let next_of = |directory: u32| {
        let at = directory as usize;
        at + 2 + 12 * usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]))
    };
    let (first, second) = (pointer(4), pointer(next_of(pointer(4))));
    for (at, target) in [
        (4, u32::MAX),
        (next_of(first), first),
        (next_of(first), bytes.len() as u32 - 3),
        (next_of(second), second),
        (next_of(second), first),
    ] {
        let mut turned = bytes.clone();
        turned[at..at + 4].copy_from_slice(&target.to_le_bytes());
        let opened = open(&turned);
        assert!(matches!(opened, Err(CogError::Damaged(_))), "{at} {target}");
    }
    let beyond = [b"II+\0\x08\0\0\0".as_slice(), &[255; 8]].concat();
    assert!(matches!(open(&beyond), Err(CogError::Damaged(_))));
}

#[test]
fn an_image_without_a_place_is_refused() {
    // One grey pixel in a strip, as any program may write it.
    let entries = [(256, 1), (257, 1), (258, 8), (262, 1), (273, 8), (279, 1)];
    let image = |two: fn(u16) -> [u8; 2], four: fn(u32) -> [u8; 4], order: &[u8]| {
        let mut bytes = [order, &two(42), &four(8), &two(entries.len() as u16)].concat();
        for (tag, value) in entries {
            bytes.extend([two(tag), two(3)].concat());
            bytes.extend(four(1));
            bytes.extend([two(value), [0, 0]].concat());
        }
        bytes.extend([0; 4]);
        bytes
    };
    for bytes in [
        image(u16::to_be_bytes, u32::to_be_bytes, b"MM"),
        image(u16::to_le_bytes, u32::to_le_bytes, b"II"),
    ] {
        match open(&bytes) {
            Err(CogError::NotOurs(why)) => assert_eq!(why, "it does not say where it lies"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn rows_that_do_not_fit_are_refused() {
    let options = || CogOptions::new(utm(10, 10), DataType::U16, Band::new("red"));
    let mut writer = CogWriter::new(options()).expect("a writer");
    assert!(matches!(
        writer.write_rows(&[1_u8; 10]),
        Err(CogError::Rows(_))
    ));
    assert!(matches!(
        writer.write_rows(&[1_u16; 11]),
        Err(CogError::Rows(_))
    ));
    assert!(matches!(
        writer.write_rows(&[1_u16; 110]),
        Err(CogError::Rows(_))
    ));
    assert!(matches!(
        writer.finish(&mut Vec::new()),
        Err(CogError::Rows(_))
    ));
    assert!(matches!(
        CogWriter::new(options().with_nodata(Some(-1.0))),
        Err(CogError::Options(_))
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_window_reads_what_was_written(
        width in 1_u32..90, height in 1_u32..90, bands in 1_usize..4, strip in 1_usize..40,
        column in -20_i64..90, row in -20_i64..90, wide in 1_usize..60, high in 1_usize..60,
    ) {
        let mut options = CogOptions::new(utm(width, height), DataType::I16, Band::new("a")).with_nodata(Some(3.0));
        options.bands = (0..bands).map(|band| Band::new(&band.to_string())).collect();
        options.tile_size = 32;
        let value = |band: usize, column: i64, row: i64| ((column * 31 + row * 17 + band as i64 * 5) % 50 - 20) as i16;
        let mut rows = Vec::new();
        for row in 0..i64::from(height) {
            for column in 0..i64::from(width) {
                rows.extend((0..bands).map(|band| value(band, column, row)));
            }
        }
        let reader = open(&write(options, &rows, strip)).expect("opens");
        let order: Vec<usize> = (0..bands).rev().collect();
        let raster = reader.read_window(0, &order, Window::new(column, row, wide, high)).expect("reads");
        for (index, &band) in order.iter().enumerate() {
            for y in 0..high {
                for x in 0..wide {
                    let (at_x, at_y) = (column + x as i64, row + y as i64);
                    let inside = (0..i64::from(width)).contains(&at_x) && (0..i64::from(height)).contains(&at_y);
                    let expected = inside.then(|| value(band, at_x, at_y)).filter(|&value| value != 3);
                    let found = raster.get(index, x, y);
                    match expected {
                        Some(expected) => prop_assert_eq!(found.to_bits(), f32::from(expected).to_bits()),
                        None => prop_assert!(found.is_nan()),
                    }
                }
            }
        }
    }
}
