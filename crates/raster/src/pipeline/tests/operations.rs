//! Classes, change, mosaics and masts in a program.

use super::*;
use crate::change::Measure;
use crate::classify::Table;

/// Adds a step, and an output of its one band.
fn with(program: &mut Program, name: &str, operation: Operation, data_type: DataType) {
    let band = operation.bands().swap_remove(0);
    let nodata = if data_type == DataType::F32 {
        f64::NAN
    } else {
        0.0
    };
    let options = CogOptions::new(program.grid.clone(), data_type, Band::new(&band));
    program.nodes.push(Node {
        name: name.to_owned(),
        operation,
    });
    program.outputs.push(Output {
        name: name.to_owned(),
        of: name.to_owned(),
        bands: vec![band],
        options: options.with_nodata(Some(nodata)).with_classes(),
    });
}

fn classes() -> Operation {
    let table: Table = serde_json::from_str(
        r##"{"rules": [
            {"when": "r > 2500", "code": 7, "zh": "亮", "en": "bright", "colour": "#ffffff"},
            {"when": "n - r > 3500", "code": 2, "zh": "绿", "en": "green", "colour": "#00ff00"}]}"##,
    )
    .expect("a table");
    let variable = |name: &str, band: &str| Variable {
        name: name.to_owned(),
        ..Variable::new("clear", band)
    };
    Operation::Classify {
        table,
        variables: vec![variable("r", "red"), variable("n", "nir")],
    }
}

fn change(measure: Measure, bands: &[&str]) -> Operation {
    let bands = |of: &str| bands.iter().map(|band| BandOf::new(of, band)).collect();
    Operation::Change {
        before: bands("clear"),
        after: bands("greatest"),
        measure,
    }
}

/// With the greatest of each band as a second date.
fn two_dates(mut program: Program) -> Program {
    let greatest = composite(Method::Percentile(100.0)).nodes[1]
        .operation
        .clone();
    with(&mut program, "greatest", greatest, DataType::U16);
    with(&mut program, "classes", classes(), DataType::U8);
    for (name, measure, bands) in [
        ("more", Measure::Difference, &["red"][..]),
        ("times", Measure::Ratio, &["nir"]),
        ("far", Measure::Magnitude, &["red", "nir"]),
    ] {
        with(&mut program, name, change(measure, bands), DataType::F32);
    }
    program
}

#[test]
fn classes_and_change_of_known_pixels() {
    let program = two_dates(composite(Method::Median));
    let window = Window::new(250, 600, 100, 100);
    let blocks = run(&program, &open, window, &|| false).expect("runs");
    let value = |name: &str| {
        let place = program
            .outputs
            .iter()
            .position(|output| output.name == name);
        let mut numbers = blocks[place.expect("an output")].samples[0].numbers();
        numbers.next().expect("a pixel")
    };
    // The medians are 2000 and 6000, the greatest 3000 and 9000.
    assert_eq!(value("classes"), 2.0);
    assert_eq!((value("more"), value("times")), (1000.0, 1.5));
    assert!((value("far") - 1e7_f64.sqrt()).abs() < 1e-3);
}

#[test]
fn classes_and_change_are_the_same_in_chunks() {
    let program = two_dates(reprojected(Method::Median));
    let whole = same_in_chunks(&program);
    let counted = |name: &str| {
        let place = program
            .outputs
            .iter()
            .position(|output| output.name == name);
        &whole[place.expect("an output")].summary.bands[0]
    };
    let codes: Vec<_> = counted("classes")
        .bins()
        .map(|bin| (bin.mean, bin.count))
        .collect();
    assert!(
        matches!(codes[..], [(2.0, green), (7.0, bright)] if green > 1000 && bright > 1000),
        "{codes:?}"
    );
    assert!(counted("far").valid > 300_000);
    let json = serde_json::to_string(&program).expect("to JSON");
    let back: Program = serde_json::from_str(&json).expect("from JSON");
    assert_eq!(serde_json::to_string(&back).expect("to JSON"), json);
}

#[test]
fn wrong_classes_and_dates_are_said() {
    let says = |operation: Operation, words: &str| {
        let mut program = two_dates(composite(Method::Median));
        with(&mut program, "wrong", operation, DataType::F32);
        let error = program.check().expect_err("is wrong").to_string();
        assert!(error.contains(words), "{error}");
    };
    let Operation::Classify {
        table,
        mut variables,
    } = classes()
    else {
        panic!("classes");
    };
    variables.truncate(1);
    says(
        Operation::Classify { table, variables },
        "“wrong” cannot be done: n - r > 3500: at character 1: unknown band n",
    );
    says(
        change(Measure::Ratio, &["red", "nir"]),
        "a difference or ratio is of one band and there are 2",
    );
    says(
        change(Measure::Ratio, &["blue"]),
        "asks for the band “blue”",
    );
    let uneven = Operation::Change {
        before: vec![BandOf::new("clear", "red")],
        after: Vec::new(),
        measure: Measure::Magnitude,
    };
    says(uneven, "before has 1 bands and after 0");
}
