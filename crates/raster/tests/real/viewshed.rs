//! What masts in the SRTM canyon see against brute force in numpy.

use std::path::Path;
use std::sync::Arc;

use raster::Window;
use raster::cog::{Band, CogOptions, CogReader, DataType};
use raster::pipeline::{Input, Look, LookBand, Node, Operation, Output, Program, run};
use raster::viewshed::{Mast, Sight, visible, visible_count};
use raster::warp::Kernel;

use crate::support::{doubles, oracle, real_data, text};
use crate::terrain::canyon;

const REACH: usize = 60;

#[test]
fn masts_in_the_canyon_see_what_numpy_says() {
    let Some((image, georeference)) = canyon() else {
        return;
    };
    let file = real_data("dem/srtm_zion_90m_epsg4326_uint16.tif").expect("was there");
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("seen");
    for (column, row, curvature) in [(200, 250, 0.857_14), (320, 120, 0.0)] {
        let words = [column, row, 25, 6].map(|number: usize| number.to_string());
        let [at_column, at_row, height, target] = &words;
        let (curve, reach) = (curvature.to_string(), REACH.to_string());
        let arguments = [
            text(&file),
            at_column,
            at_row,
            height,
            target,
            &curve,
            &reach,
            text(&out),
        ];
        let answer = oracle("viewshed", &arguments);
        let number = |key: &str| answer[key].as_f64().expect("a number");
        let mast = Mast {
            longitude: number("longitude"),
            latitude: number("latitude"),
            height_m: 25.0,
            range_m: 1e9,
        };
        let sight = Sight {
            target_height_m: 6.0,
            curvature,
        };
        let all = visible(&image, &georeference, &[mast], 0, sight).expect("ground");
        let side = 2 * REACH + 1;
        let found = (0..side * side).map(|index| {
            let (x, y) = (column - REACH + index % side, row - REACH + index / side);
            all[y * image.width + x]
        });
        let expected = doubles(&out);
        let differing = found
            .zip(&expected)
            .filter(|(found, expected)| *found != (**expected > 0.5));
        // A line that just touches the land may fall on either side by rounding.
        let differing = differing.count();
        assert!(differing <= 3, "{differing} of {} differ", expected.len());
        let seen = number("seen") / expected.len() as f64;
        assert!(
            (0.02..0.98).contains(&seen),
            "{seen} of all seen proves little"
        );
    }
}

#[test]
fn chunks_see_what_the_whole_canyon_sees() {
    let Some((image, georeference)) = canyon() else {
        return;
    };
    let file = real_data("dem/srtm_zion_90m_epsg4326_uint16.tif").expect("was there");
    let mast = |column: f64, row: f64, range_m: f64| {
        let (longitude, latitude) = georeference.lonlat(column, row);
        Mast {
            longitude,
            latitude,
            height_m: 25.0,
            range_m,
        }
    };
    let masts = vec![
        mast(200.5, 250.5, 9000.0),
        mast(215.2, 240.9, 15_000.0),
        mast(20.5, 20.5, 4000.0),
    ];
    let sight = Sight::default();
    let whole = visible_count(&image, &georeference, &masts, sight).expect("ground");
    let band = LookBand {
        name: "height".to_owned(),
        source: text(&file).to_owned(),
        band: 0,
        kernel: Kernel::Nearest,
    };
    let operation = Operation::Viewshed {
        of: "relief".to_owned(),
        band: "height".to_owned(),
        masts,
        sight,
    };
    let options = CogOptions::new(georeference.clone(), DataType::U8, Band::new("visible"));
    let program = Program {
        inputs: vec![Input {
            name: "relief".to_owned(),
            looks: vec![Look {
                id: "SRTM".to_owned(),
                date: chrono::NaiveDate::default(),
                bands: vec![band],
                mask: None,
            }],
        }],
        nodes: vec![Node {
            name: "coverage".to_owned(),
            operation,
        }],
        outputs: vec![Output {
            name: "coverage".to_owned(),
            of: "coverage".to_owned(),
            bands: vec!["visible".to_owned()],
            options: options.with_nodata(Some(255.0)),
        }],
        grid: georeference,
    };
    let open = |source: &str| CogReader::open_path(Path::new(source)).map(Arc::new);
    let mut seen = [0; 4];
    for window in [
        Window::new(0, 0, 210, 130),
        Window::new(210, 0, image.width - 210, 130),
        Window::new(0, 130, image.width, image.height - 130),
    ] {
        let blocks = run(&program, &open, window, &|| false).expect("runs");
        for (index, found) in blocks[0].samples[0].numbers().enumerate() {
            let column = window.column as usize + index % window.width;
            let row = window.row as usize + index / window.width;
            let expected = whole.get(0, column, row);
            let expected = if expected.is_nan() {
                255.0
            } else {
                f64::from(expected)
            };
            assert!(
                (found - expected).abs() < 1e-9,
                "{column}, {row}: {found}, not {expected}"
            );
            seen[(found as usize).min(3)] += 1;
        }
    }
    // Most is out of sight or out of range; some is seen once, some twice.
    assert!(
        seen[0] > 50_000 && seen[1] > 2000 && seen[2] > 20,
        "{seen:?}"
    );
}
