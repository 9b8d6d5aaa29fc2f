use super::*;

fn value(text: &str, bands: &[(&str, f32)]) -> f32 {
    let names: Vec<&str> = bands.iter().map(|band| band.0).collect();
    let columns: Vec<&[f32]> = bands
        .iter()
        .map(|band| std::slice::from_ref(&band.1))
        .collect();
    let program = Expression::parse(text).unwrap().compile(&names).unwrap();
    let mut out = [7.0];
    program.evaluate(&columns, &mut out);
    out[0]
}

#[track_caller]
fn is(text: &str, expected: f32) {
    let bands = [("a", 6.0), ("b", 4.0), ("zero", 0.0), ("none", f32::NAN)];
    let found = value(text, &bands);
    let same = found.to_bits() == expected.to_bits();
    assert!(same, "{text} is {found}, not {expected}");
}

const NONE: f32 = f32::NAN;

#[test]
fn signs_bind_as_in_python() {
    is("a - b - 1", 1.0);
    is("a / b / 2", 0.75);
    is("1 + a * b", 25.0);
    is("-a ** 2", -36.0);
    is("(-a) ** 2", 36.0);
    is("2 ** -1", 0.5);
    is("2 ** 3 ** 2", 512.0);
    is("2 ** -b * 16", 1.0);
    is("not a == b", 1.0);
    is("a < b or a > 5 and b > 5", 0.0);
    is("(a < b or a > 5) and b < 5", 1.0);
    is("+a - -b", 10.0);
    is("1 + (a > b)", 2.0);
}

#[test]
fn functions() {
    is("min(a, b, 5)", 4.0);
    is("max(a, b, 5)", 6.0);
    is("clamp(a, 0, 5) + clamp(-a, 0, 5)", 5.0);
    is("abs(b - a)", 2.0);
    is("sqrt(b)", 2.0);
    is("pow(b, 1.5)", 8.0);
    is("a ** 3", 216.0);
    is("b ** 0.5", 2.0);
    is("exp(0 * a)", 1.0);
    is("log(exp(a) * 1)", 6.0);
    is("where(a > b, a, b)", 6.0);
    is("where(a < b, a, b)", 4.0);
    is("where(1, a, b) + where(0, a, b)", 10.0);
    is("valid(a) + 2 * valid(none)", 1.0);
    is("first_valid(none, b, a)", 4.0);
}

#[test]
fn no_data_goes_through() {
    for text in [
        "none + 1",
        "a > none",
        "none == none",
        "none != none",
        "a < b and none",
        "a or none",
        "not none",
        "min(a, none)",
        "max(none, a)",
        "clamp(none, 0, 1)",
        "none ** 0",
        "1 ** none",
        "abs(none)",
        "where(none, a, b)",
        "where(nodata, a, b)",
        "where(a > b, none, b)",
        "nodata",
        "first_valid(none, none)",
    ] {
        is(text, NONE);
    }
    is("where(a < b, none, b)", 4.0);
    is("where(a > b, a, 1 / zero)", 6.0);
}

#[test]
fn what_cannot_be_computed_is_no_data() {
    for text in [
        "a / zero",
        "zero / zero",
        "a / 0",
        "sqrt(-a)",
        "log(zero)",
        "log(-a)",
        "exp(a * 100)",
        "zero ** -1",
        "(-a) ** 0.3",
        "3e38 * a",
        "1 / (a / zero) + 1",
        "(a / zero) > 1",
    ] {
        is(text, NONE);
    }
}

#[test]
fn what_occurs_twice_is_computed_once() {
    let text = "(nir - red) / (nir + red) + (nir - red) * (2 * 3 + 1) / 7";
    let program = Expression::parse(text)
        .unwrap()
        .compile(&["red", "nir"])
        .unwrap();
    // nir − red, nir + red, their quotient, times 7, by 7, the sum.
    assert_eq!(program.steps.len(), 6);
    assert_eq!(program.constants, [7.0]);
    assert!(program.registers <= 4, "{}", program.registers);
    let known = Expression::parse("2 + 3 * 4")
        .unwrap()
        .compile(&[])
        .unwrap();
    assert!(known.steps.is_empty());
    let mut out = [0.0; 3];
    known.evaluate(&[], &mut out);
    assert!(out.iter().all(|value| value.to_bits() == 14_f32.to_bits()));
}

#[test]
fn names_in_order_and_the_text_stay() {
    let expression: Expression = serde_json::from_str(r#""b1 + before.nir * b1 + 植被""#).unwrap();
    assert_eq!(expression.names(), ["b1", "before.nir", "植被"]);
    assert_eq!(
        serde_json::to_string(&expression).unwrap(),
        r#""b1 + before.nir * b1 + 植被""#
    );
    assert!(serde_json::from_str::<Expression>(r#""a +""#).is_err());
}

#[test]
fn mistakes_are_named_with_their_place() {
    let message = |text: &str| {
        let parsed = Expression::parse(text);
        let compiled = parsed.and_then(|expression| expression.compile(&["red", "nir", "swir16"]));
        compiled.expect_err(text).to_string()
    };
    for (text, expected) in [
        (
            "(nri - red) / 2",
            "at character 2: unknown band nri; did you mean nir? the bands are red, nir, swir16",
        ),
        (
            "red + NIR",
            "at character 7: unknown band NIR; did you mean nir? the bands are red, nir, swir16",
        ),
        (
            "red + chlorophyll",
            "at character 7: unknown band chlorophyll; the bands are red, nir, swir16",
        ),
        (
            "",
            "the expression is empty; write for example (nir - red) / (nir + red)",
        ),
        (
            "red +",
            "at character 6: a value should stand here, not the end",
        ),
        (
            "(red + nir",
            "at character 11: a closing parenthesis or an operator should stand here, not the end",
        ),
        (
            "red nir",
            "at character 5: an operator or the end should stand here, not `nir`",
        ),
        (
            "0 < red < 1",
            "at character 3: comparisons cannot be chained; write a < b and b < c",
        ),
        (
            "where(red > 1, 2)",
            "at character 1: where takes a condition and two values, not 2",
        ),
        (
            "1 + min(red)",
            "at character 5: min takes two or more values, not 1",
        ),
        ("abs()", "at character 1: abs takes one value, not 0"),
    ] {
        assert_eq!(message(text), expected);
    }
    let unknown = message("squirt(red)");
    assert!(unknown.starts_with("at character 1: unknown function squirt; did you mean sqrt?"));
    let deep = format!("{}red{}", "(".repeat(200), ")".repeat(200));
    assert!(message(&deep).contains("more than 100 levels"));
    assert!(message(&"-".repeat(200)).contains("more than 100 levels"));
    assert!(message(&"1+".repeat(3000)).contains("6000 characters"));
    // Long but flat is fine.
    assert!(Expression::parse(&format!("{}red", "1*red+".repeat(600))).is_ok());
}

#[test]
fn stored_samples_are_scaled_and_have_gaps() {
    let program = Expression::parse("a - b")
        .unwrap()
        .compile(&["a", "b"])
        .unwrap();
    // More than one share of a thread, not a whole number of blocks.
    let count = (1 << 16) + 700;
    let a: Vec<u16> = (0..count).map(|index| (index % 1000) as u16).collect();
    let b: Vec<i16> = (0..count).map(|index| (index % 7) as i16 - 3).collect();
    let columns = [
        Column::new(Pixels::U16(&a))
            .with_nodata(Some(0.0))
            .scaled(0.0001, -0.1),
        Column::new(Pixels::I16(&b)).with_nodata(Some(-3.0)),
    ];
    let mut out = vec![0.0; count + 5];
    program.evaluate_samples(&columns, Output::F32(&mut out));
    let mut index_out = vec![9; count + 5];
    let stretched = Output::Stretched {
        pixels: &mut index_out,
        low: -3.0,
        high: 2.0,
    };
    program.evaluate_samples(&columns, stretched);
    for (at, (found, level)) in out.iter().zip(&index_out).enumerate() {
        if at >= count || a[at] == 0 || b[at] == -3 {
            assert!(found.to_bits() == f32::NAN.to_bits() && *level == 0, "{at}");
            continue;
        }
        let expected = (f64::from(a[at]) * 0.0001 - 0.1) as f32 - f32::from(b[at]);
        assert!(found.to_bits() == expected.to_bits(), "{at}");
        let expected = ((expected + 3.0) * (254.0 / 5.0) + 1.0).clamp(1.0, 255.0);
        assert_eq!(*level, expected.round_ties_even() as u8, "{at}");
    }
}

#[test]
fn with_and_without_avx2_every_bit_is_the_same() {
    let text = "where(a > b and not (b == 3), sqrt(abs(a)) / (a - b), -min(a, b) ** 2 * exp(b / 9)) \
                + first_valid(max(a, b), log(a)) / clamp(a * b, -2, 7)";
    let program = Expression::parse(text)
        .unwrap()
        .compile(&["a", "b"])
        .unwrap();
    let a: Vec<f32> = (0..3000)
        .map(|index| (index as f32 * 0.77).sin() * 9.0)
        .collect();
    let b: Vec<f32> = (0..3000)
        .map(|index| {
            if index % 11 == 0 {
                f32::NAN
            } else {
                (index % 5) as f32
            }
        })
        .collect();
    let columns = [Column::from(&a[..]), Column::from(&b[..])];
    let mut chosen = vec![0.0; 3000];
    block::Workspace::new(&program, &columns).run(0, Output::F32(&mut chosen));
    let mut plain = vec![0.0; 3000];
    block::Workspace::new(&program, &columns).blocks(0, Output::F32(&mut plain));
    let bits = |values: &[f32]| {
        values
            .iter()
            .map(|value| value.to_bits())
            .collect::<Vec<_>>()
    };
    assert_eq!(bits(&chosen), bits(&plain));
    assert!(chosen.iter().filter(|value| value.is_finite()).count() > 2000);
}
