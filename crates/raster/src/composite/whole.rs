//! Pixels taken whole from one look.

/// Which look each pixel of a row is taken from.
#[derive(Debug, Clone)]
pub struct Choice {
    best: Vec<f32>,
    look: Vec<u32>,
}

/// No look has the pixel.
const NONE: u32 = u32::MAX;

impl Choice {
    /// Nothing chosen yet, for a row of `width` pixels.
    pub fn new(width: usize) -> Self {
        Self {
            best: vec![f32::NEG_INFINITY; width],
            look: vec![NONE; width],
        }
    }

    /// Takes a look where its score beats what was taken before; NaN never does. Equal scores leave
    /// the first.
    pub fn offer(&mut self, look: usize, scores: impl Iterator<Item = f32>) {
        for ((best, chosen), score) in self.best.iter_mut().zip(&mut self.look).zip(scores) {
            if score > *best {
                *best = score;
                *chosen = look as u32;
            }
        }
    }

    /// The chosen look's value of every pixel of a band; NaN where none was chosen.
    pub fn take(&self, looks: &[&[f32]], out: &mut [f32]) {
        for (column, (out, &look)) in out.iter_mut().zip(&self.look).enumerate() {
            let values = looks.get(look as usize);
            *out = values.map_or(f32::NAN, |values| values[column]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_the_greatest() {
        let mut choice = Choice::new(4);
        choice.offer(0, [0.5, f32::NAN, f32::NAN, -2.0].into_iter());
        choice.offer(1, [0.5, 0.1, f32::NAN, -1.0].into_iter());
        let mut out = [0.0; 4];
        choice.take(&[&[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0, 7.0, 8.0]], &mut out);
        assert_eq!(out[..2], [1.0, 6.0]);
        assert!(out[2].is_nan());
        assert_eq!(out[3].to_bits(), 8.0_f32.to_bits());
    }
}
