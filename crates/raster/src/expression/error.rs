//! What can be wrong with a formula, and where.

use thiserror::Error;

/// Why a formula cannot be used. Positions count characters from 1.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ExpressionError {
    /// Nothing to compute.
    #[error("the expression is empty; write for example (nir - red) / (nir + red)")]
    Empty,
    /// More than anybody writes.
    #[error("the expression has {0} characters and may have {max}", max = super::LONGEST)]
    Long(usize),
    /// Parentheses, signs or functions in one another.
    #[error("at character {0}: more than {max} levels within one another", max = super::DEEPEST)]
    Deep(usize),
    /// A character that has no meaning here.
    #[error("at character {position}: `{found}` has no meaning here{hint}")]
    Character {
        /// The character.
        found: char,
        /// Where it stands.
        position: usize,
        /// What was probably meant.
        hint: &'static str,
    },
    /// Not a number of single precision.
    #[error("at character {position}: `{text}` is not a number that can be computed with")]
    Number {
        /// As written.
        text: String,
        /// Where it begins.
        position: usize,
    },
    /// Something else should stand here.
    #[error("at character {position}: {expected} should stand here, not {found}")]
    Expected {
        /// What the grammar wants.
        expected: &'static str,
        /// What is there.
        found: String,
        /// Where it begins.
        position: usize,
    },
    /// `a < b < c`.
    #[error("at character {0}: comparisons cannot be chained; write a < b and b < c")]
    Chained(usize),
    /// No such function.
    #[error("at character {position}: unknown function {name}{nearest} the functions are {known}")]
    UnknownFunction {
        /// As written.
        name: String,
        /// Where it begins.
        position: usize,
        /// `; did you mean …?`, or `;`.
        nearest: String,
        /// All of them.
        known: String,
    },
    /// Too few or too many arguments.
    #[error("at character {position}: {function} takes {wanted}, not {found}")]
    Arguments {
        /// The function.
        function: &'static str,
        /// Where it begins.
        position: usize,
        /// How many it takes.
        wanted: &'static str,
        /// How many there are.
        found: usize,
    },
    /// The data have no such band.
    #[error("at character {position}: unknown band {name}{nearest} the bands are {known}")]
    UnknownBand {
        /// As written.
        name: String,
        /// Where it first stands.
        position: usize,
        /// `; did you mean …?`, or `;`.
        nearest: String,
        /// All of them.
        known: String,
    },
}

/// `; did you mean nir?` for the most alike of the known names, or `;` alone when none is alike.
pub(super) fn did_you_mean(name: &str, known: &[&str]) -> String {
    let lower = name.to_lowercase();
    let distance = |known: &str| strsim::damerau_levenshtein(&lower, &known.to_lowercase());
    let nearest = known.iter().min_by_key(|known| distance(known));
    match nearest {
        Some(nearest) if distance(nearest) <= 1 + lower.chars().count() / 4 => {
            format!("; did you mean {nearest}?")
        }
        _ => ";".to_owned(),
    }
}
