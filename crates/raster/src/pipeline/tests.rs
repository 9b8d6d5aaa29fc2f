mod operations;

use std::io::Write as _;

use super::*;
use crate::Window;
use crate::cog::{Band, CogOptions, CogReader, CogWriter, DataType};
use crate::composite::Method;
use crate::georeference::GeoReference;
use crate::mask::ClassName;
use crate::product::Classes;
use crate::sample::{Sample, Samples};
use crate::warp::Kernel;

const SIDE: u32 = 700;

fn grid() -> GeoReference {
    let transform = [6e5, 10.0, 0.0, 3.45e6, 0.0, -10.0];
    GeoReference::from_epsg(32648, transform, SIDE, SIDE).expect("a known code")
}

fn cog<S: Sample>(value: impl Fn(u32, u32) -> S) -> Arc<CogReader> {
    let options = CogOptions::new(grid(), S::DATA_TYPE, Band::new("a")).with_nodata(Some(0.0));
    let mut writer = CogWriter::new(options).expect("a writer");
    let pixels = (0..SIDE * SIDE).map(|index| value(index % SIDE, index / SIDE));
    writer
        .write_rows(&pixels.collect::<Vec<S>>())
        .expect("takes rows");
    let mut bytes = Vec::new();
    writer.finish(&mut bytes).expect("finishes");
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(&bytes).expect("writes");
    Arc::new(CogReader::open(file).expect("opens"))
}

/// Red is 1000 × the look's number, near infrared three times as much; look 2 is cloud in the west.
#[expect(clippy::unnecessary_wraps, reason = "as Readers ask")]
fn open(source: &str) -> Result<Arc<CogReader>, CogError> {
    let (band, number) = source.split_at(1);
    let number: u16 = number.parse().expect("a look's number");
    Ok(match band {
        "r" => cog(|_, _| 1000 * number),
        "n" => cog(|_, _| 3000 * number),
        _ => cog(|column, _| if number == 2 && column < 300 { 9_u8 } else { 4 }),
    })
}

fn program(operation: Operation) -> Program {
    let look = |number: u32| Look {
        id: format!("look {number}"),
        date: chrono::NaiveDate::from_ymd_opt(2024, number, 1).expect("a day"),
        bands: [("red", "r"), ("nir", "n")]
            .map(|(name, letter)| LookBand {
                name: name.to_owned(),
                source: format!("{letter}{number}"),
                band: 0,
                kernel: Kernel::Cubic,
            })
            .to_vec(),
        mask: Some(LookMask {
            source: format!("m{number}"),
            band: 0,
            classes: Classes::Scl.into(),
            hide: vec![ClassName::Cloud],
            grow_m: 20.0,
        }),
    };
    let ndvi = Operation::Expression {
        formula: "(nir - red) / (nir + red) + red".to_owned(),
        variables: vec![Variable::new("clear", "nir"), Variable::new("clear", "red")],
        band: "index".to_owned(),
    };
    let options = |data_type, nodata| {
        CogOptions::new(grid(), data_type, Band::new("a")).with_nodata(Some(nodata))
    };
    let output = |name: &str, of: &str, band: &str, options| Output {
        name: name.to_owned(),
        of: of.to_owned(),
        bands: vec![band.to_owned()],
        options,
    };
    let node = |name: &str, operation| Node {
        name: name.to_owned(),
        operation,
    };
    Program {
        grid: grid(),
        inputs: vec![Input {
            name: "season".to_owned(),
            looks: (1..=3).map(look).collect(),
        }],
        nodes: vec![node("index", ndvi), node("clear", operation)],
        outputs: vec![
            output("red", "clear", "red", options(DataType::U16, 0.0)),
            output("index", "index", "index", options(DataType::F32, f64::NAN)),
        ],
    }
}

fn composite(method: Method) -> Program {
    let bands = ["red", "nir"].map(str::to_owned).to_vec();
    program(Operation::Composite {
        of: "season".to_owned(),
        method,
        bands,
    })
}

/// The values of a row at columns left of, in, and right of the grown cloud.
fn row_of(program: &Program) -> (Vec<u16>, Vec<f32>) {
    let window = Window::new(250, 600, 100, 100);
    let blocks = run(program, &open, window, &|| false).expect("runs");
    match (&blocks[0].samples[0], &blocks[1].samples[0]) {
        (Samples::U16(red), Samples::F32(index)) => {
            assert_eq!(blocks[0].summary.bands[0].valid, 10_000);
            let columns = [0, 51, 52, 99];
            (
                columns.map(|at| red[at]).to_vec(),
                columns.map(|at| index[at]).to_vec(),
            )
        }
        other => panic!("wrong types: {other:?}"),
    }
}

#[test]
fn medians_under_a_grown_cloud_and_a_formula_of_them() {
    // Hidden to column 299 and two more: the median of 1000 and 3000 is the same 2000 as of all.
    let (red, index) = row_of(&composite(Method::Percentile(100.0)));
    assert_eq!(red, [3000, 3000, 3000, 3000]);
    assert!((index[0] - 3000.5).abs() < 1e-3, "{index:?}");
    let mut two = composite(Method::MostRecent);
    two.inputs[0].looks.pop();
    assert_eq!(row_of(&two).0, [1000, 1000, 2000, 2000]);
    assert_eq!(row_of(&composite(Method::Median)).0, [2000; 4]);
    two.nodes[1].operation = composite(Method::Mean).nodes[1].operation.clone();
    assert_eq!(row_of(&two).0, [1000, 1000, 1500, 1500]);
}

#[test]
fn a_program_travels_as_json() {
    let program = composite(Method::Median);
    let json = serde_json::to_string(&program).expect("to JSON");
    let back: Program = serde_json::from_str(&json).expect("from JSON");
    // As JSON: an output's nodata is NaN, which equals nothing.
    assert_eq!(serde_json::to_string(&back).expect("to JSON"), json);
}

/// The program on a turned grid of degrees, so that every source is warped and every mask as well.
fn reprojected(method: Method) -> Program {
    let mut program = composite(method);
    let (west, north) = grid().lonlat(-20.0, -20.0);
    let transform = [west, 9e-5, 0.0, north, 0.0, -8e-5];
    let degrees = GeoReference::from_epsg(4326, transform, 1100, 900).expect("degrees");
    program.grid = degrees.clone();
    for output in &mut program.outputs {
        output.options.georeference = degrees.clone();
    }
    program.nodes.push(Node {
        name: "shade".to_owned(),
        operation: Operation::Terrain {
            of: "clear".to_owned(),
            band: "nir".to_owned(),
            product: crate::terrain::Terrain::Slope(crate::terrain::Slope::default()),
        },
    });
    let mut shade = program.outputs[1].clone();
    (shade.name, shade.of) = ("shade".to_owned(), "shade".to_owned());
    shade.bands = vec!["terrain".to_owned()];
    program.outputs.push(shade);
    program
}

/// Ground that differs from pixel to pixel, and a mask in patches.
#[expect(clippy::unnecessary_wraps, reason = "as Readers ask")]
fn rough(source: &str) -> Result<Arc<CogReader>, CogError> {
    let (band, number) = source.split_at(1);
    let number: u32 = number.parse().expect("a look's number");
    let noise = move |column: u32, row: u32| {
        (column * 7919 + row * 104_729 + number * 1_299_709).wrapping_mul(2_654_435_761) >> 20
    };
    Ok(match band {
        "m" => cog(|column, row| {
            let cloud = noise(column / 40, row / 40) % 4 == 0;
            if cloud { 9_u8 } else { 4 }
        }),
        "r" => cog(|column, row| 1 + noise(column, row) as u16),
        _ => cog(|column, row| 5000 + noise(row, column) as u16),
    })
}

fn bits(samples: &Samples) -> Vec<u64> {
    samples.numbers().map(f64::to_bits).collect()
}

/// Runs the whole and four chunks: every output is the same to the last bit, and so are its summaries.
fn same_in_chunks(program: &Program) -> Vec<OutputBlock> {
    let all = Window::new(0, 0, 1100, 900);
    let whole = run(program, &rough, all, &|| false).expect("runs");
    let mut summaries = vec![Summary::default(); whole.len()];
    for chunk in [
        Window::new(0, 0, 700, 333),
        Window::new(700, 0, 400, 333),
        Window::new(0, 333, 130, 567),
        Window::new(130, 333, 970, 567),
    ] {
        let part = run(program, &rough, chunk, &|| false).expect("runs");
        let outputs = whole.iter().zip(&part).zip(&program.outputs);
        for (((whole, part), output), summary) in outputs.zip(&mut summaries) {
            summary.merge(&part.summary);
            let (expected, found) = (bits(&whole.samples[0]), bits(&part.samples[0]));
            for (row, found) in found.chunks_exact(chunk.width).enumerate() {
                let start = (chunk.row as usize + row) * 1100 + chunk.column as usize;
                let same = expected[start..start + chunk.width] == *found;
                assert!(same, "row {row} of {chunk:?} of {}", output.name);
            }
        }
    }
    for (whole, summary) in whole.iter().zip(&summaries) {
        assert_eq!(&whole.summary, summary);
    }
    whole
}

#[test]
fn any_chunks_give_the_same_bytes() {
    let whole = same_in_chunks(&reprojected(Method::Median));
    assert!(whole[0].summary.bands[0].valid > 300_000);
}

#[test]
fn what_is_wrong_is_said() {
    let says = |program: &Program, words: &str| {
        let error = program.check().expect_err("is wrong").to_string();
        assert!(error.contains(words), "{error}");
    };
    let mut wrong = composite(Method::Median);
    wrong.outputs[0].of = "claer".to_owned();
    says(&wrong, "asks for “claer”");
    let mut wrong = composite(Method::Median);
    wrong.inputs[0].looks[1].bands.pop();
    says(
        &wrong,
        "the band “nir” of the image “look 2”, which has red",
    );
    let mut wrong = composite(Method::Median);
    wrong.inputs[0].looks.clear();
    says(&wrong, "“season” has no images");
    let mut wrong = composite(Method::Median);
    if let Some(mask) = &mut wrong.inputs[0].looks[0].mask {
        mask.classes = Classes::Fmask.into();
        mask.hide = vec![ClassName::Cirrus];
    }
    says(&wrong, "does not tell “cirrus”");
    let mut wrong = composite(Method::Median);
    wrong.nodes[1] = Node {
        name: "clear".to_owned(),
        ..wrong.nodes[0].clone()
    };
    says(&wrong, "circle");
    let stopped = run(
        &composite(Method::Median),
        &open,
        Window::new(0, 0, 9, 9),
        &|| true,
    );
    assert!(matches!(stopped, Err(PipelineError::Stopped)));
}
