//! Values on their way through a program.

use std::sync::Arc;

use crate::Window;

/// The bands of a node over a window.
#[derive(Debug, Clone)]
pub struct Field {
    pub window: Window,
    pub names: Arc<[String]>,
    /// One for each name: rows of the window, NaN for no data.
    pub planes: Vec<Vec<f32>>,
}

impl Field {
    pub fn new(window: Window, names: &[String]) -> Self {
        let plane = vec![f32::NAN; window.width * window.height];
        Self {
            window,
            names: names.into(),
            planes: vec![plane; names.len()],
        }
    }

    /// A band by its name; checked before anything runs, so there always is one.
    pub fn plane(&self, name: &str) -> &[f32] {
        let found = self.names.iter().position(|known| known == name);
        found.map_or(&[], |index| &self.planes[index])
    }
}
