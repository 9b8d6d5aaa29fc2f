//! How far each pixel is from the outline, and on which side.

use super::outline::{Line, Outline};

/// Pixels that 256 steps span.
const RADIUS: f32 = 8.0;
/// The share of the steps that lies inside.
const INSIDE: f32 = 0.25;

/// The distances of pixels within `[left, bottom, right, top]` and a margin around, row by row from
/// the top: `255 − 256 × (distance / 8 + 0.25)`, distances negative inside.
pub(super) fn field(
    outline: &Outline,
    [left, bottom, right, top]: [i32; 4],
    margin: i32,
) -> Vec<u8> {
    let rows = (bottom - margin..top + margin).rev();
    let columns = left - margin..right + margin;
    rows.flat_map(|row| columns.clone().map(move |column| (column, row)))
        .map(|(column, row)| {
            let at = [column as f32 + 0.5, row as f32 + 0.5];
            let distance = distance(outline, at);
            (255.0 - 256.0 * (distance / RADIUS + INSIDE))
                .round()
                .clamp(0.0, 255.0) as u8
        })
        .collect()
}

fn distance(outline: &Outline, at: [f32; 2]) -> f32 {
    let mut nearest = f32::MAX;
    let mut winding = 0;
    for line in &outline.lines {
        nearest = nearest.min(squared(line, at));
        winding += turns(line, at);
    }
    // A letter may overlap itself: whatever is wound around at all is inside.
    if winding == 0 {
        nearest.sqrt()
    } else {
        -nearest.sqrt()
    }
}

/// The squared distance from a line.
fn squared(Line { from, to }: &Line, at: [f32; 2]) -> f32 {
    let along = [to[0] - from[0], to[1] - from[1]];
    let off = [at[0] - from[0], at[1] - from[1]];
    let length = along[0] * along[0] + along[1] * along[1];
    let part = ((off[0] * along[0] + off[1] * along[1]) / length).clamp(0.0, 1.0);
    let rest = [off[0] - part * along[0], off[1] - part * along[1]];
    rest[0] * rest[0] + rest[1] * rest[1]
}

/// Whether a ray to the right crosses the line: upwards 1, downwards −1.
fn turns(Line { from, to }: &Line, at: [f32; 2]) -> i32 {
    if (from[1] <= at[1]) == (to[1] <= at[1]) {
        return 0;
    }
    let part = (at[1] - from[1]) / (to[1] - from[1]);
    let crossing = from[0] + part * (to[0] - from[0]);
    match (crossing > at[0], to[1] > from[1]) {
        (false, _) => 0,
        (true, true) => 1,
        (true, false) => -1,
    }
}

#[cfg(test)]
mod tests {
    use ttf_parser::OutlineBuilder as _;

    use super::*;

    #[test]
    fn a_square_is_as_far_as_it_is() {
        let mut square = Outline::new(1.0);
        square.move_to(0.0, 0.0);
        for (x, y) in [(10.0, 0.0), (10.0, 10.0), (0.0, 10.0)] {
            square.line_to(x, y);
        }
        square.close();
        assert_eq!(square.pixels(), [0, 0, 10, 10]);
        assert!((distance(&square, [5.0, 5.0]) + 5.0).abs() < 1e-6);
        assert!((distance(&square, [-3.0, 5.0]) - 3.0).abs() < 1e-6);
        assert!((distance(&square, [13.0, 14.0]) - 5.0).abs() < 1e-6);
        let field = field(&square, [0, 0, 10, 10], 3);
        assert_eq!(field.len(), 16 * 16);
        // Half a pixel outside and inside of the edge: 16 steps from 191.
        assert_eq!((field[8 * 16 + 2], field[8 * 16 + 3]), (175, 207));
    }
}
