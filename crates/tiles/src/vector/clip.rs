//! Lines and rings within the frame of a tile (its square and the buffer), in steps of the tile.

use super::plane::{BUFFER, EXTENT, Place};

const LOW: i32 = -BUFFER;
const HIGH: i32 = EXTENT + BUFFER;

/// Whether a place lies within the frame.
pub fn shows(place: Place) -> bool {
    place.iter().all(|value| (LOW..=HIGH).contains(value))
}

/// Calls `emit` with the pieces of a line within the frame, each of at least two places; `piece`
/// is room to work in.
pub fn line(line: &[Place], piece: &mut Vec<Place>, mut emit: impl FnMut(&[Place])) {
    let mut end = |piece: &mut Vec<Place>| {
        if piece.len() > 1 {
            emit(piece);
        }
        piece.clear();
    };
    piece.clear();
    for pair in line.windows(2) {
        let Some((from, to)) = segment(pair[0], pair[1]) else {
            end(piece);
            continue;
        };
        if piece.last() != Some(&from) {
            end(piece);
            piece.push(from);
        }
        if to != from {
            piece.push(to);
        }
        if to != pair[1] {
            end(piece);
        }
    }
    end(piece);
}

/// The part of a segment within the frame (Liang and Barsky, 1984).
fn segment(from: Place, to: Place) -> Option<(Place, Place)> {
    if shows(from) && shows(to) {
        return Some((from, to));
    }
    let (mut enters, mut leaves) = (0.0_f64, 1.0_f64);
    for axis in 0..2 {
        let begin = f64::from(from[axis]);
        let along = f64::from(to[axis]) - begin;
        let (low, high) = (f64::from(LOW) - begin, f64::from(HIGH) - begin);
        if along == 0.0 {
            if low > 0.0 || high < 0.0 {
                return None;
            }
            continue;
        }
        let (one, other) = (low / along, high / along);
        enters = enters.max(one.min(other));
        leaves = leaves.min(one.max(other));
    }
    let at = |share: f64| {
        [0, 1].map(|axis| {
            let begin = f64::from(from[axis]);
            (begin + share * (f64::from(to[axis]) - begin)).round() as i32
        })
    };
    (enters <= leaves).then(|| {
        let from = if enters > 0.0 { at(enters) } else { from };
        (from, if leaves < 1.0 { at(leaves) } else { to })
    })
}

/// Cuts a ring (its first place not repeated) to the frame (Sutherland and Hodgman, 1974). What
/// falls apart stays joined along the edge of the frame, beyond the tile. `spare` is room to work
/// in.
pub fn ring(ring: &mut Vec<Place>, spare: &mut Vec<Place>) {
    for axis in 0..2 {
        half(ring, spare, axis, LOW, |value| value >= LOW);
        half(ring, spare, axis, HIGH, |value| value <= HIGH);
    }
}

fn half(
    ring: &mut Vec<Place>,
    spare: &mut Vec<Place>,
    axis: usize,
    edge: i32,
    inside: impl Fn(i32) -> bool,
) {
    if ring.iter().all(|place| inside(place[axis])) {
        return;
    }
    spare.clear();
    let Some(mut before) = ring.last().copied() else {
        return;
    };
    for place in ring.drain(..) {
        if inside(place[axis]) != inside(before[axis]) {
            spare.push(crossing(before, place, axis, edge));
        }
        if inside(place[axis]) {
            spare.push(place);
        }
        before = place;
    }
    std::mem::swap(ring, spare);
}

/// Where a segment crosses an edge; the same place whichever way it runs.
fn crossing(one: Place, other: Place, axis: usize, edge: i32) -> Place {
    let (from, to) = if one < other {
        (one, other)
    } else {
        (other, one)
    };
    let along = f64::from(to[axis]) - f64::from(from[axis]);
    let share = (f64::from(edge) - f64::from(from[axis])) / along;
    let across = 1 - axis;
    let begin = f64::from(from[across]);
    let mut place = [edge; 2];
    place[across] = (begin + share * (f64::from(to[across]) - begin)).round() as i32;
    place
}

/// Twice the area of a ring (its first place not repeated); positive when it runs clockwise on a
/// picture whose y grows downward.
pub fn doubled_area(ring: &[Place]) -> i64 {
    let Some(mut before) = ring.last().copied() else {
        return 0;
    };
    let mut area = 0;
    for place in ring {
        area +=
            i64::from(before[0]) * i64::from(place[1]) - i64::from(place[0]) * i64::from(before[1]);
        before = *place;
    }
    area
}

#[cfg(test)]
mod tests {
    use geo::{Area as _, BooleanOps as _, Euclidean, Length as _, LineString, Polygon, Rect};
    use proptest::prelude::*;

    use super::*;

    fn pieces(of: &[Place]) -> Vec<Vec<Place>> {
        let mut pieces = Vec::new();
        line(of, &mut Vec::new(), |piece| pieces.push(piece.to_vec()));
        pieces
    }

    #[test]
    fn a_line_that_leaves_and_comes_back_is_two() {
        let through = [[100, 100], [100, 5000], [200, 5000], [200, 100]];
        assert_eq!(
            pieces(&through),
            [[[100, 100], [100, 4160]], [[200, 4160], [200, 100]]]
        );
        assert_eq!(pieces(&[[-900, 50], [9000, 50]]), [[[-64, 50], [4160, 50]]]);
        assert!(pieces(&[[-900, 50], [-800, 60]]).is_empty());
        // Touching a corner is no piece.
        assert!(pieces(&[[-128, 0], [0, -128]]).is_empty());
    }

    #[test]
    fn a_ring_around_the_frame_becomes_the_frame() {
        let mut around = vec![[-9000, -9000], [9000, -9000], [9000, 9000], [-9000, 9000]];
        ring(&mut around, &mut Vec::new());
        assert_eq!(doubled_area(&around), 2 * 4224 * 4224);
        let mut beside = vec![[-9000, 0], [-8000, 0], [-8000, 90]];
        ring(&mut beside, &mut Vec::new());
        assert!(beside.is_empty());
    }

    fn frame() -> Polygon {
        Rect::new(
            (f64::from(LOW), f64::from(LOW)),
            (f64::from(HIGH), f64::from(HIGH)),
        )
        .to_polygon()
    }

    fn string(places: &[Place]) -> LineString {
        places
            .iter()
            .map(|place| (f64::from(place[0]), f64::from(place[1])))
            .collect()
    }

    fn star() -> impl Strategy<Value = Vec<Place>> {
        let radii = prop::collection::vec(200.0..7000.0_f64, 3..24);
        (radii, -2000..6000_i32, -2000..6000_i32).prop_map(|(radii, x, y)| {
            let angle = std::f64::consts::TAU / radii.len() as f64;
            radii
                .iter()
                .enumerate()
                .map(|(index, radius)| {
                    let (sine, cosine) = (angle * index as f64).sin_cos();
                    [x + (radius * cosine) as i32, y + (radius * sine) as i32]
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn a_clipped_ring_covers_what_the_exact_intersection_covers(star in star()) {
            let exact = Polygon::new(string(&star), Vec::new()).intersection(&frame());
            let mut clipped = star;
            ring(&mut clipped, &mut Vec::new());
            prop_assert!(clipped.iter().all(|place| shows(*place)));
            let area = (doubled_area(&clipped) as f64 / 2.0).abs();
            // Crossings are rounded to whole steps.
            let slack = clipped.len() as f64 * 4224.0;
            prop_assert!((area - exact.unsigned_area()).abs() <= slack, "{area}");
        }

        #[test]
        fn a_clipped_line_is_as_long_as_the_exact_one(
            walk in prop::collection::vec((-6000..10000_i32, -6000..10000_i32), 2..30),
        ) {
            let whole: Vec<Place> = walk.iter().map(|(x, y)| [*x, *y]).collect();
            let exact = frame().clip(&string(&whole).into(), false);
            let clipped = pieces(&whole);
            let slack = f64::from(u32::try_from(whole.len()).unwrap()) * 3.0;
            let length: f64 = clipped.iter().map(|piece| Euclidean.length(&string(piece))).sum();
            prop_assert!(clipped.iter().flatten().all(|place| shows(*place)));
            prop_assert!((length - Euclidean.length(&exact)).abs() <= slack, "{length}");
            prop_assert!(clipped.iter().all(|piece| piece.len() > 1));
        }
    }
}
