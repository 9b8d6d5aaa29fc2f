//! Change between two dates of the same bands.

mod patch;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Raster;
use crate::expression::{Column, Compiled, Expression, ExpressionError, Output};
pub use patch::{Patch, patches};

/// How change is measured (Singh 1989, International Journal of Remote Sensing 10, 989-1003).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// After − before, of one band.
    Difference,
    /// After / before, of one band; no data where before is zero.
    Ratio,
    /// The length of the vector from before to after over all bands (change vector analysis, Malila
    /// 1980); never negative.
    Magnitude,
}

/// Why change cannot be measured.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// Difference and ratio are of one band.
    #[error(
        "a difference or ratio is of one band and there are {0}; choose one, or measure the magnitude"
    )]
    OneBand(usize),
    /// The two dates do not fit together.
    #[error(
        "before has {0} bands × rows × columns and after {1}; bring both onto one grid, with the same bands"
    )]
    Shape(String, String),
    /// Too many bands for a formula.
    #[error("the magnitude of {bands} bands: {source}")]
    Bands {
        /// How many.
        bands: usize,
        /// What the formula would be.
        #[source]
        source: ExpressionError,
    },
}

impl Measure {
    /// The program over `bands` columns of before, followed by as many of after.
    ///
    /// # Errors
    /// When the measure is of one band and these are more, or none, or too many.
    pub fn program(self, bands: usize) -> Result<Compiled, ChangeError> {
        if bands == 0 || (bands > 1 && self != Self::Magnitude) {
            return Err(ChangeError::OneBand(bands));
        }
        let formula = match self {
            Self::Difference => "a0 - b0".to_owned(),
            Self::Ratio => "a0 / b0".to_owned(),
            Self::Magnitude => {
                let square = |band| format!("(a{band} - b{band}) ** 2");
                let squares: Vec<String> = (0..bands).map(square).collect();
                format!("sqrt({})", squares.join(" + "))
            }
        };
        let columns = ["b", "a"].map(|date| (0..bands).map(move |band| format!("{date}{band}")));
        let columns: Vec<String> = columns.into_iter().flatten().collect();
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        Expression::parse(&formula)
            .and_then(|formula| formula.compile(&columns))
            .map_err(|source| ChangeError::Bands { bands, source })
    }

    /// The change of every pixel; NaN where either date has no data.
    ///
    /// # Errors
    /// As [`Self::program`], and when the two rasters are not of one shape.
    pub fn between(self, before: &Raster, after: &Raster) -> Result<Raster, ChangeError> {
        let shape = |of: &Raster| (of.bands, of.height, of.width);
        if shape(before) != shape(after) {
            let words = |of| format!("{:?}", shape(of));
            return Err(ChangeError::Shape(words(before), words(after)));
        }
        let program = self.program(before.bands)?;
        let dates = [before, after].into_iter();
        let bands = dates.flat_map(|date| (0..date.bands).map(|band| date.band(band)));
        let columns: Vec<Column> = bands.map(Column::from).collect();
        let mut change = Raster::empty(before.width, before.height, 1);
        program.evaluate_samples(&columns, Output::F32(&mut change.values));
        Ok(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_bands(values: [f32; 4]) -> Raster {
        Raster {
            width: 2,
            height: 1,
            bands: 2,
            values: values.to_vec(),
        }
    }

    #[test]
    fn the_three_measures() {
        let before = Raster::from_values(3, 1, vec![0.4, 0.0, f32::NAN]);
        let after = Raster::from_values(3, 1, vec![0.1, 0.2, 0.3]);
        let difference = Measure::Difference.between(&before, &after).unwrap();
        assert!((difference.values[0] + 0.3).abs() < 1e-7 && difference.values[2].is_nan());
        let ratio = Measure::Ratio.between(&before, &after).unwrap();
        assert!((ratio.values[0] - 0.25).abs() < 1e-7 && ratio.values[1].is_nan());
        let (before, after) = (
            two_bands([1.0, 2.0, 5.0, 5.0]),
            two_bands([4.0, 2.0, 1.0, f32::NAN]),
        );
        let magnitude = Measure::Magnitude.between(&before, &after).unwrap();
        assert!((magnitude.values[0] - 5.0).abs() < 1e-6 && magnitude.values[1].is_nan());
    }

    #[test]
    fn dates_that_do_not_fit_are_refused() {
        let (one, two) = (Raster::empty(2, 1, 1), two_bands([0.0; 4]));
        assert!(matches!(
            Measure::Magnitude.between(&one, &two),
            Err(ChangeError::Shape(..))
        ));
        assert_eq!(
            Measure::Ratio.between(&two, &two).unwrap_err(),
            ChangeError::OneBand(2)
        );
    }
}
