//! Weights that grow with the distance to a look's edge.

/// Grows linearly from the edge of a valid area up to a distance.
///
/// The distance of a pixel is that from its centre to the nearest centre of a pixel without value, on a
/// plane with the grid's own pixel sides. Nothing farther away than the distance matters: a window with
/// [`Self::margin`] around it tells the same weights as the whole image, to the last bit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Feather {
    metres: f64,
    pixel: (f64, f64),
}

impl Feather {
    /// A distance in metres over pixels of (width, height) metres.
    pub fn new(metres: f64, pixel: (f64, f64)) -> Self {
        Self { metres, pixel }
    }

    /// The shorter side of a pixel in metres.
    pub fn pixel_side(&self) -> f64 {
        self.pixel.0.min(self.pixel.1)
    }

    /// Pixels around a window that its weights depend on.
    pub fn margin(&self) -> usize {
        (self.metres / self.pixel_side()).ceil().max(0.0) as usize
    }

    /// The weight of every pixel of a window, more than 0 to 1; 0 where it is not valid. `valid` has the
    /// window with its margin in rows of `width`.
    pub fn weights(&self, valid: &[bool], width: usize) -> Vec<f32> {
        let margin = self.margin();
        let height = valid.len().checked_div(width).unwrap_or(0);
        let columns = width.saturating_sub(2 * margin);
        let rows = height.saturating_sub(2 * margin);
        if valid.iter().all(|valid| *valid) {
            return vec![1.0; columns * rows];
        }
        let away = rows_away(valid, width);
        let inner = away.chunks_exact(width).skip(margin).take(rows);
        let mut weights = Vec::with_capacity(columns * rows);
        for away in inner {
            let inner = margin..margin + columns;
            weights.extend(inner.map(|column| self.weight(away, column)));
        }
        weights
    }

    /// From how many rows away the nearest pixel without value is in every column of a row.
    fn weight(&self, away: &[u32], column: usize) -> f32 {
        let mut nearest = self.metres * self.metres;
        for step in 0..away.len() {
            let across = (step as f64 * self.pixel.0).powi(2);
            if across >= nearest {
                break;
            }
            let sides = [column.checked_sub(step), Some(column + step)];
            for &rows in sides.iter().flatten().filter_map(|&side| away.get(side)) {
                let down = f64::from(rows) * self.pixel.1;
                nearest = nearest.min(across + down * down);
            }
        }
        (nearest.sqrt() / self.metres) as f32
    }
}

/// How many rows away the nearest pixel without value is, up or down.
fn rows_away(valid: &[bool], width: usize) -> Vec<u32> {
    let mut away = vec![0; valid.len()];
    let mut pass = |rows: &mut dyn Iterator<Item = usize>, nearer: bool| {
        let mut last = vec![u32::MAX; width];
        for row in rows {
            let places = row * width..(row + 1) * width;
            let pixels = valid[places.clone()].iter().zip(&mut away[places]);
            for (last, (valid, away)) in last.iter_mut().zip(pixels) {
                *last = if *valid { last.saturating_add(1) } else { 0 };
                *away = if nearer { *last.min(away) } else { *last };
            }
        }
    };
    let height = valid.len().checked_div(width).unwrap_or(0);
    pass(&mut (0..height), false);
    pass(&mut (0..height).rev(), true);
    away
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn weights_grow_with_the_distance_to_the_edge() {
        // One hole in the west of 9 × 5 pixels of 10 × 20 m.
        let mut valid = [true; 45];
        valid[2 * 9 + 2] = false;
        let feather = Feather::new(20.0, (10.0, 20.0));
        assert_eq!(feather.margin(), 2);
        let weights = feather.weights(&valid, 9);
        assert_eq!(weights, [0.0, 0.5, 1.0, 1.0, 1.0]);
    }

    proptest! {
        #[test]
        fn the_weight_is_the_distance_to_the_nearest_hole(
            valid in prop::collection::vec(prop::bool::weighted(0.93), 20 * 16),
            metres in 5.0..40.0_f64,
        ) {
            let feather = Feather::new(metres, (10.0, 14.0));
            let margin = feather.margin();
            let found = feather.weights(&valid, 20);
            let mut found = found.iter();
            for row in margin..16_usize.saturating_sub(margin) {
                for column in margin..20 - margin {
                    let holes = (0..valid.len()).filter(|hole| !valid[*hole]);
                    let away = holes.map(|hole| {
                        let across = (hole % 20).abs_diff(column) as f64 * 10.0;
                        let down = (hole / 20).abs_diff(row) as f64 * 14.0;
                        across.hypot(down)
                    });
                    let expected = away.fold(metres, f64::min) / metres;
                    let found = f64::from(*found.next().expect("a pixel"));
                    prop_assert!((found - expected).abs() < 1e-6, "{found} {expected}");
                }
            }
            prop_assert!(found.next().is_none());
        }
    }
}
