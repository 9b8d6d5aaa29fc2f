//! What is wrong with a recipe, and where.

use thiserror::Error;

use super::{near, place};

/// What is wrong with a recipe.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RecipeError {
    /// It cannot be read.
    #[error("the recipe, line {line}, column {column}: {reason}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
        /// With the key, and what to do.
        reason: String,
    },
    /// It can be read and makes no sense.
    #[error("the recipe, {}{key}: {reason}", .line.map(|line| format!("line {line}, ")).unwrap_or_default())]
    Wrong {
        /// Counted from 1, where it could be found.
        line: Option<usize>,
        /// `steps[1].composite.of`
        key: String,
        /// What to do.
        reason: String,
    },
}

impl RecipeError {
    pub(crate) fn wrong(key: &str, reason: &str) -> Self {
        Self::Wrong {
            line: None,
            key: key.to_owned(),
            reason: reason.to_owned(),
        }
    }

    /// The same with the line where its key stands in the text.
    #[must_use]
    pub fn located(self, text: &str) -> Self {
        match self {
            Self::Wrong { key, reason, .. } => Self::Wrong {
                line: place::line_of(text, &key),
                key,
                reason,
            },
            syntax @ Self::Syntax { .. } => syntax,
        }
    }

    /// The line, from 1, where it is known.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Syntax { line, .. } => Some(*line),
            Self::Wrong { line, .. } => *line,
        }
    }
}

/// The reader's words, with the line and perhaps the word that was meant.
pub(super) fn explain(text: &str, error: &serde_yaml_ng::Error) -> RecipeError {
    let (line, column) = error
        .location()
        .map_or((1, 1), |place| (place.line(), place.column()));
    let mut reason = error.to_string();
    // It says the place itself, at the end.
    if let Some(cut) = reason.rfind(" at line ") {
        reason.truncate(cut);
    }
    if let Some(suggestion) = suggestion(&reason) {
        reason = format!("{reason}; did you mean `{suggestion}`?");
    }
    let line = line.min(text.lines().count().max(1));
    RecipeError::Syntax {
        line,
        column,
        reason,
    }
}

/// serde says "unknown field `a`, expected one of `b`, `c`" and the like.
fn suggestion(reason: &str) -> Option<&str> {
    let (_, from) = reason.split_once("unknown ")?;
    let mut words = from.split('`').skip(1).step_by(2);
    let word = words.next()?;
    let known: Vec<&str> = words.collect();
    near::nearest(word, &known)
}
