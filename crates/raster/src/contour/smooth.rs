//! Heights and lines without steps.

use geo::{ChaikinSmoothing as _, Coord, Euclidean, Length as _, LineString, Simplify as _};

use crate::Raster;

/// Pixels around its window that [`heights`] wants to see.
pub const MARGIN: usize = 2;

/// The weights of a pixel and of those on one side of it: near a bell curve of one pixel.
const WEIGHTS: [f32; 3] = [6.0, 4.0, 1.0];

/// Lines that close within this many pixels are of the noise, not of the land.
const SPECK: f64 = 8.0;
/// How often corners are cut.
const CUTS: usize = 3;
/// What cutting corners leaves behind on straight stretches, as a share of what may be off.
const NOTHING: f64 = 0.1;

/// Heights as a mean over 5 × 5 pixels, near ones weighing more: whole metres on gentle land, and the
/// noise of a radar, would make stairs of its lines. `elevation` has a margin of [`MARGIN`] pixels,
/// the answer has none. A pixel without height stays so, and weighs nothing for its neighbours.
#[must_use]
pub fn heights(elevation: &Raster) -> Raster {
    let (width, height) = (
        elevation.width.saturating_sub(2 * MARGIN),
        elevation.height.saturating_sub(2 * MARGIN),
    );
    let mut across = Raster::empty(width, elevation.height, 1);
    for row in 0..elevation.height {
        let heights = elevation.row(row);
        let out = &mut across.values[row * width..(row + 1) * width];
        for (out, window) in out.iter_mut().zip(heights.windows(2 * MARGIN + 1)) {
            *out = weighed(|place| window[place]);
        }
    }
    let mut smooth = Raster::empty(width, height, 1);
    for row in 0..height {
        for column in 0..width {
            let at = |place: usize| across.values[(row + place) * width + column];
            smooth.values[row * width + column] = weighed(at);
        }
    }
    smooth
}

/// The mean around the middle of five; NaN where the middle is.
fn weighed(at: impl Fn(usize) -> f32) -> f32 {
    let middle = at(MARGIN);
    let (mut sum, mut weights) = (WEIGHTS[0] * middle, WEIGHTS[0]);
    for (away, weight) in WEIGHTS.into_iter().enumerate().skip(1) {
        for place in [MARGIN - away, MARGIN + away] {
            let height = at(place);
            if !height.is_nan() {
                sum += weight * height;
                weights += weight;
            }
        }
    }
    sum / weights
}

/// A line in pixels as a pen would draw it: what it does not need to be at most `off` pixels off is left
/// out, and its corners are cut. `None` for a speck.
#[must_use]
pub fn line(points: &LineString<f64>, off: f64) -> Option<LineString<f64>> {
    if points.is_closed() && Euclidean.length(points) < SPECK {
        return None;
    }
    let few = open(points).simplify(off);
    let few = if points.is_closed() { close(few) } else { few };
    Some(few.chaikin_smoothing(CUTS).simplify(NOTHING * off))
}

/// A ring is simplified from its first point; without an end that is the beginning the middle of it
/// stays too.
fn open(points: &LineString<f64>) -> LineString<f64> {
    let mut open = points.clone();
    if open.is_closed() {
        open.0.pop();
    }
    open
}

fn close(mut points: LineString<f64>) -> LineString<f64> {
    let first: Option<Coord<f64>> = points.0.first().copied();
    points.0.extend(first);
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_stays_and_a_step_becomes_a_slope() {
        let plane = |index: usize| (index % 9) as f32 * 3.0 + (index / 9) as f32;
        let plane = Raster::from_values(9, 7, (0..63).map(plane).collect());
        let smooth = heights(&plane);
        assert_eq!((smooth.width, smooth.height), (5, 3));
        assert!((smooth.get(0, 0, 0) - 8.0).abs() < 1e-5);
        assert!((smooth.get(0, 4, 2) - 22.0).abs() < 1e-5);
        let step = |index: usize| if index % 9 < 4 { 0.0 } else { 16.0 };
        let step = Raster::from_values(9, 5, (0..45).map(step).collect());
        // 0, 1, 5, 11, 15, 16 sixteenths of the weights lie beyond the step.
        assert_eq!(heights(&step).values, [1.0, 5.0, 11.0, 15.0, 16.0]);
    }

    #[test]
    fn a_hole_stays_a_hole_and_weighs_nothing() {
        let mut flat = Raster::from_values(7, 7, vec![100.0; 49]);
        flat.values[24] = f32::NAN;
        let smooth = heights(&flat);
        assert!(smooth.get(0, 1, 1).is_nan());
        let others = smooth.values.iter().filter(|height| !height.is_nan());
        assert!(
            others.clone().count() == 8
                && others.clone().all(|height| (height - 100.0).abs() < 1e-4)
        );
    }

    #[test]
    fn stairs_become_a_line_and_specks_go() {
        let stairs: Vec<_> = (0..40)
            .map(|step| (f64::from(step / 2), f64::from((step + 1) / 2) * 0.3))
            .collect();
        let stairs = LineString::from(stairs);
        let smooth = line(&stairs, 0.5).expect("a line");
        assert_eq!(smooth.0.first(), stairs.0.first());
        assert_eq!(smooth.0.last(), stairs.0.last());
        assert!(smooth.0.len() < 20, "{}", smooth.0.len());
        let speck = LineString::from(vec![(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 0.0)]);
        assert_eq!(line(&speck, 0.2), None);
    }

    #[test]
    fn a_ring_stays_closed_and_has_no_corner() {
        let square = [
            (0.0, 0.0),
            (20.0, 0.0),
            (20.0, 20.0),
            (0.0, 20.0),
            (0.0, 0.0),
        ];
        let smooth = line(&LineString::from(square.to_vec()), 0.2).expect("a ring");
        assert!(smooth.is_closed());
        assert!(smooth.0.len() > 8);
        let off = |at: &geo::Coord, corner: &(f64, f64)| (at.x - corner.0).hypot(at.y - corner.1);
        assert!(smooth.0.iter().all(|at| {
            let corners = square.iter();
            corners.map(|corner| off(at, corner)).all(|off| off > 0.1)
        }));
    }
}
