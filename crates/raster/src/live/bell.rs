//! Heights smoothed by a bell curve.

use crate::Raster;

/// The curve goes on for so many of its widths.
const WIDTHS: f64 = 2.5;

/// A bell curve of whole pixels.
pub struct Bell {
    /// From the middle to one side.
    weights: Vec<f32>,
}

impl Bell {
    /// A curve of a width (its standard deviation) in pixels; 0 changes nothing.
    pub fn new(width: f64) -> Self {
        let reach = (WIDTHS * width).ceil() as u32;
        let weight = |away: u32| (-0.5 * (f64::from(away) / width.max(1e-9)).powi(2)).exp() as f32;
        Self {
            weights: (0..=reach).map(weight).collect(),
        }
    }

    /// How many pixels on every side are needed.
    pub fn reach(&self) -> usize {
        self.weights.len() - 1
    }

    /// Values in rows of `width`, without [`Self::reach`] on every side. Holes stay, and weigh nothing.
    pub fn over(&self, values: Vec<f32>, width: usize) -> Vec<f32> {
        let reach = self.reach();
        if reach == 0 {
            return values;
        }
        let height = values.len() / width.max(1);
        let raster = Raster::from_values(width, height, values);
        let (columns, rows) = (
            width.saturating_sub(2 * reach),
            height.saturating_sub(2 * reach),
        );
        let mut across = vec![f32::NAN; columns * height];
        for (row, out) in across.chunks_exact_mut(columns.max(1)).enumerate() {
            let line = raster.row(row);
            for (column, out) in out.iter_mut().enumerate() {
                *out = self.weighed(|place| line[column + place]);
            }
        }
        let mut smooth = vec![f32::NAN; columns * rows];
        for (row, out) in smooth.chunks_exact_mut(columns.max(1)).enumerate() {
            for (column, out) in out.iter_mut().enumerate() {
                *out = self.weighed(|place| across[(row + place) * columns + column]);
            }
        }
        smooth
    }

    fn weighed(&self, at: impl Fn(usize) -> f32) -> f32 {
        let reach = self.reach();
        let (mut sum, mut weights) = (self.weights[0] * at(reach), self.weights[0]);
        for (away, &weight) in self.weights.iter().enumerate().skip(1) {
            for value in [at(reach - away), at(reach + away)] {
                if !value.is_nan() {
                    sum += weight * value;
                    weights += weight;
                }
            }
        }
        sum / weights
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_stays_and_holes_stay() {
        let bell = Bell::new(2.0);
        assert_eq!(bell.reach(), 5);
        let plane = |index: usize| (index % 13) as f32 + 2.0 * (index / 13) as f32;
        let mut values: Vec<f32> = (0..13 * 12).map(plane).collect();
        let smooth = bell.over(values.clone(), 13);
        assert_eq!(smooth.len(), 3 * 2);
        assert!(
            (smooth[0] - 15.0).abs() < 1e-4 && (smooth[5] - 19.0).abs() < 1e-4,
            "{smooth:?}"
        );
        values[5 * 13 + 6] = f32::NAN;
        let holed = bell.over(values, 13);
        assert!(holed[1].is_nan() && holed.iter().filter(|value| value.is_nan()).count() == 1);
        assert_eq!(Bell::new(0.0).over(vec![1.0, 2.0], 2), [1.0, 2.0]);
    }
}
