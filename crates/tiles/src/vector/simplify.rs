//! From which zoom on a vertex is needed: the Douglas–Peucker tree of a line, walked once.
//!
//! Douglas and Peucker (1973) split a line at the vertex farthest from its chord while that is
//! farther than the tolerance. Which vertex that is does not depend on the tolerance: a vertex is
//! kept when its distance and those of all splits above it are larger. So one walk tells for
//! every zoom at once what simplifying with half a step of that zoom's tile would keep.

use super::plane::{DEEPEST, Place, step};

/// What marks a vertex that no zoom needs.
pub const NEVER: u8 = u8::MAX;

/// The first zoom that needs each vertex of a line: 0 for its ends.
pub fn line(vertices: &[Place]) -> Vec<u8> {
    importance(vertices).into_iter().map(first_zoom).collect()
}

/// The same for a ring, whose first vertex is repeated at the end: its two farthest other
/// vertices are always kept, so that it has ground as long as its polygon is drawn.
pub fn ring(vertices: &[Place]) -> Vec<u8> {
    let mut importance = importance(vertices);
    for _ in 0..2 {
        let inner = importance.iter_mut().filter(|one| one.is_finite());
        if let Some(largest) = inner.max_by(|one, other| one.total_cmp(other)) {
            *largest = f64::INFINITY;
        }
    }
    importance.into_iter().map(first_zoom).collect()
}

/// The largest tolerance (steps of the plane, squared) under which each vertex is kept; those
/// under the finest tolerance are not told apart.
fn importance(vertices: &[Place]) -> Vec<f64> {
    let finest = tolerance(DEEPEST);
    let mut importance = vec![0.0; vertices.len()];
    let Some(last) = vertices.len().checked_sub(1) else {
        return importance;
    };
    importance[0] = f64::INFINITY;
    importance[last] = f64::INFINITY;
    let mut spans = vec![(0, last, f64::INFINITY)];
    while let Some((begin, end, above)) = spans.pop() {
        let chord = Chord::new(vertices[begin], vertices[end]);
        let distances = (begin + 1..end).map(|index| (index, chord.distance(vertices[index])));
        let farthest = distances.max_by(|one, other| one.1.total_cmp(&other.1));
        if let Some((split, distance)) = farthest {
            let kept = distance.min(above);
            importance[split] = kept;
            if kept > finest {
                spans.push((begin, split, kept));
                spans.push((split, end, kept));
            }
        }
    }
    importance
}

/// Half a step of a zoom's tile, squared.
fn tolerance(zoom: u8) -> f64 {
    (step(zoom) / 2.0).powi(2)
}

fn first_zoom(importance: f64) -> u8 {
    (0..=DEEPEST)
        .find(|zoom| importance > tolerance(*zoom))
        .unwrap_or(NEVER)
}

struct Chord {
    from: [f64; 2],
    along: [f64; 2],
    length: f64,
}

impl Chord {
    fn new(from: Place, to: Place) -> Self {
        let from = from.map(f64::from);
        let along = [f64::from(to[0]) - from[0], f64::from(to[1]) - from[1]];
        Self {
            from,
            along,
            length: along[0] * along[0] + along[1] * along[1],
        }
    }

    /// The squared distance of a place from the segment.
    fn distance(&self, place: Place) -> f64 {
        let offset = [
            f64::from(place[0]) - self.from[0],
            f64::from(place[1]) - self.from[1],
        ];
        let share = if self.length > 0.0 {
            let projected = offset[0] * self.along[0] + offset[1] * self.along[1];
            (projected / self.length).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let off = [0, 1].map(|axis| offset[axis] - share * self.along[axis]);
        off[0] * off[0] + off[1] * off[1]
    }
}

#[cfg(test)]
mod tests {
    use geo::{LineString, Simplify as _};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bend_comes_with_the_zoom_whose_half_step_it_exceeds() {
        // A bend of 9 steps of the plane: half a step is 8 of them at zoom 15, 16 at zoom 14.
        assert_eq!(line(&[[0, 0], [500, 9], [1000, 0]]), [0, 15, 0]);
        assert_eq!(line(&[[0, 0], [500, 3], [1000, 0]]), [0, NEVER, 0]);
        assert_eq!(line(&[[7, 7]]), [0]);
        assert!(line(&[]).is_empty());
    }

    #[test]
    fn a_ring_never_loses_its_ground() {
        let zooms = ring(&[[0, 0], [900, 0], [900, 2], [0, 2], [0, 0]]);
        assert_eq!(zooms, [0, NEVER, 0, 0, 0]);
    }

    proptest! {
        #[test]
        fn every_zoom_keeps_what_simplifying_for_it_alone_keeps(
            walk in prop::collection::vec((-3000..3000_i32, -3000..3000_i32), 2..60),
            zoom in 5..=DEEPEST,
        ) {
            let mut place = [0, 0];
            let vertices: Vec<Place> = walk.iter().map(|(x, y)| {
                place = [place[0] + x, place[1] + y];
                place
            }).collect();
            prop_assume!(vertices.first() != vertices.last());
            let coordinate = |at: &Place| (f64::from(at[0]), f64::from(at[1]));
            let whole: LineString = vertices.iter().map(coordinate).collect();
            let alone = whole.simplify(step(zoom) / 2.0);
            let kept = vertices.iter().zip(line(&vertices)).filter(|(_, first)| *first <= zoom);
            let kept: LineString = kept.map(|(at, _)| coordinate(at)).collect();
            prop_assert_eq!(kept, alone);
        }
    }
}
