//! From classes to polygons.
//!
//! Rows of classes are kept as runs of equal pixels, joined to patches by union and find, sieved by the
//! rule of `gdal_sieve`, and outlined from the ends of the runs: memory grows with the borders, not with
//! the image. Outlines follow the pixels' edges, in pixel coordinates; rings are valid by the OGC's rules
//! whatever the connectedness, because a patch that only touches itself at corners becomes several
//! polygons.

mod components;
mod ground;
mod outline;
mod read;
mod runs;
mod sieve;
mod simplify;

use geo::MultiPolygon;
use serde::{Deserialize, Serialize};

pub use ground::in_degrees;
pub use runs::{NO_DATA, Runs};
pub use simplify::simplify;

/// Which pixels of a class belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Connectedness {
    /// Those that share a side.
    #[default]
    Four,
    /// Those that share a side or a corner.
    Eight,
}

/// How to make patches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Which pixels belong together.
    pub connectedness: Connectedness,
    /// Patches of fewer pixels take the class of their largest neighbour, as `gdal_sieve` does; 0 and 1
    /// keep all. A small patch surrounded by no data stays.
    pub minimum_pixels: u64,
}

/// A piece of connected pixels of one class.
#[derive(Debug, Clone, PartialEq)]
pub struct Patch {
    /// The class.
    pub value: i32,
    /// How many pixels it has.
    pub pixels: u64,
    /// Its outline in pixel coordinates, north-west corner (0, 0): exterior rings turn counter-clockwise
    /// on a map whose north is up. One polygon, or several that touch at corners.
    pub polygons: MultiPolygon<f64>,
}

/// Hands over every patch, in the order of its first pixel row by row.
pub fn polygonise(runs: Runs, options: Options, mut emit: impl FnMut(Patch)) {
    let runs = if options.minimum_pixels > 1 {
        sieve::sieved(runs, options)
    } else {
        runs
    };
    let parts = components::labels(&runs, Connectedness::Four);
    let patches = match options.connectedness {
        Connectedness::Four => None,
        Connectedness::Eight => Some(components::labels(&runs, Connectedness::Eight)),
    };
    let outlines = outline::Outlines::trace(&runs, &parts);
    outlines.emit(&runs, &parts, patches.as_ref(), &mut emit);
}

#[cfg(test)]
mod tests;
