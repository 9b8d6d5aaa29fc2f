//! Lines of equal height.
//!
//! Marching squares on the centres of the pixels, row by row (W. E. Lorensen, H. E. Cline 1987, in the
//! plane); saddles are decided by the mean of their four corners. Pieces are stitched by the edge of
//! the lattice they cross, so a line is whole however it winds. A square with a corner without height has
//! no lines. A height that is exactly a level counts as above it.

use std::collections::HashMap;

use geo::{Coord, LineString};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Raster;

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

/// The edge of the lattice of pixel centres that goes from a centre to the east (0) or south (1).
type Edge = (u32, u32, u8);
/// From the edge where a piece of a line begins to the one where it ends.
type Pieces = HashMap<Edge, Edge>;

/// All lines of the first band, level by level from the lowest.
///
/// # Errors
/// When the interval is not above 0.
pub fn lines(elevation: &Raster, levels: Levels) -> Result<Vec<Line>, ContourError> {
    if levels.interval.is_nan() || levels.interval <= 0.0 {
        return Err(ContourError::Interval(levels.interval));
    }
    let mut pieces = std::collections::BTreeMap::<i64, Pieces>::new();
    for row in 0..elevation.height.saturating_sub(1) {
        let (upper, lower) = (elevation.row(row), elevation.row(row + 1));
        for column in 0..elevation.width.saturating_sub(1) {
            let corners = [
                upper[column],
                upper[column + 1],
                lower[column + 1],
                lower[column],
            ];
            square(
                corners.map(f64::from),
                (column as u32, row as u32),
                levels,
                &mut pieces,
            );
        }
    }
    let stitched = pieces.into_iter().flat_map(|(level, pieces)| {
        let ele = levels.base + level as f64 * levels.interval;
        let place = |edge| crossing(elevation, ele, edge);
        let lines = stitch(&pieces).into_iter().map(move |edges| {
            let mut points: Vec<_> = edges.into_iter().map(place).collect();
            // Where a pixel is exactly as high as the level, pieces have no length.
            points.dedup();
            Line {
                level,
                ele,
                points: LineString::new(points),
            }
        });
        lines
            .filter(|line| line.points.0.len() > 1)
            .collect::<Vec<_>>()
    });
    Ok(stitched.collect())
}

/// The pieces of one square of centres: north-west, north-east, south-east, south-west.
fn square(
    corners: [f64; 4],
    at: (u32, u32),
    levels: Levels,
    pieces: &mut std::collections::BTreeMap<i64, Pieces>,
) {
    if corners.iter().any(|height| !height.is_finite()) {
        return;
    }
    let index = |height: f64| ((height - levels.base) / levels.interval).floor() as i64;
    let low = corners.iter().copied().fold(f64::INFINITY, f64::min);
    let high = corners.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (column, row) = at;
    let sides: [Edge; 4] = [
        (column, row, 0),
        (column + 1, row, 1),
        (column, row + 1, 0),
        (column, row, 1),
    ];
    for level in index(low)..=index(high) {
        let ele = levels.base + level as f64 * levels.interval;
        let above = corners.map(|height| height >= ele);
        let centre = corners.iter().sum::<f64>() / 4.0 >= ele;
        // Walking round clockwise, a line with the higher ground on its left begins where the land rises
        // above the level and ends where it sinks.
        let side = |from: bool, to: bool| {
            (0..4).filter(move |&side| above[side] == from && above[(side + 1) % 4] == to)
        };
        for leave in side(true, false) {
            // At a saddle the line keeps to the corner on its right or its left, by the centre.
            let turn: &[usize] = if centre { &[1, 2, 3] } else { &[3, 2, 1] };
            let enter = turn.iter().map(|step| (leave + step) % 4);
            let enters = |enter: &usize| side(false, true).any(|side| side == *enter);
            if let Some(enter) = enter.clone().find(enters) {
                let pieces = pieces.entry(level).or_default();
                pieces.insert(sides[enter], sides[leave]);
            }
        }
    }
}

/// Where the level crosses an edge, in pixel coordinates.
fn crossing(elevation: &Raster, ele: f64, (column, row, down): Edge) -> Coord<f64> {
    let height = |column: u32, row: u32| f64::from(elevation.get(0, column as usize, row as usize));
    let start = height(column, row);
    let end = if down == 1 {
        height(column, row + 1)
    } else {
        height(column + 1, row)
    };
    let part = (ele - start) / (end - start);
    let (x, y) = (f64::from(column) + 0.5, f64::from(row) + 0.5);
    if down == 1 {
        Coord { x, y: y + part }
    } else {
        Coord { x: x + part, y }
    }
}

/// Chains of edges: open ones from their beginnings, then closed ones, each in a fixed order.
fn stitch(pieces: &Pieces) -> Vec<Vec<Edge>> {
    let ends: std::collections::HashSet<&Edge> = pieces.values().collect();
    let mut starts: Vec<Edge> = pieces.keys().copied().collect();
    starts.sort_unstable_by_key(|edge| (ends.contains(edge), edge.1, edge.0, edge.2));
    let mut left = pieces.clone();
    let mut chains = Vec::new();
    for start in starts {
        let mut chain = vec![start];
        let mut at = start;
        while let Some(next) = left.remove(&at) {
            chain.push(next);
            at = next;
        }
        if chain.len() > 1 {
            chains.push(chain);
        }
    }
    chains
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
    fn an_interval_of_nothing_is_refused() {
        let levels = Levels {
            interval: 0.0,
            base: 0.0,
        };
        let error = lines(&Raster::empty(2, 2, 1), levels).expect_err("refused");
        assert_eq!(error, ContourError::Interval(0.0));
    }
}
