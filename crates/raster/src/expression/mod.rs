//! Formulas over named bands: `(nir - red) / (nir + red)`, `where(scl == 8, nodata, red)`.
//!
//! Numbers, names (letters, digits, `_` and `.`, in any script), `+ - * / **`, `< <= > >= == !=`,
//! `and or not`, parentheses, and the functions `where(condition, a, b)`, `min`, `max`, `abs`,
//! `sqrt`, `pow`, `clamp(value, lowest, highest)`, `exp`, `log` (natural), `valid(a)` (whether there
//! is a value: 1 or 0) and `first_valid(a, b, …)`. Signs bind as in Python.
//!
//! Single precision throughout; a condition is 1 or 0, and any number but 0 is true. No data (NaN)
//! goes in and comes out: whatever is computed from it has none, comparisons too; only `where` leaves
//! out the branch it does not take, and `valid` and `first_valid` ask. Dividing by zero, the root or
//! logarithm of what has none, and infinity are no data.

mod block;
mod error;
mod operation;
mod parse;
mod program;
mod samples;
#[cfg(test)]
mod tests;
mod token;
mod tree;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use error::ExpressionError;
pub use program::Compiled;
pub use samples::{Column, Output, Pixels};
use tree::{Id, Tree};

/// The most characters of a formula: it may come from anybody who may send a recipe.
pub(super) const LONGEST: usize = 4096;
/// The most levels of parentheses and functions.
pub(super) const DEEPEST: usize = 100;

/// A formula that is sound in itself; its names mean something once it is [compiled](Self::compile).
/// As text in JSON and YAML.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Expression {
    text: String,
    tree: Tree,
    root: Id,
}

impl Expression {
    /// Reads a formula.
    ///
    /// # Errors
    /// When it cannot be read: says at which character, and what would be right.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        let (tree, root) = parse::parse(text)?;
        Ok(Self {
            text: text.to_owned(),
            tree,
            root,
        })
    }

    /// The bands it names, each once, in order of appearance.
    pub fn names(&self) -> Vec<&str> {
        let names = self.tree.names.iter();
        names.map(|name| name.text.as_str()).collect()
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Makes it ready to run over columns that are these bands, in this order.
    ///
    /// # Errors
    /// [`ExpressionError::UnknownBand`] for a name that is not among them.
    pub fn compile(&self, bands: &[&str]) -> Result<Compiled, ExpressionError> {
        let place = |name: &tree::Name| {
            let found = bands.iter().position(|band| *band == name.text);
            found.ok_or_else(|| ExpressionError::UnknownBand {
                name: name.text.clone(),
                position: name.position,
                nearest: error::did_you_mean(&name.text, bands),
                known: bands.join(", "),
            })
        };
        let places: Result<Vec<usize>, _> = self.tree.names.iter().map(place).collect();
        Ok(Compiled::of(&self.tree, self.root, &places?, bands.len()))
    }
}

impl FromStr for Expression {
    type Err = ExpressionError;

    fn from_str(text: &str) -> Result<Self, ExpressionError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Expression {
    type Error = ExpressionError;

    fn try_from(text: String) -> Result<Self, ExpressionError> {
        Self::parse(&text)
    }
}

impl From<Expression> for String {
    fn from(expression: Expression) -> Self {
        expression.text
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.text)
    }
}
