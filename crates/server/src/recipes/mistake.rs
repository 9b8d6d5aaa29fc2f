//! What is wrong with a recipe, as a problem with line and key.

use jobs::recipe::{RecipeError, line_of};

use super::place::path_before;
use super::words::chinese;
use crate::problem::{Mistake, Place, Problem, kinds};

/// Something wrong, in words.
pub struct Wrong<'a> {
    /// For programs.
    pub code: &'static str,
    /// For people.
    pub chinese: &'a str,
    /// For people.
    pub english: &'a str,
}

/// What the recipe's reader says.
pub fn of_recipe(text: &str, error: &RecipeError) -> Problem {
    match error {
        RecipeError::Syntax {
            line,
            column,
            reason,
            ..
        } => {
            let (key, reason) = path_before(reason);
            let place = Place {
                line: *line,
                column: Some(*column),
            };
            let words = Wrong {
                code: "unreadable",
                chinese: &chinese(reason),
                english: reason,
            };
            problem(key, Some(place), &words)
        }
        RecipeError::Wrong { key, reason, .. } => {
            let words = Wrong {
                code: "wrong",
                chinese: &chinese(reason),
                english: reason,
            };
            at(text, key, &words)
        }
        other => {
            let reason = other.to_string();
            let words = Wrong {
                code: "wrong",
                chinese: &reason,
                english: &reason,
            };
            problem("", None, &words)
        }
    }
}

/// Something wrong at a key, whose line is looked for.
pub fn at(text: &str, key: &str, wrong: &Wrong) -> Problem {
    let place = line_of(text, key).map(|line| Place { line, column: None });
    problem(key, place, wrong)
}

fn problem(key: &str, place: Option<Place>, wrong: &Wrong) -> Problem {
    let (zh, en) = match place {
        Some(Place { line, .. }) => (format!("第 {line} 行"), format!("Line {line}")),
        None => ("配方".to_owned(), "The recipe".to_owned()),
    };
    let at_key = |open: &str, close: &str| {
        if key.is_empty() {
            String::new()
        } else {
            format!("{open}{key}{close}")
        }
    };
    Problem::new(&kinds::RECIPE_WRONG)
        .with_detail(
            format!("{zh}{}：{}。", at_key("，", ""), wrong.chinese),
            format!("{en}{}: {}.", at_key(", ", ""), wrong.english),
        )
        .with_errors(vec![Mistake {
            field: key.to_owned(),
            code: wrong.code,
            place,
            words: Some([wrong.chinese.to_owned(), wrong.english.to_owned()]),
        }])
}
