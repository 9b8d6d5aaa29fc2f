//! Classes, change, mosaics and masts in a program.

use super::*;
use crate::change::Measure;
use crate::classify::Table;
use crate::mosaic::Blend;
use crate::viewshed::{Mast, Sight};

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
    let found = ["classes", "more", "times"].map(value);
    assert_eq!(
        found.map(f64::to_bits),
        [2.0, 1000.0, 1.5].map(f64::to_bits)
    );
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

/// Looks with holes side by side, on a turned grid; and masts on a land of their near infrared.
fn blended() -> Program {
    let mosaic = |blend, gains| Operation::Mosaic {
        of: "season".to_owned(),
        bands: ["nir", "red"].map(str::to_owned).to_vec(),
        blend,
        gains,
    };
    let mut program = reprojected(Method::Median);
    with(
        &mut program,
        "first",
        mosaic(Blend::First, Vec::new()),
        DataType::U16,
    );
    let gains = vec![vec![(1.1, -5.0), (0.9, 3.0)]; 3];
    let feather = Blend::Feather { metres: 170.0 };
    with(&mut program, "soft", mosaic(feather, gains), DataType::F32);
    let masts = [(300.0, 200.0), (790.0, 650.0)].map(|(column, row)| {
        let (longitude, latitude) = program.grid.lonlat(column, row);
        Mast {
            longitude,
            latitude,
            height_m: 5000.0,
            range_m: 2500.0,
        }
    });
    let mut land = program.inputs[0].looks[0].clone();
    land.mask = None;
    program.inputs.push(Input {
        name: "land".to_owned(),
        looks: vec![land],
    });
    let viewshed = Operation::Viewshed {
        of: "land".to_owned(),
        band: "nir".to_owned(),
        masts: masts.to_vec(),
        sight: Sight::default(),
    };
    with(&mut program, "masts", viewshed, DataType::F32);
    program
}

#[test]
fn mosaics_and_masts_are_the_same_in_chunks() {
    let program = blended();
    let whole = same_in_chunks(&program);
    let values = |name: &str| {
        let place = program
            .outputs
            .iter()
            .position(|output| output.name == name);
        &whole[place.expect("an output")].samples[0]
    };
    let (first, soft) = (values("first"), values("soft"));
    let pairs = first.numbers().zip(soft.numbers());
    // Both have values at the same pixels; of whole looks the gain is seen, in between something else.
    let (mut plain, mut mixed) = (0, 0);
    for (first, soft) in pairs {
        assert_eq!(first == 0.0, soft.is_nan());
        if (soft - (first * 1.1 - 5.0)).abs() < 1.0 {
            plain += 1;
        } else if !soft.is_nan() {
            mixed += 1;
        }
    }
    assert!(plain > 1000 && mixed > 100_000, "{plain} {mixed}");
    let seen = values("masts")
        .numbers()
        .filter(|count| *count > 0.0)
        .count();
    assert!(seen > 10_000, "{seen}");
}

#[test]
fn wrong_mosaics_and_masts_are_said() {
    let says = |change: &dyn Fn(&mut Operation), words: &str| {
        let mut program = blended();
        for node in &mut program.nodes {
            change(&mut node.operation);
        }
        let error = program.check().expect_err("is wrong").to_string();
        assert!(error.contains(words), "{error}");
    };
    for metres in [0.0, f64::NAN, 1e6] {
        let wide = |operation: &mut Operation| {
            if let Operation::Mosaic { blend, .. } = operation {
                *blend = Blend::Feather { metres };
            }
        };
        says(&wide, "its feather is");
    }
    let fewer = |operation: &mut Operation| {
        if let Operation::Mosaic { gains, .. } = operation {
            gains.pop();
        }
    };
    says(&fewer, "its gains are not those of 3 images with 2 bands");
    let idle = |operation: &mut Operation| {
        if let Operation::Viewshed { masts, .. } = operation {
            masts[1].range_m = 0.0;
        }
    };
    says(&idle, "mast 1 needs a place");
}

#[test]
fn a_cost_is_the_tiles_that_are_touched() {
    let program = composite(Method::Median);
    let sources = ["r", "n", "m"].map(|band| [1, 2, 3].map(|number| format!("{band}{number}")));
    let sources: Vec<_> = sources
        .iter()
        .flatten()
        .map(|source| open(source).expect("opens"))
        .collect();
    let tile = |column: u32, row: u32| -> u64 {
        let bytes = sources
            .iter()
            .map(|source| source.tile_bytes(0, column, row));
        bytes
            .map(|bytes| bytes.expect("reads").map_or(0, |bytes| bytes.len() as u64))
            .sum()
    };
    let cost = program
        .cost(&open, Window::new(10, 600, 50, 60), 2)
        .expect("a cost");
    assert_eq!((cost.looks, cost.pixels), (3, 2 * 50 * 60));
    assert_eq!(cost.bytes_read, tile(0, 1));
    assert!(tile(0, 1) > 100, "{}", tile(0, 1));
    let whole = program
        .cost(&open, Window::new(0, 0, 700, 700), 2)
        .expect("a cost");
    assert_eq!(
        whole.bytes_read,
        tile(0, 0) + tile(1, 0) + tile(0, 1) + tile(1, 1)
    );
    // The outputs, and 16 MiB of looks and the bands of two steps for each of two threads.
    assert_eq!(whole.memory, 700 * 700 * (2 + 4) + 2 * (16 + 3) * (1 << 20));
    // On another grid the same tiles, found through the projections; and beside it nothing.
    let turned = reprojected(Method::Median);
    let all = turned
        .cost(&rough, Window::new(0, 0, 1100, 900), 1)
        .expect("a cost");
    let rough: Vec<_> = ["r1", "r2", "r3", "n1", "n2", "n3", "m1", "m2", "m3"]
        .map(|source| rough(source).expect("opens"))
        .into();
    let stored = rough.iter().map(|source| {
        let whole = Window::new(0, 0, 700, 700);
        source.stored_bytes(0, &[0], whole).expect("a level")
    });
    assert_eq!(all.bytes_read, stored.sum::<u64>());
    let beside = turned
        .cost(&open, Window::new(5000, 0, 500, 500), 1)
        .expect("a cost");
    assert_eq!((beside.looks, beside.bytes_read), (0, 0));
}
