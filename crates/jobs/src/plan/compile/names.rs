//! What the names of a recipe stand for.

use std::collections::HashMap;

use crate::plan::series::Series;

/// Inputs and steps that were compiled.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<String, Series>);

impl Names {
    pub fn put(&mut self, name: &str, series: Series) {
        self.0.insert(name.to_owned(), series);
    }

    pub fn get(&self, name: &str) -> Option<&Series> {
        self.0.get(name)
    }
}
