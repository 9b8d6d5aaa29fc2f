//! Classes of pixels by thresholds of one value or by a decision table.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::expression::{Compiled, Expression, ExpressionError};

/// One class of a map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    /// The stored number, 1 to 255; 0 is no data.
    pub code: u8,
    /// Chinese name.
    pub zh: String,
    /// English name.
    #[serde(default)]
    pub en: String,
    /// `#rrggbb` or `#rrggbbaa`.
    pub colour: String,
}

/// A row of a decision table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Where this is true, and no row above is, the pixel is of the class.
    pub when: Expression,
    /// The class.
    #[serde(flatten)]
    pub class: Class,
}

/// How pixels get their class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Table {
    /// By where one value lies: below the first break the first class, from the last break on the
    /// last.
    Thresholds {
        /// The value.
        of: Expression,
        /// Rising.
        breaks: Vec<f32>,
        /// One more than breaks.
        classes: Vec<Class>,
    },
    /// By the first row that is true.
    Rules {
        /// From the first to the last. A row that cannot be told for want of data ends the search:
        /// the pixel has no data.
        rules: Vec<Rule>,
        /// Where none is true; no data when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        otherwise: Option<Class>,
    },
}

/// Why a table cannot be used.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ClassifyError {
    /// A condition or value.
    #[error("{formula}: {source}")]
    Formula {
        /// As written.
        formula: String,
        /// What is wrong.
        #[source]
        source: ExpressionError,
    },
    /// 0 is no data.
    #[error("class {0} has the code 0, which means no data; give it one from 1 to 255")]
    Zero(String),
    /// One code, two meanings.
    #[error("the code {0} stands for two different classes; give each its own")]
    Twice(u8),
    /// Breaks and classes do not fit.
    #[error("{breaks} breaks part {} classes, not {classes}", .breaks + 1)]
    Count {
        /// How many breaks.
        breaks: usize,
        /// How many classes.
        classes: usize,
    },
    /// Breaks out of order.
    #[error("the breaks must rise, and {0} is followed by {1}")]
    Order(f32, f32),
}

/// A table ready to run.
#[derive(Debug, Clone, PartialEq)]
pub enum Classifier {
    /// By thresholds.
    Thresholds(Compiled, Vec<f32>, Vec<u8>),
    /// By conditions; the last code is where none is true.
    Rules(Vec<(Compiled, u8)>, u8),
}

impl Table {
    /// Open water. With `swir16`: MNDWI above zero (Xu 2006), else NDWI above zero (`McFeeters` 1996);
    /// and darker than 0.15 in the near infrared, which keeps out bright roofs and snow (our own
    /// bound). Over bands of reflectance `green`, `nir` and `swir16`.
    ///
    /// # Errors
    /// Never: the formulas are sound.
    pub fn water(has_swir16: bool) -> Result<Self, ExpressionError> {
        let other = if has_swir16 { "swir16" } else { "nir" };
        let when = format!("(green - {other}) / (green + {other}) > 0 and nir < 0.15");
        let class = |code, zh: &str, en: &str, colour: &str| Class {
            code,
            zh: zh.to_owned(),
            en: en.to_owned(),
            colour: colour.to_owned(),
        };
        Ok(Self::Rules {
            rules: vec![Rule {
                when: Expression::parse(&when)?,
                class: class(1, "水体", "Water", "#1E5C97"),
            }],
            otherwise: Some(class(2, "非水体", "Not water", "#E9DDB8")),
        })
    }

    /// Its classes in the order of the table, each code once.
    ///
    /// # Errors
    /// When a code is 0 or stands for two classes.
    pub fn classes(&self) -> Result<Vec<&Class>, ClassifyError> {
        let all: Vec<&Class> = match self {
            Self::Thresholds { classes, .. } => classes.iter().collect(),
            Self::Rules { rules, otherwise } => rules
                .iter()
                .map(|rule| &rule.class)
                .chain(otherwise)
                .collect(),
        };
        let mut once: Vec<&Class> = Vec::new();
        for class in all {
            match once.iter().find(|known| known.code == class.code) {
                _ if class.code == 0 => return Err(ClassifyError::Zero(class.zh.clone())),
                Some(known) if *known != class => return Err(ClassifyError::Twice(class.code)),
                Some(_) => {}
                None => once.push(class),
            }
        }
        Ok(once)
    }

    /// The bands it names, each once.
    pub fn names(&self) -> Vec<&str> {
        let formulas: Vec<&Expression> = match self {
            Self::Thresholds { of, .. } => vec![of],
            Self::Rules { rules, .. } => rules.iter().map(|rule| &rule.when).collect(),
        };
        let mut names = Vec::new();
        for name in formulas.into_iter().flat_map(Expression::names) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Makes it ready to run over columns that are these bands.
    ///
    /// # Errors
    /// When a band is unknown, or classes or breaks are not sound.
    pub fn compile(&self, bands: &[&str]) -> Result<Classifier, ClassifyError> {
        self.classes()?;
        let compile = |formula: &Expression| {
            let compiled = formula.compile(bands);
            compiled.map_err(|source| ClassifyError::Formula {
                formula: formula.to_string(),
                source,
            })
        };
        match self {
            Self::Thresholds {
                of,
                breaks,
                classes,
            } => {
                if classes.len() != breaks.len() + 1 {
                    let (breaks, classes) = (breaks.len(), classes.len());
                    return Err(ClassifyError::Count { breaks, classes });
                }
                let falls =
                    |pair: &&[f32]| pair[0].partial_cmp(&pair[1]).is_none_or(Ordering::is_ge);
                if let Some(pair) = breaks.windows(2).find(falls) {
                    return Err(ClassifyError::Order(pair[0], pair[1]));
                }
                let codes = classes.iter().map(|class| class.code).collect();
                Ok(Classifier::Thresholds(compile(of)?, breaks.clone(), codes))
            }
            Self::Rules { rules, otherwise } => {
                let rows = rules
                    .iter()
                    .map(|rule| Ok((compile(&rule.when)?, rule.class.code)));
                let otherwise = otherwise.as_ref().map_or(0, |class| class.code);
                Ok(Classifier::Rules(
                    rows.collect::<Result<_, _>>()?,
                    otherwise,
                ))
            }
        }
    }
}

impl Classifier {
    /// The class of every pixel, 0 for no data; on the calling thread.
    pub fn classify(&self, inputs: &[&[f32]], out: &mut [u8]) {
        let mut values = vec![0.0; out.len()];
        match self {
            Self::Thresholds(program, breaks, codes) => {
                program.evaluate(inputs, &mut values);
                for (out, value) in out.iter_mut().zip(&values) {
                    let class = breaks.partition_point(|end| end <= value);
                    *out = if value.is_nan() { 0 } else { codes[class] };
                }
            }
            Self::Rules(rules, otherwise) => {
                out.fill(*otherwise);
                let mut open = vec![true; out.len()];
                for (program, code) in rules {
                    program.evaluate(inputs, &mut values);
                    for ((out, open), value) in out.iter_mut().zip(&mut open).zip(&values) {
                        if *open && *value != 0.0 {
                            *out = if value.is_nan() { 0 } else { *code };
                            *open = false;
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(json: &str) -> Table {
        serde_json::from_str(json).expect("a table")
    }

    fn run(table: &Table, bands: &[&str], inputs: &[&[f32]]) -> Vec<u8> {
        let mut out = vec![9; inputs[0].len()];
        table
            .compile(bands)
            .expect("sound")
            .classify(inputs, &mut out);
        out
    }

    #[test]
    fn thresholds_of_one_value() {
        let table = table(
            r##"{"of": "a * 2", "breaks": [0.2, 0.6], "classes": [
                {"code": 1, "zh": "裸", "colour": "#8C6A3F"},
                {"code": 5, "zh": "疏", "colour": "#7FB069"},
                {"code": 3, "zh": "密", "colour": "#1B5E3B"}]}"##,
        );
        let a = [0.0, 0.1, 0.2, 0.3, 1.0, f32::NAN];
        assert_eq!(run(&table, &["a"], &[&a]), [1, 5, 5, 3, 3, 0]);
    }

    #[test]
    fn the_first_row_that_is_true_wins() {
        let text = r##"{"rules": [
                {"when": "a > 5", "code": 1, "zh": "高", "en": "high", "colour": "#000000"},
                {"when": "a > 2 and b == 1", "code": 2, "zh": "中", "en": "", "colour": "#111111"}],
            "otherwise": {"code": 7, "zh": "低", "en": "low", "colour": "#222222"}}"##;
        let mut table = table(text);
        let a = [6.0, 3.0, 3.0, 1.0, f32::NAN, 6.0, 3.0];
        let b = [1.0, 1.0, 0.0, 1.0, 1.0, f32::NAN, f32::NAN];
        assert_eq!(run(&table, &["a", "b"], &[&a, &b]), [1, 2, 7, 7, 0, 1, 0]);
        assert_eq!(table.names(), ["a", "b"]);
        let codes: Vec<u8> = table
            .classes()
            .unwrap()
            .iter()
            .map(|class| class.code)
            .collect();
        assert_eq!(codes, [1, 2, 7]);
        if let Table::Rules { otherwise, .. } = &mut table {
            *otherwise = None;
        }
        assert_eq!(run(&table, &["a", "b"], &[&a, &b]), [1, 2, 0, 0, 0, 1, 0]);
    }

    #[test]
    fn water_is_dark_in_the_near_infrared() {
        let (green, nir, swir) = ([0.08, 0.06, 0.5], [0.03, 0.4, 0.4], [0.02, 0.2, 0.1]);
        let bands = ["green", "nir", "swir16"];
        for has_swir16 in [true, false] {
            let table = Table::water(has_swir16).unwrap();
            assert_eq!(run(&table, &bands, &[&green, &nir, &swir]), [1, 2, 2]);
        }
    }

    #[test]
    fn unsound_tables_say_why() {
        let refused = |json: &str| table(json).compile(&["a"]).unwrap_err().to_string();
        let class =
            |code: u8| format!(r##""code": {code}, "zh": "类{code}", "colour": "#000000""##);
        let rules = |one: &str, two: &str| {
            let row = |when, class: &str| format!(r#"{{"when": "{when}", {class}}}"#);
            format!(
                r#"{{"rules": [{}, {}]}}"#,
                row("a > 1", one),
                row("b > 1", two)
            )
        };
        let found = refused(&rules(&class(1), &class(2)));
        assert!(
            found.starts_with("b > 1: at character 1: unknown band b"),
            "{found}"
        );
        assert!(refused(&rules(&class(0), &class(2))).contains("means no data"));
        let other = class(1).replace("类", "级");
        assert!(refused(&rules(&class(1), &other)).contains("two different classes"));
        let thresholds = |breaks: &str| {
            let (one, two) = (class(1), class(2));
            format!(r#"{{"of": "a", "breaks": {breaks}, "classes": [{{{one}}}, {{{two}}}]}}"#)
        };
        assert_eq!(
            refused(&thresholds("[1, 2]")),
            "2 breaks part 3 classes, not 2"
        );
        let three = thresholds("[2, 1]").replace("}]", &format!("}}, {{{}}}]", class(3)));
        assert_eq!(
            refused(&three),
            "the breaks must rise, and 2 is followed by 1"
        );
    }
}
