//! The weight of every class of one piece of a zone.

/// Classes are numbers of at most 16 bits, with or without a sign.
const FEWEST: i32 = -(1 << 15);
const COUNT: usize = (1 << 15) + (1 << 16);

/// Weights by class; kept between pieces so that counting allocates nothing.
#[derive(Debug, Default)]
pub struct Tally {
    weights: Vec<f64>,
    touched: Vec<usize>,
}

impl Tally {
    /// Adds the weight of a class; what is no whole number of 16 bits is left out.
    pub fn add(&mut self, class: f32, weight: f64) {
        let index = (class as i32 - FEWEST) as usize;
        if self.weights.is_empty() {
            self.weights.resize(COUNT, 0.0);
        }
        let Some(sum) = self.weights.get_mut(index) else {
            return;
        };
        if *sum == 0.0 {
            self.touched.push(index);
        }
        *sum += weight;
    }

    /// The classes and their weights, by number; empty afterwards.
    pub fn take(&mut self) -> Vec<(i32, f64)> {
        self.touched.sort_unstable();
        let classes = self.touched.drain(..).map(|index| {
            let weight = std::mem::take(&mut self.weights[index]);
            (index as i32 + FEWEST, weight)
        });
        classes.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_with_and_without_a_sign() {
        let mut tally = Tally::default();
        for (class, weight) in [(65_535.0, 1.0), (-32_768.0, 0.25), (3.0, 0.5), (3.0, 0.25)] {
            tally.add(class, weight);
        }
        assert_eq!(tally.take(), [(-32_768, 0.25), (3, 0.75), (65_535, 1.0)]);
        assert_eq!(tally.take(), []);
    }
}
