//! What is drawn when somebody asks for it: bands of a scene are brought onto the asked-for grid and
//! coloured there. Nothing is stored between, so another formula or stretch is another drawing of
//! the same bytes.

mod bell;
mod blend;
mod picture;
mod planes;
mod relief;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::expression::{Compiled, Expression, ExpressionError};
use crate::terrain::TerrainError;
use crate::visual::Stretch;
pub use blend::Blend;
pub use planes::{Band, planes};
pub use relief::{Relief, Shading, with_margin};

/// How a date of a layer is drawn; kept as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drawing {
    /// What it is drawn from.
    pub bands: Vec<DrawnBand>,
    /// What is made of them.
    pub of: Of,
}

/// A band of a stored image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawnBand {
    /// What formulas call it.
    pub name: String,
    /// The name of the image's object.
    pub object: String,
    /// Which band of the image, from 0.
    #[serde(default)]
    pub band: usize,
}

/// What is made of bands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// Red, green and blue from the first three, each stretched between two physical values.
    Picture {
        /// What becomes black and what white.
        stretch: [[f32; 2]; 3],
        /// Mid-tones are raised to 1/gamma.
        gamma: f64,
    },
    /// Numbers, which the layer's style colours.
    Formula(Expression),
    /// Light and shade of the first, which is heights in metres: numbers too.
    Relief(Relief),
}

/// A drawing ready to be drawn.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// What it is drawn from.
    pub bands: Vec<DrawnBand>,
    /// What is made of them.
    pub make: Make,
}

/// What is made of planes of physical values.
#[derive(Debug, Clone)]
pub enum Make {
    /// A picture.
    Picture(Box<[Stretch; 3]>),
    /// Numbers.
    Numbers(Compiled),
    /// Light and shade of the first.
    Shade(Shading),
}

/// Why a drawing cannot be made ready.
#[derive(Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum DrawingError {
    /// Its formula.
    #[error(transparent)]
    Formula(#[from] ExpressionError),
    /// Its light.
    #[error(transparent)]
    Light(#[from] TerrainError),
}

impl Drawing {
    /// Makes it ready.
    ///
    /// # Errors
    /// When the formula names a band that is not there, or the light comes from nowhere.
    pub fn prepare(&self) -> Result<Prepared, DrawingError> {
        let names: Vec<&str> = self.bands.iter().map(|band| band.name.as_str()).collect();
        let make = match &self.of {
            Of::Picture { stretch, gamma } => {
                let stretch = stretch.map(|[black, white]| Stretch::new(black, white, *gamma));
                Make::Picture(Box::new(stretch))
            }
            Of::Formula(formula) => Make::Numbers(formula.compile(&names)?),
            Of::Relief(relief) => Make::Shade(relief.prepare()?),
        };
        Ok(Prepared {
            bands: self.bands.clone(),
            make,
        })
    }
}

/// Numbers of a formula over planes of equal length; NaN is no data on both sides.
pub fn numbers(formula: &Compiled, planes: &[Vec<f32>]) -> Vec<f32> {
    let inputs: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
    let mut out = vec![f32::NAN; planes.first().map_or(0, Vec::len)];
    formula.evaluate(&inputs, &mut out);
    out
}

pub use picture::picture;
