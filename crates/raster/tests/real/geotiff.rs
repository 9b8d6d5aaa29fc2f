//! `GeoTIFF` files against rasterio: what it writes we read, what we write it reads, and nothing
//! that is broken does harm.

use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use raster::Window;
use raster::cog::part::{self, PartGrid};
use raster::cog::{
    Band, BlockCache, CogError, CogOptions, CogReader, Compression, DataType, Samples, Source,
    create,
};
use raster::georeference::GeoReference;
use serde_json::Value;

use crate::support::{oracle, real_data, text};

fn layouts(folder: &Path) -> Option<Vec<Value>> {
    let scene =
        real_data("satellite/s2_l2a_bolzano/S2_L2A_sample_20220612_B04_B03_B02_B08_SCL.tif")?;
    let answer = oracle("geotiff", &["write", text(&scene), text(folder)]);
    Some(answer.as_array().expect("a list").clone())
}

/// Little-endian bytes of samples.
fn bytes(samples: &Samples) -> Vec<u8> {
    match samples {
        Samples::U8(values) => values.clone(),
        Samples::U16(values) => values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect(),
        Samples::I16(values) => values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect(),
        Samples::F32(values) => values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect(),
    }
}

fn whole(reader: &CogReader, level: usize) -> Result<Vec<u8>, CogError> {
    let size = &reader.levels()[level];
    let window = Window::new(0, 0, size.width as usize, size.height as usize);
    let bands: Vec<usize> = (0..reader.bands().len()).collect();
    let samples = reader.read_bands(level, &bands, window)?;
    Ok(samples.iter().flat_map(bytes).collect())
}

#[test]
fn every_layout_of_rasterio_is_read_pixel_by_pixel() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(layouts) = layouts(folder.path()) else {
        return;
    };
    assert!(layouts.len() > 100, "{}", layouts.len());
    let cache = Arc::new(BlockCache::new(3 << 20));
    for layout in &layouts {
        let path = layout["path"].as_str().expect("a path");
        let reader = CogReader::open_path(Path::new(path))
            .unwrap_or_else(|error| panic!("{layout}: {error}"));
        let reader = reader.with_cache(Arc::clone(&cache));
        assert_eq!(reader.georeference().epsg, Some(32632), "{layout}");
        let transform: Vec<f64> =
            serde_json::from_value(layout["transform"].clone()).expect("numbers");
        assert_eq!(
            reader.georeference().transform.as_slice(),
            transform,
            "{layout}"
        );
        assert_eq!(reader.nodata(), Some(7.0));
        assert_eq!(reader.bands()[0], Band::new("first").scaled(0.5, 0.0));
        let levels = layout["levels"].as_array().expect("levels");
        assert_eq!(reader.levels().len(), levels.len(), "{layout}");
        let expected = std::fs::read(layout["raw"].as_str().expect("a path")).expect("its pixels");
        let read = (0..levels.len()).map(|level| whole(&reader, level).expect("reads"));
        assert!(read.collect::<Vec<_>>().concat() == expected, "{layout}");
    }
}

#[test]
fn a_window_is_the_same_whether_cached_or_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(layouts) = layouts(folder.path()) else {
        return;
    };
    for layout in layouts.iter().step_by(9) {
        let open = || CogReader::open_path(Path::new(layout["path"].as_str().expect("a path")));
        let plain = open().expect("opens");
        let cached = open()
            .expect("opens")
            .with_cache(Arc::new(BlockCache::new(1 << 20)));
        let all = plain
            .read_samples(0, 0, Window::new(0, 0, 333, 205))
            .expect("reads");
        for (column, row) in [(-9, -5), (100, 60), (300, 190), (500, 10)] {
            let window = Window::new(column, row, 61, 33);
            let samples = plain.read_samples(0, 0, window).expect("reads");
            assert_eq!(samples, cached.read_samples(0, 0, window).expect("reads"));
            for index in [0, 31 * 61 + 60, 1000] {
                let (x, y) = (column + index % 61, row + index / 61);
                let inside = (0..333).contains(&x) && (0..205).contains(&y);
                let expected = if inside {
                    all.get((y * 333 + x) as usize)
                } else {
                    7.0
                };
                assert_eq!(samples.get(index as usize).to_bits(), expected.to_bits());
            }
        }
    }
}

#[test]
fn a_reference_system_without_a_formula_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(layouts) = layouts(folder.path()) else {
        return;
    };
    let little = |layout: &&Value| layout["layout"]["endianness"] == "LITTLE";
    let path = layouts.iter().find(little).expect("one")["path"]
        .as_str()
        .expect("a path");
    let mut file = std::fs::read(path).expect("reads");
    // ProjectedCSTypeGeoKey, in place, one value: 32632 becomes Lambert-93.
    let key: Vec<u8> = [3072_u16, 0, 1, 32632]
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    // GDAL leaves an old directory behind where it writes one again.
    let places: Vec<usize> = (0..file.len() - 8)
        .filter(|at| file[*at..].starts_with(&key))
        .collect();
    assert!(!places.is_empty());
    for at in places {
        file[at + 6..at + 8].copy_from_slice(&2154_u16.to_le_bytes());
    }
    let error = CogReader::from_source(Arc::new(file)).expect_err("has no formula");
    assert!(error.to_string().contains("EPSG:2154"), "{error}");
    assert!(error.to_string().contains("xiangtu ingest"), "{error}");
}

/// Numbers that look random and are the same every time.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

#[test]
fn broken_files_neither_panic_nor_take_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(layouts) = layouts(folder.path()) else {
        return;
    };
    let mut random = Seeded(20_261_123);
    let (mut refused, mut read) = (0, 0);
    for layout in &layouts {
        let good = std::fs::read(layout["path"].as_str().expect("a path")).expect("reads");
        for _ in 0..12 {
            let mut bad = good.clone();
            for _ in 0..=random.below(6) {
                // Half of the damage goes into the first kilobyte, where the directories are.
                let end = if random.below(2) == 0 {
                    1024
                } else {
                    bad.len()
                };
                let at = random.below(end.min(bad.len()));
                bad[at] = random.below(256) as u8;
            }
            if random.below(8) == 0 {
                bad.truncate(random.below(good.len()));
            }
            let opened = CogReader::from_source(Arc::new(bad));
            let done = opened.and_then(|reader| {
                let bands: Vec<usize> = (0..reader.bands().len().min(5)).collect();
                for level in 0..reader.levels().len() {
                    reader.read_bands(level, &bands, Window::new(0, 0, 400, 300))?;
                }
                Ok(())
            });
            match done {
                Ok(()) => read += 1,
                Err(_) => refused += 1,
            }
        }
    }
    assert!(
        refused > 100 && read > 100,
        "{refused} refused, {read} read"
    );
}

fn options(compression: Compression, bands: usize, width: u32, height: u32) -> CogOptions {
    let place = [600_000.0, 10.0, 0.0, 3_450_000.0, 0.0, -10.0];
    let georeference = GeoReference::from_epsg(32648, place, width, height).expect("known");
    CogOptions {
        bands: (0..bands)
            .map(|band| Band::new(&band.to_string()))
            .collect(),
        tile_size: 128,
        compression,
        alpha: bands == 4,
        ..CogOptions::new(georeference, DataType::U8, Band::new(""))
    }
}

/// A soft pattern, empty in one corner; the fourth band is alpha.
fn pixels(window: Window, bands: usize) -> Vec<Samples> {
    let band = |band: usize| {
        let value = |index: usize| {
            let column = window.column as usize + index % window.width;
            let row = window.row as usize + index / window.width;
            match (column < 300 && row < 300, band) {
                (true, _) => 0,
                (false, 3) => 255,
                _ => {
                    (100.0
                        + 80.0
                            * ((column + band * 9) as f64 / 40.0).sin()
                            * (row as f64 / 55.0).cos()) as u8
                }
            }
        };
        Samples::U8((0..window.width * window.height).map(value).collect())
    };
    (0..bands).map(band).collect()
}

#[test]
fn what_we_write_is_valid_and_reads_the_same_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let scratch = std::env::temp_dir();
    let kinds = [
        (Compression::ZSTD, 2, 0),
        (Compression::Deflate, 1, 0),
        (Compression::Webp { quality: 80.0 }, 3, 3),
        (Compression::Webp { quality: 80.0 }, 4, 3),
        (Compression::Jpeg { quality: 80 }, 1, 1),
        (Compression::Jpeg { quality: 80 }, 3, 4),
        (Compression::Jpeg { quality: 80 }, 4, 4),
    ];
    for (number, (compression, bands, tolerance)) in kinds.into_iter().enumerate() {
        let options = options(compression, bands, 1111, 777);
        let path = folder.path().join(format!("{number}.tif"));
        let mut file = std::fs::File::create(&path).expect("a file");
        create(
            &options,
            |window| Ok(pixels(window, bands)),
            &scratch,
            &mut file,
        )
        .expect("creates");
        let valid = oracle("cog", &["validate", text(&path)]);
        assert_eq!(valid[0]["valid"], true, "{options:?} {valid}");
        assert_eq!(
            valid[0]["warnings"].as_array().map(Vec::len),
            Some(0),
            "{valid}"
        );
        assert_eq!(valid[0]["layout"], "COG", "{valid}");
        let theirs = oracle("geotiff", &["read", text(&path), text(folder.path())]);
        let reader = CogReader::open_path(&path).expect("opens");
        assert_eq!(
            theirs["levels"].as_array().map(Vec::len),
            Some(reader.levels().len())
        );
        for level in 0..reader.levels().len() {
            let ours = whole(&reader, level).expect("reads");
            let theirs = |kind: &str| std::fs::read(folder.path().join(format!("{level}.{kind}")));
            let values = theirs("raw").expect("its pixels");
            let close = |(one, two): (&u8, &u8)| one.abs_diff(*two) <= tolerance;
            // Where a mask stands for alpha, theirs has no such band. Decoders differ in how they
            // smooth colours across an edge.
            let same = ours.iter().zip(&values).filter(|pair| close(*pair)).count();
            let enough = if tolerance == 0 { 1000 } else { 980 };
            assert!(
                same * 1000 >= values.len() * enough,
                "{compression:?} {level}: {same} of {} are the same",
                values.len()
            );
            if bands == 4 {
                let mask = theirs("mask").expect("its mask");
                let alpha = &ours[ours.len() - mask.len()..];
                let same = alpha
                    .iter()
                    .zip(&mask)
                    .all(|(alpha, mask)| (*alpha > 0) == (*mask > 0));
                assert!(same, "{compression:?} {level}");
            }
        }
    }
}

/// The same part at every index.
struct Everywhere {
    part: Arc<Vec<u8>>,
    index: u32,
}

impl Source for Everywhere {
    fn length(&self) -> u64 {
        self.part.len() as u64
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let start = offset as usize;
        into.copy_from_slice(&self.part[start..start + into.len()]);
        // Its own index stands after the eight bytes it begins with.
        if offset == 0 && into.len() >= 12 {
            into[8..12].copy_from_slice(&self.index.to_le_bytes());
        }
        Ok(())
    }
}

/// A file of which only the beginning and the end are written; the rest is a hole.
struct Holed {
    file: std::fs::File,
    at: u64,
    length: u64,
}

const KEPT: u64 = 64 << 20;

impl Write for Holed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let end = self.at + bytes.len() as u64;
        if end <= KEPT || end + KEPT > self.length {
            self.file.seek(SeekFrom::Start(self.at))?;
            self.file.write_all(bytes)?;
        }
        self.at = end;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_file_beyond_four_gigabytes_is_read_elsewhere() {
    // One part of noise, which does not pack, stands for all 29 x 29.
    let mut random = Seeded(7);
    let noise: Vec<u8> = (0..2048 * 2048).map(|_| random.below(256) as u8).collect();
    let options = CogOptions {
        tile_size: 512,
        overview_count: Some(2),
        ..options(Compression::Zstd { level: 1 }, 1, 29 * 2048, 29 * 2048)
    };
    assert_eq!(PartGrid::of(&options).count(), 841);
    let part = part::encode(&options, 0, &[Samples::U8(noise.clone())]).expect("packs");
    let part = Arc::new(part);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("big.tif");
    let file = std::fs::File::create(&path).expect("a file");
    let length = 841 * part.len() as u64;
    assert!(length > 4 << 30, "{length}");
    let mut out = Holed {
        file,
        at: 0,
        length,
    };
    let open = |index: u32| {
        let part = Arc::clone(&part);
        Ok(Arc::new(Everywhere { part, index }) as Arc<dyn Source>)
    };
    part::assemble(&options, open, folder.path(), &mut out).expect("joins");
    assert!(out.at > 4 << 30);
    let answer = oracle("geotiff", &["corner", text(&path), text(folder.path())]);
    assert_eq!(answer["bigtiff"], true);
    assert_eq!(answer["overviews"], serde_json::json!([2, 4]));
    let theirs = std::fs::read(folder.path().join("corner.raw")).expect("its pixels");
    let rows = 2048 - 100..2048;
    let expected: Vec<u8> = rows
        .flat_map(|row| &noise[row * 2048 + 1948..][..100])
        .copied()
        .collect();
    assert!(theirs == expected);
    let reader = CogReader::open_path(&path).expect("opens");
    let window = Window::new(29 * 2048 - 100, 29 * 2048 - 100, 100, 100);
    assert_eq!(
        reader.read_samples(0, 0, window).expect("reads"),
        Samples::U8(expected)
    );
}
