//! What the land is like: how high, how steep, and which contours show it.

use grid::mercator;
use raster::Window;
use raster::cog::{CogError, CogReader};
use raster::contour::Levels;
use raster::terrain::{Ground, MARGIN, Slope, SlopeUnit, Terrain};

use super::ReliefError;
use super::model::WHAT;
use crate::{Error, Result};

/// Pixels read at a time.
pub(super) const STRIP: usize = 1 << 22;
/// Finer pixels than these, in metres, only make longer lines.
const FINE: f64 = 5.0;
/// The share of the land that may be steeper than what the lines are made for.
const STEEPEST: f64 = 0.1;
/// Steepness is counted in percent up to this.
const MOST_PERCENT: usize = 300;
/// Land that is level all over still gets lines as if it rose this much in a hundred.
const LEAST_PERCENT: f64 = 0.5;
/// The intervals of maps, metres.
const INTERVALS: [f64; 6] = [5.0, 10.0, 20.0, 50.0, 100.0, 200.0];
/// Pixels of the map between two lines on the steepest land that they are made for.
const APART: f64 = 4.0;
/// Closer together than this they are not drawn yet.
const CLOSEST: f64 = 3.2;
/// The zoom at which all lines are drawn, if the interval is ours to choose.
const ALL_LINES: u8 = 13;
/// Zooms at which lines may begin.
const FIRST_ZOOMS: std::ops::RangeInclusive<u8> = 9..=15;
/// A map's tile is this many pixels wide.
const TILE: u32 = 512;
/// Of so many lines one is an index.
pub(super) const INDEX: i64 = 5;
/// The most different heights of lines.
const MOST_LEVELS: f64 = 5000.0;

/// What the land is like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Land {
    /// The level of the image that was looked at: pixels of 5 m or the next coarser ones.
    pub level: usize,
    /// Metres.
    pub lowest: f64,
    /// Metres.
    pub highest: f64,
    /// Metres up in one along, of the steep tenth.
    steep: f64,
    latitude: f64,
}

/// Which lines are drawn, and from which zoom on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Lines {
    pub levels: Levels,
    /// Of each fifth line.
    pub index_zoom: u8,
    /// Of the others.
    pub zoom: u8,
}

impl Land {
    pub fn of(image: &CogReader) -> Result<Self> {
        let failed = |source: CogError| Error::Cog {
            what: WHAT.to_owned(),
            source,
        };
        let whole = image.georeference();
        let (_, down) = raster::terrain::cell_size(whole, i64::from(whole.height / 2));
        let coarse = |level: &raster::cog::Level| {
            down * f64::from(whole.height) / f64::from(level.height) >= FINE
        };
        let level = image.levels().iter().position(coarse);
        let level = level.unwrap_or(image.levels().len().saturating_sub(1));
        let size = &image.levels()[level];
        let grid = whole.resized(size.width, size.height);
        let percent = Terrain::Slope(Slope {
            unit: SlopeUnit::Percent,
            ..Slope::default()
        });
        let mut counts = vec![0_u64; MOST_PERCENT + 1];
        let (mut lowest, mut highest) = (f32::INFINITY, f32::NEG_INFINITY);
        let (width, height) = (size.width as usize, size.height as usize);
        let rows = (STRIP / width.max(1)).max(1);
        for row in (0..height).step_by(rows) {
            let window = Window::new(0, row as i64, width, rows.min(height - row));
            let heights = image
                .read_physical(level, 0, grown(window, MARGIN))
                .map_err(failed)?;
            let slope = percent.apply(&heights, &Ground::of(&grid, window))?;
            for &slope in slope.values.iter().filter(|slope| !slope.is_nan()) {
                counts[(slope as usize).min(MOST_PERCENT)] += 1;
            }
            for &height in heights.values.iter().filter(|height| !height.is_nan()) {
                lowest = lowest.min(height);
                highest = highest.max(height);
            }
        }
        let bounds = whole.bounds();
        Ok(Self {
            level,
            lowest: f64::from(lowest),
            highest: f64::from(highest),
            steep: (steep_percent(&counts) / 100.0).max(LEAST_PERCENT / 100.0),
            latitude: f64::midpoint(bounds.south, bounds.north),
        })
    }

    /// The lines of this land, at an interval that is told or one that suits it.
    pub fn lines(&self, interval: Option<f64>) -> Result<Lines> {
        let interval = match interval {
            Some(told) => self.checked(told)?,
            None => self.suitable(),
        };
        Ok(Lines {
            levels: Levels {
                interval,
                base: 0.0,
            },
            index_zoom: self.first_zoom(interval * INDEX as f64),
            zoom: self.first_zoom(interval),
        })
    }

    fn checked(&self, interval: f64) -> Result<f64> {
        let many = (self.highest - self.lowest) / interval;
        if interval > 0.0 && interval.is_finite() && many <= MOST_LEVELS {
            return Ok(interval);
        }
        let Self {
            lowest, highest, ..
        } = *self;
        Err(ReliefError::Interval {
            interval,
            lowest,
            highest,
        }
        .into())
    }

    /// That of maps which is nearest, by ratio, to lines well apart on the steep tenth.
    fn suitable(&self) -> f64 {
        let wanted = APART * self.metres(ALL_LINES) * self.steep;
        let off = |interval: &f64| (interval / wanted).ln().abs();
        let nearest = |one: &f64, other: &f64| off(one).total_cmp(&off(other));
        INTERVALS
            .into_iter()
            .min_by(nearest)
            .unwrap_or(INTERVALS[0])
    }

    /// The first zoom at which lines of an interval do not run into one another.
    fn first_zoom(&self, interval: f64) -> u8 {
        let closest = |zoom: &u8| interval / self.steep / self.metres(*zoom) >= CLOSEST;
        FIRST_ZOOMS
            .into_iter()
            .find(closest)
            .unwrap_or(*FIRST_ZOOMS.end())
    }

    /// Metres on the ground of a pixel of the map.
    fn metres(&self, zoom: u8) -> f64 {
        mercator::resolution(zoom, TILE) * self.latitude.to_radians().cos()
    }
}

/// A window with a margin.
pub(super) fn grown(window: Window, margin: usize) -> Window {
    Window::new(
        window.column - margin as i64,
        window.row - margin as i64,
        window.width + 2 * margin,
        window.height + 2 * margin,
    )
}

/// Percent that a tenth of the land exceeds.
fn steep_percent(counts: &[u64]) -> f64 {
    let all: u64 = counts.iter().sum();
    let mut above = 0;
    let steeper = counts.iter().enumerate().rev().find(|&(_, count)| {
        above += count;
        above as f64 > STEEPEST * all as f64
    });
    steeper.map_or(0.0, |(percent, _)| percent as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn land(steep: f64) -> Land {
        Land {
            level: 0,
            lowest: 200.0,
            highest: 2000.0,
            steep,
            latitude: 31.0,
        }
    }

    #[test]
    fn mountains_have_wide_intervals_and_plains_narrow_ones() {
        let lines = |steep| {
            let lines = land(steep).lines(None).unwrap();
            (lines.levels.interval, lines.index_zoom, lines.zoom)
        };
        assert_eq!(lines(0.7), (20.0, 11, 13));
        assert_eq!(lines(0.25), (10.0, 11, 13));
        assert_eq!(lines(0.01), (5.0, 9, 9));
        assert_eq!(lines(2.5), (100.0, 11, 13));
    }

    #[test]
    fn lines_that_are_asked_for_close_together_come_later() {
        let lines = land(0.7).lines(Some(5.0)).unwrap();
        assert_eq!((lines.index_zoom, lines.zoom), (13, 15));
        for wrong in [0.0, -10.0, f64::NAN, f64::INFINITY, 0.001] {
            let words = land(0.7).lines(Some(wrong)).unwrap_err().to_string();
            assert!(words.contains("--interval"), "{words}");
        }
    }

    #[test]
    fn the_steep_tenth() {
        let mut counts = vec![0; MOST_PERCENT + 1];
        counts[0] = 85;
        counts[40] = 10;
        counts[90] = 5;
        assert!((steep_percent(&counts) - 40.0).abs() < 1e-9);
        assert!(steep_percent(&[0; 4]).abs() < 1e-9);
    }
}
