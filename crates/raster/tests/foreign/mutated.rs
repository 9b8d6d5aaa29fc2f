//! Files damaged at random, the same way every time: each is an error or a picture, soon.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use raster::{
    Window,
    cog::{Band, CogError, CogOptions, CogReader, CogWriter, Compression, DataType},
    foreign::{Error, FeatureOptions, Limits},
    georeference::GeoReference,
};
use rayon::prelude::*;

use crate::support::{SQUARE, Seeded, UTM, converted, foreign, geotiff, square};

const LIMITS: Limits = Limits {
    memory: 1 << 30,
    processor_seconds: 20,
    time: Duration::from_secs(30),
};

/// `scripts/test --long` breaks two thousand, the suite a tenth of them.
fn files() -> usize {
    let long = std::env::var_os("XIANGTU_LONG").is_some_and(|long| long == "1");
    if long { 2_000 } else { 200 }
}

/// A good file, and how its format is read.
struct Good {
    ending: &'static str,
    bytes: Vec<u8>,
}

fn good(folder: &Path) -> [Good; 4] {
    let read = |ending, name: &str| Good {
        ending,
        bytes: std::fs::read(folder.join(name)).unwrap(),
    };
    geotiff(&folder.join("strips.tif"), Some(32_648), (150, 90), UTM);
    std::fs::write(folder.join("tiles.tif"), cog()).unwrap();
    converted(
        folder,
        "JP2OpenJPEG",
        "image.jp2",
        &["QUALITY=100", "REVERSIBLE=YES"],
    );
    square("GPKG", &folder.join("square.gpkg"), Some(4326), &[], SQUARE);
    [
        read("tif", "strips.tif"),
        read("tif", "tiles.tif"),
        read("jp2", "image.jp2"),
        read("gpkg", "square.gpkg"),
    ]
}

/// One of our own files, with coarser levels.
fn cog() -> Vec<u8> {
    let georeference = GeoReference::from_epsg(32_648, UTM, 300, 200).unwrap();
    let options = CogOptions {
        tile_size: 64,
        compression: Compression::Deflate,
        ..CogOptions::new(georeference, DataType::I16, Band::new("red"))
    };
    let mut writer = CogWriter::new(options).unwrap();
    let rows: Vec<i16> = (0..300 * 200).map(|at| (at * 7919 % 9973) as i16).collect();
    writer.write_rows(&rows).unwrap();
    let mut bytes = Vec::new();
    writer.finish(&mut bytes).unwrap();
    bytes
}

/// Bits turned, bytes and lengths replaced, ends cut off.
fn damaged(good: &[u8], random: &mut Seeded) -> Vec<u8> {
    let mut bad = good.to_vec();
    for _ in 0..=random.below(5) {
        // Half of the damage goes into the first kilobyte, where most formats have their heads, and
        // none into the empty parts of a database.
        let end = if random.below(2) == 0 {
            1024
        } else {
            bad.len()
        };
        let mut at = random.below(end.min(bad.len() - 4));
        while bad[at] == 0 && at + 5 < bad.len() {
            at += 1;
        }
        match random.below(3) {
            0 => bad[at] ^= 1 << random.below(8),
            1 => bad[at] = random.below(256) as u8,
            _ => {
                let lengths = [0, 1, 0x7FFF_FFFF, u32::MAX, random.below(1 << 30) as u32];
                let length = lengths[random.below(lengths.len())];
                let little = random.below(2) == 0;
                let bytes = if little {
                    length.to_le_bytes()
                } else {
                    length.to_be_bytes()
                };
                bad[at..at + 4].copy_from_slice(&bytes);
            }
        }
    }
    if random.below(6) == 0 {
        bad.truncate(random.below(good.len()));
    }
    bad
}

/// Everything of a file through the child process.
fn through_the_child(path: &Path) -> Result<(), Error> {
    let foreign = foreign().with_limits(LIMITS);
    if path.extension().is_some_and(|ending| ending == "gpkg") {
        return foreign.features(path, &FeatureOptions::default()).map(drop);
    }
    let described = foreign.describe(path)?;
    for band in 1..=described.bands.len().min(3) {
        foreign.read_band::<Error, _>(path, band, |_strip| Ok(()))?;
    }
    Ok(())
}

/// Every level of a file through our own reader.
fn through_our_reader(bytes: Vec<u8>) -> Result<(), CogError> {
    let reader = CogReader::from_source(Arc::new(bytes))?;
    let bands: Vec<usize> = (0..reader.bands().len().min(3)).collect();
    for level in 0..reader.levels().len() {
        reader.read_bands(level, &bands, Window::new(0, 0, 400, 300))?;
    }
    Ok(())
}

#[test]
fn a_damaged_file_is_an_error_or_a_picture() {
    let folder = tempfile::tempdir().unwrap();
    let good = good(folder.path());
    let (read, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let count = |fine: bool| {
        let counter = if fine { &read } else { &refused };
        counter.fetch_add(1, Ordering::Relaxed);
    };
    (0..files()).into_par_iter().for_each(|index| {
        let Good { ending, bytes } = &good[index % good.len()];
        let bad = damaged(bytes, &mut Seeded(20_261_126 + index as u64));
        let path = folder.path().join(format!("{index}.{ending}"));
        std::fs::write(&path, &bad).unwrap();
        let began = Instant::now();
        let answer = through_the_child(&path);
        let took = began.elapsed();
        // Describing and each band are a child each.
        assert!(took < 4 * LIMITS.time, "file {index} took {took:?}");
        assert!(
            !matches!(answer, Err(Error::Start { .. } | Error::Missing { .. })),
            "file {index}: {answer:?}"
        );
        count(answer.is_ok());
        if *ending == "tif" {
            let began = Instant::now();
            let ours = catch_unwind(AssertUnwindSafe(|| through_our_reader(bad)));
            let took = began.elapsed();
            assert!(
                took < LIMITS.time,
                "our reader took {took:?} for file {index}"
            );
            count(
                ours.unwrap_or_else(|_| panic!("file {index} broke our reader"))
                    .is_ok(),
            );
        }
        std::fs::remove_file(&path).unwrap();
    });
    let (read, refused) = (read.into_inner(), refused.into_inner());
    assert!(
        read * 10 > files() && refused * 10 > files(),
        "{read} read, {refused} refused"
    );
}
