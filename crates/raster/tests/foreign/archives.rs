//! `MBTiles`: written by GDAL, and by somebody who means harm.

use std::path::Path;

use gdal::{
    DriverManager,
    raster::{Buffer, RasterCreationOptions},
    spatial_ref::SpatialRef,
};
use raster::foreign::{ArchiveAnswer, Error, Fault, ForeignTile};
use rusqlite::Connection;

use crate::support::{fault, foreign};

/// Metres to half the circumference of the square world.
const HALF_WORLD: f64 = 20_037_508.342_789_244;

type Archive = (std::collections::BTreeMap<String, String>, Vec<ForeignTile>);

fn read(path: &Path) -> Result<Archive, Error> {
    let (mut about, mut tiles) = (None, Vec::new());
    foreign().read_archive(path, |answer| {
        match answer {
            ArchiveAnswer::About(words) => about = Some(words),
            ArchiveAnswer::Tile(tile) => tiles.push(tile),
        }
        Ok::<(), Error>(())
    })?;
    Ok((about.unwrap(), tiles))
}

/// The whole tile 3/6/2 in one colour, by GDAL.
fn written_by_gdal(path: &Path) {
    let side = 2.0 * HALF_WORLD / 8.0;
    let (size, pixel) = ((256, 256), side / 256.0);
    let memory = DriverManager::get_driver_by_name("MEM").unwrap();
    let mut dataset = memory
        .create_with_band_type::<u8, _>("", size.0, size.1, 3)
        .unwrap();
    let (west, north) = (-HALF_WORLD + 6.0 * side, HALF_WORLD - 2.0 * side);
    dataset
        .set_geo_transform(&[west, pixel, 0.0, north, 0.0, -pixel])
        .unwrap();
    dataset
        .set_spatial_ref(&SpatialRef::from_epsg(3857).unwrap())
        .unwrap();
    for band in 1..=3_u8 {
        let mut pixels = Buffer::new(size, vec![40 * band; size.0 * size.1]);
        let mut raster = dataset.rasterband(usize::from(band)).unwrap();
        raster.write((0, 0), size, &mut pixels).unwrap();
    }
    let driver = DriverManager::get_driver_by_name("MBTiles").unwrap();
    let options = RasterCreationOptions::from_iter(["TILE_FORMAT=PNG", "NAME=山"]);
    dataset.create_copy(&driver, path, &options).unwrap();
}

/// An archive with these rows: zoom, column, row from the south, content as SQL.
fn written(path: &Path, rows: &str) {
    let archive = Connection::open(path).unwrap();
    let schema = "create table metadata (name text, value text);
        create table tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob);";
    archive.execute_batch(schema).unwrap();
    let insert = format!("insert into tiles values {rows}");
    archive.execute_batch(&insert).unwrap();
}

#[test]
fn the_tiles_of_gdal_are_read_where_they_lie() {
    let folder = tempfile::tempdir().unwrap();
    // Signs that mean something in an address of SQLite.
    let path = folder.path().join("a 100% ?#.mbtiles");
    written_by_gdal(&path);
    let (about, tiles) = read(&path).unwrap();
    assert_eq!([&about["name"], &about["format"]], ["山", "png"]);
    let [tile] = &tiles[..] else {
        panic!("{} tiles", tiles.len());
    };
    assert_eq!((tile.zoom, tile.column, tile.row), (3, 6, 2));
    let picture = image::load_from_memory(&tile.bytes).unwrap().to_rgb8();
    assert!(picture.pixels().all(|pixel| pixel.0 == [40, 80, 120]));
}

#[test]
fn a_journal_beside_it_is_neither_needed_nor_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mbtiles");
    written(&path, "(0, 0, 0, x'00')");
    let archive = Connection::open(&path).unwrap();
    archive
        .query_row("pragma journal_mode = wal", [], |_| Ok(()))
        .unwrap();
    drop(archive);
    assert_eq!(read(&path).unwrap().1.len(), 1);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_is_damaged_or_lies_nowhere_is_refused_with_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mbtiles");
    let refused = |words: &str| match fault(read(&path)) {
        Fault::Archive { detail } => assert!(detail.contains(words), "{detail}"),
        other => panic!("{other}"),
    };
    std::fs::write(&path, "文字").unwrap();
    refused("not a database");
    for (rows, words) in [
        ("(2, 4, 0, x'00')", "2/4/0"),
        ("(99, 0, 0, x'00')", "99/0/0"),
        ("(1, 0, 0, null)", "no bytes"),
        ("(1, 0, 0, zeroblob(17000000))", "17000000 bytes"),
        ("(1, 'a', 0, x'00')", "column type"),
    ] {
        std::fs::remove_file(&path).unwrap();
        written(&path, rows);
        refused(words);
    }
    std::fs::remove_file(&path).unwrap();
    Connection::open(&path)
        .unwrap()
        .execute_batch("create table other (a)")
        .unwrap();
    refused("no such table");
}

#[test]
fn one_that_breaks_off_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mbtiles");
    let rows = (0..200).map(|column| format!("(8, {column}, 0, zeroblob(3000))"));
    written(&path, &rows.collect::<Vec<_>>().join(","));
    assert_eq!(read(&path).unwrap().1.len(), 200);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(matches!(fault(read(&path)), Fault::Archive { .. }));
}

#[test]
fn a_view_that_never_ends_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mbtiles");
    let archive = Connection::open(&path).unwrap();
    let endless = "create table metadata (name text, value text);
        create view tiles as with recursive more(n) as (select 0 union all select n + 1 from more)
            select 0 as zoom_level, 0 as tile_column, n * 0 as tile_row, x'00' as tile_data
            from more where n < 0;";
    archive.execute_batch(endless).unwrap();
    let limits = raster::foreign::Limits {
        time: std::time::Duration::from_secs(2),
        ..raster::foreign::Limits::default()
    };
    let stopped = foreign()
        .with_limits(limits)
        .read_archive(&path, |_| Ok::<(), Error>(()));
    assert!(matches!(stopped, Err(Error::TooSlow { .. })), "{stopped:?}");
}
