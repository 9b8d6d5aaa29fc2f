//! One image from looks that lie side by side or overlap: how their edges meet, and how their brightness
//! is brought together.

mod balance;
mod feather;

use serde::{Deserialize, Serialize};

pub use balance::{Gain, Overlap, gains};
pub use feather::Feather;

/// What is to be seen where looks overlap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blend {
    /// The first look that has a value in every band.
    #[default]
    First,
    /// The mean of all looks, each of which weighs the more the farther its edge is away.
    Feather {
        /// Metres from a look's edge to where it has its full weight. Holes that a mask makes have edges
        /// as well.
        metres: f64,
    },
}
