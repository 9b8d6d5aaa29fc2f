//! Composites of a season and masks of three products against numpy.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use raster::Window;
use raster::cog::{Band, CogError, CogOptions, CogReader, DataType};
use raster::composite::Method;
use raster::mask::{ClassName, Legend, Question};
use raster::pipeline::{
    Input, Look, LookBand, LookMask, Node, Operation, Output, Program, Variable, run,
};
use raster::product::Classes;
use raster::warp::Kernel;

use crate::support::{doubles, oracle, real_data, text};

/// The fourteen dates of a field, in order of time.
fn dates() -> Option<Vec<PathBuf>> {
    let folder = real_data("satellite/s2_l2a_timeseries_field-a")?;
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "tif"))
        .collect();
    paths.sort();
    Some(paths)
}

fn open(source: &str) -> Result<Arc<CogReader>, CogError> {
    CogReader::open_path(Path::new(source)).map(Arc::new)
}

fn look(path: &Path) -> Look {
    let source = text(path).to_owned();
    // S2_L2A_00002806639B424A_20170804_…
    let name = path.file_name().expect("a name").to_string_lossy();
    let date = name.split('_').nth(3).expect("a date");
    Look {
        id: name.to_string(),
        date: NaiveDate::parse_from_str(date, "%Y%m%d").expect("a date"),
        bands: [("red", 0), ("nir", 3)]
            .map(|(name, band)| LookBand {
                name: name.to_owned(),
                source: source.clone(),
                band,
                kernel: Kernel::Cubic,
            })
            .to_vec(),
        mask: Some(LookMask {
            source,
            band: 5,
            classes: Classes::Scl.into(),
            hide: vec![ClassName::Cloud, ClassName::CloudShadow],
            grow_m: 20.0,
        }),
    }
}

fn composite(method: Method) -> Operation {
    Operation::Composite {
        of: "season".to_owned(),
        method,
        bands: ["red", "nir"].map(str::to_owned).to_vec(),
    }
}

/// Six outputs, as the oracle has them.
fn season(paths: &[PathBuf]) -> Program {
    let grid = open(text(&paths[0])).expect("opens").georeference().clone();
    let node = |(name, operation): (&str, Operation)| Node {
        name: name.to_owned(),
        operation,
    };
    let greenest = Method::MaximumIndex {
        high: "nir".to_owned(),
        low: "red".to_owned(),
    };
    let ndvi = Operation::Expression {
        formula: "(nir - red) / (nir + red)".to_owned(),
        variables: vec![Variable::new("clear", "nir"), Variable::new("clear", "red")],
        band: "ndvi".to_owned(),
    };
    let nodes = [
        ("clear", composite(Method::Median)),
        ("low", composite(Method::Percentile(25.0))),
        ("greenest", composite(greenest)),
        ("times", composite(Method::Count)),
        ("ndvi", ndvi),
    ];
    let options = CogOptions::new(grid.clone(), DataType::F32, Band::new("a"));
    let options = options.with_nodata(Some(f64::NAN));
    let output = |(of, band): (&str, &str)| Output {
        name: format!("{of} {band}"),
        of: of.to_owned(),
        bands: vec![band.to_owned()],
        options: options.clone(),
    };
    let outputs = [
        ("clear", "red"),
        ("clear", "nir"),
        ("ndvi", "ndvi"),
        ("low", "nir"),
        ("greenest", "red"),
        ("times", "count"),
    ];
    Program {
        grid,
        inputs: vec![Input {
            name: "season".to_owned(),
            looks: paths.iter().map(|path| look(path)).collect(),
        }],
        nodes: nodes.map(node).to_vec(),
        outputs: outputs.map(output).to_vec(),
    }
}

#[test]
fn a_season_under_its_clouds_is_numpys() {
    let Some(paths) = dates() else {
        return;
    };
    assert_eq!(paths.len(), 14);
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("planes");
    let mut arguments = vec!["season", text(&out), "20"];
    arguments.extend(paths.iter().map(|path| text(path)));
    oracle("composite", &arguments);
    let expected = doubles(&out);
    let window = Window::new(0, 0, 64, 64);
    let blocks = run(&season(&paths), &open, window, &|| false).expect("runs");
    assert_eq!(expected.len(), blocks.len() * 64 * 64);
    let mut counts = Vec::new();
    for (plane, (block, expected)) in blocks.iter().zip(expected.chunks(64 * 64)).enumerate() {
        let found: Vec<f64> = block.samples[0].numbers().collect();
        for (pixel, (found, expected)) in found.iter().zip(expected).enumerate() {
            let same = found.is_nan() && expected.is_nan();
            let near = (found - expected).abs() <= 1e-6 * expected.abs().max(0.1);
            assert!(
                same || near,
                "plane {plane}, pixel {pixel}: {found}, not {expected}"
            );
        }
        if plane == 5 {
            counts = found;
        }
    }
    // Five of the dates are all cloud, and clouds drift over some of the rest.
    assert!(counts.iter().all(|count| *count <= 9.0));
    assert!(counts.iter().any(|count| *count < 8.0));
}

#[test]
fn masks_hide_the_pixels_that_numpy_hides() {
    use ClassName::{Cloud, CloudShadow};
    let fmask = "satellite/landsat7_chiapas_2dates/LE70220492002106EDC00_stack.tif";
    let clouds = "satellite/s2_l2a_maja_gers/\
                  SENTINEL2B_20181023-105107-455_L2A_T30TYP_D_V1-9_CLM_R1.tif";
    let folder = tempfile::tempdir().expect("a folder");
    for (file, band, classes, hide, metres, rule, numbers, at_least) in [
        (
            fmask,
            7,
            Classes::Fmask,
            vec![Cloud],
            0.0,
            "numbers",
            "4",
            12_663,
        ),
        (
            fmask,
            7,
            Classes::Fmask,
            vec![Cloud, CloudShadow],
            95.0,
            "numbers",
            "2,4",
            20_000,
        ),
        (
            clouds,
            0,
            Classes::MajaClouds,
            vec![Cloud],
            0.0,
            "bits",
            "1",
            6688,
        ),
        (
            clouds,
            0,
            Classes::MajaClouds,
            vec![Cloud, CloudShadow],
            100.0,
            "bits",
            "1,2,3",
            7000,
        ),
    ] {
        let Some(path) = real_data(file) else {
            return;
        };
        let out = folder.path().join("mask");
        let (band_number, grow) = ((band + 1).to_string(), metres.to_string());
        let arguments = [
            "mask",
            text(&out),
            &grow,
            text(&path),
            &band_number,
            rule,
            numbers,
        ];
        oracle("composite", &arguments);
        let expected: Vec<u8> = doubles(&out)
            .into_iter()
            .map(|hidden| hidden as u8)
            .collect();
        let reader = open(text(&path)).expect("opens");
        let numbers = Legend::from(classes).numbers(&hide).expect("has them");
        let question = Question {
            reader: &reader,
            band,
            numbers: &numbers,
            nowhere: None,
            metres,
        };
        let size = &reader.levels()[0];
        let window = Window::new(0, 0, size.width as usize, size.height as usize);
        let found = question.hidden(reader.georeference(), window);
        let found = found.expect("reads");
        let different = found.iter().zip(&expected).filter(|(one, two)| one != two);
        assert_eq!(different.count(), 0, "{file} {hide:?} {metres}");
        let count = found.iter().filter(|hidden| **hidden != 0).count();
        assert!(count >= at_least, "{file} {hide:?} {metres}: {count}");
    }
}
