//! Statistics of the pixels inside zones, each weighted by the share of it that is inside.
//!
//! One pass over the image serves any number of zones: every block is unpacked once and laid under
//! all zones it touches. What is found is put together in the order of blocks, so that the answer is
//! the same to the last bit on any number of threads.
//!
//! Memory does not grow with the image: beside the zones themselves there are a few unpacked blocks,
//! and where quantiles are wanted the values of the zones that the pass is just going through, at
//! most [`LIVE_VALUES`] of them. Zones too large for that are gone over again, twice, eight at a time,
//! and their quantiles read off a histogram of their values, exactly (see [`quantile`]).

mod cells;
pub mod coverage;
mod gather;
mod outline;
mod quantile;
mod summary;
mod sweep;
mod tally;
#[cfg(test)]
mod tests;

use geo::MultiPolygon;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::cog::{CogError, CogReader, DataType};
use gather::Gatherer;
pub use outline::in_pixels;
use sweep::{Sweep, Zone};

/// What to find out beside count, valid share, mean, standard deviation and extremes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wanted {
    /// The weighted median.
    pub median: bool,
    /// Weighted percentiles, 0 to 100.
    pub percentiles: Vec<f64>,
    /// The share of every class, of bands of whole numbers.
    pub classes: bool,
    /// What a pixel weighs.
    pub weights: Weights,
}

/// What a pixel that is wholly inside weighs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weights {
    /// All alike: in UTM and Gauss-Krüger pixels are of one size to a thousandth.
    #[default]
    Pixels,
    /// Its area on the ellipsoid, where an image in degrees has rows along parallels; elsewhere as
    /// [`Self::Pixels`].
    Area,
}

/// Statistics of one band inside one zone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ZoneStatistics {
    /// Sum of the shares of valid pixels inside, whatever they weigh. Not valid are nodata, NaN and
    /// infinities.
    pub count: f64,
    /// `count` by the zone's whole area in pixels (also what lies beyond the image): 1 when every
    /// pixel is valid.
    pub valid_share: f64,
    /// Weighted mean.
    pub mean: Option<f64>,
    /// Weighted standard deviation (population).
    pub std: Option<f64>,
    /// Smallest valid pixel touched.
    pub min: Option<f64>,
    /// Largest valid pixel touched.
    pub max: Option<f64>,
    /// Weighted median, if wanted.
    pub median: Option<f64>,
    /// Weighted percentiles in the order they were wanted; empty unless wanted, and without pixels.
    pub percentiles: Vec<f64>,
    /// Classes by number, if wanted.
    pub classes: Vec<ClassShare>,
}

/// How much of a zone's valid pixels is of one class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClassShare {
    /// The stored number.
    pub class: i32,
    /// By weight, 0 to 1.
    pub share: f64,
}

impl ZoneStatistics {
    /// The class with the largest share; of several the one of the largest number, as exactextract's
    /// `mode`.
    pub fn largest_class(&self) -> Option<ClassShare> {
        let larger = |one: &&ClassShare, two: &&ClassShare| one.share.total_cmp(&two.share);
        self.classes.iter().max_by(larger).copied()
    }
}

/// Why there are no statistics.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ZonalError {
    /// The image is at fault, or has no such band.
    #[error(transparent)]
    Cog(#[from] CogError),
    /// A percentile that is none.
    #[error("there is no percentile {0}; ask for numbers from 0 to 100")]
    Percentile(f64),
    /// Shares of classes of something measured.
    #[error(
        "band {band} holds measurements ({data_type:?}, scale {scale}, offset {offset}), so it has no \
         shares of classes; classify it first, or leave the classes out"
    )]
    NotClasses {
        /// The band, from 0.
        band: usize,
        /// Its number type.
        data_type: DataType,
        /// Its scale.
        scale: f64,
        /// Its offset.
        offset: f64,
    },
    /// The caller wanted no more.
    #[error("the statistics were stopped before they were complete")]
    Stopped,
}

/// Statistics of one band, physical values, inside zones given in degrees; in the order of the zones.
/// `stop` is asked before every block.
///
/// # Errors
/// When there is no such band, reading fails, something is wanted that cannot be, or `stop` says so.
pub fn table(
    reader: &CogReader,
    band: usize,
    zones: &[MultiPolygon<f64>],
    wanted: &Wanted,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<ZoneStatistics>, ZonalError> {
    let zone = |polygons| Zone::new(&in_pixels(polygons, reader.georeference()), reader);
    let zones: Vec<Zone> = zones.par_iter().map(zone).collect();
    of_zones(reader, band, &zones, wanted, stop)
}

/// As [`table`], for polygons in pixel coordinates.
///
/// # Errors
/// As [`table`].
pub fn table_in_pixels(
    reader: &CogReader,
    band: usize,
    zones: &[MultiPolygon<f64>],
    wanted: &Wanted,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<ZoneStatistics>, ZonalError> {
    let zone = |polygons| Zone::new(polygons, reader);
    let zones: Vec<Zone> = zones.par_iter().map(zone).collect();
    of_zones(reader, band, &zones, wanted, stop)
}

fn of_zones(
    reader: &CogReader,
    band: usize,
    zones: &[Zone],
    wanted: &Wanted,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<ZoneStatistics>, ZonalError> {
    check(reader, band, wanted)?;
    let mut sweep = Sweep::new(reader, band, zones, wanted.weights, stop);
    sweep.classes = wanted.classes;
    Gatherer::new(&sweep, wanted).gather()
}

fn check(reader: &CogReader, band: usize, wanted: &Wanted) -> Result<(), ZonalError> {
    let no_percentile = |percentile: &&f64| !(0.0..=100.0).contains(*percentile);
    if let Some(&percentile) = wanted.percentiles.iter().find(no_percentile) {
        return Err(ZonalError::Percentile(percentile));
    }
    let bands = reader.bands();
    let missing = || {
        CogError::Missing(format!(
            "band {band}; its first band is 0 of {}",
            bands.len()
        ))
    };
    let described = bands.get(band).ok_or_else(missing)?;
    let data_type = reader.data_type();
    let scaled = described.scale.to_bits() != 1_f64.to_bits() || described.offset != 0.0;
    if wanted.classes && (data_type == DataType::F32 || scaled) {
        return Err(ZonalError::NotClasses {
            band,
            data_type,
            scale: described.scale,
            offset: described.offset,
        });
    }
    Ok(())
}
