//! Change between two dates of the same bands.

mod patch;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::expression::{Compiled, Expression, ExpressionError};
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
    /// The program over `bands` columns of before, followed by as many of after: the change of every pixel,
    /// NaN where either date has no data.
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(measure: Measure, columns: &[&[f32]]) -> Vec<f32> {
        let program = measure.program(columns.len() / 2).expect("as many bands");
        let mut change = vec![0.0; columns[0].len()];
        program.evaluate(columns, &mut change);
        change
    }

    #[test]
    fn the_three_measures() {
        let (before, after) = ([0.4, 0.0, f32::NAN], [0.1, 0.2, 0.3]);
        let difference = change(Measure::Difference, &[&before, &after]);
        assert!((difference[0] + 0.3).abs() < 1e-7 && difference[2].is_nan());
        let ratio = change(Measure::Ratio, &[&before, &after]);
        assert!((ratio[0] - 0.25).abs() < 1e-7 && ratio[1].is_nan());
        let columns: [&[f32]; 4] = [&[1.0, 2.0], &[5.0, 5.0], &[4.0, 2.0], &[1.0, f32::NAN]];
        let magnitude = change(Measure::Magnitude, &columns);
        assert!((magnitude[0] - 5.0).abs() < 1e-6 && magnitude[1].is_nan());
    }

    #[test]
    fn a_ratio_is_of_one_band() {
        assert_eq!(
            Measure::Ratio.program(2).unwrap_err(),
            ChangeError::OneBand(2)
        );
        assert_eq!(
            Measure::Magnitude.program(0).unwrap_err(),
            ChangeError::OneBand(0)
        );
    }
}
