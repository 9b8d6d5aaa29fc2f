//! Two adjacent scenes of one day as one image.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use raster::Window;
use raster::cog::{Band, CogError, CogOptions, CogReader, CogWriter, DataType};
use raster::georeference::GeoReference;
use raster::mosaic::Blend;
use raster::pipeline::{Input, Look, LookBand, Node, Operation, Output, Program, balance, run};
use raster::sample::Samples;
use raster::warp::Kernel;

use crate::support::{doubles, oracle, real_data, text};

const BANDS: [&str; 3] = ["red", "green", "blue"];

fn scenes() -> Option<[PathBuf; 2]> {
    let scene = |number| {
        let name = format!("LC08_L1TP_224{number}_20200518_B432_crop.tif");
        real_data(&format!("satellite/landsat8_adjacent-scenes_iguazu/{name}"))
    };
    Some([scene("077")?, scene("078")?])
}

/// The scene with the nodata value that it does not name, and with values × `gain` + `offset`.
fn prepared(scene: &Path, to: &Path, gain: f64, offset: f64) {
    let reader = CogReader::open_path(scene).expect("opens");
    let grid = reader.georeference().clone();
    let window = Window::new(0, 0, grid.width as usize, grid.height as usize);
    let bands = reader.read_bands(0, &[0, 1, 2], window).expect("reads");
    let bands: Vec<Vec<f64>> = bands.iter().map(|band| band.numbers().collect()).collect();
    let options = CogOptions::new(grid, DataType::U16, Band::new("red"));
    let options = CogOptions {
        bands: BANDS.map(Band::new).to_vec(),
        ..options.with_nodata(Some(0.0))
    };
    let mut writer = CogWriter::new(options).expect("a writer");
    let number = |value: f64| {
        if value == 0.0 {
            0
        } else {
            (value * gain + offset) as u16
        }
    };
    let pixels = (0..window.width * window.height)
        .flat_map(|pixel| bands.iter().map(move |band| band[pixel]));
    writer
        .write_rows(&pixels.map(number).collect::<Vec<u16>>())
        .expect("takes rows");
    let mut file = std::fs::File::create(to).expect("a file");
    writer.finish(&mut file).expect("finishes");
}

fn open(source: &str) -> Result<Arc<CogReader>, CogError> {
    CogReader::open_path(Path::new(source)).map(Arc::new)
}

/// The grid of both scenes together: 1200 × 1333 pixels.
fn program(paths: &[PathBuf; 2], blend: Blend) -> Program {
    let [first, second] = paths.each_ref().map(|path| {
        let reader = open(text(path)).expect("opens");
        reader.georeference().clone()
    });
    let (width, height) = (1200, 1333);
    let grid = GeoReference {
        width,
        height,
        ..first
    };
    let corner = grid.pixel_of_map(second.transform[0], second.transform[3]);
    assert_eq!(corner, (300.0, 333.0));
    let look = |path: &PathBuf| Look {
        id: text(path).to_owned(),
        date: NaiveDate::default(),
        bands: BANDS
            .iter()
            .enumerate()
            .map(|(band, name)| LookBand {
                name: (*name).to_owned(),
                source: text(path).to_owned(),
                band,
                kernel: Kernel::Nearest,
            })
            .collect(),
        mask: None,
    };
    let options = CogOptions::new(grid.clone(), DataType::F32, Band::new("red"));
    Program {
        inputs: vec![Input {
            name: "scenes".to_owned(),
            looks: paths.iter().map(look).collect(),
        }],
        nodes: vec![Node {
            name: "mosaic".to_owned(),
            operation: Operation::Mosaic {
                of: "scenes".to_owned(),
                bands: BANDS.map(str::to_owned).to_vec(),
                blend,
                gains: Vec::new(),
            },
        }],
        outputs: vec![Output {
            name: "mosaic".to_owned(),
            of: "mosaic".to_owned(),
            bands: BANDS.map(str::to_owned).to_vec(),
            options: CogOptions {
                bands: BANDS.map(Band::new).to_vec(),
                ..options.with_nodata(Some(f64::NAN))
            },
        }],
        grid,
    }
}

fn made(program: &Program) -> Vec<Vec<f32>> {
    let window = Window::new(
        0,
        0,
        program.grid.width as usize,
        program.grid.height as usize,
    );
    let mut blocks = run(program, &open, window, &|| false).expect("runs");
    let bands = blocks.swap_remove(0).samples.into_iter();
    let values = bands.map(|band| match band {
        Samples::F32(values) => values,
        other => panic!("{other:?}"),
    });
    values.collect()
}

/// The mean step from the last column of the first scene to the next, which only the second one has.
fn step(band: &[f32]) -> f64 {
    let rows = 400..950;
    let steps = rows.clone().map(|row| {
        let at = row * 1200 + 899;
        f64::from(band[at + 1]) - f64::from(band[at])
    });
    steps.sum::<f64>() / rows.len() as f64
}

#[test]
fn feathered_scenes_are_numpys() {
    let Some(scenes) = scenes() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let paths = ["one.tif", "two.tif"].map(|name| folder.path().join(name));
    for (scene, path) in scenes.iter().zip(&paths) {
        prepared(scene, path, 1.0, 0.0);
    }
    let out = folder.path().join("mosaic");
    let answer = oracle(
        "mosaic",
        &["300", text(&out), text(&scenes[0]), text(&scenes[1])],
    );
    assert_eq!(
        (answer["width"].as_u64(), answer["height"].as_u64()),
        (Some(1200), Some(1333))
    );
    let expected = doubles(&out);
    let feathered = made(&program(&paths, Blend::Feather { metres: 300.0 }));
    let mut valid = 0;
    for (pixel, (found, expected)) in feathered.iter().flatten().zip(&expected).enumerate() {
        assert_eq!(found.is_nan(), expected.is_nan(), "pixel {pixel}");
        let near = (f64::from(*found) - expected).abs() <= 1e-6 * expected;
        assert!(
            near || found.is_nan(),
            "pixel {pixel}: {found}, not {expected}"
        );
        valid += u32::from(!found.is_nan());
    }
    assert!(valid > 3 * 1_200_000, "{valid}");
    // A mean of both differs from the first alone in the overlap, and nowhere else.
    let first = made(&program(&paths, Blend::First));
    let differs = |row: usize, column: usize| {
        let at = row * 1200 + column;
        first[0][at].to_bits() != feathered[0][at].to_bits()
    };
    assert!((350..990).any(|row| differs(row, 600)));
    assert!(!(0..330).any(|row| differs(row, 600)));
}

#[test]
fn the_seam_of_two_scenes_fades() {
    let Some(scenes) = scenes() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let paths = ["one.tif", "two.tif"].map(|name| folder.path().join(name));
    prepared(&scenes[0], &paths[0], 1.0, 0.0);
    // As if of another day, with haze.
    prepared(&scenes[1], &paths[1], 1.15, 400.0);
    let plain = program(&paths, Blend::First);
    let bands = BANDS.map(str::to_owned);
    let gains = balance(&plain, &open, "scenes", &bands).expect("reads");
    let mut balanced = plain.clone();
    if let Operation::Mosaic { gains: own, .. } = &mut balanced.nodes[0].operation {
        own.clone_from(&gains);
    }
    let feathered = made(&program(&paths, Blend::Feather { metres: 600.0 }));
    let (plain, balanced) = (made(&plain), made(&balanced));
    for band in 0..3 {
        let before = step(&plain[band]);
        assert!(before > 1200.0, "{before}");
        let after = step(&balanced[band]);
        assert!(after.abs() < 0.05 * before, "balanced: {after} of {before}");
        let after = step(&feathered[band]);
        assert!(after.abs() < 0.1 * before, "feathered: {after} of {before}");
        let [(one, up), (two, down)] = [gains[0][band], gains[1][band]];
        // Through both, the haze is undone: the second scene's gain is 1.15 times less.
        let ratio = one / two;
        assert!((ratio / 1.15 - 1.0).abs() < 0.02, "{ratio}");
        assert!(up > 0.0 && down < 0.0, "{up} {down}");
    }
}
