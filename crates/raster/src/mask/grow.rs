//! A mask grown by a distance.

/// How far a mask grows, in pixels of its own.
///
/// A pixel is within reach when its centre is at most the distance away from the centre of a pixel
/// of the mask, measured on a plane with the mask's own pixel sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// For each row above or below (the first is the row itself): how many columns to each side.
    columns: Vec<usize>,
}

impl Reach {
    /// A distance in metres over pixels of (width, height) metres; nothing for a distance below
    /// the pixel's sides.
    pub fn new(metres: f64, pixel: (f64, f64)) -> Self {
        let rows = if metres > 0.0 && pixel.1 > 0.0 {
            (metres / pixel.1 + 1e-9).floor() as usize
        } else {
            0
        };
        let across = |row: usize| {
            let down = row as f64 * pixel.1;
            let left = (metres * metres - down * down).max(0.0).sqrt();
            (left / pixel.0 + 1e-9).floor() as usize
        };
        Self {
            columns: (0..=rows).map(across).collect(),
        }
    }

    /// The farthest a pixel may be, in columns and rows: the margin that a window needs so that its
    /// edges do not show.
    pub fn margin(&self) -> usize {
        let across = self.columns.first().copied().unwrap_or(0);
        across.max(self.columns.len().saturating_sub(1))
    }
}

/// Grows what is not 0 in a mask of rows of `width`: exact, by the distance along each row and then
/// the shortest way over the rows in reach.
pub fn grow(mask: &mut [u8], width: usize, reach: &Reach) {
    if reach.margin() == 0 || width == 0 || mask.iter().all(|&hidden| hidden == 0) {
        return;
    }
    let mut away = vec![u16::MAX; mask.len()];
    let rows = mask.chunks_exact(width).zip(away.chunks_exact_mut(width));
    rows.for_each(|(mask, away)| along(mask, away));
    let height = mask.len() / width;
    for (row, out) in mask.chunks_exact_mut(width).enumerate() {
        for (down, &columns) in reach.columns.iter().enumerate() {
            let columns = columns.min(usize::from(u16::MAX) - 1) as u16;
            let above = row.checked_sub(down);
            let below = (down > 0 && row + down < height).then_some(row + down);
            for other in above.into_iter().chain(below) {
                let away = &away[other * width..(other + 1) * width];
                for (out, &away) in out.iter_mut().zip(away) {
                    *out |= u8::from(away <= columns);
                }
            }
        }
    }
}

/// How many columns away the nearest pixel of the mask is, in either direction.
fn along(mask: &[u8], away: &mut [u16]) {
    let mut last = u16::MAX;
    for (&hidden, away) in mask.iter().zip(away.iter_mut()) {
        last = if hidden == 0 {
            last.saturating_add(1)
        } else {
            0
        };
        *away = last;
    }
    let mut last = u16::MAX;
    for (&hidden, away) in mask.iter().zip(away.iter_mut()).rev() {
        last = if hidden == 0 {
            last.saturating_add(1)
        } else {
            0
        };
        *away = (*away).min(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every pixel against every other.
    fn by_hand(mask: &[u8], width: usize, metres: f64, pixel: (f64, f64)) -> Vec<u8> {
        let place = |index: usize| {
            let (column, row) = (index % width, index / width);
            (column as f64 * pixel.0, row as f64 * pixel.1)
        };
        let near = |one: usize, two: usize| {
            let (a, b) = (place(one), place(two));
            (a.0 - b.0).hypot(a.1 - b.1) <= metres + 1e-6
        };
        (0..mask.len())
            .map(|one| u8::from((0..mask.len()).any(|two| mask[two] != 0 && near(one, two))))
            .collect()
    }

    #[test]
    fn thirty_metres_on_ten() {
        let mut mask = vec![0; 81];
        mask[40] = 1;
        grow(&mut mask, 9, &Reach::new(30.0, (10.0, 10.0)));
        let row = |row: usize| {
            mask[row * 9..][..9]
                .iter()
                .map(|x| u32::from(*x))
                .sum::<u32>()
        };
        // 3 pixels straight, 2 beside 2 (28.3 m), 1 beside 3 is too far (31.6 m).
        assert_eq!(
            (0..9).map(row).collect::<Vec<_>>(),
            [0, 1, 5, 5, 7, 5, 5, 1, 0]
        );
    }

    proptest! {
        #[test]
        fn as_every_pixel_against_every_other(
            seed in prop::collection::vec(0..12_u8, 300),
            metres in 0.0..90.0_f64,
            wide in 5.0..25.0_f64,
            high in 5.0..25.0_f64,
        ) {
            let mask: Vec<u8> = seed.iter().map(|&number| u8::from(number == 0)).collect();
            let mut grown = mask.clone();
            grow(&mut grown, 20, &Reach::new(metres, (wide, high)));
            prop_assert_eq!(grown, by_hand(&mask, 20, metres, (wide, high)));
        }
    }
}
