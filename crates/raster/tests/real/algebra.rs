//! Formulas, change and thresholds over real scenes against numpy.

use std::path::{Path, PathBuf};

use raster::cog::CogReader;
use raster::expression::{Column, Output};
use raster::threshold::{Histogram, Threshold, resolve};
use raster::{Raster, Window, change::Measure, index};
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
    program.evaluate_samples(&columns, Output::F32(&mut values.values));
    values
}

fn band(name: &str) -> usize {
    let bands = ["red", "green", "blue", "nir"];
    bands
        .iter()
        .position(|band| *band == name)
        .expect("a band of the scene")
}

/// Some bands, scaled.
fn scene(file: &Path, bands: &[usize], scale: f64) -> Raster {
    let reader = CogReader::open_path(file).expect("opens");
    let place = reader.georeference();
    let window = Window::new(0, 0, place.width as usize, place.height as usize);
    let mut scene = reader.read_window(0, bands, window).expect("reads");
    for value in &mut scene.values {
        *value = (f64::from(*value) * scale) as f32;
    }
    scene
}

/// Runs the oracle and compares pixel by pixel, to single precision of what is subtracted.
fn check(name: &str, place: &Place, dates: usize, found: &Raster) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("values");
    let scale = place.scale.to_string();
    let mut arguments = vec![name, &scale, text(&out)];
    arguments.extend(place.dates[..dates].iter().map(|file| text(file)));
    let answer = oracle("algebra", &arguments);
    let expected = doubles(&out);
    assert_eq!(found.values.len(), expected.len(), "{name}");
    let mut valid = 0;
    for (at, (found, expected)) in found.values.iter().zip(&expected).enumerate() {
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

/// Otsu's threshold and two deviations above the mean, of halves counted apart.
fn check_thresholds(name: &str, change: &Raster, answer: &Value) {
    let (low, high) = (number(answer, "low"), number(answer, "high"));
    let bins = number(answer, "bins");
    let empty = Histogram::new(low, high, bins as usize).expect("a span");
    let halves = change.values.split_at(change.values.len() / 3);
    let [mut histogram, rest] = [halves.0, halves.1].map(|values| {
        let mut histogram = empty.clone();
        histogram.add(values);
        histogram
    });
    histogram.merge(&rest).expect("the same bins");
    assert_eq!(answer["valid"], histogram.count());
    let width = (high - low) / bins;
    for (threshold, key, allowed) in [
        // A value at the edge of a bin may lie on its other side in single precision.
        (Threshold::Otsu, "otsu", 0.01 * width),
        // Values are taken as the middle of their bins.
        (Threshold::Sigma(2.0), "two_sigma", 0.1 * width),
    ] {
        let found = resolve(&threshold, &histogram).expect("a threshold");
        let expected = number(answer, key);
        let difference = (found - expected).abs();
        assert!(difference < allowed, "{key} of {name}: {found} {expected}");
    }
}

#[test]
fn indices_of_farmland_and_prairie_are_the_formulas() {
    let Some(places) = places() else {
        return;
    };
    for place in &places {
        let ndvi = computed("ndvi", &place.dates[0], place.scale);
        let answer = check("ndvi", place, 1, &ndvi);
        check_thresholds("ndvi", &ndvi, &answer);
    }
    // Reflectances only: the constants of EVI mean nothing over counts of 0 to 255.
    let [farmland, _] = &places;
    let evi = computed("evi", &farmland.dates[0], farmland.scale);
    check("evi", farmland, 1, &evi);
}

#[test]
fn change_of_farmland_and_prairie_and_where_it_begins() {
    let Some(places) = places() else {
        return;
    };
    for place in &places {
        let ndvi = |date: &PathBuf| computed("ndvi", date, place.scale);
        let whole = |date: &PathBuf| scene(date, &[0, 1, 2, 3], place.scale);
        let nir = |date: &PathBuf| scene(date, &[band("nir")], place.scale);
        for (name, measure, [before, after]) in [
            (
                "difference",
                Measure::Difference,
                place.dates.each_ref().map(ndvi),
            ),
            ("ratio", Measure::Ratio, place.dates.each_ref().map(nir)),
            (
                "magnitude",
                Measure::Magnitude,
                place.dates.each_ref().map(whole),
            ),
        ] {
            let change = measure.between(&before, &after).expect("of one shape");
            let answer = check(name, place, 2, &change);
            check_thresholds(name, &change, &answer);
        }
    }
}
