//! Formulas, change and thresholds over real scenes against numpy.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use raster::change::Measure;
use raster::classify::Table;
use raster::cog::{Band, CogOptions, CogReader, DataType};
use raster::expression::{self, Column};
use raster::pipeline::{
    BandOf, BandSummary, Input, Look, LookBand, Node, Operation, Output, Program, Variable, run,
};
use raster::threshold::{Threshold, find};
use raster::warp::Kernel;
use raster::{Raster, Window, index};
use serde_json::Value;

use crate::support::{doubles, oracle, real_data, text};

/// Two dates of one place, and what their stored numbers are multiplied by.
struct Place {
    dates: [PathBuf; 2],
    scale: f64,
}

fn places() -> Option<[Place; 2]> {
    let place = |folder: &str, dates: [&str; 2], scale| {
        let [before, after] = dates.map(|date| real_data(&format!("{folder}/{date}.tif")));
        let dates = [before?, after?];
        Some(Place { dates, scale })
    };
    let farmland = ["20210617", "20210925"].map(|date| format!("S2B_T33UUP_{date}_RGBN_10m"));
    let prairie = ["20100629", "20200831"].map(|date| format!("m_4709963_se_14_1_{date}"));
    Some([
        place(
            "satellite/s2_l2a_inn-valley",
            farmland.each_ref().map(String::as_str),
            1e-4,
        )?,
        place(
            "aerial/naip_north-dakota",
            prairie.each_ref().map(String::as_str),
            1.0,
        )?,
    ])
}

/// The formula of an index over the pixels as they are stored.
fn computed(name: &str, file: &Path, scale: f64) -> Raster {
    let reader = CogReader::open_path(file).expect("opens");
    let place = reader.georeference();
    let (width, height) = (place.width as usize, place.height as usize);
    let index = index::preset(name).expect("an index");
    let bands: Vec<usize> = index.formula.names().into_iter().map(band).collect();
    let window = Window::new(0, 0, width, height);
    let samples = reader.read_bands(0, &bands, window).expect("reads");
    let column = |samples| {
        let stored = Column::new(samples);
        stored.with_nodata(reader.nodata()).scaled(scale, 0.0)
    };
    let columns: Vec<Column> = samples
        .iter()
        .map(|samples| column(samples.into()))
        .collect();
    let mut values = Raster::empty(width, height, 1);
    let program = index.compile().expect("its own names");
    program.evaluate_samples(&columns, expression::Output::F32(&mut values.values));
    values
}

fn band(name: &str) -> usize {
    let bands = ["red", "green", "blue", "nir"];
    bands
        .iter()
        .position(|band| *band == name)
        .expect("a band of the scene")
}

/// Runs the oracle and compares pixel by pixel, to single precision of what is subtracted.
fn check(name: &str, place: &Place, dates: usize, found: &[f32]) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("values");
    let scale = place.scale.to_string();
    let mut arguments = vec![name, &scale, text(&out)];
    arguments.extend(place.dates[..dates].iter().map(|file| text(file)));
    let answer = oracle("algebra", &arguments);
    let expected = doubles(&out);
    assert_eq!(found.len(), expected.len(), "{name}");
    let mut valid = 0;
    for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
        assert_eq!(found.is_nan(), expected.is_nan(), "{name} of pixel {at}");
        // Near a denominator of zero what is rounded there counts by the square.
        let power = if name == "evi" { 2 } else { 1 };
        let allowed = 1e-5 * expected.abs().max(1.0).powi(power);
        let wrong = (f64::from(*found) - expected).abs() > allowed;
        assert!(!wrong, "{name} of pixel {at}: {found}, not {expected}");
        valid += u64::from(!found.is_nan());
    }
    assert_eq!(answer["valid"], valid, "{name}");
    // The oracle looked at land, not at nothing.
    assert!(valid > 200_000 && number(&answer, "deviation") > 0.05);
    answer
}

fn number(answer: &Value, key: &str) -> f64 {
    answer[key].as_f64().expect("a number")
}

/// Otsu's threshold and two deviations above the mean, found from the summaries of two parts.
fn check_thresholds(name: &str, values: &[f32], answer: &Value) {
    let parts = values.split_at(values.len() / 3);
    let [mut summary, rest] = [parts.0, parts.1].map(|values| {
        let mut summary = BandSummary::default();
        summary.count(values.iter().copied());
        summary
    });
    summary.merge(&rest);
    assert_eq!(answer["valid"], summary.valid);
    let (mean, deviation) = summary.moments().expect("values");
    for (found, key) in [(mean, "mean"), (deviation, "deviation")] {
        let expected = number(answer, key);
        let difference = (found - expected).abs();
        assert!(
            difference < 1e-4 * deviation,
            "{key} of {name}: {found} {expected}"
        );
    }
    let found = find(&summary, Threshold::Sigma(2.0)).expect("a threshold");
    let expected = number(answer, "mean") + 2.0 * number(answer, "deviation");
    assert!(
        (found - expected).abs() < 3e-4 * deviation,
        "{name}: {found} {expected}"
    );
    let otsu: [f64; 3] = serde_json::from_value(answer["otsu"].clone()).expect("three numbers");
    let [last, first, most] = otsu;
    let found = find(&summary, Threshold::Otsu).expect("a threshold");
    // Within the bins beside; and there the two sides are as far apart as they can be.
    let bin = found.abs() / 128.0;
    assert!(
        (last - bin..=first + bin).contains(&found),
        "{name}: {found} {otsu:?}"
    );
    let reached = between(values, found);
    assert!(
        reached > 0.9999 * most,
        "{name}: {found} {reached} {otsu:?}"
    );
}

/// The variance between what is greater than a threshold and what is not.
fn between(values: &[f32], threshold: f64) -> f64 {
    let valid = values
        .iter()
        .copied()
        .map(f64::from)
        .filter(|value| !value.is_nan());
    let (above, below): (Vec<f64>, Vec<f64>) = valid.partition(|value| *value > threshold);
    let mean = |side: &[f64]| side.iter().sum::<f64>() / side.len() as f64;
    let (many, few) = (below.len() as f64, above.len() as f64);
    many * few * (mean(&below) - mean(&above)).powi(2) / (many + few).powi(2)
}

#[test]
fn indices_of_farmland_and_prairie_are_the_formulas() {
    let Some(places) = places() else {
        return;
    };
    for place in &places {
        let ndvi = computed("ndvi", &place.dates[0], place.scale);
        let answer = check("ndvi", place, 1, &ndvi.values);
        check_thresholds("ndvi", &ndvi.values, &answer);
    }
    // Reflectances only: the constants of EVI mean nothing over counts of 0 to 255.
    let [farmland, _] = &places;
    let evi = computed("evi", &farmland.dates[0], farmland.scale);
    check("evi", farmland, 1, &evi.values);
}

/// A scene as an input of one look, its bands on their own grid.
fn input(name: &str, file: &Path) -> Input {
    let bands = ["red", "green", "blue", "nir"].into_iter().enumerate();
    let band = |(band, name): (usize, &str)| LookBand {
        name: name.to_owned(),
        source: text(file).to_owned(),
        band,
        kernel: Kernel::Nearest,
    };
    Input {
        name: name.to_owned(),
        looks: vec![Look {
            id: name.to_owned(),
            date: chrono::NaiveDate::default(),
            bands: bands.map(band).collect(),
            mask: None,
        }],
    }
}

/// What a program makes of two dates, in quarters put together; the one band of its last step.
fn through_the_pipeline(place: &Place, steps: Vec<(&str, Operation)>) -> (Vec<f32>, BandSummary) {
    let open = |source: &str| CogReader::open_path(Path::new(source)).map(Arc::new);
    let grid = open(text(&place.dates[0]))
        .expect("opens")
        .georeference()
        .clone();
    let of = steps.last().expect("a step").0.to_owned();
    let nodes = steps.into_iter().map(|(name, operation)| Node {
        name: name.to_owned(),
        operation,
    });
    let nodes: Vec<Node> = nodes.collect();
    let options = CogOptions::new(grid.clone(), DataType::F32, Band::new("a"));
    let [before, after] = &place.dates;
    let program = Program {
        inputs: vec![input("before", before), input("after", after)],
        outputs: vec![Output {
            name: of.clone(),
            bands: nodes.last().expect("a step").operation.bands(),
            of,
            options: options.with_nodata(Some(f64::NAN)),
        }],
        nodes,
        grid,
    };
    let (width, height) = (program.grid.width as usize, program.grid.height as usize);
    let mut values = vec![f32::NAN; width * height];
    let mut summary = BandSummary::default();
    for (columns, rows) in [
        (0..width / 3, 0..height),
        (width / 3..width, 0..height / 2),
        (width / 3..width, height / 2..height),
    ] {
        let window = Window::new(
            columns.start as i64,
            rows.start as i64,
            columns.len(),
            rows.len(),
        );
        let blocks = run(&program, &open, window, &|| false).expect("runs");
        summary.merge(&blocks[0].summary.bands[0]);
        let numbers: Vec<f64> = blocks[0].samples[0].numbers().collect();
        for (row, numbers) in rows.zip(numbers.chunks_exact(window.width)) {
            for (value, number) in values[row * width..][columns.clone()]
                .iter_mut()
                .zip(numbers)
            {
                *value = *number as f32;
            }
        }
    }
    (values, summary)
}

fn ndvi_of(date: &str) -> Operation {
    Operation::Expression {
        formula: "(nir - red) / (nir + red)".to_owned(),
        variables: vec![Variable::new(date, "nir"), Variable::new(date, "red")],
        band: "ndvi".to_owned(),
    }
}

#[test]
fn change_of_farmland_and_prairie_and_where_it_begins() {
    let Some(places) = places() else {
        return;
    };
    for place in &places {
        let steps = |measure, bands: &[&str]| {
            let bands = |of: &str| bands.iter().map(|band| BandOf::new(of, band)).collect();
            let (before, after) = (bands("before"), bands("after"));
            vec![(
                "change",
                Operation::Change {
                    before,
                    after,
                    measure,
                },
            )]
        };
        let greener = Operation::Change {
            before: vec![BandOf::new("first", "ndvi")],
            after: vec![BandOf::new("second", "ndvi")],
            measure: Measure::Difference,
        };
        let difference = vec![
            ("first", ndvi_of("before")),
            ("second", ndvi_of("after")),
            ("change", greener),
        ];
        let magnitude = steps(Measure::Magnitude, &["red", "green", "blue", "nir"]);
        for (name, steps, scale) in [
            ("difference", difference, 1.0),
            ("ratio", steps(Measure::Ratio, &["nir"]), 1.0),
            ("magnitude", magnitude, place.scale),
        ] {
            let (mut values, summary) = through_the_pipeline(place, steps);
            for value in &mut values {
                *value = (f64::from(*value) * scale) as f32;
            }
            let answer = check(name, place, 2, &values);
            assert_eq!(answer["valid"], summary.valid, "{name}");
            check_thresholds(name, &values, &answer);
        }
    }
}

#[test]
fn classes_of_farmland_are_numpys() {
    let Some([farmland, _]) = places() else {
        return;
    };
    let greens: Table = serde_json::from_str(
        r##"{"of": "ndvi", "breaks": [0.2003, 0.5007, 0.7001], "classes": [
            {"code": 1, "zh": "裸地", "colour": "#8C6A3F"}, {"code": 2, "zh": "稀疏", "colour": "#E9DDB8"},
            {"code": 3, "zh": "中等", "colour": "#7FB069"}, {"code": 4, "zh": "茂密", "colour": "#1B5E3B"}]}"##,
    )
    .expect("a table");
    let reflectance = |band: &str| Operation::Expression {
        formula: format!("{band} * 0.0001"),
        variables: vec![Variable::new("before", band)],
        band: band.to_owned(),
    };
    let water = Operation::Classify {
        table: Table::water(false).expect("sound"),
        variables: vec![Variable::new("green", "green"), Variable::new("nir", "nir")],
    };
    let greens = Operation::Classify {
        table: greens,
        variables: vec![Variable::new("first", "ndvi")],
    };
    for (name, steps) in [
        (
            "water",
            vec![
                ("green", reflectance("green")),
                ("nir", reflectance("nir")),
                ("class", water),
            ],
        ),
        (
            "greens",
            vec![("first", ndvi_of("before")), ("class", greens)],
        ),
    ] {
        let (values, summary) = through_the_pipeline(&farmland, steps);
        check(name, &farmland, 1, &values);
        // The river is there, and every class of green.
        assert!(summary.bins().all(|bin| bin.count > 1000), "{summary:?}");
    }
}
