//! What the tests of this crate need beside scenes and oracles.

use std::path::Path;

pub use crate::real_data::{oracle, real_data};

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Little-endian numbers that an oracle wrote.
pub fn doubles(path: &Path) -> Vec<f64> {
    let bytes = std::fs::read(path).expect("the oracle's numbers");
    bytes
        .as_chunks()
        .0
        .iter()
        .map(|bytes| f64::from_le_bytes(*bytes))
        .collect()
}
