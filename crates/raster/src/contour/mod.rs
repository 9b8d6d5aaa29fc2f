//! Lines of equal height.
//!
//! Marching squares on the centres of the pixels, row by row (W. E. Lorensen, H. E. Cline 1987, in the
//! plane); saddles are decided by the mean of their four corners. Pieces are stitched by the edge of
//! the lattice they cross, so a line is whole however it winds. A square with a corner without height has
//! no lines. A height that is exactly a level counts as above it.

pub mod smooth;
mod stitch;

use std::collections::VecDeque;

use geo::{Coord, LineString};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Raster;
use stitch::{Edge, Piece, Stitches};

/// Which lines.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Levels {
    /// Metres from one line to the next.
    pub interval: f64,
    /// A height that has a line: level 0.
    #[serde(default)]
    pub base: f64,
}

/// A line of one height.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// How many intervals above the base.
    pub level: i64,
    /// Metres.
    pub ele: f64,
    /// In pixel coordinates, the higher ground on the left on a map with north up; closed lines end
    /// where they begin.
    pub points: LineString<f64>,
}

/// Why there are no lines.
#[derive(Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ContourError {
    /// Not above zero.
    #[error("the interval between contours is {0}; it must be above 0")]
    Interval(f64),
}

/// All lines of the first band, level by level from the lowest.
///
/// # Errors
/// When the interval is not above 0.
pub fn lines(elevation: &Raster, levels: Levels) -> Result<Vec<Line>, ContourError> {
    let mut lines = Vec::new();
    let mut emit = |line| lines.push(line);
    let mut contours = Contours::new(elevation.width, levels)?;
    contours.push(elevation.band(0), &mut emit);
    contours.finish(&mut emit);
    lines.sort_by_key(|line| line.level);
    Ok(lines)
}

/// The lines of an image that comes row by row. A line is handed over as soon as it cannot grow any more:
/// only two rows and the lines that cross the last one are kept.
#[derive(Debug, Clone)]
pub struct Contours {
    levels: Levels,
    width: usize,
    /// Rows so far, and the last of them.
    rows: u32,
    last: Vec<f32>,
    stitches: Stitches,
}

impl Contours {
    /// No rows yet.
    ///
    /// # Errors
    /// When the interval is not above 0.
    pub fn new(width: usize, levels: Levels) -> Result<Self, ContourError> {
        if levels.interval.is_nan() || levels.interval <= 0.0 {
            return Err(ContourError::Interval(levels.interval));
        }
        Ok(Self {
            levels,
            width,
            rows: 0,
            last: Vec::new(),
            stitches: Stitches::default(),
        })
    }

    /// Adds whole rows of heights below those there were, metres, NaN for none; pixels short of a whole
    /// row are left out.
    pub fn push(&mut self, heights: &[f32], emit: &mut impl FnMut(Line)) {
        for lower in heights.chunks_exact(self.width.max(1)) {
            if self.rows > 0 {
                let upper = std::mem::take(&mut self.last);
                self.between(&upper, lower, emit);
                self.last = upper;
            }
            self.last.clear();
            self.last.extend_from_slice(lower);
            self.rows += 1;
        }
    }

    /// Hands over what the last row has cut off.
    pub fn finish(mut self, emit: &mut impl FnMut(Line)) {
        self.settle(u32::MAX, emit);
    }

    /// The lines between the centres of two rows.
    fn between(&mut self, upper: &[f32], lower: &[f32], emit: &mut impl FnMut(Line)) {
        let (levels, row) = (self.levels, self.rows - 1);
        let pairs = upper.windows(2).zip(lower.windows(2));
        for (column, (upper, lower)) in pairs.enumerate() {
            let corners = [upper[0], upper[1], lower[1], lower[0]].map(f64::from);
            let at = (column as u32, row);
            square(corners, at, levels, |piece| {
                if let Some(line) = self.stitches.add(piece) {
                    hand_over(levels, piece.level, line, emit);
                }
            });
        }
        self.settle(row + 1, emit);
    }

    fn settle(&mut self, row: u32, emit: &mut impl FnMut(Line)) {
        let levels = self.levels;
        let mut each = |level, points| hand_over(levels, level, points, emit);
        self.stitches.settle(row, &mut each);
    }
}

fn hand_over(
    levels: Levels,
    level: i64,
    points: VecDeque<Coord<f64>>,
    emit: &mut impl FnMut(Line),
) {
    let mut points = Vec::from(points);
    // Where a pixel is exactly as high as the level, pieces have no length.
    points.dedup();
    if points.len() > 1 {
        emit(Line {
            level,
            ele: levels.of(level),
            points: LineString::new(points),
        });
    }
}

impl Levels {
    fn of(self, level: i64) -> f64 {
        self.base + level as f64 * self.interval
    }
}

/// The pieces of one square of centres: north-west, north-east, south-east, south-west.
fn square(
    corners: [f64; 4],
    (column, row): (u32, u32),
    levels: Levels,
    mut each: impl FnMut(Piece),
) {
    if corners.iter().any(|height| !height.is_finite()) {
        return;
    }
    let index = |height: f64| ((height - levels.base) / levels.interval).floor() as i64;
    let low = corners.iter().copied().fold(f64::INFINITY, f64::min);
    let high = corners.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sides: [Edge; 4] = [
        (column, row, 0),
        (column + 1, row, 1),
        (column, row + 1, 0),
        (column, row, 1),
    ];
    for level in index(low)..=index(high) {
        let ele = levels.of(level);
        let above = corners.map(|height| height >= ele);
        let centre = corners.iter().sum::<f64>() / 4.0 >= ele;
        // Walking round clockwise, a line with the higher ground on its left begins where the land rises
        // above the level and ends where it sinks.
        let side = |from: bool, to: bool| {
            (0..4).filter(move |&side| above[side] == from && above[(side + 1) % 4] == to)
        };
        // From the west or the north corner of a side to its other one.
        let crossing = |side: usize| {
            let (start, end) = [(0, 1), (1, 2), (3, 2), (0, 3)][side];
            let part = (ele - corners[start]) / (corners[end] - corners[start]);
            let (column, row, down) = sides[side];
            let (x, y) = (f64::from(column) + 0.5, f64::from(row) + 0.5);
            let place = if down == 1 {
                Coord { x, y: y + part }
            } else {
                Coord { x: x + part, y }
            };
            (sides[side], place)
        };
        for leave in side(true, false) {
            // At a saddle the line keeps to the corner on its right or its left, by the centre.
            let turn: &[usize] = if centre { &[1, 2, 3] } else { &[3, 2, 1] };
            let enter = turn.iter().map(|step| (leave + step) % 4);
            let enters = |enter: &usize| side(false, true).any(|side| side == *enter);
            if let Some(enter) = enter.clone().find(enters) {
                each(Piece {
                    level,
                    from: crossing(enter),
                    to: crossing(leave),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Area, Euclidean, Length, Polygon};

    const TENS: Levels = Levels {
        interval: 10.0,
        base: 0.0,
    };

    #[test]
    fn a_plane_has_straight_lines() {
        let heights = (0..20).map(|index| (index % 5 * 8 + 1) as f32).collect();
        let found = lines(&Raster::from_values(5, 4, heights), TENS).expect("lines");
        let levels: Vec<_> = found.iter().map(|line| (line.level, line.ele)).collect();
        assert_eq!(levels, [(1, 10.0), (2, 20.0), (3, 30.0)]);
        for line in &found {
            let column = 0.5 + (line.ele - 1.0) / 8.0;
            assert!(
                line.points
                    .coords()
                    .all(|place| (place.x - column).abs() < 1e-9)
            );
            assert!((Euclidean.length(&line.points) - 3.0).abs() < 1e-9);
            // Higher ground in the east is on the left of a line that goes south.
            assert!(line.points.0[0].y < line.points.0[1].y);
        }
    }

    #[test]
    fn a_hill_is_closed_and_a_hole_in_the_data_has_no_lines() {
        let mut heights = vec![0.0; 25];
        heights[12] = 20.0;
        let hill = lines(&Raster::from_values(5, 5, heights.clone()), TENS).expect("lines");
        let ten = hill.iter().find(|line| line.level == 1).expect("10 m");
        assert!(ten.points.is_closed());
        let area = Polygon::new(ten.points.clone(), Vec::new()).unsigned_area();
        assert!((area - 0.5).abs() < 1e-9, "{area}");
        heights[12] = f32::NAN;
        assert_eq!(
            lines(&Raster::from_values(5, 5, heights), TENS),
            Ok(Vec::new())
        );
    }

    #[test]
    fn strips_of_any_height_have_the_same_lines_and_little_is_kept() {
        let (width, height) = (80, 120);
        // Hills in rows: lines end soon, and one runs down the whole image.
        let wave = |index: usize| {
            let (x, y) = ((index % width) as f32, (index / width) as f32);
            (x / 3.0).sin() * (y / 4.0).sin() * 25.0 + x / 2.0
        };
        let heights: Vec<f32> = (0..width * height).map(wave).collect();
        let whole = lines(&Raster::from_values(width, height, heights.clone()), TENS);
        let whole = whole.expect("lines");
        assert!(whole.len() > 50, "{}", whole.len());
        let mut found = Vec::new();
        let mut contours = Contours::new(width, TENS).expect("levels");
        let (mut most, mut rest) = (0, heights.as_slice());
        for rows in [1, 7, 2, 30, 50, 30] {
            let (strip, below) = rest.split_at(rows * width);
            contours.push(strip, &mut |line| found.push(line));
            most = most.max(contours.stitches.open());
            rest = below;
        }
        contours.finish(&mut |line| found.push(line));
        assert!(most < 40, "{most} open");
        found.sort_by_key(|line| line.level);
        assert_eq!(found, whole);
    }

    #[test]
    fn no_piece_is_lost_on_rough_land() {
        let side = 40;
        let mut state = 1_u64;
        let mut noise = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 40) as f32 / 16_777_216.0 * 60.0
        };
        let heights: Vec<f32> = (0..side * side).map(|_| noise()).collect();
        let mut pieces = 0.0;
        for (index, pair) in heights.windows(side + 2).enumerate() {
            let (column, row) = (index % side, index / side);
            if column + 1 < side {
                let corners = [pair[0], pair[1], pair[side + 1], pair[side]].map(f64::from);
                square(corners, (column as u32, row as u32), TENS, |piece| {
                    let (from, to) = (piece.from.1, piece.to.1);
                    pieces += (to.x - from.x).hypot(to.y - from.y);
                });
            }
        }
        let found = lines(&Raster::from_values(side, side, heights), TENS).expect("lines");
        let total: f64 = found
            .iter()
            .map(|line| Euclidean.length(&line.points))
            .sum();
        assert!((total - pieces).abs() < 1e-6 * pieces, "{total} {pieces}");
        assert!(pieces > 1000.0, "{pieces}");
    }

    #[test]
    fn an_interval_of_nothing_is_refused() {
        let levels = Levels {
            interval: 0.0,
            base: 0.0,
        };
        let error = lines(&Raster::empty(2, 2, 1), levels).expect_err("refused");
        assert_eq!(error, ContourError::Interval(0.0));
    }
}
